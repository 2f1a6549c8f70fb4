from datetime import UTC, date, datetime

import pytest

from voltape.client import calls
from voltape.client.calls import Call

DAY = date(2026, 12, 25)


@pytest.mark.parametrize(
    ("call", "target"),
    [
        (calls.underlyings(), "/underlyings"),
        (calls.expiries("BTC"), "/expiries?underlying=BTC"),
        (calls.strikes("BTC", DAY), "/strikes?underlying=BTC&expiry=2026-12-25"),
        (calls.chain("BTC", "25DEC26", "USDC"), "/chains/BTC/25DEC26?settle=USDC"),
        (
            calls.chain("BTC", datetime(2026, 12, 25, 8, tzinfo=UTC), "USDT"),
            "/chains/BTC/2026-12-25?settle=USDT",
        ),
        (calls.ticker("SOL-25DEC26-0.5-C"), "/tickers/SOL-25DEC26-0.5-C"),
        (calls.ticker("a/b?c"), "/tickers/a%2Fb%3Fc"),
        (
            calls.ticker_page({"symbols": ["a", "b"], "atm": 0, "kind": None}, 5, None, ["symbol"]),
            "/tickers?symbols=a%2Cb&atm=0&limit=5&fields=symbol",
        ),
        (calls.ticker_page({"min_iv": 0.8}, 5000, "x=", None), "/tickers?min_iv=0.8&limit=5000&cursor=x%3D"),
        (calls.status(), "/status"),
        (calls.gaps(None), "/gaps"),
        (calls.gaps(3), "/gaps?limit=3"),
        (calls.efficiency(), "/efficiency"),
        (calls.trades({"underlying": "BTC"}), "/trades?underlying=BTC"),
        (calls.analytics("BTC", "smile", {"expiry": DAY}), "/analytics/BTC/smile?expiry=2026-12-25"),
        (
            calls.trades({"since": datetime(2026, 11, 22, 12, 30, tzinfo=UTC)}),
            "/trades?since=2026-11-22T12%3A30%3A00%2B00%3A00",
        ),
        (
            calls.ticker_page({"expiry": datetime(2026, 12, 25, 8, tzinfo=UTC)}, 5, None, None),
            "/tickers?expiry=2026-12-25&limit=5",
        ),
        (calls.anything("/a/b/", {}), "/a/b"),
        (calls.pins(), "/pins"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_call_goes_where_the_reference_says(call: Call[object], target: str) -> None:
    """Dates, lists and odd letters are written as the server reads them; what is None is left out."""
    assert call.target == f"/api/v1{target}"


@pytest.mark.parametrize(
    ("call", "request_line", "body"),
    [
        (calls.switched("SOL", enabled=True), "PUT /underlyings/SOL", b'{"enabled":true}'),
        (calls.switched("sol", enabled=False), "PUT /underlyings/sol", b'{"enabled":false}'),
        (calls.released("SOL"), "DELETE /underlyings/SOL", None),
        (calls.pinned("SOL-25DEC26-0.5-C"), "PUT /pins/SOL-25DEC26-0.5-C", None),
        (calls.unpinned("a/b"), "DELETE /pins/a%2Fb", None),
        (calls.pins(), "GET /pins", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_call_that_changes_something_says_what(
    call: Call[object], request_line: str, body: bytes | None
) -> None:
    """By its method and path, and by a body where these do not say it all."""
    assert (f"{call.method} {call.target}", call.body) == (request_line.replace(" ", " /api/v1"), body)
