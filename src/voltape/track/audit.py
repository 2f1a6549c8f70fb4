"""Sampled proof that what the socket pushed is what the exchange shows on REST.

A polled row carries no time of its own: it shows the exchange's state at some moment between the beginning of the
poll, or a little before where the answer came out of a cache, and its end. The socket in turn tells of that state
a little later, and of a busy contract not of every one, since states are conflated on both sides. So a row of one
instant cannot be held against the board of one instant. Instead, the states that the board gets for a sample of live
contracts are kept from the beginning of the poll until some seconds after its end, and then:

* a row that is equal to any of these states is *equal*;
* one that differs from all of them is *wrong* if the socket brought nothing of the contract from some seconds before
  the poll until now, while its connection was well: the exchange had another state and did not tell us, or we have
  lost or spoilt it;
* any other is *undecided*: the contract moved, and the row may show a state that was conflated away.

A busy contract is seldom judged wrong by these rules, but then what was wrong in it is over with its next message,
and what is wrong with every message shows in the quiet contracts, which take the same way. Half of the sample is
drawn from those.
"""

import logging
from collections import deque
from collections.abc import Sequence
from random import Random

from voltape.bybit.rest import TickerPage
from voltape.model.board import Batch
from voltape.model.row import Row
from voltape.model.status import Audit
from voltape.model.tally import Tally
from voltape.model.ticker import Values

from .agreement import compared, differing
from .feed import Feed

__all__ = ["ExchangeAudit"]

_log = logging.getLogger(__name__)

_SAMPLE = 32
_GRACE = 3.0
"""Seconds after the answer within which the socket must have told what the answer shows."""
_STATES_KEPT = 64
_SHOWN = 3


class _Watch:
    """One sampled contract.

    Attributes:
        row: the contract. recent: whether it was pushed shortly before the poll began.
        states: the newest states pushed, that at the beginning of the poll first.
        arrived: whether any came since.
        polled: what the poll shows, None before that and where it shows nothing.
    """

    __slots__ = ("arrived", "polled", "recent", "row", "states")

    def __init__(self, row: Row, *, recent: bool) -> None:
        self.row = row
        self.recent = recent
        self.states: deque[Values] = deque((row.values,), maxlen=_STATES_KEPT)
        self.arrived = False
        self.polled: Values | None = None

    def look(self) -> None:
        """Keep the row's state if the socket brought a new one; values that a poll filled in are none."""
        row = self.row
        if row.values is not self.states[-1] and row.pushed:
            self.states.append(row.values)
            self.arrived = True


class _Window:
    """The sample of one poll, and the suspicions that wait for the verdict."""

    __slots__ = ("answered", "suspects", "watches")

    def __init__(self, watches: dict[str, _Watch]) -> None:
        self.watches = watches
        self.answered: float | None = None
        self.suspects: set[str] = set()


