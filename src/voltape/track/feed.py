"""What the tracker's services share: the board, the ways to the venue, and what is known about freshness."""

from collections.abc import Iterable

from voltape.bybit.intake import Intake
from voltape.bybit.pool import Pool
from voltape.bybit.topics import symbol_of, ticker_topic
from voltape.clock import Clock
from voltape.model.board import Board
from voltape.model.instrument import Instrument
from voltape.model.row import Row

from .gaps import GapLedger
from .lanes import LanePolicy, TradeTimes, live_symbols
from .venue_time import VenueTime

__all__ = ["Feed"]


class Feed:
    """One board and the feed that keeps it.

    Attributes:
        board, intake, pool, clock, gaps: the parts.
        venue_time: the venue's clock.
        unproven: symbols whose newest values may be missing although their connection is well: a bad message
            came, a poll disagreed, or their underlying went silent. Fresh data proves them again.
        listed: underlyings whose complete list has been seen since start.
        wanted_underlyings: underlyings that are to be tracked.
        plans: grows whenever contracts or what carries them change.
    """

    def __init__(
        self, board: Board, intake: Intake, clock: Clock, policy: LanePolicy, gaps: GapLedger
    ) -> None:
        self.board = board
        self.intake = intake
        self.clock = clock
        self.gaps = gaps
        self.venue_time = VenueTime(clock)
        self.unproven: set[str] = set()
        self.listed: set[str] = set()
        self.wanted_underlyings: list[str] = []
        self.plans = 0
        self._policy = policy
        self._trades = TradeTimes()
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
        """List contracts."""
        self.plans += 1
        for instrument in instruments:
            self.intake.expect(self.board.add(instrument))

    def remove(self, symbols: Iterable[str]) -> None:
        """Take contracts off the board and the feed."""
        self.plans += 1
        for symbol in symbols:
            self.board.remove(symbol)
            self.intake.forget(symbol)
            self.unproven.discard(symbol)

    def replan(self) -> None:
        """Choose lanes anew and tell the pool what to carry. Contracts past their expiry are never wanted."""
        self.plans += 1
        now = self.venue_time.now_ms()
        rows = [row for row in self.board.rows.values() if row.instrument.expiry_ms > now]
        self._trades.look(rows, self.clock.monotonic())
        live = set(live_symbols(rows, self._policy, self._idle_hours))
        ordered = sorted((row for row in rows if row.instrument.symbol in live), key=_nearest_first)
        self.pool.want([ticker_topic(row.instrument.symbol) for row in ordered])
        live.difference_update(map(symbol_of, self.pool.left_out))
        for row in rows:
            self.board.set_lane(row, "live" if row.instrument.symbol in live else "polled")

    def _idle_hours(self, symbol: str) -> float:
        return self._trades.idle_hours(symbol, self.clock.monotonic())

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
            row.confirmed = now
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
