import asyncio
import csv
import gzip
import io
import json
import socket
import sys
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tests.push.boards import NOW_MS, SYMBOLS, change, make_board
from tests.serve.serving import API, Site, serving
from voltape.model.board import Board
from voltape.serve.asgi import Message
from voltape.serve.columnar import ColumnarBuilder
from voltape.serve.dispatch import Dispatch, Download
from voltape.serve.extract import Extract
from voltape.serve.formats import MEDIA_TYPES, Format
from voltape.serve.problem import ProblemError
from voltape.serve.reply import BODILESS
from voltape.serve.selection import TICKER_FIELDS

CALL = "BTC-25DEC26-100000-C-USDT"
TEXTS = ("csv", "ndjson")


def wide_board(contracts: int = 700) -> Board:
    """More contracts than a page of JSON has by default."""
    return make_board([f"C{number % 30}-25DEC26-{1000 + number}-C-USDT" for number in range(contracts)])


def read(form: str, body: bytes) -> list[dict[str, Any]]:
    """The tickers in a body; numbers as text where the format has nothing else."""
    if form == "csv":
        return list(csv.DictReader(io.StringIO(body.decode(), newline="")))
    if form == "ndjson":
        return [json.loads(line) for line in body.splitlines()]
    if form == "arrow":
        return list(pa.ipc.open_stream(body).read_all().to_pylist())
    return list(pq.read_table(io.BytesIO(body)).to_pylist())


@pytest.mark.parametrize("form", ["csv", "ndjson", "arrow", "parquet"])
async def test_every_format_has_the_same_rows_as_json(form: Format) -> None:
    """Filters, order and fields alike, whether the format is named or preferred."""
    async with serving() as site:
        query = "underlying=BTC&kind=put&max_strike=50000&sort=-mark_iv&fields=symbol,mark_iv,kind"
        expected = (await site.json(f"/tickers?{query}"))["data"]
        assert len(expected) == 8
        named = await site.get(f"/tickers?{query}&format={form}", accept="application/json")
        preferred = await site.get(f"/tickers?{query}", accept=MEDIA_TYPES[form].partition(";")[0])
        for answer in (named, preferred):
            assert answer.status_code == 200
            assert answer.headers["content-type"] == MEDIA_TYPES[form]
            assert answer.headers["x-total-count"] == "8"
            assert answer.headers["vary"] == "accept, accept-encoding"
            found = read(form, answer.content)
            assert [list(one) for one in found] == [list(one) for one in expected]
            assert [one["symbol"] for one in found] == [one["symbol"] for one in expected]
            assert [float(one["mark_iv"]) for one in found] == [one["mark_iv"] for one in expected]


async def test_json_that_is_kept_is_not_given_to_who_prefers_another_format() -> None:
    """And the other way round."""
    async with serving() as site:
        for _ in range(2):
            assert (await site.get("/tickers")).headers["content-type"] == "application/json"
            found = await site.get("/tickers", accept="text/csv")
            assert found.headers["content-type"].startswith("text/csv")
            both = await site.get("/tickers?format=json", accept="text/csv")
            assert both.headers["content-type"] == "application/json"
        assert site.app.desk.cache.hits == 1


@pytest.mark.parametrize("form", TEXTS)
async def test_everything_is_sent_unless_a_limit_is_given(form: str) -> None:
    """Where JSON has a page."""
    async with serving(wide_board()) as site:
        assert (await site.json("/tickers?fields=symbol"))["count"] == 500
        answer = await site.get(f"/tickers?format={form}")
        assert len(read(form, answer.content)) == 700
        assert answer.headers["x-total-count"] == "700"
        assert answer.headers["transfer-encoding"] == "chunked"
        assert "x-next-cursor" not in answer.headers


async def test_pages_of_a_download_hold_every_contract_once_while_the_market_moves() -> None:
    """The cursor is in a header."""
    async with serving() as site:
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = f"&cursor={cursor}" if cursor else ""
            answer = await site.get(f"/tickers?format=csv&sort=-volume_24h&limit=7&fields=symbol{page}")
            assert answer.headers["x-total-count"] == "48"
            seen += [one["symbol"] for one in read("csv", answer.content)]
            for offset, symbol in enumerate(SYMBOLS):
                change(site.board, symbol, volume_24h=float((offset * 31 + len(seen) * 17) % 48))
            cursor = answer.headers.get("x-next-cursor")
        assert len(seen) == len(set(seen)) == 48
        rest = await site.get("/tickers?format=csv&limit=40")
        answer = await site.get(f"/tickers?format=csv&cursor={rest.headers['x-next-cursor']}")
        assert len(read("csv", answer.content)) == 8


async def test_a_download_has_a_file_name() -> None:
    """With the coin in the board's spelling, whatever the request's."""
    async with serving() as site:
        answer = await site.get("/tickers?format=csv&underlying=btc&expiry=25DEC26")
        minute = "2026-09-26T1200Z"
        assert answer.headers["content-disposition"] == (
            f'attachment; filename="voltape-tickers-BTC-20261225-{minute}.csv"'
        )


