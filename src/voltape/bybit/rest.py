"""REST: contracts, tickers, latest trades and realised volatility of an underlying. All of it or an error, never a part.

The venue's traps handled here: a request without `baseCoin` silently means BTC, so it is always sent and checked;
pages end with an empty or a null cursor, a cursor that repeats is an error, and a cursor arrives percent-encoded
and goes back unchanged; success is `retCode` 0 whatever
the text says; a 403 may have any body and means that asking again soon makes it worse, so nothing at all is
asked for ten minutes, whoever wants to.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from voltape.clock import Clock, SystemClock
from voltape.errors import MessageError, VenueError, VenueRefused
from voltape.model.history import Realised
from voltape.model.instrument import Instrument, instrument_from_symbol
from voltape.model.ticker import Values
from voltape.proxy import Proxy

from .messages import UNREADABLE
from .parse import rest_values
from .trades import TradePage, trades_of_page

__all__ = ["Listing", "RestClient", "TickerPage"]

T = TypeVar("T")

_PAGE = 1_000
_MOST_PAGES = 50
_LARGEST_BODY = 32 << 20
_REFUSED = 600.0
_PIECE = 64
_FUTURE_MS = 60_000
_HIGHEST_VOLATILITY = 100.0
_INSTRUMENTS = "/v5/market/instruments-info"
_ACTIVE = frozenset({"PreLaunch", "Trading", "Delivering"})


class _Answer(msgspec.Struct):
    retCode: int
    retMsg: str = ""
    result: msgspec.Raw = msgspec.Raw(b"{}")
    time: int = 0


class _PriceFilter(msgspec.Struct):
    tickSize: float | None = None


class _Contract(msgspec.Struct):
    symbol: str
    status: str
    baseCoin: str
    settleCoin: str
    deliveryTime: int
    priceFilter: _PriceFilter | None = None


class _ContractPage(msgspec.Struct):
    list: list[_Contract]
    nextPageCursor: str | None = None


class _Coin(msgspec.Struct):
    baseCoin: str
    hasSymbol: int = 1


class _CoinList(msgspec.Struct):
    list: list[_Coin]


class _Rows(msgspec.Struct):
    list: list[msgspec.Raw]


class _RawRows(msgspec.Struct):
    list: msgspec.Raw


class _RealisedRow(msgspec.Struct):
    period: int
    value: float
    time: int


class Listing(msgspec.Struct):
    """Complete list of an underlying's contracts.

    Attributes:
        underlying: the coin.
        instruments: contracts that trade or are about to, by symbol.
        delivering: symbols that are being settled.
        skipped: symbols that are not understood.
        ts: venue time of the last page, epoch ms.
    """

    underlying: str
    instruments: dict[str, Instrument]
    delivering: set[str]
    skipped: list[str]
    ts: int


class TickerPage(msgspec.Struct):
    """All tickers of an underlying.

    Attributes:
        underlying: the coin.
        rows: values by symbol.
        rejected: rows that were not understood.
        ts: venue time of the answer, epoch ms: the rows have no time of their own.
    """

    underlying: str
    rows: dict[str, Values]
    rejected: int
    ts: int


_decode_answer = msgspec.json.Decoder(_Answer, strict=False).decode
_decode_contracts = msgspec.json.Decoder(_ContractPage, strict=False).decode
_decode_coins = msgspec.json.Decoder(_CoinList, strict=False).decode
_decode_rows = msgspec.json.Decoder(_Rows).decode
_decode_realised = msgspec.json.Decoder(list[_RealisedRow], strict=False).decode
_decode_raw_rows = msgspec.json.Decoder(_RawRows).decode


class RestClient:
    """Public market endpoints of the venue.

    Attributes:
        requests, errors, bytes_received: counts since start.
        refused_until: monotonic time before which the venue is left alone, because it answered 403.
    """

    def __init__(
        self,
        base: str,
        context: ssl.SSLContext | bool = True,
        *,
        clock: Clock | None = None,
        timeout: float = 10.0,
        proxy: Proxy | None = None,
    ) -> None:
        """Use the REST base address `base`.

        Args:
            base: scheme, host and port.
            context: TLS context, always verifying.
            clock: measures the silence after a refusal; the machine's if left out.
            timeout: seconds that one answer may take in all.
            proxy: what leads there, None for the direct way.
        """
        self._clock = SystemClock() if clock is None else clock
        self._timeout = timeout
        self._proxy = proxy
        self.refused_until = float("-inf")
        self._http = httpx.AsyncClient(
            base_url=base,
            verify=context,
            timeout=timeout,
            limits=httpx.Limits(max_connections=4, max_keepalive_connections=2, keepalive_expiry=60.0),
            headers={"user-agent": "voltape"},
            proxy=None if proxy is None else _route(proxy, context),
            # Which way to take has been decided already, and there is no password for the exchange.
            trust_env=False,
        )
        self.requests = 0
        self.errors = 0
        self.bytes_received = 0

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _get(self, path: str) -> _Answer:
        left = self.refused_until - self._clock.monotonic()
        if left > 0:
            raise VenueRefused(path, f"not asked for another {left:.0f} s after a 403")
        self.requests += 1
        try:
            async with asyncio.timeout(self._timeout), self._http.stream("GET", path) as response:
                try:
                    return await self._answer(path, response)
                finally:
                    self.bytes_received += response.num_bytes_downloaded
        except (httpx.HTTPError, TimeoutError) as error:
            self.errors += 1
            raise VenueError(self._failed(path, error), str(error) or type(error).__name__) from error
        except VenueError as error:
            self.errors += 1
            if isinstance(error, VenueRefused):
                self.refused_until = self._clock.monotonic() + _REFUSED
            raise

    def _failed(self, path: str, error: Exception) -> str:
        """What it was that failed: the proxy, or the request."""
        if self._proxy is None or isinstance(error.__cause__, ssl.SSLCertVerificationError):
            return path
        at_proxy = isinstance(error, httpx.ProxyError | httpx.ConnectError | httpx.ConnectTimeout)
        return f"proxy {self._proxy.where}" if at_proxy else path

    async def _answer(self, path: str, response: httpx.Response) -> _Answer:
        if response.status_code == 403:
            raise VenueRefused(path, "403: blocked region or too many requests")
        if response.status_code != 200:
            raise VenueError(path, f"answered {response.status_code}")
        pieces: list[bytes] = []
        size = 0
        async for piece in response.aiter_bytes():
            size += len(piece)
            if size > _LARGEST_BODY:
                raise VenueError(path, f"{size} bytes and more are too many")
            pieces.append(piece)
        try:
            answer = _decode_answer(b"".join(pieces))
        except UNREADABLE as error:
            raise VenueError(path, f"not the expected JSON: {error}") from error
        if answer.retCode != 0:
            raise VenueError(path, f"retCode {answer.retCode}: {answer.retMsg[:200]}")
        return answer

    async def server_time(self) -> int:
        """Venue time, epoch ms."""
        return (await self._get("/v5/market/time")).time

    async def base_coins(self) -> list[str]:
        """Underlyings that have contracts, in the venue's order.

        Raises:
            VenueError: neither the list of underlyings nor the list of all contracts can be had.
        """
        path = "/v5/market/option-base-coins"
        try:
            answer = await self._get(path)
            found = [
                coin.baseCoin for coin in _typed(path, _decode_coins, answer.result).list if coin.hasSymbol
            ]
        except VenueRefused:
            raise
        except VenueError:
            # The endpoint is new and some of the venue's hosts lack it.
            found = [c.baseCoin async for page, _ in self._pages("All") for c in page if c.status in _ACTIVE]
        if not found:
            raise VenueError(path, "no underlying at all")
        return list(dict.fromkeys(found))

    async def _pages(self, coin: str) -> AsyncIterator[tuple[list[_Contract], int]]:
        """Pages of the contract list of `coin`, each with the venue's time."""
        cursor = ""
        for _ in range(_MOST_PAGES):
            query = f"?category=option&baseCoin={coin}&limit={_PAGE}"
            if cursor:
                query += "&cursor=" + quote(cursor, safe="%")
            answer = await self._get(_INSTRUMENTS + query)
            page = _typed(_INSTRUMENTS, _decode_contracts, answer.result)
            yield page.list, answer.time
            following = page.nextPageCursor or ""
            if not following:
                return
            if following == cursor or not page.list:
                raise VenueError(_INSTRUMENTS, f"{coin}: the cursor does not move on")
            cursor = following
        raise VenueError(_INSTRUMENTS, f"{coin}: more than {_MOST_PAGES} pages")

    async def listing(self, underlying: str) -> Listing:
        """Every contract of an underlying that is not closed, walking all pages.

        Raises:
            VenueError: any page failed, repeated itself or was about another underlying.
        """
        listing = Listing(underlying, {}, set(), [], 0)
        seen: set[str] = set()
        async for page, ts in self._pages(underlying):
            for contract in page:
                _add(listing, contract, seen)
            listing.ts = ts
        return listing

    async def tickers(self, underlying: str) -> TickerPage:
        """Tickers of every contract of an underlying.

        Raises:
            VenueError: no complete answer, or one about another underlying.
        """
        path = "/v5/market/tickers"
        answer = await self._get(f"{path}?category=option&baseCoin={underlying}")
        page = TickerPage(underlying, {}, 0, answer.time)
        for number, raw in enumerate(_typed(path, _decode_rows, answer.result).list, 1):
            if not number % _PIECE:
                # Whoever waits for the event loop waits for a piece, not for all rows.
                await asyncio.sleep(0)
            try:
                symbol, values = rest_values(raw)
            except MessageError:
                page.rejected += 1
                continue
            if not symbol.startswith(f"{underlying}-"):
                raise VenueError(path, f"asked for {underlying}, got {symbol[:64]}")
            page.rows[symbol] = values
        return page

    async def recent_trades(self, underlying: str, limit: int) -> TradePage:
        """The latest trades of an underlying, `limit` (1 to 1,000) of them where there are as many.

        Raises:
            VenueError: no answer, or one about another underlying.
        """
        path = "/v5/market/recent-trade"
        answer = await self._get(f"{path}?category=option&baseCoin={underlying}&limit={limit}")
        rows = _typed(path, _decode_raw_rows, answer.result).list
        arrived = self._clock.wall_ms()
        trades, rejected = trades_of_page(underlying, rows, arrived, (answer.time or arrived) + _FUTURE_MS)
        if rejected and not trades:
            raise VenueError(path, f"{underlying}: no row is understood: {rejected[0][:200]}")
        return TradePage(underlying, trades, len(trades) + len(rejected), rejected, answer.time)

    async def realised_volatility(self, underlying: str, days: int) -> Realised | None:
        """The newest realised volatility of an underlying over a window of days; None where the venue tells none.

        Raises:
            VenueError: no answer, or one about another window.
        """
        path = "/v5/market/historical-volatility"
        # The one answer whose result is a bare list, and which carries no time.
        answer = await self._get(f"{path}?category=option&baseCoin={underlying}&period={days}")
        rows = _typed(path, _decode_realised, answer.result)
        if any(row.period != days for row in rows):
            raise VenueError(path, f"asked for {days} days, got {rows[0].period}")
        known = [row for row in rows if 0.0 < row.value < _HIGHEST_VOLATILITY and row.time > 0]
        newest = max(known, key=lambda row: row.time, default=None)
        return None if newest is None else Realised(newest.value, newest.time)


