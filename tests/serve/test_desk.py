import asyncio
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.push.boards import NOW_MS, SYMBOLS, Step, change, list_contract, make_board, perform, steps, values
from tests.serve.serving import API, make_status, serving
from voltape.clock import ManualClock
from voltape.model.board import Board
from voltape.push.hub import Hub
from voltape.serve import routes
from voltape.serve.app import ServeOptions, WebApp, make_app
from voltape.serve.asgi import Message
from voltape.serve.market import chain_of

CALL = "BTC-25DEC26-100000-C-USDT"
CHAIN = "/chains/BTC/2026-12-25"
SUMMARIES = ["/underlyings", "/expiries?underlying=BTC", "/expiries?underlying=eth"]
EXACT = [
    CHAIN,
    "/chains/eth/26MAR27?settle=USDC",
    "/chains/BTC/2026-12-25?settle=USDT",
    "/chains/BTC/2026-12-24",
    f"/tickers/{CALL}",
    "/tickers/eth-26mar27-0.5-p",
    "/tickers",
    "/tickers?underlying=BTC&sort=-bid_price",
    "/tickers?expiry=2026-12-25&kind=put&limit=3",
    "/tickers?fields=symbol,days_to_expiry,stale&symbols=" + CALL,
    "/tickers?updated_within=60",
    "/tickers?atm=0&underlying=ETH&expiry=26MAR27",
    "/strikes?underlying=BTC&expiry=25DEC26",
]
HEADERS = st.fixed_dictionaries(
    {}, optional={"accept-encoding": st.sampled_from(["gzip;q=0.5, br", "identity"])}
)


@dataclass
class Told:
    """An answer as the server would send it."""

    status: int
    headers: dict[str, str]
    body: bytes


def site_of(board: Board, clock: ManualClock, *, cache: bool) -> WebApp:
    """An application over a board."""
    hub = Hub(board, clock, version="1")
    return make_app(board, hub, make_status, ServeOptions(cache=cache), clock)


async def ask(app: WebApp, target: str, **headers: str) -> Told:
    """Ask without a network between."""
    path, _, query = (API + target).partition("?")
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    named = {"host": "localhost", "x-request-id": "asked"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        "server": ("localhost", 80),
        "client": ("localhost", 1),
    }
    await app(scope, receive, send)
    start, *rest = sent
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    assert len(told) == len(start["headers"])
    return Told(start["status"], told, b"".join(message.get("body", b"") for message in rest))


def without_cursor(told: Told) -> Told:
    """Cursors number the orders of one server; everything else of two pages can be compared."""
    packed = told.headers.get("content-encoding") == "gzip"
    body = gzip.decompress(told.body) if packed else told.body
    if b'"next_cursor":"' not in body:
        return told
    content = msgspec.json.decode(body)
    content["next_cursor"] = "some"
    headers = {name: value for name, value in told.headers.items() if name not in ("etag", "content-length")}
    return Told(told.status, headers, msgspec.json.encode(content))


async def compare(kept: WebApp, plain: WebApp, targets: Iterable[str], **headers: str) -> None:
    """Ask both, twice the one that keeps answers, and again with the tag it gave."""
    for target in targets:
        fresh = await ask(plain, target, **headers)
        for _ in range(2):
            assert without_cursor(await ask(kept, target, **headers)) == without_cursor(fresh)
        tag = fresh.headers.get("etag")
        if tag is not None and without_cursor(fresh) is fresh:
            known = await ask(kept, target, if_none_match=tag, **headers)
            assert known == await ask(plain, target, if_none_match=tag, **headers)
            assert known.status == 304
            assert known.body == b""


class Pair:
    """A server that keeps answers and one that keeps nothing, over the same board."""

    def __init__(self) -> None:
        self.board, self.clock = make_board(), ManualClock(NOW_MS)
        self.kept, self.plain = (site_of(self.board, self.clock, cache=cache) for cache in (True, False))

    def restart(self) -> None:
        """Replace every contract by a new one; making servers anew would take most of the time."""
        for symbol in tuple(self.board.rows):
            self.board.remove(symbol)
        self.board.commit()
        for number, symbol in enumerate(SYMBOLS):
            row = list_contract(self.board, symbol)
            self.board.push(row, values(float(number + 1)), NOW_MS - 100, 1, NOW_MS - 50)
        self.board.commit()
        # Days to expiry may move within a minute; until so long after this time they do not.
        self.clock.step_wall((NOW_MS - self.clock.wall_ms()) / 1000)

    async def play(
        self, story: Sequence[tuple[list[Step], float]], targets: list[str], headers: dict[str, str]
    ) -> None:
        """Let time and the board go on, and compare after each commit."""
        for happened, seconds in story:
            for step in happened:
                perform(self.board, step)
            self.board.commit()
            self.clock.advance(seconds)
            await compare(self.kept, self.plain, targets, **headers)
            # A summary may be a second old, so it is compared when the one before is over.
            self.clock.advance(routes.SUMMARY_S)
            await compare(self.kept, self.plain, SUMMARIES, **headers)
        assert self.plain.desk.cache.hits == self.plain.desk.status().cache.bytes == 0