class ExchangeAudit:
    """Compares polled rows with what was pushed; `Poller` tells it of polls and acts on its suspicions.

    Attributes:
        wrong: what differs by symbol, as of the latest verdicts on each underlying.
    """

    def __init__(self, feed: Feed, rng: Random, interval: float) -> None:
        """Audit an underlying at most every `interval` seconds, with samples that `rng` draws."""
        self.wrong: dict[str, list[str]] = {}
        self._feed = feed
        self._rng = rng
        self._interval = interval
        self._tally = Tally()
        self._windows: dict[str, _Window] = {}
        self._latest: dict[str, float] = {}
        feed.board.listen(self._look, fields=False)

    @property
    def audit(self) -> Audit:
        """The counts since start."""
        return self._tally.audit

    @property
    def problem(self) -> str | None:
        """What the latest audits found wrong, None where they found nothing."""
        if not self.wrong:
            return None
        return f"a poll differs from what was pushed: {_shown(self.wrong)}"

    def is_due(self, underlying: str) -> bool:
        """Whether the next poll of an underlying is to be audited; that after an unanswered one is."""
        window = self._windows.get(underlying)
        if window is not None:
            return window.answered is None
        latest = self._latest.get(underlying, float("-inf"))
        return self._feed.clock.monotonic() >= latest + self._interval

    def begin(self, underlying: str, rows: Sequence[Row], quiet_before: int) -> None:
        """A poll is about to be made.

        Args:
            underlying: the coin.
            rows: its contracts that the socket vouches for.
            quiet_before: venue time, epoch ms; a contract that was pushed later may be overtaken by the answer.
        """
        quiet = [row for row in rows if row.pushed_ts < quiet_before]
        again = [row for row in rows if row.instrument.symbol in self.wrong]
        drawn = [*again, *self._draw(quiet), *self._draw(rows)]
        self._windows[underlying] = _Window(
            {row.instrument.symbol: _Watch(row, recent=row.pushed_ts >= quiet_before) for row in drawn}
        )
        self._latest[underlying] = self._feed.clock.monotonic()

    def _draw(self, rows: Sequence[Row]) -> list[Row]:
        return self._rng.sample(rows, min(_SAMPLE // 2, len(rows)))

    def take(self, page: TickerPage, suspects: list[str]) -> list[str]:
        """The poll was answered; takes over the suspicions it will decide on, and returns the others.

        Args:
            page: the answer.
            suspects: symbols whose topics seem lost by this answer.
        """
        window = self._windows.get(page.underlying)
        if window is None:
            return suspects
        if window.answered is None:
            window.answered = self._feed.clock.monotonic()
            for symbol, watch in window.watches.items():
                watch.polled = page.rows.get(symbol)
        # To ask anew brings a message at once, which would hide that none came by itself.
        window.suspects.update(symbol for symbol in suspects if symbol in window.watches)
        return [symbol for symbol in suspects if symbol not in window.watches]

    def _look(self, _batch: Batch) -> None:
        now = self._feed.clock.monotonic()
        for window in self._windows.values():
            if window.answered is None or now <= window.answered + _GRACE:
                for watch in window.watches.values():
                    watch.look()

    def settle(self) -> list[str]:
        """Decide what can be decided by now; returns symbols whose topics are to be asked for anew. Call often."""
        now = self._feed.clock.monotonic()
        silent: list[str] = []
        for underlying, window in tuple(self._windows.items()):
            if underlying not in self._feed.wanted_underlyings:
                del self._windows[underlying]
            elif window.answered is not None and now > window.answered + _GRACE:
                del self._windows[underlying]
                self._decide(underlying, window, window.answered)
                silent += [symbol for symbol in window.suspects if not window.watches[symbol].arrived]
        return [symbol for symbol in silent if symbol in self._feed.board.rows]

    def _decide(self, underlying: str, window: _Window, answered: float) -> None:
        before = bool(self.wrong)
        rows = self._feed.board.rows
        self.wrong = {
            symbol: fields
            for symbol, fields in self.wrong.items()
            if symbol in rows and rows[symbol].instrument.underlying != underlying
        }
        for symbol, watch in window.watches.items():
            fields = self._judge(watch, answered)
            if fields:
                self.wrong[symbol] = fields
                self._tally.wrong(symbol, fields)
        if self.wrong and not before:
            _log.error("exchange: %s", self.problem)
        elif before and not self.wrong:
            _log.info("exchange: polls are equal to what is pushed again")

    def _judge(self, watch: _Watch, answered: float) -> list[str]:
        """Fields in which a contract is wrong; equal and undecided ones are counted."""
        row, polled = watch.row, watch.polled
        if polled is not None and compared(polled) in map(compared, watch.states):
            self._tally.equal()
            return []
        on_board = self._feed.board.rows.get(row.instrument.symbol) is row
        # Vouched for by a connection that went on for long enough to bring what the poll shows.
        vouched = row.lane == "live" and not row.stale and row.confirmed > answered + _GRACE / 2
        if polled is None or watch.recent or watch.arrived or not (on_board and vouched):
            self._tally.undecided()
            return []
        return differing(watch.states[-1], polled)


def _shown(wrong: dict[str, list[str]]) -> str:
    shown = [f"{symbol} ({', '.join(fields)})" for symbol, fields in list(wrong.items())[:_SHOWN]]
    more = len(wrong) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
