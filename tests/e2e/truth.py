"""The simulator's truth, the API and the store, each brought to one form without the program's own parsers.

The names, the order and the meaning of zero are written down here once more, from the interface contract, the
exchange's documentation and docs/reference/storage.md, so that a mistake in the program cannot hide itself.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from valkey.asyncio import Valkey

FIELDS = {
    "bid_price": "bidPrice",
    "bid_size": "bidSize",
    "bid_iv": "bidIv",
    "ask_price": "askPrice",
    "ask_size": "askSize",
    "ask_iv": "askIv",
    "last_price": "lastPrice",
    "high_24h": "highPrice24h",
    "low_24h": "lowPrice24h",
    "mark_price": "markPrice",
    "mark_iv": "markPriceIv",
    "index_price": "indexPrice",
    "underlying_price": "underlyingPrice",
    "open_interest": "openInterest",
    "volume_24h": "volume24h",
    "turnover_24h": "turnover24h",
    "total_volume": "totalVolume",
    "total_turnover": "totalTurnover",
    "delta": "delta",
    "gamma": "gamma",
    "vega": "vega",
    "theta": "theta",
    "predicted_delivery_price": "predictedDeliveryPrice",
    "change_24h": "change24h",
}
ZERO_IS_NONE = {
    *("bid_price", "bid_size", "bid_iv", "ask_price", "ask_size", "ask_iv"),
    *("last_price", "high_24h", "low_24h", "mark_iv", "index_price", "underlying_price"),
    "predicted_delivery_price",
}
SHORT = [
    "bp",
    "bs",
    "bi",
    "ap",
    "as",
    "ai",
    "lp",
    "hi",
    "lo",
    "mp",
    "mi",
    "ip",
    "up",
    "oi",
    "v",
    "t",
    "tv",
    "tt",
    "de",
    "ga",
    "ve",
    "th",
    "dp",
    "ch",
]
CHARACTERS = str.maketrans({"a": ".", "b": "-", "c": ",", "d": "e"})

State = dict[str, dict[str, float | int | None]]
"""Values and venue time by symbol."""


def of_simulator(rows: dict[str, dict[str, Any]]) -> State:
    """What the exchange said last."""
    return {symbol: _meaning(row["data"]) | {"ts_exchange": row["ts"]} for symbol, row in rows.items()}


def _meaning(data: dict[str, str]) -> dict[str, float | int | None]:
    values: dict[str, float | int | None] = {}
    for ours, theirs in FIELDS.items():
        number = float(data[theirs])
        values[ours] = None if number == 0 and ours in ZERO_IS_NONE else number
    return values


def of_api(rows: list[dict[str, Any]]) -> State:
    """What the API answers."""
    return {row["symbol"]: {name: row[name] for name in (*FIELDS, "ts_exchange")} for row in rows}


async def of_store(store: Valkey) -> State:
    """What the store holds, in either layout."""
    ask: Callable[..., Awaitable[Any]] = store.execute_command
    state: State = {}
    for member in await ask("SMEMBERS", "vt:underlyings"):
        underlying = member.decode()
        packed = await ask("GET", f"vt:{{{underlying}}}:layout") == b"packed"
        series = await ask("HGETALL", f"vt:{{{underlying}}}:series")
        for date, described in series.items():
            prefix = json.loads(described)[1]
            place = f"vt:{{{underlying}}}:instruments:{date.decode()}"
            symbols = [prefix + name.decode() for name in await ask("HKEYS", place)]
            if packed:
                chain = await ask("HGETALL", f"vt:{{{underlying}}}:chain:{date.decode()}")
                state |= {prefix + name.decode(): _unpacked(record) for name, record in chain.items()}
                continue
            for symbol in symbols:
                state[symbol] = _readable(await ask("HGETALL", f"vt:{{{underlying}}}:o:{symbol}"))
    return state


def _unpacked(record: bytes) -> dict[str, float | int | None]:
    assert record[0] & 0x0F == 1
    if len(record) == 1:
        return dict.fromkeys([*FIELDS, "ts_exchange"])
    parts = record[1:].hex().removesuffix("f").translate(CHARACTERS).split(",")
    values = [float(part) if part else None for part in parts[1:25]]
    return dict(zip(FIELDS, values, strict=True)) | {"ts_exchange": int(parts[0])}


def _readable(fields: dict[bytes, bytes]) -> dict[str, float | int | None]:
    def number(name: str) -> float | None:
        text = fields.get(name.encode())
        return None if text is None else float(text)

    values: dict[str, float | int | None] = {
        name: number(short) for name, short in zip(FIELDS, SHORT, strict=True)
    }
    time = fields.get(b"tx")
    return values | {"ts_exchange": None if time is None else int(time)}


def differences(found: State, truth: State, *, polled: bool = False) -> list[str]:
    """Everything in which two states differ, in words; empty where they are equal.

    With `polled`, a poll may have shown the same values once more, at a later time than they were pushed.
    """
    lines = [f"{symbol}: missing" for symbol in truth.keys() - found.keys()]
    lines += [f"{symbol}: should not be there" for symbol in found.keys() - truth.keys()]
    for symbol in found.keys() & truth.keys():
        lines += [
            f"{symbol}.{name}: {found[symbol][name]} is not {value}"
            for name, value in truth[symbol].items()
            if found[symbol][name] != value
            and not (polled and name == "ts_exchange" and _later(found[symbol][name], value))
        ]
    return sorted(lines)


def _later(found: float | None, truth: float | None) -> bool:
    return found is not None and truth is not None and found > truth