@pytest.fixture(scope="module")
def pair() -> Pair:
    """Two servers for every story."""
    return Pair()


@given(
    story=st.lists(
        st.tuples(st.lists(steps, max_size=4), st.sampled_from([0.0, 1.0, 60.0, 90.0])),
        min_size=1,
        max_size=3,
    ),
    targets=st.lists(st.sampled_from(EXACT), min_size=1, max_size=6),
    headers=HEADERS,
)
def test_a_server_that_keeps_answers_says_what_one_that_keeps_nothing_says(
    pair: Pair, story: list[tuple[list[Step], float]], targets: list[str], headers: dict[str, str]
) -> None:
    """Status, every header and every byte, of answers and of problems, whatever happened before the last commit."""
    pair.restart()
    asyncio.run(pair.play(story, targets, headers))


async def test_two_requests_at_the_same_time_make_an_answer_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over real connections; the second is given what the first one made."""
    made: list[object] = []

    def counted(*args: Any) -> object:
        made.append(args)
        return chain_of(*args)

    monkeypatch.setattr(routes, "chain_of", counted)
    async with serving() as site:
        for number in range(3):
            change(site.board, CALL, bid_price=float(number))
            first, *others = await asyncio.gather(*(site.get(CHAIN) for _ in range(8)))
            assert {other.content for other in others} == {first.content}
            assert len(made) == number + 1
        cache = site.app.desk.cache
        assert (cache.hits, cache.misses) == (21, 3)


async def test_requests_for_a_form_that_is_being_made_are_joined() -> None:
    """A long body is compressed in a thread, once, and the status tells who waited for it."""
    symbols = [f"BTC-25DEC26-{strike}-{kind}-USDT" for strike in range(1000, 1060) for kind in "CP"]
    board, clock = make_board(symbols), ManualClock(NOW_MS)
    app = site_of(board, clock, cache=True)
    found = await asyncio.gather(*(ask(app, CHAIN, accept_encoding="gzip") for _ in range(3)))
    assert {one.headers["content-encoding"] for one in found} == {"gzip"}
    assert len({one.body for one in found}) == 1
    assert app.desk.status().cache.joined == 2
    await app.close()


async def test_one_contracts_answer_is_kept_while_others_change() -> None:
    """Its own version counts, not that of its series; once it has left, it is not found."""
    board, clock = make_board(), ManualClock(NOW_MS)
    app = site_of(board, clock, cache=True)
    first = await ask(app, f"/tickers/{CALL}")
    change(board, "BTC-25DEC26-2000-C-USDT", bid_price=3.0)
    assert await ask(app, f"/tickers/{CALL}") == first
    assert app.desk.cache.hits == 1
    change(board, CALL, bid_price=3.0)
    assert msgspec.json.decode((await ask(app, f"/tickers/{CALL}")).body)["bid_price"] == 3.0
    board.remove(CALL)
    board.commit()
    gone = await ask(app, f"/tickers/{CALL}")
    assert gone.status == 404
    assert gone == await ask(site_of(board, clock, cache=False), f"/tickers/{CALL}")


@pytest.mark.parametrize("target", SUMMARIES)
async def test_a_summary_is_given_again_for_a_second_and_no_longer(target: str) -> None:
    """However the board changes meanwhile; chains and tickers never are."""
    board, clock = make_board(), ManualClock(NOW_MS)
    app = site_of(board, clock, cache=True)
    before = await ask(app, target)
    for symbol, row in board.rows.items():
        change(board, symbol, **dict.fromkeys(("index_price", "underlying_price", "mark_iv"), 5.5))
        assert row.values != values(1.0)
    assert await ask(app, target) == before
    clock.advance(routes.SUMMARY_S)
    after = await ask(app, target)
    assert after != before
    assert "5.5" in after.body.decode()


async def test_an_outdated_answer_is_made_again_without_its_route(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its parameters were understood before."""
    board, clock = make_board(), ManualClock(NOW_MS)
    app = site_of(board, clock, cache=True)
    assert (await ask(app, CHAIN)).status == 200
    monkeypatch.setattr(app, "_interface", None)
    for number in range(3):
        change(board, CALL, bid_price=float(number))
        answer = await ask(app, CHAIN)
        assert f'"bid_price":{float(number)}' in answer.body.decode()
    assert app.desk.cache.misses == 4
