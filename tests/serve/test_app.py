import asyncio
import logging
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
import pytest_asyncio
from websockets.exceptions import InvalidStatus

from tests.push.boards import make_board
from tests.serve.serving import API, Site, make_status, serving
from tests.trust import TRUST
from voltape.clock import SystemClock
from voltape.flow.request import request_name
from voltape.model.status import Status
from voltape.push.hub import Hub
from voltape.serve import routes
from voltape.serve.app import ServeOptions, make_app
from voltape.serve.server import HttpServer

WANTS_TOKEN = [
    f"{API}/status",
    f"{API}/tickers",
    f"{API}/nothing",
    "/api/v2",
    "/metrics",
    "/openapi.json",
    "/docs",
]
OPEN = ["/healthz", "/readyz", "/", "/favicon.svg"]


# Nothing here changes what is served, so one server with a token and one without do for all.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A served board and dashboard with a token set."""
    static = tmp_path_factory.mktemp("static")
    (static / "index.html").write_text("<!doctype html>" + "x" * 3000)
    (static / "favicon.svg").write_text("<svg/>")
    async with serving(token="secret", static_dir=static) as site:
        yield site


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    """A served board without a token."""
    async with serving() as served:
        yield served


@pytest.mark.parametrize("path", WANTS_TOKEN)
async def test_with_a_token_set_data_wants_it(guarded: Site, path: str) -> None:
    """401 says how to send it; kept answers are guarded like new ones."""
    bearer = {"authorization": "Bearer secret"}
    assert (await guarded.http.get(path, headers=bearer)).status_code != 401
    refused = await guarded.http.get(path)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.headers["content-type"] == "application/problem+json"
    assert (await guarded.http.get(f"{path}?token=secret")).status_code == 401


@pytest.mark.parametrize("path", OPEN)
async def test_health_and_the_page_want_no_token(guarded: Site, path: str) -> None:
    """The page itself asks for the token."""
    assert (await guarded.http.get(path)).status_code == 200


async def test_the_page_has_a_strict_policy_and_is_compressed(guarded: Site) -> None:
    """And a tag of its own."""
    answer = await guarded.http.get("/", headers={"accept-encoding": "gzip"})
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-encoding"] == "gzip"
    again = await guarded.http.get("/", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/", "/healthz", f"{API}/tickers", f"{API}/nothing", "/nothing", "/docs"])
async def test_every_answer_has_the_headers_of_safety(site: Site, path: str) -> None:
    """Problems too."""
    headers = (await site.http.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]


async def test_a_name_that_was_pointed_here_reads_nothing(site: Site) -> None:
    """The server listens on loopback only, so it answers to loopback names only."""
    answer = await site.http.get(f"{API}/status", headers={"host": "rebound.example"})
    assert answer.status_code == 421
    assert (await site.http.get(f"{API}/status", headers={"host": "localhost"})).status_code == 200


async def test_an_endless_address_is_refused(site: Site) -> None:
    """Before anybody works on it."""
    assert (await site.get("/tickers?symbols=" + "x" * 20_000)).status_code == 414


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("DELETE", "/docs"), ("PUT", "/index.html")])
async def test_pages_can_only_be_read(site: Site, method: str, path: str) -> None:
    """405 for the rest."""
    assert (await site.http.request(method, path)).status_code == 405


async def test_a_fault_of_ours_is_a_problem_too_and_its_traceback_is_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The client learns nothing of the inside."""

    def broken() -> Status:
        raise ArithmeticError("inside")

    board = make_board()
    app = make_app(board, Hub(board, SystemClock(), version="1"), broken, ServeOptions())
    async with HttpServer(app, "127.0.0.1", 0) as server, httpx.AsyncClient(verify=TRUST) as http:
        answer = await http.get(f"{server.url}{API}/status")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "inside" not in answer.text
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert app.responses[500] == 1


async def test_without_the_cache_answers_are_made_anew_each_time() -> None:
    """As the plain profile wants it; tags still save the sending."""
    board = make_board()
    hub = Hub(board, SystemClock(), version="1")
    app = make_app(board, hub, make_status, msgspec.structs.replace(ServeOptions(), cache=False))
    async with HttpServer(app, "127.0.0.1", 0) as server, httpx.AsyncClient(verify=TRUST) as http:
        first = await http.get(f"{server.url}{API}/underlyings")
        again = await http.get(f"{server.url}{API}/underlyings")
    assert first.headers["etag"] == again.headers["etag"]
    assert (app.desk.cache.hits, app.desk.cache.misses) == (0, 2)


async def test_requests_are_counted_and_timed() -> None:
    """Faults and the bytes of bodies too; what a HEAD leaves out is not sent."""
    async with serving() as site:
        assert site.app.desk.status().api.p99_ms is None
        size = len((await site.get("/tickers")).content)
        await site.http.head(f"{API}/tickers")
        missing = await site.get("/nothing")
        api = site.app.desk.status().api
        assert (api.requests, api.failed, api.sent) == (3, 0, size + len(missing.content))
        assert api.p50_ms is not None
        site.status[0].health.ready = False
        assert (await site.http.get("/readyz")).status_code == 503
        assert site.app.desk.status().api.failed == 1


async def test_bytes_of_streams_count_as_exchanged_with_clients() -> None:
    """In both directions; a stream is no request, as it has no end to be timed."""
    async with serving() as site:
        async with site.stream() as socket:
            hello = await socket.recv()
            before = site.app.desk.status().traffic["clients"]
            assert before.sent == len(hello)
            asked = '{"op":"subscribe","channels":["nothing"]}'
            await socket.send(asked)
            refusal = await socket.recv()
        after = site.app.desk.status().traffic["clients"]
        assert (after.received, after.sent) == (len(asked), len(hello) + len(refusal))
        assert site.app.desk.status().api.requests == 0


async def test_a_fault_in_an_answer_made_again_is_a_problem_too(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is in one that its route makes."""
    async with serving() as site:
        path = "/chains/BTC/2026-12-25"
        assert (await site.get(path)).status_code == 200
        site.board.series["BTC", "2026-12-25"].version += 1
        monkeypatch.setattr(routes, "chain_of", lambda *_: 1 / 0)
        again = await site.get(path)
        by_route = await site.get(path)
    for answer in (again, by_route):
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
    first, second = again.json(), by_route.json()
    assert first.pop("request_id") != second.pop("request_id")
    assert first == second
    errors = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert [one.exc_info is not None for one in errors] == [True, True]
    assert site.app.desk.meter.failed == 2


