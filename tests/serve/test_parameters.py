from collections.abc import AsyncIterator
from urllib.parse import quote, urlencode

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serve.serving import API, Site, serving
from voltape.serve.interface import make_interface
from voltape.serve.parameters import ALLOWED

CALL = "BTC-25DEC26-100000-C-USDT"

# Nothing here changes what is served, so one server does for all.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    """A served board."""
    async with serving() as served:
        yield served


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/expiries?underlying=BTV", ["underlying 'BTV'", "near it are BTC"]),
        ("/strikes?underlying=BTC&expiry=2026-12-26", ["BTC expiry '2026-12-26'", "2026-12-25"]),
        ("/strikes?underlying=DOGE&expiry=2026-12-26", ["underlying 'DOGE'", "BTC, ETH"]),
        ("/chains/BTC/26DEC26", ["BTC expiry '2026-12-26'"]),
        ("/chains/DOGE/2026-12-25", ["underlying 'DOGE'"]),
        ("/tickers/BTC-25DEC26-100001-C-USDT", [CALL]),
        ("/tickers/nonsense", ["contract 'nonsense'"]),
        (f"/tickers/{'A' * 64}", ["contract"]),
        ("/tickers?underlying=DOGE", ["underlying 'DOGE'"]),
        ("/tickers?expiry=2026-12-26", ["expiry '2026-12-26'"]),
        ("/tickers?underlying=BTC&expiry=2026-12-26", ["BTC expiry"]),
        (f"/tickers?symbols={CALL},BTC-25DEC26-7-C", ["BTC-25DEC26-7-C"]),
        ("/nothing", ["/api/v1/nothing"]),
    ],
)
async def test_an_unknown_name_is_404_with_the_names_near_it(site: Site, path: str, words: list[str]) -> None:
    """The detail helps to find the right one."""
    problem = await site.problem(path, 404)
    assert all(word in problem["detail"] for word in words), problem["detail"]


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/expiries", {"underlying"}),
        ("/strikes", {"underlying", "expiry"}),
        ("/strikes?underlying=BTC&expiry=tomorrow", {"expiry"}),
        ("/strikes?underlying=BTC&expiry=31NOV26", {"expiry"}),
        ("/chains/BTC/tomorrow", {"expiry"}),
        ("/chains/BTC/2026-12-25?settle=EUR", {"settle"}),
        ("/chains/BTC/2026-12-25?settle=USDT&settle=USDC", {"settle"}),
        ("/underlyings?limit=3", {"limit"}),
        ("/tickers?colour=red&size=2&limit=1", {"colour", "size"}),
        ("/tickers?limit=1&limit=2", {"limit"}),
        ("/tickers?limit=0", {"limit"}),
        ("/tickers?limit=5001", {"limit"}),
        ("/tickers?limit=1.5", {"limit"}),
        ("/tickers?limit=", {"limit"}),
        ("/tickers?kind=C&lane=fast&settle=EUR&limit=x", {"kind", "lane", "settle", "limit"}),
        ("/tickers?min_strike=abc&max_iv=-1", {"min_strike", "max_iv"}),
        ("/tickers?min_strike=nan&max_strike=inf&min_delta=-inf", {"min_strike", "max_strike", "min_delta"}),
        ("/tickers?min_strike=5&max_strike=4", {"min_strike", "max_strike"}),
        (
            "/tickers?min_iv=5&max_iv=4&min_delta=1&max_delta=0&min_abs_delta=1&max_abs_delta=0",
            {"min_iv", "max_iv", "min_delta", "max_delta", "min_abs_delta", "max_abs_delta"},
        ),
        ("/tickers?expiry=soon", {"expiry"}),
        ("/tickers?atm=-1&updated_within=0", {"atm", "updated_within"}),
        ("/tickers?sort=colour", {"sort"}),
        ("/tickers?sort=--strike", {"sort"}),
        ("/tickers?fields=symbol,colour", {"fields"}),
        ("/tickers?fields=", {"fields"}),
        ("/tickers?symbols=" + ",".join(["X"] * 501), {"symbols"}),
        ("/tickers?symbols=", {"symbols"}),
        ("/tickers?min_abs_delta=-0.1", {"min_abs_delta"}),
        (f"/tickers?symbols={CALL},", {"symbols"}),
        ("/tickers?cursor=nonsense", {"cursor"}),
        ("/tickers?cursor=%C3%A9", {"cursor"}),
        ("/gaps?limit=0", {"limit"}),
    ],
)
async def test_parameters_that_cannot_be_used_are_named_each_with_its_reason(
    site: Site, path: str, names: set[str]
) -> None:
    """422, and nothing is guessed."""
    problem = await site.problem(path, 422)
    assert {fault["name"] for fault in problem["errors"]} == names
    assert all(fault["reason"] for fault in problem["errors"])


async def test_every_parameter_is_documented_with_what_it_may_be(site: Site) -> None:
    """The interface's own description and the words of errors cover the same names."""
    document = make_interface(site.app.desk, "1").openapi_schema.to_schema()
    named = {
        parameter["name"]: parameter
        for item in document["paths"].values()
        for operation in item.values()
        for parameter in operation.get("parameters", [])
    }
    assert set(named) == set(ALLOWED)
    assert all(parameter["description"] for parameter in named.values())


async def test_every_documented_parameter_is_accepted(site: Site) -> None:
    """What the description names is not refused as unknown."""
    document = make_interface(site.app.desk, "1").openapi_schema.to_schema()
    for path, item in document["paths"].items():
        for parameter in item.get("get", {}).get("parameters", []):
            if parameter["in"] == "query":
                answer = await site.http.get(path, params={parameter["name"]: "x"})
                assert "unknown parameter" not in answer.text
    assert f"{API}/tickers" in document["paths"]


paths = st.sampled_from(
    [
        f"{API}/tickers",
        f"{API}/expiries",
        f"{API}/strikes",
        f"{API}/chains/BTC/2026-12-25",
        f"{API}/gaps",
        "/readyz",
    ]
)
queries = st.lists(
    st.tuples(
        st.sampled_from(sorted(ALLOWED)) | st.text(max_size=5),
        st.sampled_from(["BTC", "2026-12-25", "call", "USDT", "0", "1", "-1e9", "nan", "", "-delta", CALL])
        | st.text(max_size=20)
        | st.integers().map(str)
        | st.floats().map(str),
    ),
    max_size=5,
)


@given(path=paths, query=queries)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
async def test_no_query_whatever_is_a_fault_of_the_server(
    site: Site, path: str, query: list[tuple[str, str]]
) -> None:
    """It is answered, not found, or cannot be used."""
    encoded = urlencode(query, errors="surrogatepass")
    answer = await site.http.get(f"{path}?{encoded}")
    assert answer.status_code in (200, 404, 422), answer.text


@given(name=st.text(min_size=1, max_size=70))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
async def test_no_name_whatever_is_a_fault_of_the_server(site: Site, name: str) -> None:
    """A symbol, a coin or a date of any letters."""
    quoted = quote(name, safe="", errors="surrogatepass")
    for path in (f"/tickers/{quoted}", f"/chains/{quoted}/2026-12-25", f"/chains/BTC/{quoted}"):
        assert (await site.get(path)).status_code in (404, 422)
