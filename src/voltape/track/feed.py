"""What the tracker's services share: the board, the ways to the venue, and what is known about freshness."""

from collections.abc import Iterable

from voltape.bybit.intake import Intake
from voltape.bybit.pool import Pool
from voltape.bybit.topics import is_event, symbol_of, ticker_topic
from voltape.clock import Clock
from voltape.model.board import Board
from voltape.model.instrument import Instrument
from voltape.model.row import Row

from .gaps import GapLedger
from .lanes import LanePolicy, Lanes
from .outage import Outage
from .venue_time import VenueTime

__all__ = ["Feed"]


class Feed:
    """One board and the feed that keeps it.

    Attributes:
        board, intake, pool, clock, gaps: the parts.
        venue_time: the venue's clock.
        outage: the outage of REST, if there is one.
        unproven: symbols whose newest values may be missing although their connection is well: a bad message
            came, a poll disagreed, or their underlying went silent. Fresh data proves them again.
        lanes: what is live and why.
        listed: underlyings whose complete list has been seen since start.
        wanted_underlyings: underlyings that are to be tracked.
        left_out: live by the lanes, but polled for want of connections.
        plans: grows whenever contracts or what carries them change.
    """

    def __init__(
        self, board: Board, intake: Intake, clock: Clock, policy: LanePolicy, gaps: GapLedger
    ) -> None:
        self.board = board
        self.intake = intake
        self.clock = clock
        self.gaps = gaps
        self.outage = Outage(clock)
        self.venue_time = VenueTime(clock)
        self.unproven: set[str] = set()
        self.listed: set[str] = set()
        self.wanted_underlyings: list[str] = []
        self.left_out: set[str] = set()
        self.plans = 0
        self.lanes = Lanes(policy)
        self._planned: set[str] | None = None
        self._pool: Pool | None = None

    @property
    def pool(self) -> Pool:
        """The connection pool; attached once, before any service starts."""
        if self._pool is None:
            raise RuntimeError("no pool attached")
        return self._pool

    def attach(self, pool: Pool) -> None:
        """Use this pool."""
        self._pool = pool

    def add(self, instruments: Iterable[Instrument]) -> None:
        """List contracts; `replan` must follow."""
        self.plans += 1
        self._planned = None
        for instrument in instruments:
            self.intake.expect(self.board.add(instrument))

    def remove(self, symbols: Iterable[str]) -> None:
        """Take contracts off the board and the feed; `replan` must follow."""
        self.plans += 1
        self._planned = None
        for symbol in symbols:
            self.board.remove(symbol)
            self.intake.forget(symbol)
            self.unproven.discard(symbol)

    def replan(self, underlying: str | None = None) -> None:
        """Choose lanes anew and, where that changes them, tell the pool what to carry.

        Contracts past their expiry are never wanted.

        Args:
            underlying: choose among its contracts only.
        """
        now_ms = self.venue_time.now_ms()
        live = self.lanes.choose(self.board, now_ms, self.clock.monotonic(), underlying)
        if live != self._planned:
            self.plans += 1
            self._planned = live
            self._carry(live)

    def _carry(self, live: set[str]) -> None:
        rows = self.board.rows
        ordered = sorted((rows[symbol] for symbol in live), key=_nearest_first)
        wanted = [row.instrument.symbol for row in ordered]
        left_out = self._want(wanted)
        if crowded_out := left_out & self.lanes.steadfast:
            # What must be live gets the room of what is merely liquid and expires last.
            spare = [
                symbol for symbol in wanted if symbol not in self.lanes.steadfast and symbol not in left_out
            ]
            without = set(spare[max(len(spare) - len(crowded_out), 0) :]) | left_out - crowded_out
            left_out = without | self._want([symbol for symbol in wanted if symbol not in without])
        self.left_out = left_out
        for row in rows.values():
            symbol = row.instrument.symbol
            self.board.set_lane(row, "live" if symbol in live and symbol not in left_out else "polled")

    def _want(self, symbols: list[str]) -> set[str]:
        trades = self.intake.trades
        # Trades come first: there are few topics of them, and each serves all contracts of its underlying.
        events = [] if trades is None else trades.expect(self.board.underlyings())
        self.pool.want([*events, *map(ticker_topic, symbols)])
        return {symbol_of(topic) for topic in self.pool.left_out if not is_event(topic)}

    def renew(self, symbols: Iterable[str]) -> None:
        """Ask the socket again for contracts that should deliver and do not."""
        self.pool.renew([ticker_topic(symbol) for symbol in symbols])

    def flush(self, most: int | None = None) -> list[Row]:
        """Decode what has arrived onto the board, `most` contracts at once; returns rows the venue spoke of.

        A contract that speaks is fresh from that moment.
        """
        rows = self.intake.flush(self.venue_time.now_ms(), most)
        now = self.clock.monotonic()
        unproven = self.unproven
        for row in rows:
            row.confirmed = row.told = now
            if row.stale:
                self.board.set_stale(row, False)
        if unproven:
            unproven.difference_update([row.instrument.symbol for row in rows])
        if self.intake.suspects:
            unproven |= self.intake.suspects
            self.intake.suspects.clear()
        return rows


def _nearest_first(row: Row) -> tuple[int, str]:
    return (row.instrument.expiry_ms, row.instrument.symbol)
