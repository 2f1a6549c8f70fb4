"""Which contracts exist: listings appear, expiries leave, and nothing leaves on the strength of a failed read.

A contract leaves the board when its expiry has passed by the venue's clock, or when it is missing from two
complete lists in a row and from the tickers in between. A list that fails, is partial or is empty changes
nothing. Underlyings fail apart: one that cannot be listed holds up no other.
"""

import asyncio
import logging
from collections.abc import Collection
from random import Random

from ..bybit.rest import Listing, RestClient
from ..errors import VenueError, VenueRefused
from ..flow.backoff import Backoff
from .feed import Feed

__all__ = ["UniverseKeeper"]

_log = logging.getLogger(__name__)

_REFRESH = 300.0
_DAY_MS = 86_400_000
_ROLL_MS = 8 * 3_600_000
_ROLL_DELAYS_MS = (5_000, 30_000, 90_000)
_REFUSED = 600.0


class UniverseKeeper:
    """Keeps the board's contracts equal to the venue's.

    Attributes:
        refreshes, failures: lists read completely, and not.
        last_error: why the newest failed read failed, None after a success.
    """

    def __init__(self, feed: Feed, rest: RestClient, rng: Random, underlyings: tuple[str, ...]) -> None:
        """Track `underlyings`, or with none whatever the venue lists."""
        self._feed = feed
        self._rest = rest
        self._rng = rng
        self._given = underlyings
        self.refreshes = 0
        self.failures = 0
        self.last_error: str | None = None
        self._seen_in_tickers: set[str] = set()
        self._unlisted: set[str] = set()
        self._missing: dict[str, int] = {}
        self._warned = False
        self._hurry = asyncio.Event()
        feed.wanted_underlyings = list(underlyings)

    def hurry(self) -> None:
        """Refresh now rather than when next due."""
        self._hurry.set()

    def noticed(self, symbols: Collection[str]) -> None:
        """A ticker poll showed these contracts: they exist, and those not on the board call for a new list."""
        self._seen_in_tickers.update(symbols)
        unlisted = {symbol for symbol in symbols if symbol not in self._feed.board.rows}
        if not unlisted <= self._unlisted:
            self.hurry()
        self._unlisted = (self._unlisted - set(symbols)) | unlisted

    async def run(self) -> None:
        """Refresh for ever: every few minutes, and just after contracts roll at 08:00 UTC of the venue."""
        backoff = Backoff(0.5, 30.0, self._rng)
        while True:
            refused = await self.refresh()
            if refused:
                delay = _REFUSED
            elif self.last_error is not None:
                delay = backoff.next()
            else:
                backoff.reset()
                delay = self._until_next()
            self._hurry.clear()
            try:
                async with asyncio.timeout(delay):
                    await self._hurry.wait()
            except TimeoutError:
                continue

    def _until_next(self) -> float:
        now = self._feed.venue_time.now_ms()
        since_roll = (now - _ROLL_MS) % _DAY_MS
        after = next((delay for delay in _ROLL_DELAYS_MS if delay > since_roll), None)
        to_roll = (_DAY_MS + _ROLL_DELAYS_MS[0] if after is None else after) - since_roll
        return min(_REFRESH, to_roll / 1000 + 0.1)

    async def refresh(self) -> bool:
        """Read every underlying's list once; True if the venue refuses us for now."""
        self.last_error = None
        try:
            await self._discover()
            for coin in self._feed.wanted_underlyings:
                try:
                    self._apply(await self._rest.listing(coin))
                except VenueRefused:
                    raise
                except VenueError as error:
                    self._failed(error)
        except VenueRefused as error:
            self._failed(error)
            return True
        except VenueError as error:
            self._failed(error)
        if self.last_error is None:
            self._warned = False
        return False

    async def _discover(self) -> None:
        if self._given:
            return
        self._feed.wanted_underlyings = await self._rest.base_coins()

    def _failed(self, error: VenueError) -> None:
        self.failures += 1
        self.last_error = str(error)
        if not self._warned:
            self._warned = True
            _log.warning("contract list: %s; keeping what is known and trying again", error)

    def _apply(self, listing: Listing) -> None:
        feed = self._feed
        feed.venue_time.observe(listing.ts)
        coin = listing.underlying
        known = {row.instrument.symbol for row in feed.board.rows_of(coin)}
        if not listing.instruments and not listing.delivering and known:
            raise VenueError("instruments-info", f"{coin}: no contract at all, {len(known)} are known")
        now = feed.venue_time.now_ms()
        current = {s: i for s, i in listing.instruments.items() if i.expiry_ms > now}
        new = [instrument for symbol, instrument in current.items() if symbol not in known]
        feed.add(new)
        gone = self._gone(known - current.keys(), now)
        feed.remove(gone)
        self.refreshes += 1
        first = coin not in feed.listed
        feed.listed.add(coin)
        for symbol in listing.skipped:
            _log.warning("contract %s is not understood and not tracked", symbol[:64])
        if new or gone:
            log = _log.info if not first else _log.debug
            log("%s: %d contracts listed, %d gone", coin, len(new), len(gone))
            feed.replan()

    def _gone(self, absent: set[str], now: int) -> list[str]:
        gone = []
        rows = self._feed.board.rows
        for symbol in absent:
            if rows[symbol].instrument.expiry_ms <= now:
                gone.append(symbol)
                continue
            self._missing[symbol] = self._missing.get(symbol, 0) + 1
            if self._missing[symbol] >= 2 and symbol not in self._seen_in_tickers:
                gone.append(symbol)
        self._missing = {s: n for s, n in self._missing.items() if s in absent and s not in gone}
        self._seen_in_tickers.difference_update(absent)
        return gone

    def expire(self) -> int:
        """Take off what has expired by the venue's clock; returns how many contracts."""
        feed = self._feed
        now = feed.venue_time.now_ms()
        gone = [
            symbol
            for series in tuple(feed.board.series.values())
            if series.expiry_ms <= now
            for symbol, row in series.rows.items()
            if row.instrument.expiry_ms <= now
        ]
        if gone:
            feed.remove(gone)
            feed.replan()
            self.hurry()
            _log.info("%d contracts expired", len(gone))
        return len(gone)
