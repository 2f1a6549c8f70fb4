"""Messages by way of a proxy, for which a whole HTTP client is worth its memory."""

import ssl
from collections.abc import Mapping

import httpx

from voltape.errors import VoltapeError

from .http import Answer

__all__ = ["post"]


async def post(
    proxy: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    context: ssl.SSLContext | None,
    most_bytes: int,
) -> Answer:
    """As `http.ask` does, by way of `proxy`.

    Raises:
        TimeoutError, OSError: nobody could be reached, or trusted.
        VoltapeError: anything else.
    """
    verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if context is None else context
    try:
        async with (
            httpx.AsyncClient(verify=verify, proxy=proxy, trust_env=False, timeout=None) as client,  # noqa: S113 - the caller bounds it
            client.stream("POST", url, content=body, headers=headers) as response,
        ):
            return Answer(response.status_code, response.headers, await _beginning(response, most_bytes))
    except httpx.TransportError as error:
        raise OSError(None, f"no way through the proxy ({type(error).__name__})") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise VoltapeError(type(error).__name__) from error


async def _beginning(response: httpx.Response, most_bytes: int) -> bytes:
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) >= most_bytes:
            break
    return body[:most_bytes]
