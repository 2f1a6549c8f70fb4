"""Ticker values of a contract, as the decimal strings the venue sends.

The mark price is computed from the rounded forward and the rounded mark volatility, so that a
reader can recompute it from the message alone. A side without a quote is "0" throughout.
"""

from dataclasses import dataclass
from functools import cache
from math import ceil, floor

from voltape.sim.black import IV_CAP, Greeks, implied_vol, value
from voltape.sim.contract import Activity, Contract
from voltape.sim.surface import Series, smile

__all__ = ["REST_FIELDS", "WS_FIELDS", "Quote", "number", "resized", "valued"]

WS_FIELDS = (
    "symbol",
    "bidPrice",
    "bidSize",
    "bidIv",
    "askPrice",
    "askSize",
    "askIv",
    "lastPrice",
    "highPrice24h",
    "lowPrice24h",
    "markPrice",
    "indexPrice",
    "markPriceIv",
    "underlyingPrice",
    "openInterest",
    "turnover24h",
    "volume24h",
    "totalVolume",
    "totalTurnover",
    "delta",
    "gamma",
    "vega",
    "theta",
    "predictedDeliveryPrice",
    "change24h",
)
"""Names and order of the values on the socket."""

_RENAMED = {
    "bidPrice": "bid1Price",
    "bidSize": "bid1Size",
    "bidIv": "bid1Iv",
    "askPrice": "ask1Price",
    "askSize": "ask1Size",
    "askIv": "ask1Iv",
    "markPriceIv": "markIv",
}
REST_FIELDS = tuple(_RENAMED.get(name, name) for name in WS_FIELDS)
"""The same values' names on REST."""

_BID_SIZE, _ASK_SIZE, _OPEN_INTEREST = 2, 5, 14
_MOST_LOTS = 423


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and ask in the settle coin; 0 where there is none."""

    bid: float
    ask: float


def number(value: float, decimals: int = 8) -> str:
    """A number as the venue writes it: no exponent, no trailing zeros, no negative zero.

    A tiny value shows as one unit of the last decimal rather than as nothing.
    """
    text = f"{value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text in {"0", "-0"} and value != 0.0:
        return f"{'-' if value < 0 else ''}{10.0**-decimals:.{decimals}f}"
    return "0" if text == "-0" else text


def valued(contract: Contract, series: Series) -> tuple[str, ...]:
    """All ticker values of `contract` in the order of `WS_FIELDS`."""
    strike, call = contract.strike_price, contract.call
    vol = smile(strike, series)
    greeks = value(series.forward, strike, vol, series.years, call=call)
    best = _quote(contract, greeks)
    bid_iv = _quote_iv(best.bid, contract, series, vol)
    ask_iv = _quote_iv(best.ask, contract, series, vol)
    past = _past(contract.activity)
    return (
        contract.symbol,
        number(best.bid),
        _size(contract) if best.bid else "0",
        bid_iv,
        number(best.ask),
        _size(contract) if best.ask else "0",
        ask_iv,
        *past[:3],
        number(greeks.price),
        series.index_text,
        number(vol, 4),
        series.forward_text,
        *past[3:8],
        number(greeks.delta),
        number(greeks.gamma * series.damping),
        number(greeks.vega),
        number(greeks.theta * series.damping),
        series.predicted_text,
        past[8],
    )


def resized(contract: Contract) -> tuple[str, ...]:
    """The current values with new quote sizes, as when only the book's depth changed.

    A contract without any quote gains a lot of open interest instead.
    """
    values = contract.values
    bid, ask = values[_BID_SIZE], values[_ASK_SIZE]
    if bid == ask == "0":
        contract.activity.add_interest(float(contract.coin.lot))
        interest = number(contract.activity.open_interest)
        return (*values[:_OPEN_INTEREST], interest, *values[_OPEN_INTEREST + 1 :])
    return (
        values[0], values[1], bid if bid == "0" else _size(contract, bid),
        values[3], values[4], ask if ask == "0" else _size(contract, ask), *values[6:],
    )  # fmt: skip


def _quote(contract: Contract, greeks: Greeks) -> Quote:
    tick = float(contract.coin.tick)
    thin = 1.0 - contract.liquidity
    half = max(greeks.vega * (0.6 + 6.0 * thin * thin), greeks.price * 0.02 * thin, 0.25 * tick)
    bid_ticks = floor((greeks.price - half) / tick + 1e-9)
    ask_ticks = max(ceil((greeks.price + half) / tick - 1e-9), bid_ticks + 1, 1)
    shy = contract.liquidity < 0.02 and contract.number % 3 == 0
    return Quote(
        bid=max(bid_ticks, 0) * tick,
        ask=0.0 if shy else min(ask_ticks * tick, float(contract.coin.max_price)),
    )


def _quote_iv(price: float, contract: Contract, series: Series, start: float) -> str:
    if not price:
        return "0"
    vol = implied_vol(
        price, series.forward, contract.strike_price, series.years, call=contract.call, start=start
    )
    return number(min(vol, IV_CAP), 4) if vol > 0.0 else "0"


def _size(contract: Contract, other_than: str = "") -> str:
    texts = _sizes(contract.coin.lot)
    place = contract.next_noise() % (20 + int(400 * contract.liquidity))
    return texts[place] if texts[place] != other_than else texts[place + 1]


@cache
def _sizes(lot: str) -> tuple[str, ...]:
    """Whole lots as text, from one lot on."""
    return tuple(number(lots * float(lot)) for lots in range(1, _MOST_LOTS))


def _past(active: Activity) -> tuple[str, ...]:
    """The trading figures as text, written again only after a change."""
    if not active.texts:
        active.texts = (
            number(active.last),
            number(active.high),
            number(active.low),
            number(active.open_interest),
            number(active.turnover, 4),
            number(active.volume),
            f"{active.total_volume:.0f}",
            f"{active.total_turnover:.0f}",
            _change(active.last, active.reference) if active.volume else "0",
        )
    return active.texts


def _change(last: float, reference: float) -> str:
    return number(last / reference - 1.0) if reference else "0"
