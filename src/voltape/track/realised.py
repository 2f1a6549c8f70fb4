"""Realised volatility from the exchange: each window of each underlying once an hour, one question at a time.

The exchange works it out by the hour. After a start what is missing is asked for at once, some seconds apart; from then on
the questions are spread over the hour. A window that the exchange does not have for a coin is asked for less and less
often, down to once in an hour.
"""

import asyncio
import logging
from random import Random
from typing import TypeAlias

import msgspec

from voltape.bybit.rest import RestClient
from voltape.errors import VenueError, VenueRefused
from voltape.model.history import TENORS, Histories

from .feed import Feed

__all__ = ["RealisedKeeper"]

_log = logging.getLogger(__name__)

_SETTLED_S = 8.0
"""s after the start before anything is asked, so that lists and tickers come first."""
_APART_S = 2.0
_EVERY_S = 3_600.0
_RETRY_FIRST_S = 60.0
_FUTURE_MS = 60_000

_Window: TypeAlias = tuple[str, int]


class _Watch(msgspec.Struct):
    """One window of one underlying.

    Attributes:
        due: when to ask next (monotonic). retry: wait after the next failure, s. failing: whether the last question failed.
    """

    due: float
    retry: float = _RETRY_FIRST_S
    failing: bool = False


class RealisedKeeper:
    """Asks for realised volatilities.

    Attributes:
        asked, failures: questions, and those of them without an answer.
    """

    def __init__(self, feed: Feed, rest: RestClient, histories: Histories, rng: Random) -> None:
        self.asked = 0
        self.failures = 0
        self._feed = feed
        self._rest = rest
        self._histories = histories
        self._rng = rng
        self._watches: dict[_Window, _Watch] = {}
        self._out = False

    async def run(self) -> None:
        """Ask for ever."""
        await asyncio.sleep(_SETTLED_S)
        while True:
            window = self.next()
            if window is not None:
                await self.ask(*window)
            await asyncio.sleep(_APART_S)

    def next(self) -> tuple[str, int] | None:
        """The underlying and the days that are due for longest; None where nothing is."""
        now = self._feed.clock.monotonic()
        if now < self._rest.refused_until:
            return None
        wanted = [(coin, days) for coin in self._feed.board.underlyings() for days in TENORS]
        for gone in self._watches.keys() - set(wanted):
            del self._watches[gone]
        for window in wanted:
            if window not in self._watches:
                self._watches[window] = _Watch(now + self._known_for(*window))
        due = [window for window in wanted if self._watches[window].due <= now]
        return min(due, key=lambda window: self._watches[window].due, default=None)

    def _known_for(self, underlying: str, days: int) -> float:
        """Seconds until what an earlier run learnt is an hour old."""
        known = self._histories.of(underlying).realised.get(days)
        if known is None:
            return 0.0
        return max(_EVERY_S - (self._feed.venue_time.now_ms() - known.ts) / 1_000, 0.0)

    async def ask(self, underlying: str, days: int) -> None:
        """Ask for one window now; a failure changes nothing but counters and the next time."""
        watch = self._watches[underlying, days]
        now = self._feed.clock.monotonic()
        self.asked += 1
        try:
            found = await self._rest.realised_volatility(underlying, days)
        except VenueError as error:
            self._failed(watch, now, f"realised volatility of {underlying} over {days} days: {error}")
            if isinstance(error, VenueRefused):
                watch.due = self._rest.refused_until
            return
        self._out = watch.failing = False
        watch.retry = _RETRY_FIRST_S
        # What was asked for in one go after the start drifts apart.
        watch.due = now + _EVERY_S * (0.8 + 0.4 * self._rng.random())
        if found is not None and found.ts <= self._feed.venue_time.now_ms() + _FUTURE_MS:
            self._histories.put_realised(underlying, days, found)

    def _failed(self, watch: _Watch, now: float, what: str) -> None:
        self.failures += 1
        # One window that the exchange does not have must not hide an outage of all, nor be told of each hour.
        if not watch.failing:
            if not self._out:
                _log.warning("%s; trying again", what)
            self._out = watch.failing = True
        watch.due = now + watch.retry
        watch.retry = min(2.0 * watch.retry, _EVERY_S)
