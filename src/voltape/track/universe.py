"""Which contracts exist: listings appear, expiries leave, and nothing leaves on the strength of a failed read.

A contract leaves the board when its expiry has passed by the venue's clock, or when it is missing from two
complete lists in a row and from the tickers in between. A list that fails, is partial or is empty changes
nothing. Underlyings fail apart: one that cannot be listed holds up no other. An underlying that is no longer discovered
is tracked for as long as it has contracts; it leaves when its own list is empty as well, twice in a row.

Which underlyings are tracked is decided by the operator, and by the settings where the operator has said nothing. An
underlying that is no longer tracked leaves at once with all of its contracts.
"""

import asyncio
import logging
from collections.abc import Awaitable, Collection, Container, Iterable
from random import Random

from voltape.bybit.rest import Listing, RestClient
from voltape.errors import VenueError, VenueRefused
from voltape.flow.backoff import Backoff
from voltape.model.control import Decisions

from .feed import Feed

__all__ = ["UniverseKeeper"]

_log = logging.getLogger(__name__)

_ASKING = "list of contracts"
_REFRESH = 300.0
_DAY_MS = 86_400_000
_ROLL_MS = 8 * 3_600_000
_ROLL_DELAYS_MS = (5_000, 30_000, 90_000)
_LOOKS_FOR_UNLISTED = 5
_LISTS_WITHOUT = 2
"""Complete lists in a row without a contract, or without any, that make it leave."""