@pytest.mark.parametrize("form", ["csv", "ndjson", "arrow"])
async def test_a_download_has_a_tag_that_saves_sending_it_again(form: str) -> None:
    """It belongs to the format, and goes when anything changes that is shown; freshness filters have one, too."""
    async with serving() as site:
        path = f"/tickers?format={form}&underlying=BTC&updated_within=1000"
        tag = (await site.get(path)).headers["etag"]
        answer = await site.get(path, if_none_match=f'"other", W/{tag}')
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
        change(site.board, "ETH-25DEC26-2000-C", bid_price=77.0)
        assert (await site.get(path, if_none_match=tag)).status_code == 304
        other = "csv" if form == "ndjson" else "ndjson"
        assert (await site.get(path.replace(form, other), if_none_match=tag)).status_code == 200
        change(site.board, CALL, bid_price=77.0)
        assert (await site.get(path, if_none_match=tag)).status_code == 200


@pytest.mark.parametrize(
    ("coding", "unpack"),
    [
        ("gzip", gzip.decompress),
        ("zstd", lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body)),
    ],
)
@pytest.mark.parametrize("form", TEXTS)
async def test_text_is_compressed_as_it_is_written(
    form: str, coding: str, unpack: Callable[[bytes], bytes]
) -> None:
    """It comes in pieces all the same, and either form's tag means the client has it."""
    async with serving(wide_board()) as site:
        plain = await site.get(f"/tickers?format={form}")
        assert "content-encoding" not in plain.headers
        url, wanted = f"{API}/tickers?format={form}", {"accept-encoding": coding}
        async with site.http.stream("GET", url, headers=wanted) as answer:
            packed = b"".join([piece async for piece in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == coding
        assert unpack(packed) == plain.content
        assert len(packed) < len(plain.content) / 3
        assert answer.headers["etag"] != plain.headers["etag"]
        known = await site.get(f"/tickers?format={form}", if_none_match=answer.headers["etag"])
        assert known.status_code == 304


@pytest.mark.parametrize("form", ["csv", "parquet"])
async def test_head_makes_nothing(form: str) -> None:
    """The headers are those of GET."""
    async with serving() as site:
        answer = await site.http.head(f"{API}/tickers?format={form}")
        assert answer.status_code == 200
        assert answer.content == b""
        assert answer.headers["content-type"] == MEDIA_TYPES[form]  # type: ignore[index]
        assert answer.headers["etag"]
        assert site.app.desk.dispatch.files.built == 0


async def test_without_the_library_files_are_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """501 where the format was named, 406 where it was preferred."""
    monkeypatch.setattr(ColumnarBuilder, "available", property(lambda _: False))
    async with serving() as site:
        for form in ("arrow", "parquet"):
            problem = await site.problem(f"/tickers?format={form}", 501)
            assert "pip install pyarrow" in problem["detail"]
            answer = await site.get(
                "/tickers", accept=f"application/vnd.apache.{form}, application/vnd.apache.arrow.stream"
            )
            assert answer.status_code == 406
            assert "pip install pyarrow" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("underlying=BTV", 404), ("format=xlsx", 422), ("limit=5001", 422), ("cursor=x", 422)],
)
async def test_bad_input_is_told_as_in_json(query: str, status: int) -> None:
    """Before anything is sent."""
    async with serving() as site:
        await site.problem(f"/tickers?{query}" + ("" if "format" in query else "&format=csv"), status)


async def test_an_empty_result_has_its_header_and_no_rows() -> None:
    """And nothing is wrong."""
    async with serving(Board()) as site:
        answer = await site.get("/tickers?format=csv")
        assert answer.text == ",".join(TICKER_FIELDS) + "\r\n"
        assert (await site.get("/tickers?format=ndjson")).content == b""
        assert read("parquet", (await site.get("/tickers?format=parquet")).content) == []


class Client:
    """One end of a request, without a network; `on_body` is awaited with each piece."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.leaves = asyncio.Event()
        self.takes = asyncio.Event()
        self.takes.set()

    async def receive(self) -> Message:
        """The request's end, and then nothing until the client leaves."""
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a message of the answer."""
        await self.takes.wait()
        self.messages.append(message)

    @property
    def bodies(self) -> list[bytes]:
        """Pieces taken."""
        return [message["body"] for message in self.messages if message["type"] == "http.response.body"]

    @property
    def is_answered(self) -> bool:
        """Whether the answer is complete."""
        return len(self.messages) > 1 and not self.messages[-1].get("more_body", False)


def download(form: Format = "csv", contracts: int = 700) -> Download:
    """All of a wide board."""
    rows = list(wide_board(contracts).rows.values())
    return Download(form, Extract(rows, None, NOW_MS, 1), "name", len(rows), None)


SCOPE: dict[str, Any] = {"type": "http", "headers": []}


async def test_a_long_download_goes_out_in_small_pieces_between_which_others_have_a_turn() -> None:
    """However fast its client takes it."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    client = Client()
    busy = asyncio.create_task(others())
    await Dispatch().send(download(contracts=3000), SCOPE, client.receive, client.send)
    busy.cancel()
    assert client.is_answered
    assert len(client.bodies) >= 40
    assert max(map(len, client.bodies)) < 64_000
    assert turns >= 40