def _route(proxy: Proxy, context: ssl.SSLContext | bool) -> httpx.Proxy:
    own = context if proxy.is_secure and isinstance(context, ssl.SSLContext) else None
    return httpx.Proxy(proxy.url, ssl_context=own)


def _typed(path: str, decode: Callable[[msgspec.Raw], T], raw: msgspec.Raw) -> T:
    try:
        return decode(raw)
    except UNREADABLE as error:
        raise VenueError(path, f"not the expected result: {error}") from error


def _add(listing: Listing, contract: _Contract, seen: set[str]) -> None:
    if contract.baseCoin != listing.underlying:
        raise VenueError(_INSTRUMENTS, f"asked for {listing.underlying}, got {contract.baseCoin}")
    if contract.symbol in seen:
        raise VenueError(_INSTRUMENTS, f"{listing.underlying}: {contract.symbol} is on two pages")
    seen.add(contract.symbol)
    if contract.status == "Delivering":
        listing.delivering.add(contract.symbol)
        return
    if contract.status not in _ACTIVE:
        return
    instrument = instrument_from_symbol(
        contract.symbol,
        settle=contract.settleCoin or None,
        expiry_ms=contract.deliveryTime or None,
        tick_size=contract.priceFilter.tickSize if contract.priceFilter else None,
    )
    if instrument is None or instrument.underlying != listing.underlying:
        listing.skipped.append(contract.symbol)
        return
    listing.instruments[contract.symbol] = instrument