class UniverseKeeper:
    """Keeps the board's contracts equal to the venue's.

    Attributes:
        refreshes, failures: lists read completely, and not.
        last_error: why the newest failed read failed, None after a success.
        given: underlyings of the settings, none for whatever the venue lists.
    """

    def __init__(
        self,
        feed: Feed,
        rest: RestClient,
        rng: Random,
        underlyings: tuple[str, ...],
        decisions: Decisions | None = None,
    ) -> None:
        """Track `underlyings`, or with none whatever the venue lists, but for what `decisions` say otherwise."""
        self._feed = feed
        self._rest = rest
        self._rng = rng
        self.given = underlyings
        self._found = list(underlyings)
        self._decisions = decisions or Decisions()
        self.refreshes = 0
        self.failures = 0
        self.last_error: str | None = None
        self._unlisted: dict[str, dict[str, int]] = {}
        self._missing: dict[str, int] = {}
        self._unseen: set[str] = set()
        self._undiscovered: dict[str, int] = {}
        self._not_understood: set[str] = set()
        self._hurry = asyncio.Event()
        self._choose()

    @property
    def named(self) -> list[str]:
        """Underlyings that settings, discovery or decisions name, or that have contracts; tracked or not."""
        return sorted({*self._found, *self._decisions.underlyings, *self._feed.board.underlyings()})

    @property
    def all_stopped(self) -> bool:
        """Whether nothing is tracked because that was decided."""
        return bool(self._found or self.given) and not self._feed.wanted_underlyings

    def follow(self, decisions: Decisions) -> list[str]:
        """Track by these decisions from now on; returns underlyings that have left."""
        self._decisions = decisions
        self._choose()
        feed = self._feed
        coins = {*feed.board.underlyings(), *feed.listed}
        stopped = [coin for coin in sorted(coins) if not decisions.tracks(coin, self.given)]
        for coin in stopped:
            self._drop(coin)
        if stopped:
            feed.replan()
        if not feed.listed.issuperset(feed.wanted_underlyings) or self._is_undiscovered():
            self.hurry()
        return stopped

    def _choose(self) -> None:
        wanted = list(self._found)
        if self.given:
            # What discovery does not find cannot be listed, so that it is only added to a list that was given.
            wanted += [coin for coin in self._decisions.underlyings if coin not in wanted]
        self._feed.wanted_underlyings = [coin for coin in wanted if self._decisions.tracks(coin, self.given)]

    def _is_undiscovered(self) -> bool:
        if self.given:
            return False
        return any(on and coin not in self._found for coin, on in self._decisions.underlyings.items())

    def _drop(self, coin: str) -> None:
        symbols = [row.instrument.symbol for row in self._feed.board.rows_of(coin)]
        self._feed.remove(symbols)
        self._feed.listed.discard(coin)
        self._unlisted.pop(coin, None)
        self._forget(symbols)

    def _forget(self, symbols: Iterable[str]) -> None:
        for symbol in symbols:
            self._missing.pop(symbol, None)
            self._unseen.discard(symbol)

    def hurry(self) -> None:
        """Refresh now rather than when next due."""
        self._hurry.set()

    def noticed(self, underlying: str, symbols: Collection[str]) -> None:
        """A ticker poll showed all of these contracts: they exist, and those not on the board call for a new list.

        The list may never show some of them, so it is read again for each only a few times.
        """
        if underlying not in self._feed.wanted_underlyings:
            return
        rows = self._feed.board.rows
        for symbol in tuple(self._missing):
            if symbol in symbols:
                del self._missing[symbol]
                self._unseen.discard(symbol)
            elif symbol in rows and rows[symbol].instrument.underlying == underlying:
                self._unseen.add(symbol)
        before = self._unlisted.get(underlying, {})
        unlisted = {symbol: before.get(symbol, 0) + 1 for symbol in symbols if symbol not in rows}
        if any(looks <= _LOOKS_FOR_UNLISTED for looks in unlisted.values()):
            self.hurry()
        self._unlisted[underlying] = unlisted

    async def run(self) -> None:
        """Refresh for ever: every few minutes, and just after contracts roll at 08:00 UTC of the venue."""
        backoff = Backoff(0.5, 30.0, self._rng)
        while True:
            self._hurry.clear()
            if await self.refresh():
                await asyncio.sleep(self._rest.refused_until - self._feed.clock.monotonic())
                continue
            if self.last_error is not None:
                delay = backoff.next()
            else:
                backoff.reset()
                delay = self._until_next()
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
            if not self.given:
                await self._attempt(self._discover())
            # An underlying that somebody waits for is listed before those that are only looked through again.
            for coin in sorted(self._feed.wanted_underlyings, key=self._feed.listed.__contains__):
                await self._attempt(self._list(coin))
        except VenueRefused as error:
            self._failed(error)
            return True
        if self.last_error is None:
            self._feed.outage.answered(_ASKING)
        return False

    async def _attempt(self, step: Awaitable[None]) -> None:
        try:
            await step
        except VenueRefused:
            raise
        except VenueError as error:
            self._failed(error)

    async def _discover(self) -> None:
        found = await self._rest.base_coins()
        kept = [coin for coin in self._feed.board.underlyings() if coin not in found]
        self._undiscovered = {coin: self._undiscovered.get(coin, 0) for coin in kept}
        self._found = found + kept
        self._choose()

    async def _list(self, coin: str) -> None:
        listing = await self._rest.listing(coin)
        if coin in self._undiscovered and not listing.instruments and not listing.delivering:
            self._end(coin)
        else:
            self._apply(listing)

    def _end(self, coin: str) -> None:
        """Neither discovery nor its own list has anything of an underlying."""
        self._undiscovered[coin] += 1
        if self._undiscovered[coin] < _LISTS_WITHOUT:
            return
        del self._undiscovered[coin]
        self._found.remove(coin)
        self._choose()
        self._drop(coin)
        self._feed.replan()
        _log.info("%s: the exchange has no contracts of it any more", coin)

    def _failed(self, error: VenueError) -> None:
        self.failures += 1
        self.last_error = str(error)
        self._feed.outage.failed(_ASKING, error)

    def _apply(self, listing: Listing) -> None:
        feed = self._feed
        feed.venue_time.observe(listing.ts)
        coin = listing.underlying
        if coin not in feed.wanted_underlyings:
            # It was stopped while its list was on the way.
            return
        known = {row.instrument.symbol for row in feed.board.rows_of(coin)}
        if not listing.instruments and not listing.delivering:
            raise VenueError("instruments-info", f"{coin}: no contract at all, {len(known)} are known")
        now = feed.venue_time.now_ms()
        current = {s: i for s, i in listing.instruments.items() if i.expiry_ms > now}
        new = [instrument for symbol, instrument in current.items() if symbol not in known]
        feed.add(new)
        gone = self._gone(known, current, now)
        feed.remove(gone)
        self.refreshes += 1
        first = coin not in feed.listed
        feed.listed.add(coin)
        self._warn(listing)
        if new or gone:
            log = _log.info if not first else _log.debug
            log("%s: %d contracts listed, %d gone", coin, len(new), len(gone))
        if new or gone or first:
            feed.replan()

    def _warn(self, listing: Listing) -> None:
        """Tell once of each contract that is not understood, for as long as it is listed."""
        before = {symbol for symbol in self._not_understood if symbol.startswith(f"{listing.underlying}-")}
        for symbol in sorted({*listing.skipped} - before):
            _log.warning("contract %s is not understood and not tracked", symbol[:64])
        self._not_understood = (self._not_understood - before) | {*listing.skipped}

    def _gone(self, known: set[str], current: Container[str], now: int) -> list[str]:
        gone = []
        rows = self._feed.board.rows
        for symbol in known:
            times = 0 if symbol in current else self._missing.get(symbol, 0) + 1
            over = rows[symbol].instrument.expiry_ms <= now
            if over or (times >= _LISTS_WITHOUT and symbol in self._unseen):
                gone.append(symbol)
            if not times or symbol in gone:
                self._missing.pop(symbol, None)
                self._unseen.discard(symbol)
            else:
                self._missing[symbol] = times
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
            self._forget(gone)
            feed.replan()
            self.hurry()
            _log.info("%d contracts expired", len(gone))
        return len(gone)
