"""Handing out downloads: text as it is written, files once another process has made them.

Nothing is ever held whole: text goes out piece by piece as fast as the client takes it, and between two pieces
everybody else has a turn. Who takes too long is cut off, and so many at once are served, so that slow clients
cannot pile up what they wait for.
"""

import asyncio
import logging
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO, Any, Protocol, TypeVar, cast

import msgspec
import zstandard
from litestar import Litestar, Request, Response
from litestar.response.base import ASGIResponse

from .asgi import Headers, Receive, Scope, Send
from .cache import ContentCoding, coding_for, etag_of, names_tag
from .columnar import ColumnarBuilder, busy
from .extract import Extract
from .formats import COLUMNAR, MEDIA_TYPES, Format, csv_header, csv_lines, ticker_lines
from .reply import BODILESS, header

__all__ = ["VARIES", "Dispatch", "Download", "Handover"]

_log = logging.getLogger(__name__)

VARIES = b"accept, accept-encoding"
"""What an answer depends on that comes in several formats."""

_FILE_BYTES = 65_536
_ROW_BYTES = 500

T = TypeVar("T")


class Download(msgspec.Struct, frozen=True):
    """Tickers to be sent in a format other than JSON.

    Attributes:
        form: the format. extract: the tickers. name: of the file.
        total: tickers on all pages. next_cursor: way to the next one, None on the last.
    """

    form: Format
    extract: Extract
    name: str
    total: int
    next_cursor: str | None


class Handover(Response[T]):
    """A route's result: a download, typed by what the route answers in JSON for the OpenAPI document."""

    def __init__(self, dispatch: "Dispatch", download: Download) -> None:
        super().__init__(content=cast("T", None))
        self._dispatch = dispatch
        self.download = download

    def to_asgi_response(
        self,
        app: Litestar | None,
        request: Request[Any, Any, Any],
        **_: Any,  # noqa: ANN401
    ) -> ASGIResponse:
        """The download as an ASGI application; headers of the framework's own have no part in it."""

        async def respond(scope: Scope, receive: Receive, send: Send) -> None:
            await self._dispatch.send(self.download, scope, receive, send)

        return cast("ASGIResponse", respond)


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


class Dispatch:
    """Sends downloads, so many at once.

    Attributes:
        files: makes Arrow and Parquet.
        under_way: downloads being sent.
        sent, refused, cut: counters since start: whole downloads, no room, and clients that took too long.
    """

    def __init__(self, at_once: int = 8, piece_s: float = 30.0, whole_s: float = 300.0) -> None:
        """Set the bounds.

        Args:
            at_once: most downloads under way.
            piece_s, whole_s: time in which a client has to take the next piece, and all of it.
        """
        self.files = ColumnarBuilder()
        self.under_way = 0
        self.sent = 0
        self.refused = 0
        self.cut = 0
        self._at_once = at_once
        self._piece_s = piece_s
        self._whole_s = whole_s

    async def send(self, download: Download, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; 304 where the client has it.

        Raises:
            ProblemError: 503 where there is no room; 500.
        """
        size = 0 if download.form in COLUMNAR else _ROW_BYTES * len(download.extract)
        coding = coding_for(header(scope, b"accept-encoding"), size)
        tag = f"{download.form}{download.extract.tag}"
        headers = _headers(download, etag_of(tag, coding))
        known = header(scope, b"if-none-match")
        if known and names_tag(known, tag):
            await _bodiless(send, 304, headers)
            return
        headers += [(b"content-type", MEDIA_TYPES[download.form].encode())]
        if coding != "identity":
            headers.append((b"content-encoding", coding.encode()))
        if BODILESS in scope:
            await _bodiless(send, 200, headers)
            return
        await self._send_body(download, coding, headers, receive, send)

    async def _send_body(
        self, download: Download, coding: ContentCoding, headers: Headers, receive: Receive, send: Send
    ) -> None:
        if self.under_way >= self._at_once:
            self.refused += 1
            raise busy(f"{self._at_once} downloads are under way")
        self.under_way += 1
        gone = asyncio.ensure_future(_gone(receive))
        try:
            if download.form not in COLUMNAR:
                await self._pass_on(_text(download, coding), headers, gone, send)
                return
            file = await self._file(download, gone)
            if file is not None:
                with file:
                    headers = [*headers, (b"content-length", str(file.seek(0, 2)).encode())]
                    file.seek(0)
                    await self._pass_on(iter(lambda: file.read(_FILE_BYTES), b""), headers, gone, send)
        finally:
            self.under_way -= 1
            gone.cancel()

    async def _file(self, download: Download, gone: asyncio.Future[None]) -> IO[bytes] | None:
        """The file, unless the client goes away while it is made."""
        making = asyncio.ensure_future(self.files.build(download.form, download.extract))
        try:
            await asyncio.wait((making, gone), return_when=asyncio.FIRST_COMPLETED)
            return making.result() if making.done() else None
        finally:
            if not making.done():
                making.cancel()
                with suppress(asyncio.CancelledError):
                    await making

    async def _pass_on(
        self, pieces: Iterator[bytes], headers: Headers, gone: asyncio.Future[None], send: Send
    ) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            async with asyncio.timeout(self._whole_s):
                for piece in pieces:
                    if gone.done():
                        return
                    if piece:
                        async with asyncio.timeout(self._piece_s):
                            await send({"type": "http.response.body", "body": piece, "more_body": True})
                    # Sending waits only where the client is slow.
                    await asyncio.sleep(0)
        except TimeoutError:
            # Ending here without an end of the body has the server cut the connection.
            self.cut += 1
            _log.info("a client took too long over a download")
            return
        await send({"type": "http.response.body", "body": b""})
        self.sent += 1

    @property
    def failed(self) -> int:
        """Downloads that were not sent, or not to their end, because of us or of a slow client."""
        return self.refused + self.cut + self.files.refused + self.files.failed


def _headers(download: Download, etag: str) -> Headers:
    headers = [
        (b"etag", etag.encode()),
        (b"cache-control", b"no-cache"),
        (b"vary", VARIES),
        (b"content-disposition", f'attachment; filename="{download.name}"'.encode()),
        (b"x-total-count", str(download.total).encode()),
    ]
    if download.next_cursor is not None:
        headers.append((b"x-next-cursor", download.next_cursor.encode()))
    return headers


async def _bodiless(send: Send, status: int, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _text(download: Download, coding: ContentCoding) -> Iterator[bytes]:
    """The body piece by piece."""
    lines = _lines(download)
    if coding == "identity":
        return lines
    # Level 1, as for all other bodies.
    packer: Callable[[], _Compressor] = (
        zstandard.ZstdCompressor(1).compressobj if coding == "zstd" else lambda: zlib.compressobj(1, wbits=31)
    )
    return _packed(lines, packer())


def _lines(download: Download) -> Iterator[bytes]:
    fields = download.extract.fields
    if download.form == "csv":
        yield csv_header(fields)
    for piece in download.extract.pieces():
        yield csv_lines(piece) if download.form == "csv" else ticker_lines(fields, piece)


def _packed(pieces: Iterator[bytes], packer: _Compressor) -> Iterator[bytes]:
    # Nothing may come of a piece yet, but it took its time.
    yield from map(packer.compress, pieces)
    yield packer.flush()
