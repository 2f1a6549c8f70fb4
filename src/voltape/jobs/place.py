"""Where a job works: the store, the exchange, and a directory."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voltape.clock import Clock
from voltape.store.address import Address

if TYPE_CHECKING:
    from voltape.bybit.rest import RestClient
    from voltape.store.link import Link

__all__ = ["PREFIX", "Place"]

PREFIX = "efficiency-"
"""Beginning of the names of reports; what follows is the date."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a job is handed. What a job does not use of it is not loaded.

    Attributes:
        clock: time.
        store: where the store is.
        exchange: makes a client of the exchange's REST interface.
        reports: folder for reports.
        api_url, api_token, ca_file: where the data API answers, what it wants to see, and what is trusted besides.
    """

    clock: Clock
    store: Address
    exchange: "Callable[[], RestClient]"
    reports: Path
    api_url: str
    api_token: str | None = None
    ca_file: Path | None = None

    @asynccontextmanager
    async def connected(self) -> "AsyncIterator[tuple[Link, list[str]]]":
        """A link to the store, and the underlyings it has.

        Raises:
            StoreError: no answer, or data of another version.
        """
        from voltape.store.reader import check_schema, read_underlyings  # noqa: PLC0415

        link = await self.store.connect()
        try:
            underlyings = await read_underlyings(link) if await check_schema(link) else []
            yield link, underlyings
        finally:
            await link.close()

    @asynccontextmanager
    async def exchange_client(self) -> "AsyncIterator[RestClient]":
        """A client of the exchange while the block lasts."""
        client = self.exchange()
        try:
            yield client
        finally:
            await client.close()
