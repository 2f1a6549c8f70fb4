"""Scenes to draw."""

from typing import Any, Literal, get_args

from tests.model.judged import judged
from tests.model.statuses import at_work
from voltape.client import Expiry, Ticker
from voltape.model.status import ConnectionStatus, Coverage, LaneCounts, UnderlyingShare
from voltape.top.scene import Scene

__all__ = ["NOW_MS", "expiry", "scene", "ticker"]

NOW_MS = 1_790_424_000_000


def ticker(
    strike: float, kind: Literal["call", "put"] = "call", settle: str = "USDT", **values: Any
) -> Ticker:
    """A contract of the series of 25 December."""
    name = f"BTC-25DEC26-{strike:g}-{kind[0].upper()}" + ("-USDT" if settle == "USDT" else "")
    given: dict[str, Any] = {
        "underlying_price": 103_400.0,
        "index_price": 103_000.0,
        "stale": False,
        "lane": "live",
    } | values
    return Ticker(
        name,
        "BTC",
        settle,
        "2026-12-25",
        "2026-12-25T08:00:00Z",
        90.0,
        strike,
        kind,
        **given,
    )


def expiry(date: str, **values: Any) -> Expiry:
    """A series of the list."""
    given = {"days": 90.0, "atm_iv": 0.5, "forward": 103_400.0} | values
    return Expiry(
        date,
        f"{date}T08:00:00Z",
        given["days"],
        4,
        2,
        2,
        2,
        103_000.0,
        given["atm_iv"],
        given["forward"],
        4,
        0,
        0,
    )


def scene(strikes: int = 40, **values: Any) -> Scene:
    """A series of so many strikes of 1,000 from 84,000 on, and a system at work."""
    tickers = [
        ticker(84_000.0 + 1000 * number, kind, bid_price=1234.5, ask_price=1300.0, mark_iv=0.49, delta=0.5)
        for number in range(strikes)
        for kind in get_args(Ticker.__annotations__["kind"])
    ]
    status = at_work(
        100,
        connections=[ConnectionStatus("c1", "live", 600, 18_000, 5000, 12.0, 0.1, 1.0, lag_ms=20.0)],
        underlyings=[
            UnderlyingShare("BTC", LaneCounts(80, 70, 10, 3), Coverage(0.9, 0.95, 0.8), 0.3, seen=80)
        ],
    )
    given: dict[str, Any] = {
        "underlyings": ["BTC", "ETH", "SOL"],
        "expiries": [expiry("2026-12-25"), expiry("2027-03-26")],
        "expiry": "2026-12-25",
        "tickers": {one.symbol: one for one in tickers},
        "status": status,
        "efficiency": judged(),
    } | values
    return Scene(url="http://127.0.0.1:8000", underlying="BTC", **given)
