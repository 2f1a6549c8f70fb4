"""A simulated exchange in the test's own event loop, with a record of what its clients ask for."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from typing import Any

from voltape.bybit.intake import Intake
from voltape.bybit.topics import symbol_of, ticker_topic
from voltape.model.board import Board
from voltape.model.instrument import instrument_from_symbol
from voltape.sim.certificate import server_context
from voltape.sim.http import Request, Response
from voltape.sim.link import Link
from voltape.sim.options import SimOptions
from voltape.sim.server import serving
from voltape.sim.venue import OPTION_PATH, Venue

__all__ = [
    "MORNING",
    "Exchange",
    "Recorder",
    "SkippingClock",
    "eventually",
    "frame",
    "intake_for",
    "running_exchange",
]

MORNING = 1_774_321_200_000
"""2026-03-24 03:00 UTC, a Tuesday: nothing expires while a test runs."""


async def eventually(condition: Callable[[], object], within: float = 8.0) -> None:
    """Wait until `condition` holds; fail after `within` seconds."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - what is awaited happens in parts that know of no event
            await asyncio.sleep(0.005)


class SkippingClock:
    """The machine's clocks, which a test can move on in a jump."""

    def __init__(self) -> None:
        self._skipped = 0.0
        self._stepped = 0.0

    def wall_ms(self) -> int:
        return int((time.time() + self._skipped + self._stepped) * 1000)

    def monotonic(self) -> float:
        return time.monotonic() + self._skipped

    def busy(self) -> float:
        return time.thread_time()

    def skip(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self._skipped += seconds

    def step_wall(self, seconds: float) -> None:
        """Move the wall clock only."""
        self._stepped += seconds


@dataclass
class Recorder:
    """Remembers the outages that a pool reports."""

    lost: list[tuple[str, str, float, int]] = field(default_factory=list)
    back: list[str] = field(default_factory=list)

    def connection_lost(self, name: str, cause: str, last_data: float, contracts: int) -> None:
        self.lost.append((name, cause, last_data, contracts))

    def connection_back(self, name: str) -> None:
        self.back.append(name)


class Exchange:
    """A running venue.

    Attributes:
        venue, ws_url, rest_url: where and what it is.
        asked: (connection, operation, number of topics) of every request so far.
        bare: topics of `kept` that were without any subscription at some moment after their first one.
        doubled: most connections that ever carried one topic at once.
    """

    def __init__(self, venue: Venue, port: int, *, secure: bool) -> None:
        letter = "s" if secure else ""
        self.venue = venue
        self.ws_url = f"ws{letter}://127.0.0.1:{port}{OPTION_PATH}"
        self.rest_url = f"http{letter}://127.0.0.1:{port}"
        self.asked: list[tuple[int, str, int]] = []
        self.bare: set[str] = set()
        self.doubled = 0
        self._kept: set[str] = set()
        self._hear = venue.hear
        venue.hear = self._overhear  # type: ignore[method-assign]

    def _overhear(self, link: Link, text: bytes) -> None:
        request = json.loads(text)
        self.asked.append((link.id, request["op"], len(request.get("args", ()))))
        self._hear(link, text)
        carried = self.carried()
        self.doubled = max(self.doubled, *carried.values()) if carried else self.doubled
        self.bare |= self._kept - carried.keys()

    def keep(self, topics: list[str]) -> None:
        """From now on note every moment at which one of these topics is subscribed nowhere."""
        self._kept = set(topics)
        self.bare = set()
        self.doubled = 0

    def topics(self, *coins: str) -> list[str]:
        """Ticker topics of every contract that trades now, or of some coins' only."""
        contracts = self.venue.market.contracts.values()
        return [ticker_topic(c.symbol) for c in contracts if not coins or c.coin.name in coins]

    def links(self) -> list[Link]:
        """Open sockets."""
        return list(self.venue.open_links())

    def carried(self) -> dict[str, int]:
        """How many open sockets have each topic."""
        counts: dict[str, int] = {}
        for link in self.venue.open_links():
            for topic in link.session.topics:
                counts[topic] = counts.get(topic, 0) + 1
        return counts

    def delivering(self) -> set[str]:
        """Topics that really push to somebody."""
        return {ticker_topic(name) for name, ticker in self.venue.feed.tickers.items() if ticker.subscribers}

    def fault(self, kind: str, **params: Any) -> int:
        """Start a fault."""
        return self.venue.faults.start({"kind": kind, **params})

    def heal(self) -> None:
        """End all faults."""
        self.venue.faults.clear()

    def jump(self, seconds: float) -> None:
        """Move the venue's clock on at once."""
        self._order("clock", advance_s=seconds)

    def list_more(self, coin: str) -> None:
        """List two more contracts, as the venue does at any time of the day."""
        self._order("list", underlying=coin)

    def _order(self, what: str, **body: Any) -> None:
        request = Request(method="POST", path=f"/sim/{what}", body=json.dumps(body).encode())
        answer = self.venue.handle(request)
        assert isinstance(answer, Response)
        assert answer.status == 200

    def rules_broken(self) -> list[str]:
        """What clients did that the venue forbids."""
        return [str(row["rule"]) for row in self.venue.violations]


@asynccontextmanager
async def running_exchange(*, tls: Path | None = None, **options: Any) -> AsyncIterator[Exchange]:
    """Run a small venue; `tls` is where to write the certificate to trust."""
    chosen: dict[str, Any] = {
        "underlyings": ("BTC",),
        "rate": 400.0,
        "burst": 0.05,
        "scale": 0.05,
        "start_ms": MORNING,
        **options,
    }
    context: SSLContext | None = None if tls is None else server_context("127.0.0.1", tls)
    broken: list[bool] = []
    async with serving(
        SimOptions(**chosen),
        host="127.0.0.1",
        port=0,
        context=context,
        on_failure=lambda: broken.append(True),
    ) as (venue, port):
        yield Exchange(venue, port, secure=tls is not None)
    assert not broken


def intake_for(topics: list[str]) -> tuple[Board, Intake]:
    """A board that lists these topics' contracts, and the way in."""
    board = Board()
    intake = Intake(board)
    for topic in topics:
        instrument = instrument_from_symbol(symbol_of(topic))
        assert instrument is not None
        intake.expect(board.add(instrument))
    return board, intake


def frame(payload: bytes, opcode: int, *, final: bool = True) -> bytes:
    """An unmasked WebSocket frame as a server sends it."""
    head = bytes([(0x80 if final else 0) | opcode])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 65_536:
        return head + b"\x7e" + len(payload).to_bytes(2, "big") + payload
    return head + b"\x7f" + len(payload).to_bytes(8, "big") + payload
