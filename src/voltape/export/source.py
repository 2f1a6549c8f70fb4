"""The running system's answer to an order, piece by piece."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import msgspec

from voltape.client.endpoint import Endpoint, endpoint_at
from voltape.client.problem import BadAddress, UnexpectedAnswer, Unreachable, problem_of
from voltape.errors import SettingError

from .order import Order

__all__ = ["pieces_of"]

_PATH = "/api/v1/tickers"
_PATIENCE = httpx.Timeout(10.0, read=60.0)
"""A file of Arrow or Parquet begins to come when it is complete."""


@contextmanager
def pieces_of(order: Order) -> Iterator[Iterator[bytes]]:
    """The bytes of the file, as they come.

    Raises:
        SettingError: the address is none.
        ClientError: nobody answers there, the answer is a problem, or it breaks off.
    """
    try:
        endpoint = endpoint_at(order.url, order.token, order.ca_file)
    except BadAddress as error:
        raise SettingError("--url", order.url, "an address such as http://127.0.0.1:8000") from error
    try:
        with (
            httpx.Client(
                verify=endpoint.context(), timeout=_PATIENCE, trust_env=not endpoint.is_near
            ) as client,
            client.stream(
                "GET", endpoint.url + _PATH, params=_query(order), headers=_headers(endpoint)
            ) as answer,
        ):
            _check(answer, endpoint)
            yield _page(answer) if order.form == "json" else answer.iter_bytes()
    except httpx.HTTPError as error:
        raise Unreachable(endpoint.url, str(error) or type(error).__name__) from error


def _query(order: Order) -> dict[str, str]:
    # A page of JSON is bounded; its rows as lines are not.
    return {**order.filters, "format": "ndjson" if order.form == "json" else order.form}


def _headers(endpoint: Endpoint) -> dict[str, str]:
    # Within one machine compressing costs more than it saves.
    return {**endpoint.headers, **({"accept-encoding": "identity"} if endpoint.is_near else {})}


def _check(answer: httpx.Response, endpoint: Endpoint) -> None:
    if answer.status_code != 200:
        raise problem_of(answer.status_code, answer.read(), answer.headers.get("retry-after"))
    if "x-total-count" not in answer.headers:
        raise UnexpectedAnswer(endpoint.url, "what answers there gives no file")


def _page(answer: httpx.Response) -> Iterator[bytes]:
    """Lines as the page that the interface gives in JSON, with the list in front because its length is known last."""
    yield b'{"data":['
    count, end = 0, b""
    for piece in answer.iter_bytes():
        lines = end + piece
        end = b"\n" if lines.endswith(b"\n") else b""
        count += piece.count(b"\n")
        yield lines.removesuffix(b"\n").replace(b"\n", b",\n")
    rest = {
        "count": count,
        "total": int(answer.headers["x-total-count"]),
        "next_cursor": answer.headers.get("x-next-cursor"),
    }
    yield b"]," + msgspec.json.encode(rest)[1:] + b"\n"
