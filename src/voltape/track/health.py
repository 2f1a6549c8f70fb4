"""Freshness, judged by data: per connection, per underlying and per contract.

A contract's values are *confirmed* while its topic has delivered on a connection that carries data, or when a poll
has just shown them. A contract is stale when its values were last confirmed too long ago: 15 s where its
connection or underlying is out, two poll intervals where polls are what keeps it. A quiet contract on a healthy
connection is not stale, and nothing here looks at the wall clock.

A silence is noticed only after a while, so what a connection or underlying seemed to confirm since its last data
is then taken back. And a silent underlying may just be quiet, as stocks are at the weekend: it counts as stalled
only when a poll, made at once, shows values that should have been pushed, or when no poll answers.
"""

from voltape.bybit.link import Link
from voltape.bybit.topics import ticker_topic
from voltape.model.row import Row
from voltape.model.status import Health

from .carried import Carried
from .feed import Feed
from .poller import Poller
from .universe import UniverseKeeper

__all__ = ["FreshnessKeeper", "UnderlyingPulse"]

_STALE_AFTER = 15.0
_BRIDGE_POLL = 10.0
_SUSPECT_POLL = 6.0
_LONGEST_CHECK = 2.0
_SHORTEST_SILENCE = 6.5
_SILENCE_IN_MESSAGES = 30.0
_RATE_WEIGHT = 0.1
_RENEW_FIRST = 10.0
_RENEW_LONGEST = 300.0


class UnderlyingPulse:
    """Data rate of one underlying's live contracts.

    Attributes:
        last_data: when its live contracts last brought data (monotonic), None before the first.
        overdue_since: when the silence became too long for the rate before it, None while it is not.
        stalled: whether the silence is not the market's.
        rate: contracts with data per second, smoothed.
        renew_at, renew_step: when to ask the socket again for all of them, and the pause after that.
    """

    def __init__(self) -> None:
        self.last_data: float | None = None
        self.overdue_since: float | None = None
        self.stalled = False
        self.rate = 0.0
        self._count = 0
        self._measured: float | None = None
        self.renew_at = 0.0
        self.renew_step = _RENEW_FIRST

    def beat(self, count: int, now: float) -> None:
        """`count` contracts brought data just now."""
        self._count += count
        self.last_data = now

    def judge(self, now: float, longest: float) -> bool:
        """Whether data is overdue, at most `longest` seconds being allowed; call about once a second."""
        if self._count or self._measured is None:
            self._measure(now)
        if self.last_data is None:
            return False
        usual = _SILENCE_IN_MESSAGES / self.rate if self.rate > 0 else longest
        allowed = min(longest, max(_SHORTEST_SILENCE, usual))
        if now - self.last_data <= allowed:
            self.overdue_since = None
        elif self.overdue_since is None:
            self.overdue_since = now
        return self.overdue_since is not None

    def _measure(self, now: float) -> None:
        # Quiet time counts into the rate when data comes, lost time does not.
        if self._measured is not None and not self.stalled and now > self._measured:
            elapsed = now - self._measured
            weight = min(1.0, _RATE_WEIGHT * elapsed) if self.rate else 1.0
            self.rate += weight * (self._count / elapsed - self.rate)
        self._measured, self._count = now, 0


