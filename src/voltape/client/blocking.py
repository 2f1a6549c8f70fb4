"""The client for scripts, notebooks and threads: every method waits for its answer."""

from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack, overload

import httpx

from voltape.model.efficiency import Efficiency
from voltape.model.status import Gap, Status
from voltape.model.ticker import Ticker

from . import calls
from .answers import Chain, Expiry, Pin, PinWish, Underlying, UnderlyingWish
from .book import Book, View
from .calls import Call, Settle, TickerFilters
from .endpoint import DEFAULT_URL, endpoint_at
from .pages import Pages
from .reading import Reading
from .session import StreamMessage, StreamSession
from .stream import messages
from .table import Table

__all__ = ["Client"]

Result = TypeVar("Result")


class Client:
    """A running voltape, asked over HTTP and its push stream.

    Answers are kept with their marks, so that asking for what has not changed costs no body.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        token: str | None = None,
        *,
        ca_file: Path | str | None = None,
        timeout: float = 10.0,
    ) -> None:
        """Ask at `url`; nothing is sent before the first method.

        Args:
            url: base address.
            token: its API token, if it has one.
            ca_file: PEM file with certificates to trust besides the system's.
            timeout: seconds to wait for an answer to a request; the stream has its own rules.

        Raises:
            BadAddress: the address is none.
        """
        self._endpoint = endpoint_at(url, token, ca_file)
        self._reading = Reading(self._endpoint)
        self._http = httpx.Client(
            base_url=self._endpoint.url,
            verify=self._endpoint.context(),
            timeout=timeout,
            trust_env=not self._endpoint.is_near,
        )

    def __repr__(self) -> str:
        return f"Client({self._endpoint.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close kept connections; streams go on until they are closed themselves."""
        self._http.close()

    def _ask(self, call: Call[Result]) -> Result:
        kept = self._reading.recall(call)
        headers = self._reading.headers(call, kept)
        try:
            answer = self._http.request(call.method, call.target, headers=headers, content=call.body)
        except httpx.HTTPError as error:
            raise self._reading.failure(call, error) from error
        return self._reading.result(call, answer, kept)

    def underlyings(self) -> Table[Underlying]:
        """Every underlying, with sums, ratios and shares."""
        return self._ask(calls.underlyings())

    def expiries(self, underlying: str) -> Table[Expiry]:
        """The series of an underlying in date order, with forward, ATM strike and ATM IV."""
        return self._ask(calls.expiries(underlying))

    def strikes(self, underlying: str, expiry: str | date) -> list[float]:
        """The strikes of a series in numeric order."""
        return self._ask(calls.strikes(underlying, expiry))

    def chain(self, underlying: str, expiry: str | date, settle: Settle = "USDT") -> Chain:
        """Calls and puts of a series by strike."""
        return self._ask(calls.chain(underlying, expiry, settle))

    def ticker(self, symbol: str) -> Ticker:
        """One contract."""
        return self._ask(calls.ticker(symbol))

    @overload
    def tickers(
        self, *, fields: None = None, limit: int | None = None, **filters: Unpack[TickerFilters]
    ) -> Pages[Ticker]: ...
    @overload
    def tickers(
        self, *, fields: Sequence[str], limit: int | None = None, **filters: Unpack[TickerFilters]
    ) -> Pages[dict[str, Any]]: ...
    def tickers(
        self,
        *,
        fields: Sequence[str] | None = None,
        limit: int | None = None,
        **filters: Unpack[TickerFilters],
    ) -> Pages[Any]:
        """The tickers that pass every filter, fetched page by page while one iterates.

        Args:
            fields: only these fields, as dictionaries instead of structs.
            limit: most rows over all pages; all of them if left out.
            **filters: see `TickerFilters`.
        """
        return Pages(self._ask, partial(calls.ticker_page, filters, fields=fields), limit)

    def status(self) -> Status:
        """The running system."""
        return self._ask(calls.status())

    def gaps(self, limit: int | None = None) -> Table[Gap]:
        """Intervals in which data may have been missed, newest first."""
        return self._ask(calls.gaps(limit))

    def efficiency(self) -> Efficiency:
        """What the system uses, against what was there before."""
        return self._ask(calls.efficiency())

    def trades(self, **query: str | float | date) -> Table[dict[str, Any]]:
        """The latest trades; `query` is that of the HTTP reference."""
        return self._ask(calls.trades(query))

    def analytics(self, underlying: str, name: str, **query: str | float | date) -> Any:  # noqa: ANN401 - as it comes
        """One of an underlying's analytics, such as `smile` or `max-pain`, as decoded JSON."""
        return self._ask(calls.analytics(underlying, name, query))

    def get(self, path: str, **query: str | float | date) -> Any:  # noqa: ANN401 - as it comes
        """Any other endpoint below `/api/v1/`, as decoded JSON."""
        return self._ask(calls.anything(path, query))

    def enable(self, underlying: str) -> UnderlyingWish:
        """Track an underlying of the exchange from now on, whatever the settings say; wants a token."""
        return self._ask(calls.switched(underlying, enabled=True))

    def disable(self, underlying: str) -> UnderlyingWish:
        """Track an underlying no longer; its contracts are gone at once. Wants a token."""
        return self._ask(calls.switched(underlying, enabled=False))

    def release(self, underlying: str) -> UnderlyingWish:
        """Take back what was decided about an underlying, so that the settings hold again; wants a token."""
        return self._ask(calls.released(underlying))

    def pins(self) -> Table[Pin]:
        """Contracts that are live whatever they trade, by the settings or by request."""
        return self._ask(calls.pins())

    def pin(self, symbol: str) -> PinWish:
        """Keep a contract live until it expires or is unpinned; wants a token."""
        return self._ask(calls.pinned(symbol))

    def unpin(self, symbol: str) -> PinWish:
        """Treat a contract like any other, also where the settings pin it; wants a token."""
        return self._ask(calls.unpinned(symbol))

    def stream(
        self, channels: Sequence[str], max_hz: float | None = None
    ) -> Generator[StreamMessage, None, None]:
        """Messages of channels, for as long as one iterates.

        Lost connections are made again, and channels go on where they stood; per channel there is a snapshot and
        then deltas without a hole, with another snapshot where too much was missed. Closing the generator closes
        the connection.

        Raises:
            ClientError: nobody answers at the first attempt, or every channel is refused.
            ValueError: there are no channels, or the pace is not positive.
        """
        return messages(self._endpoint, StreamSession(channels, max_hz))

    def follow(self, channel: str, max_hz: float | None = None) -> Generator[View, None, None]:
        """The complete state of a channel after each of its messages; otherwise as `stream`."""
        book = Book()
        with closing(self.stream([channel], max_hz)) as stream:
            for message in stream:
                if (view := book.apply(message)) is not None:
                    yield view
