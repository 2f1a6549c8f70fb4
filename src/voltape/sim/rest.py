"""The venue's REST endpoints for options, as functions from a request to the JSON they return.

Pages are walked with an opaque cursor that is already percent-encoded in the answer: a client has to
send it back unchanged, and one that encodes it again is told so.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, unquote

from voltape.sim.books import rest_book
from voltape.sim.clock import VenueClock
from voltape.sim.contract import Contract
from voltape.sim.expiries import label
from voltape.sim.feed import Feed
from voltape.sim.http import Request
from voltape.sim.market import Market
from voltape.sim.options import SimOptions
from voltape.sim.realised import HOUR_MS, LONGEST_MS, PERIODS, periods_of, realised_volatility
from voltape.sim.ticker import REST_FIELDS, number

__all__ = ["Refusal", "Rest"]

_DEFAULT_LIMIT, _MAX_LIMIT = 500, 1000
_SHOWN_TRADING_MS = 10_000
_BAD_PARAMETER = 10001
_TRADES_KEPT = 1000


class Refusal(Exception):
    """A request the venue answers with an error code; `cursor_abuse` marks a re-encoded cursor."""

    def __init__(self, message: str, code: int = _BAD_PARAMETER, *, cursor_abuse: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.cursor_abuse = cursor_abuse


class Rest:
    """Answers by path; `answer` gives `None` for a path that does not exist."""

    def __init__(self, market: Market, feed: Feed, clock: VenueClock, options: SimOptions) -> None:
        self._market = market
        self._feed = feed
        self._clock = clock
        self._options = options
        self._trades: dict[str, list[dict[str, Any]]] = {coin.name: [] for coin in market.coins}
        self._paths: dict[str, Callable[[dict[str, str]], dict[str, Any]]] = {
            "/v5/market/instruments-info": self._instruments,
            "/v5/market/tickers": self._tickers,
            "/v5/market/time": self._time,
            "/v5/market/recent-trade": self._recent_trades,
            "/v5/market/orderbook": self._orderbook,
            "/v5/market/delivery-price": self._delivery_prices,
            "/v5/market/new-delivery-price": self._new_delivery_prices,
            "/v5/system/status": lambda _: {"list": []},
        }
        self._bare: dict[str, Callable[[dict[str, str]], list[dict[str, Any]]]] = {
            "/v5/market/historical-volatility": self._realised,
        }
        if options.option_base_coins:
            self._paths["/v5/market/option-base-coins"] = self._base_coins

    def answer(self, request: Request) -> dict[str, Any] | None:
        """The envelope with the result, or with the error code of a refusal."""
        bare = self._bare.get(request.path)
        if bare is not None:
            # The one answer that is wrapped otherwise: no time, and the category beside the result.
            return {"retCode": 0, "retMsg": "SUCCESS", "category": "option", "result": bare(request.query)}
        endpoint = self._paths.get(request.path)
        return None if endpoint is None else self.envelope(endpoint(request.query))

    def envelope(self, result: dict[str, Any], code: int = 0, message: str = "OK") -> dict[str, Any]:
        """The common wrapping of every answer."""
        return {
            "retCode": code,
            "retMsg": message,
            "result": result,
            "retExtInfo": {},
            "time": self._clock.now_ms(),
        }

    def remember_trades(self, rows: Iterable[dict[str, Any]]) -> None:
        """Keep trades for `recent-trade`, newest first, a thousand per coin."""
        for row in rows:
            kept = self._trades[row["symbol"].partition("-")[0]]
            kept.insert(0, row)
            del kept[_TRADES_KEPT:]

    def _instruments(self, query: dict[str, str]) -> dict[str, Any]:
        _check_category(query)
        rows = self._instrument_rows(query)
        if "symbol" in query:
            rows = [c for c in rows if c.symbol == query["symbol"]]
            if not rows:
                raise Refusal("Parameter verification failed for 'symbol'.")
        page, cursor = self._page(rows, query, _DEFAULT_LIMIT, _MAX_LIMIT)
        return {"category": "option", "nextPageCursor": cursor, "list": [self._instrument(c) for c in page]}

    def _instrument_rows(self, query: dict[str, str]) -> list[Contract]:
        coin = query.get("baseCoin") or (query.get("symbol", "").partition("-")[0] or "BTC")
        everything = coin == "All" and self._options.base_coin_all
        status = query.get("status")
        live = [*self._market.contracts.values(), *self._market.delivering.values()]
        rows = [c for c in live if everything or c.coin.name == coin]
        return sorted((c for c in rows if status in {None, "", self._status(c)}), key=lambda c: c.number)

    def _status(self, contract: Contract) -> str:
        late = self._clock.now_ms() - contract.expiry_ms
        over = contract.symbol in self._market.delivering and not 0 <= late < _SHOWN_TRADING_MS
        return "Delivering" if over else "Trading"

    def _instrument(self, contract: Contract) -> dict[str, Any]:
        coin = contract.coin
        return {
            "symbolId": contract.number,
            "symbol": contract.symbol,
            "status": self._status(contract),
            "baseCoin": coin.name,
            "quoteCoin": contract.settle,
            "settleCoin": contract.settle,
            "optionsType": "Call" if contract.call else "Put",
            "launchTime": str(contract.launch_ms),
            "deliveryTime": str(contract.expiry_ms),
            "deliveryFeeRate": coin.fee,
            "priceFilter": {"minPrice": coin.tick, "maxPrice": coin.max_price, "tickSize": coin.tick},
            "lotSizeFilter": {
                "maxOrderQty": coin.max_quantity,
                "minOrderQty": coin.lot,
                "qtyStep": coin.lot,
            },
            "displayName": contract.display_name,
        }

    def _tickers(self, query: dict[str, str]) -> dict[str, Any]:
        _check_category(query)
        symbol, coin = query.get("symbol"), query.get("baseCoin")
        if not symbol and not coin:
            raise Refusal("Parameter verification failed for 'baseCoin'.")
        if symbol and symbol not in self._market.contracts:
            raise Refusal("Not supported symbols")
        day = query.get("expDate")
        rows = [
            dict(zip(REST_FIELDS, self._feed.current(contract), strict=True))
            for contract in self._market.contracts.values()
            if (contract.symbol == symbol if symbol else contract.coin.name == coin)
            and (not day or label(contract.expiry_ms) == day)
        ]
        return {"category": "option", "list": rows}

    def _time(self, _query: dict[str, str]) -> dict[str, Any]:
        now = self._clock.now_ms()
        return {"timeSecond": str(now // 1000), "timeNano": str(now * 1_000_000)}

    def _base_coins(self, query: dict[str, str]) -> dict[str, Any]:
        wanted = {t for t in query.get("underlyingType", "").split(",") if t}
        rows = [
            {
                "baseCoin": coin.name,
                "quoteCoin": "USDT",
                "settleCoin": "USDT",
                "optionShowName": coin.name,
                "optionOnlineTime": coin.online_ms,
                "hasSymbol": int(coin.listed),
                "underlyingType": coin.underlying_type,
            }
            for coin in self._market.coins
            if not wanted or str(coin.underlying_type) in wanted
        ]
        return {"list": rows}

    def _recent_trades(self, query: dict[str, str]) -> dict[str, Any]:
        _check_category(query)
        symbol = query.get("symbol")
        coin = symbol.partition("-")[0] if symbol else query.get("baseCoin") or "BTC"
        kind = {"Call": "C", "Put": "P"}.get(query.get("optionType", ""))
        rows = [
            row
            for row in self._trades.get(coin, [])
            if (not symbol or row["symbol"] == symbol) and (kind is None or f"-{kind}" in row["symbol"][-7:])
        ]
        return {"category": "option", "list": rows[: _limit(query, _DEFAULT_LIMIT, _MAX_LIMIT)]}

    def _realised(self, query: dict[str, str]) -> list[dict[str, Any]]:
        _check_category(query)
        name, period = query.get("baseCoin") or "BTC", query.get("period") or "7"
        coin = next((one for one in self._market.coins if one.name == name and one.listed), None)
        if coin is None:
            raise Refusal("Parameter verification failed for 'baseCoin'.")
        if period not in {str(days) for days in PERIODS}:
            raise Refusal("Parameter verification failed for 'period'.")
        if int(period) not in periods_of(coin):
            return []
        first, last = self._span(query)
        return [
            {
                "period": int(period),
                "value": number(realised_volatility(coin, int(period), hour, self._options.seed)),
                "time": str(hour),
            }
            for hour in range(last, first - 1, -HOUR_MS)
        ]

    def _span(self, query: dict[str, str]) -> tuple[int, int]:
        """First and last whole hour that a request asks for; the latest one where it names none."""
        latest = self._clock.now_ms() // HOUR_MS * HOUR_MS
        given = [query.get(name) for name in ("startTime", "endTime")]
        if given == [None, None]:
            return latest, latest
        start, end = (int(text) if text and text.isascii() and text.isdigit() else -1 for text in given)
        if not 0 <= start <= end or end - start > LONGEST_MS:
            raise Refusal("Parameter verification failed for 'startTime'.")
        return -(-start // HOUR_MS) * HOUR_MS, min(end // HOUR_MS * HOUR_MS, latest)

    def _orderbook(self, query: dict[str, str]) -> dict[str, Any]:
        _check_category(query)
        contract = self._market.contracts.get(query.get("symbol", ""))
        if contract is None:
            raise Refusal("Parameter verification failed for 'symbol'.")
        self._feed.current(contract)
        return rest_book(contract, _limit(query, 1, 25), self._clock.now_ms())

    def _delivery_prices(self, query: dict[str, str]) -> dict[str, Any]:
        _check_category(query)
        coin, settle = query.get("baseCoin") or "BTC", query.get("settleCoin") or "USDC"
        prices = {(s.coin, s.expiry_ms): s.price for s in self._market.settlements}
        symbol = query.get("symbol")
        rows = [
            c
            for c in self._market.delivering.values()
            if (c.symbol == symbol if symbol else c.coin.name == coin and c.settle == settle)
        ]
        page, cursor = self._page(rows, query, 50, 200)
        listed = [
            {
                "symbol": c.symbol,
                "deliveryPrice": number(prices.get((c.coin.name, c.expiry_ms), 0.0)),
                "deliveryTime": str(c.expiry_ms),
            }
            for c in page
        ]
        return {"category": "option", "nextPageCursor": cursor, "list": listed}

    def _new_delivery_prices(self, query: dict[str, str]) -> dict[str, Any]:
        _check_category(query)
        coin = query.get("baseCoin")
        if not coin:
            raise Refusal("Parameter verification failed for 'baseCoin'.")
        found = [s for s in reversed(self._market.settlements) if s.coin == coin]
        rows = [{"deliveryPrice": number(s.price), "deliveryTime": str(s.expiry_ms)} for s in found]
        return {"category": "option", "list": rows[:50]}

    def _page(
        self, rows: list[Contract], query: dict[str, str], default: int, most: int
    ) -> tuple[list[Contract], str | None]:
        limit = _limit(query, default, most)
        after = _cursor_place(query.get("cursor", ""))
        rest = [c for c in rows if c.number > after]
        page = rest[:limit]
        if len(rest) > limit:
            return page, quote(f"first={page[0].number}&last={page[-1].number}")
        return page, None if self._options.null_cursor else ""


def _check_category(query: dict[str, str]) -> None:
    if query.get("category") != "option":
        raise Refusal("Parameter verification failed for 'category'.")


def _limit(query: dict[str, str], default: int, most: int) -> int:
    text = query.get("limit") or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise Refusal("Parameter verification failed for 'limit'")
    return int(text)


def _cursor_place(cursor: str) -> int:
    """The last number of the page before; 0 for the first page."""
    if not cursor:
        return 0
    again = unquote(cursor)
    place = cursor.rpartition("&last=")[2]
    if not place.isdigit():
        raise Refusal("Parameter verification failed for 'cursor'.", cursor_abuse="&last=" in again)
    return int(place)