class FreshnessKeeper:
    """Marks rows stale and fresh, finds stalled underlyings, and says whether data flows.

    Attributes:
        pulses: per underlying.
        health: what `/readyz` answers.
        stale: number of stale rows at the last look.
    """

    def __init__(self, feed: Feed, poller: Poller, universe: UniverseKeeper, stale_after: float) -> None:
        self._feed = feed
        self._poller = poller
        self._universe = universe
        self._stale_after = stale_after
        self.pulses: dict[str, UnderlyingPulse] = {}
        self.health = Health(reasons=["starting: no contract list yet"])
        self.stale = 0
        self._carried = Carried(feed)

    def beat(self, rows: list[Row]) -> None:
        """Rows that the socket just brought data of."""
        counts: dict[str, int] = {}
        for row in rows:
            coin = row.series.underlying
            counts[coin] = counts.get(coin, 0) + 1
        now = self._feed.clock.monotonic()
        for coin, count in counts.items():
            pulse = self.pulses.get(coin)
            if pulse is None:
                pulse = self.pulses[coin] = UnderlyingPulse()
            pulse.beat(count, now)

    def look(self) -> None:
        """Judge everything once; call about once a second."""
        now = self._feed.clock.monotonic()
        self._judge_underlyings(now)
        self._mark(now, self._groups(now))
        self._judge_whole(now)

    def _judge_underlyings(self, now: float) -> None:
        for coin in [coin for coin in self.pulses if coin not in self._feed.wanted_underlyings]:
            del self.pulses[coin]
            self._feed.gaps.end(f"underlying {coin}", self._feed.clock.wall_ms())
        for coin, pulse in self.pulses.items():
            stalled = (
                pulse.judge(now, self._stale_after)
                and bool(self._live(coin))
                and (pulse.stalled or self._is_lost(coin, pulse, now))
            )
            if stalled != pulse.stalled:
                pulse.stalled = stalled
                self._turned(coin, pulse, now)
            if pulse.stalled and now >= pulse.renew_at:
                self._feed.renew(self._live(coin))
                pulse.renew_at = now + pulse.renew_step
                pulse.renew_step = min(pulse.renew_step * 2, _RENEW_LONGEST)

    def _live(self, coin: str) -> list[str]:
        """Contracts that are to bring data of a coin; where the filter leaves none, its silence says nothing."""
        return [row.instrument.symbol for row in self._feed.board.rows_of(coin) if row.lane == "live"]

    def _is_lost(self, coin: str, pulse: UnderlyingPulse, now: float) -> bool:
        since = now if pulse.overdue_since is None else pulse.overdue_since
        check = self._poller.checks.get(coin)
        if check is not None and check.started >= since:
            return check.differed > 0
        self._poller.hurry(coin, 0.0)
        return now - since >= _LONGEST_CHECK

    def _turned(self, coin: str, pulse: UnderlyingPulse, now: float) -> None:
        feed = self._feed
        pulse.renew_at, pulse.renew_step = now, _RENEW_FIRST
        silent = now - (now if pulse.last_data is None else pulse.last_data)
        ts = feed.clock.wall_ms() - int(silent * 1000)
        if pulse.stalled:
            contracts = len(self._live(coin))
            feed.gaps.begin(f"underlying {coin}", ts, "no data while other underlyings may go on", contracts)
            self._poller.hurry(coin, 0.0)
        else:
            # Without data it ends now, because nobody waits for any.
            feed.gaps.end(f"underlying {coin}", ts if pulse.overdue_since is None else feed.clock.wall_ms())

    def _groups(self, now: float) -> list[tuple[list[Row], float]]:
        """Confirm rows of healthy connections; returns all rows that may be stale, with the age each allows."""
        stalled = {coin: pulse for coin, pulse in self.pulses.items() if pulse.stalled}
        groups = [(self._carried.apart(), self._polled_limit())]
        for link in self._feed.pool.links:
            session = link.session
            waits = session is None or session.pending or session.unsent
            doubt = waits or stalled or self._feed.unproven
            if not doubt and _carries_data(link, now):
                groups.append((self._confirm_all(link, now), self._polled_limit()))
            else:
                groups += self._confirm_some(link, stalled, now)
        return groups

    def _confirm_all(self, link: Link, now: float) -> list[Row]:
        """Confirm what a connection without any doubt carries; returns the rows that are stale all the same."""
        stale = []
        for row in self._carried.by(link):
            # What is stale becomes fresh by data or a poll on the board, not by a first message on its way.
            if row.stale:
                stale.append(row)
            else:
                row.confirmed = now
        return stale

    def _confirm_some(
        self, link: Link, stalled: dict[str, UnderlyingPulse], now: float
    ) -> list[tuple[list[Row], float]]:
        """Confirm row by row what a connection carries where something is in doubt; returns its rows."""
        well: list[Row] = []
        out: list[Row] = []
        healthy = _carries_data(link, now)
        confirmed = link.session.confirmed if link.session is not None else frozenset()
        for row in self._carried.by(link):
            symbol = row.instrument.symbol
            pulse = stalled.get(row.instrument.underlying)
            if healthy and pulse is None:
                well.append(row)
                if not row.stale and symbol not in self._feed.unproven and ticker_topic(symbol) in confirmed:
                    row.confirmed = now
            else:
                out.append(row)
                _take_back(row, link.last_data if pulse is None else pulse.last_data)
        return [(well, self._polled_limit()), (out, _STALE_AFTER)]

    def _polled_limit(self) -> float:
        return 2 * self._poller.interval + _STALE_AFTER

    def _mark(self, now: float, groups: list[tuple[list[Row], float]]) -> None:
        set_stale = self._feed.board.set_stale
        bridge: set[str] = set()
        count = 0
        for rows, limit in groups:
            for row in rows:
                age = now - row.confirmed
                stale = age > limit
                count += stale
                if stale != row.stale:
                    set_stale(row, stale)
                if age > _BRIDGE_POLL and limit == _STALE_AFTER:
                    bridge.add(row.instrument.underlying)
        self.stale = count
        self._hurry_polls(now, bridge)

    def _hurry_polls(self, now: float, bridge: set[str]) -> None:
        for coin in bridge:
            if now - self._poller.last_answer.get(coin, now) >= _BRIDGE_POLL:
                self._poller.hurry(coin, 0.0)
        rows = self._feed.board.rows
        for coin in {rows[symbol].instrument.underlying for symbol in self._feed.unproven if symbol in rows}:
            self._poller.hurry(coin, _SUSPECT_POLL)

    def _judge_whole(self, now: float) -> None:
        feed = self._feed
        health = Health(ready=False, reasons=[], degraded=[])
        missing = [coin for coin in feed.wanted_underlyings if coin not in feed.listed]
        if self._universe.all_stopped:
            health.reasons.append("nothing is tracked: every underlying was stopped by the operator")
        elif not feed.board.rows:
            health.reasons.append(f"exchange: {self._universe.last_error or 'no contract list yet'}")
        elif missing:
            health.degraded.append(f"no contract list of {', '.join(missing)} yet")
        without = sum(not row.has_data for row in feed.board.rows.values())
        if without:
            target = health.reasons if without == len(feed.board.rows) else health.degraded
            target.append(f"{without} of {len(feed.board.rows)} contracts have no data yet")
        if feed.left_out:
            health.degraded.append(f"{len(feed.left_out)} contracts are polled for want of connections")
        self._judge_flow(health, now)
        health.ready = not health.reasons
        self.health = health

    def _judge_flow(self, health: Health, now: float) -> None:
        stalled = sorted(coin for coin, pulse in self.pulses.items() if pulse.stalled)
        if stalled:
            health.reasons.append(f"stalled: no data of {', '.join(stalled)}")
        # One that carries trades only may be silent.
        links = [link for link in self._feed.pool.links if link.speaks]
        down = [link.id for link in links if not _carries_data(link, now)]
        if links and len(down) == len(links):
            health.reasons.append("no connection to the exchange carries data")
        elif down:
            health.degraded.append(f"connections without data: {', '.join(down)}")
        if not links and not self._polls_answer(now):
            health.reasons.append("no poll of the exchange has answered lately")
        if self._poller.last_error is not None:
            health.degraded.append(f"polls fail: {self._poller.last_error}")
        if self.stale:
            health.degraded.append(f"{self.stale} contracts are stale")

    def _polls_answer(self, now: float) -> bool:
        newest = max(self._poller.last_answer.values(), default=None)
        return newest is not None and now - newest < self._polled_limit()


def _take_back(row: Row, last_data: float | None) -> None:
    """Confirm pushed values no later than the last data of what pushes them."""
    if row.pushed and last_data is not None and row.confirmed > last_data:
        row.confirmed = last_data


def _carries_data(link: Link, now: float) -> bool:
    session = link.session
    return (
        session is not None
        and session.last_data is not None
        and session.silence(now) <= session.silence_allowed()
    )
