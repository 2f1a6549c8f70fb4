"""Choosing lanes anew when clients look at something else, and from time to time.

The poller replans an underlying with every poll, since that is when most contracts have new values. That is not
often enough for a client that has just subscribed, nor for windows around a forward that moves between two polls.
"""

import asyncio
from collections.abc import Collection

from .feed import Feed

__all__ = ["Replanner"]

_EVERY = 30.0


class Replanner:
    """Keeps the live lane up with what clients watch and with the market."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._changed = asyncio.Event()

    def watch(self, source: str, channels: Collection[str]) -> None:
        """Take what clients look at now.

        Args:
            source: who tells; what it told before is replaced.
            channels: names of channels of the push stream; unknown ones count for nothing.
        """
        lanes = self._feed.lanes
        if lanes.heeds_watchers and lanes.watched.tell(source, channels):
            self._changed.set()

    async def run(self) -> None:
        """Replan for ever where lanes are selective, an underlying at a time, so that nothing waits for all of them."""
        while True:
            try:
                async with asyncio.timeout(_EVERY):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()
            for coin in self._feed.board.underlyings():
                self._feed.replan(coin)
                await asyncio.sleep(0)
