"""One contestant's turn under a load: what it uses, and whether anything was lost on the way."""

import asyncio
import time
from pathlib import Path
from typing import NamedTuple

import msgspec

from voltape.model.status import Status

from .accounting import disk_written, memory_bytes, resident_bytes, total_cpu
from .bench import Exchange, Options
from .contestants import CONTESTANTS, Before, Contestant, Tracker

__all__ = ["Account", "Turn", "Window", "account_of", "balance", "measured", "take_turn"]

_DRAIN_WITHIN = 3.0
_DRAIN_POLL = 0.1
_STATUS_EVERY = 1.1
_OWN_END = ("client went away", "closed by client")


class Window(msgspec.Struct, frozen=True):
    """One measurement.

    Attributes:
        seconds: its length. sent: messages that the exchange sent meanwhile.
        cpu: CPU seconds by role; `sim` is the exchange itself.
        received: messages that the contestant got through, where that may be fewer than were sent.
    """

    seconds: float
    sent: int
    cpu: dict[str, float]
    received: int | None = None

    @property
    def rate(self) -> float:
        """Messages sent per second."""
        return self.sent / self.seconds

    @property
    def handled(self) -> int:
        """Messages that the CPU time was used for."""
        return self.sent if self.received is None else self.received

    def core(self, *roles: str) -> float:
        """Share of a core that these roles used, %; of none given, all but the exchange."""
        return 100.0 * self._used(roles) / self.seconds

    def per_message(self, *roles: str) -> float:
        """CPU time per message of these roles, ms per 1,000 messages (which is µs per message)."""
        return 1_000_000.0 * self._used(roles) / max(self.handled, 1)

    def _used(self, roles: tuple[str, ...]) -> float:
        return sum(used for role, used in self.cpu.items() if (role in roles if roles else role != "sim"))


class Account(NamedTuple):
    """Running totals of a turn: messages and bytes sent to it, bytes to its store, and to disk by all of it."""

    at: float
    messages: int
    bytes: int
    store_bytes: int
    disk: int | None


class Turn(msgspec.Struct, kw_only=True):
    """What one turn yielded.

    Attributes:
        contestant: who. windows: see `Window`.
        sent, received: messages to it over its whole life, by the exchange's and by its own count.
        memory, resident: proportional and resident set size by role, bytes.
        wire_bytes, store_bytes, disk_bytes: per second: bytes from the exchange, to the store, and to disk; None
            where they cannot be told.
        handled: messages over the time that these bytes are for.
        cut: how the exchange ended connections, each by its cause.
        before, after: what it says of itself around the windows, if anything.
        store_memory: bytes that its store has taken; None where there is none to ask.
        board_bytes: what the chains take in the store; None where there was none to ask.
        late_slots: how often the exchange fell behind its plan by half a second.
    """

    contestant: str
    windows: list[Window]
    sent: int
    received: int
    memory: dict[str, int]
    resident: dict[str, int]
    wire_bytes: float = 0.0
    store_bytes: float | None = None
    disk_bytes: float | None = None
    handled: int = 0
    cut: list[str] = []
    before: Status | None = None
    after: Status | None = None
    store_memory: int | None = None
    board_bytes: int | None = None
    late_slots: int = 0


async def take_turn(
    name: str, exchange: Exchange, options: Options, home: Path, *, windows: int, window: float
) -> Turn:
    """Run a contestant, measure it in some windows of so many seconds, and compare what was sent with what it got."""
    sim = exchange.sim
    known = await exchange.last_link()
    async with CONTESTANTS[name](exchange, options, home) as contestant:
        await asyncio.sleep(options.warm_up)
        late = (await sim.status())["late_slots"]
        before = await contestant.status()
        first = await account_of(exchange, contestant, known)
        taken = [await measured(exchange, contestant, window) for _ in range(windows)]
        last = await account_of(exchange, contestant, known)
        if before is not None:
            # What a tracker alone says of itself is up to a second old.
            await asyncio.sleep(_STATUS_EVERY)
        turn = Turn(
            contestant=name,
            windows=taken,
            sent=0,
            received=0,
            memory={role: sum(map(memory_bytes, pids)) for role, pids in contestant.pids.items()},
            resident={role: sum(map(resident_bytes, pids)) for role, pids in contestant.pids.items()},
            before=before,
            after=await contestant.status(),
            store_memory=None if contestant.store is None else await contestant.store.memory(),
            board_bytes=await contestant.board_bytes() if isinstance(contestant, Tracker) else None,
            late_slots=(await sim.status())["late_slots"] - late,
        )
        _count(turn, first, last, stored=contestant.store is not None)
        turn.sent, turn.received = await balance(exchange, contestant, known)
        turn.cut = await _cuts(exchange, known)
    return turn


def _count(turn: Turn, first: Account, last: Account, *, stored: bool) -> None:
    seconds = last.at - first.at
    turn.handled = sum(window.handled for window in turn.windows)
    turn.wire_bytes = (last.bytes - first.bytes) / seconds
    if stored:
        turn.store_bytes = (last.store_bytes - first.store_bytes) / seconds
    if first.disk is not None and last.disk is not None:
        turn.disk_bytes = (last.disk - first.disk) / seconds


async def account_of(exchange: Exchange, contestant: Contestant, known: int) -> Account:
    """Totals as of now, over connections that were opened after the one of number `known`."""
    links = [link for link in await exchange.sim.connections() if link["id"] > known]
    stored = 0 if contestant.store is None else await contestant.store.bytes_in()
    written = [disk_written(pid) for pids in contestant.pids.values() for pid in pids]
    return Account(
        at=time.monotonic(),
        messages=sum(link["messages"] for link in links),
        bytes=sum(link["bytes"] for link in links),
        store_bytes=stored,
        disk=None if None in written else sum(count for count in written if count is not None),
    )


async def measured(exchange: Exchange, contestant: Contestant, seconds: float) -> Window:
    """CPU time of the contestant and of the exchange over some seconds."""
    pids = contestant.pids | {"sim": [exchange.sim.pid]}
    counts = isinstance(contestant, Before)
    received = await contestant.received() if counts else 0
    sent = (await exchange.sim.status())["sent"]
    cpu, began = total_cpu(pids), time.monotonic()
    await asyncio.sleep(seconds)
    after, ended = total_cpu(pids), time.monotonic()
    return Window(
        seconds=ended - began,
        sent=(await exchange.sim.status())["sent"] - sent,
        cpu={role: after[role] - used for role, used in cpu.items()},
        received=await contestant.received() - received if counts else None,
    )


async def balance(exchange: Exchange, contestant: Contestant, known: int) -> tuple[int, int]:
    """Messages sent and received, once the exchange has paused and everything has arrived or is lost."""
    sim = exchange.sim
    await sim.freeze()
    try:
        links = [link for link in await sim.connections() if link["id"] > known]
        # What the contestants count is tickers.
        sent = sum(link["messages"] - link["trades"] for link in links)
        deadline = time.monotonic() + _DRAIN_WITHIN
        while (received := await contestant.received()) != sent and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_DRAIN_POLL)
    finally:
        await sim.resume()
    return sent, received


async def _cuts(exchange: Exchange, known: int) -> list[str]:
    links = [link for link in await exchange.sim.connections() if link["id"] > known]
    return [link["cause"] for link in links if link["cause"] and not link["cause"].startswith(_OWN_END)]
