"""When the analytics are computed: at most once a second for each underlying, and only for somebody.

A request is answered from the reading of its underlying, and a new one is taken where that is older than a second. For
the push stream's followers a new one is taken each second. Curves are fitted every five seconds at most, each fit
starting from the one before. All is computed in steps on the event loop, and other work gets its turn in between.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Generic, NamedTuple, TypeVar

from voltape.analytics.curves import Curves
from voltape.analytics.reading import Reading, Steps, read
from voltape.analytics.summary import Figures
from voltape.analytics.surface import Surface, surface_of
from voltape.clock import Clock
from voltape.flow.steps import run_in_turns
from voltape.model.board import Board
from voltape.model.history import Histories

__all__ = ["LASTS_S", "SURFACE_LASTS_S", "AnalyticsDesk", "Found"]

LASTS_S = 1.0
"""s for which a reading is given again."""

SURFACE_LASTS_S = 5.0
"""s for which fitted curves and the surface are given again."""

_LEAST_WAIT_S = 0.05
_LATEST_S = 3 * LASTS_S
"""s for which followers may be shown a summary that is being renewed."""

T = TypeVar("T")


class Found(NamedTuple, Generic[T]):
    """A part of a reading.

    Attributes:
        value: the part. reading: where it belongs.
        until: monotonic time until when it may be given again.
    """

    value: T
    reading: Reading
    until: float


class AnalyticsDesk:
    """The analytics of every underlying on a board.

    Attributes:
        readings: taken since start. fitted: sets of curves fitted since start.
        followed: gives the underlyings whose summary somebody follows.
        told: called with an underlying that has a new summary.
    """

    def __init__(self, board: Board, clock: Clock, histories: Histories | None = None) -> None:
        self.readings = 0
        self.fitted = 0
        self.followed: Callable[[], Iterable[str]] = tuple
        self.told: Callable[[str], None] = _nobody
        self._board = board
        self._clock = clock
        self._histories = Histories() if histories is None else histories
        self._locks: dict[str, asyncio.Lock] = {}
        self._kept: dict[str, tuple[Reading, float]] = {}
        self._curves: dict[str, Curves] = {}
        self._surfaces: dict[str, Found[Surface]] = {}
        self._latest: dict[str, Found[Figures]] = {}
        self._wanted = asyncio.Event()

    async def part(self, underlying: str, ask: Callable[[Reading], Steps[T]]) -> Found[T]:
        """A part of the present reading of an underlying.

        Args:
            underlying: one that is on the board, in its spelling.
            ask: the part.
        """
        async with self._lock(underlying):
            return await self._part(underlying, ask)

    async def surface(self, underlying: str) -> Found[Surface]:
        """The surface of an underlying, with the curves it was made from."""
        async with self._lock(underlying):
            known = self._surfaces.get(underlying)
            if known is not None and self._clock.monotonic() < known.until:
                return known
            keeper = self._curves.setdefault(underlying, Curves())
            curves = await self._part(underlying, lambda reading: reading.curves(keeper))
            until = self._clock.monotonic() + SURFACE_LASTS_S
            found = self._surfaces[underlying] = Found(surface_of(curves.value), curves.reading, until)
            self.fitted += 1
            return found

    def latest(self, underlying: str) -> Figures | None:
        """The summary that followers have; None where there is none of the last seconds."""
        known = self._latest.get(underlying)
        if known is None or self._clock.monotonic() >= known.until - LASTS_S + _LATEST_S:
            return None
        return known.value

    def want(self) -> None:
        """Somebody new follows a summary: do not wait for the next second."""
        self._wanted.set()

    async def renew(self) -> float:
        """Make the summaries that are followed and not of the present reading; s until the next one is due."""
        due = []
        for underlying in tuple(self.followed()):
            found = await self.part(underlying, Reading.figures)
            known = self._latest.get(underlying)
            self._latest[underlying] = found
            if known is None or known.reading is not found.reading:
                self.told(underlying)
            due.append(found.until)
        return max(0.0, min(due) - self._clock.monotonic()) if due else LASTS_S

    async def run(self) -> None:
        """Renew what is followed until cancelled."""
        while True:
            self._wanted.clear()
            wait = await self.renew()
            if tuple(self.followed()):
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wanted.wait(), max(wait, _LEAST_WAIT_S))
            else:
                self._latest.clear()
                await self._wanted.wait()

    def _lock(self, underlying: str) -> asyncio.Lock:
        # Who asks for what is being computed waits for it instead of computing it again.
        return self._locks.setdefault(underlying, asyncio.Lock())

    async def _part(self, underlying: str, ask: Callable[[Reading], Steps[T]]) -> Found[T]:
        reading, until = self._kept.get(underlying) or (None, 0.0)
        now = self._clock.monotonic()
        if reading is None or now >= until:
            # The readings of underlyings that nobody asks for any more are not worth their memory.
            self._kept = {coin: kept for coin, kept in self._kept.items() if now < kept[1]}
            history = self._histories.of(underlying)
            taken = read(underlying, self._board.expiries(underlying), self._clock.wall_ms(), history)
            reading, until = await self._paced(taken), now + LASTS_S
            self._kept[underlying] = (reading, until)
            self.readings += 1
        return Found(await self._paced(ask(reading)), reading, until)

    async def _paced(self, steps: Steps[T]) -> T:
        return await run_in_turns(steps, self._clock.monotonic)


def _nobody(underlying: str) -> None:
    """Without followers there is nobody to tell."""