async def test_a_client_that_asks_too_often_is_told_when_to_come_back() -> None:
    """Also by kept answers, pages and faults; never by the health."""
    async with serving(rate_limit=4) as site:
        statuses = [(await site.get("/tickers")).status_code for _ in range(4)]
        statuses += [
            (await site.http.get(path)).status_code for path in ("/", "/nothing", f"{API}/x", "/docs")
        ]
        assert 429 not in statuses
        answer = await site.get("/tickers")
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["detail"].startswith("too many requests")
        assert site.app.desk.status().api.limited == 1
        for path in ("/healthz", "/readyz") * 10:
            assert (await site.http.get(path)).status_code == 200
        site.clock.advance(0.25)
        assert (await site.get("/tickers")).status_code == 200
        with pytest.raises(InvalidStatus) as caught:
            await site.stream()
        assert caught.value.response.status_code == 429


async def test_whoever_tries_tokens_is_slowed_down_too() -> None:
    """Before the token is looked at."""
    async with serving(rate_limit=2, token="secret") as site:
        statuses = [(await site.get("/tickers", authorization="Bearer x")).status_code for _ in range(6)]
        assert statuses == [401, 401, 401, 401, 429, 429]


async def test_a_stream_that_asks_too_often_is_read_more_slowly() -> None:
    """Nothing that it asked for is lost."""
    async with serving(rate_limit=50) as site, site.stream() as client:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(110):
            await client.send(f'{{"op":"subscribe","channels":["nothing {number}"]}}')
        refusals = 0
        async with asyncio.timeout(5):
            while refusals < 110:
                refusals += "nothing" in str(await client.recv())
        assert loop.time() - began > 0.15


@pytest.mark.parametrize("path", ["/healthz", f"{API}/tickers", f"{API}/nothing", "/docs", "/nothing"])
async def test_every_answer_has_the_name_of_its_request(site: Site, path: str) -> None:
    """The client's own, or one that no other answer has; problems say it, too."""
    first, second = await site.http.get(path), await site.http.get(path)
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    named = await site.http.get(path, headers={"x-request-id": "mine-1"})
    assert named.headers["x-request-id"] == "mine-1"
    if named.status_code == 404:
        assert named.json()["request_id"] == "mine-1"


async def test_a_websocket_has_a_name_as_well() -> None:
    """In the answer to its handshake, whatever that is."""
    async with serving() as site, site.stream(X_Request_ID="mine-2") as client:
        assert client.response is not None
        assert client.response.headers["x-request-id"] == "mine-2"


async def test_the_log_names_the_request_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a route failed, or an answer that was made again without it."""
    named: list[str] = []
    handler = logging.Handler(logging.ERROR)
    monkeypatch.setattr(handler, "emit", lambda _: named.append(request_name.get()))
    logging.getLogger("voltape").addHandler(handler)
    async with serving() as site:
        await site.get("/chains/BTC/2026-12-25")
        site.board.series["BTC", "2026-12-25"].version += 1
        monkeypatch.setattr(routes, "chain_of", lambda *_: 1 / 0)
        for name in ("again", "by-route"):
            answer = await site.get("/chains/BTC/2026-12-25", x_request_id=name)
            assert answer.json()["request_id"] == name
    logging.getLogger("voltape").removeHandler(handler)
    assert named == ["again", "by-route"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (f"{API}/tickers", "GET, HEAD, OPTIONS"),
        ("/openapi.json", "GET, HEAD, OPTIONS"),
        (f"{API}/events", "GET, OPTIONS"),
        (f"{API}/tickers/", "GET, HEAD, OPTIONS"),
    ],
)
async def test_a_path_says_which_methods_it_takes(site: Site, path: str, allowed: str) -> None:
    """When asked, and when another one is used."""
    asked = await site.http.options(path)
    assert (asked.status_code, asked.headers["allow"]) == (204, allowed)
    refused = await site.http.post(path)
    assert refused.status_code == 405
    assert set(refused.headers["allow"].split(", ")) <= {*allowed.split(", "), "HEAD"}


async def test_a_path_that_is_none_takes_no_method(site: Site) -> None:
    """404 as for anything else."""
    assert (await site.http.options(f"{API}/nothing")).status_code == 404


async def test_every_route_wants_the_token_but_health(guarded: Site) -> None:
    """Whatever there is: none can be forgotten, because paths are judged by their beginning."""
    for route in guarded.app._interface.routes:
        if route.path.startswith(API):
            path = route.path.replace("{", "").replace("}", "").replace(":str", "")
            answers = [
                await guarded.http.request(method, path) for method in ("GET", "PUT", "DELETE", "POST")
            ]
            assert {answer.status_code for answer in answers} == {401}, path
