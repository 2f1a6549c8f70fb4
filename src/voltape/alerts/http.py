"""HTTP/1.1 as far as alerts need it: one request, one answer of bounded size, and the connection is gone.

The library that the rest of the program uses would cost a process that does little else half as much memory again.
"""

import asyncio
import ssl
from asyncio import StreamReader
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from voltape.errors import VoltapeError

__all__ = ["Answer", "BadAnswer", "ask"]

_PIECE = 65_536
_MOST_CHUNKS = 100_000


class BadAnswer(VoltapeError):
    """What came back is no HTTP, or was cut off."""


class Answer(msgspec.Struct, frozen=True):
    """What a server said.

    Attributes:
        status: its code. headers: by their names in small letters.
        body: its beginning, up to what was asked for.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


async def ask(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    context: ssl.SSLContext | None,
    most_bytes: int,
) -> Answer:
    """Make a request. The caller bounds its time.

    Args:
        method, url, headers, body: the request; all but the body visible ASCII.
        context: checks certificates; needed for `https`.
        most_bytes: how much of the answer's body is wanted.

    Raises:
        OSError: nobody could be reached, or trusted.
        BadAnswer: no answer came, or none that is HTTP.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port or (443 if secure else 80), ssl=context if secure else None
    )
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"{method} {target} HTTP/1.1", f"host: {parts.netloc}", "connection: close"]
        lines += [f"{name}: {text}" for name, text in headers.items()]
        if body:
            lines.append(f"content-length: {len(body)}")
        writer.write("\r\n".join([*lines, "", ""]).encode("ascii") + body)
        await writer.drain()
        return await _answer(reader, most_bytes)
    except (EOFError, ValueError, asyncio.LimitOverrunError) as error:
        raise BadAnswer("what answers there speaks no HTTP, or was cut off") from error
    finally:
        # Not `close`, which would wait for the other side to say goodbye, too.
        writer.transport.abort()


async def _answer(reader: StreamReader, most_bytes: int) -> Answer:
    status = 100
    headers: dict[str, str] = {}
    while 100 <= status < 200:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        version, _, rest = first.partition(" ")
        if not version.startswith("HTTP/1."):
            raise ValueError(version)
        status = int(rest[:3])
        named = (line.partition(":") for line in lines if line)
        headers = {name.strip().lower(): text.strip() for name, _, text in named}
    return Answer(status, headers, await _body(reader, status, headers, most_bytes))


async def _body(reader: StreamReader, status: int, headers: Mapping[str, str], most_bytes: int) -> bytes:
    if status in {204, 304}:
        return b""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return await _chunks(reader, most_bytes)
    if "content-length" in headers:
        length = int(headers["content-length"])
        return await reader.readexactly(min(length, most_bytes))
    return await _until_end(reader, most_bytes)


async def _chunks(reader: StreamReader, most_bytes: int) -> bytes:
    body = bytearray()
    for _ in range(_MOST_CHUNKS):
        size = int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16)
        wanted = min(size, most_bytes - len(body))
        body += await reader.readexactly(wanted)
        if not size or wanted < size:
            break
        await reader.readexactly(2)
    return bytes(body)


async def _until_end(reader: StreamReader, most_bytes: int) -> bytes:
    body = bytearray()
    while len(body) < most_bytes and (piece := await reader.read(min(_PIECE, most_bytes - len(body)))):
        body += piece
    return bytes(body)