async def test_a_client_that_leaves_has_nothing_more_made_for_it() -> None:
    """Neither text nor a file."""
    dispatch, client = Dispatch(), Client()
    client.takes.clear()
    sending = asyncio.create_task(dispatch.send(download(), SCOPE, client.receive, client.send))
    await asyncio.sleep(0)
    assert dispatch.under_way == 1
    client.leaves.set()
    await asyncio.sleep(0)
    client.takes.set()
    await sending
    assert client.bodies == []
    assert dispatch.under_way == 0
    await dispatch.send(download("parquet"), SCOPE, client.receive, client.send)
    assert client.bodies == []
    assert (dispatch.under_way, dispatch.files.built) == (0, 0)


@pytest.mark.parametrize(("piece_s", "whole_s"), [(0.05, 30.0), (30.0, 0.05)])
async def test_a_client_that_takes_too_long_is_cut_off(piece_s: float, whole_s: float) -> None:
    """The answer has no end, by which a client knows that it is not complete."""
    dispatch, client = Dispatch(piece_s=piece_s, whole_s=whole_s), Client()

    async def send(message: Message) -> None:
        await client.send(message)
        if len(client.bodies) == 3:
            client.takes.clear()

    await dispatch.send(download(), SCOPE, client.receive, send)
    assert len(client.bodies) == 3
    assert not client.is_answered
    assert (dispatch.cut, dispatch.under_way) == (1, 0)


async def test_only_so_many_downloads_are_under_way_at_once() -> None:
    """The next one is told when to ask again; what is known or has no body is not counted."""
    dispatch, clients = Dispatch(at_once=2), [Client() for _ in range(3)]
    for client in clients[:2]:
        client.takes.clear()
    under_way = [
        asyncio.create_task(dispatch.send(download(), SCOPE, client.receive, client.send))
        for client in clients[:2]
    ]
    await asyncio.sleep(0)
    last = clients[2]
    with pytest.raises(ProblemError) as caught:
        await dispatch.send(download(), SCOPE, last.receive, last.send)
    assert (caught.value.status, caught.value.headers) == (503, [(b"retry-after", b"5")])
    assert dispatch.refused == 1
    await dispatch.send(download(), {**SCOPE, BODILESS: True}, last.receive, last.send)
    await dispatch.send(download(), {**SCOPE, "headers": [(b"if-none-match", b"*")]}, last.receive, last.send)
    assert [one["status"] for one in last.messages if "status" in one] == [200, 304]
    for client in clients[:2]:
        client.takes.set()
    await asyncio.gather(*under_way)
    assert all(client.is_answered for client in clients)
    await dispatch.send(download(), SCOPE, last.receive, last.send)


async def test_a_refusal_reaches_the_client_as_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the header that says when to ask again."""
    async with serving() as site:
        site.app.desk.dispatch.under_way = 8
        answer = await site.get("/tickers?format=csv")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await site.get("/tickers")).status_code == 200


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another connection does."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)


def read_nothing(site: Site, path: str) -> socket.socket:
    """A client that asks and takes next to nothing of the answer."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect((site.http.base_url.host, site.http.base_url.port))
    reader.sendall(f"GET {API}{path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
    return reader


async def test_the_server_cuts_off_a_client_that_reads_nothing() -> None:
    """Over a real connection; others are served meanwhile."""
    async with serving(wide_board(2000)) as site:
        dispatch = site.app.desk.dispatch = Dispatch(piece_s=0.3)
        with read_nothing(site, "/tickers?format=ndjson"):
            await until(lambda: dispatch.under_way == 1)
            assert (await site.get("/tickers?limit=1")).status_code == 200
            await until(lambda: dispatch.under_way == 0)
        assert dispatch.cut == 1


async def test_the_server_makes_no_file_for_a_client_that_has_left() -> None:
    """Over a real connection; the process is ended."""
    async with serving() as site:
        dispatch = site.app.desk.dispatch
        dispatch.files = ColumnarBuilder(command=[sys.executable, "-c", "import time; time.sleep(60)"])
        with read_nothing(site, "/tickers?format=parquet"):
            await until(lambda: dispatch.under_way == 1)
        await until(lambda: dispatch.under_way == 0)
        assert (dispatch.sent, dispatch.files.built) == (0, 0)
        assert (await site.get("/tickers?format=csv")).status_code == 200
        assert site.app.desk.status().api.downloads == 1
        assert site.app.desk.status().api.downloads_failed == 0
