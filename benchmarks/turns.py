"""One contestant's turn under a load: what it uses, and whether anything was lost on the way."""

import asyncio
import time
from pathlib import Path

import msgspec

from voltape.model.status import Status

from .accounting import memory_bytes, resident_bytes, total_cpu
from .bench import Exchange, Options
from .contestants import CONTESTANTS, Contestant, Tracker

__all__ = ["Turn", "Window", "take_turn"]

_DRAIN_WITHIN = 5.0
_DRAIN_POLL = 0.1
_STATUS_EVERY = 1.1


class Window(msgspec.Struct, frozen=True):
    """One measurement.

    Attributes:
        seconds: its length. sent: messages that the exchange sent meanwhile.
        cpu: CPU seconds by role; `sim` is the exchange itself.
    """

    seconds: float
    sent: int
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        """Messages per second."""
        return self.sent / self.seconds

    def core(self, *roles: str) -> float:
        """Share of a core that these roles used, %; of none given, all but the exchange."""
        return 100.0 * self._used(roles) / self.seconds

    def per_message(self, *roles: str) -> float:
        """CPU time per message of these roles, ms per 1,000 messages (which is µs per message)."""
        return 1_000_000.0 * self._used(roles) / self.sent

    def _used(self, roles: tuple[str, ...]) -> float:
        return sum(used for role, used in self.cpu.items() if (role in roles if roles else role != "sim"))


class Turn(msgspec.Struct, kw_only=True):
    """What one turn yielded.

    Attributes:
        contestant: who. windows: see `Window`.
        sent, received: messages to it over its whole life, by the exchange's and by its own count.
        memory, resident: proportional and resident set size by role, bytes.
        before, after: what it says of itself around the windows, if anything.
        board_bytes: what the chains take in the store; None where there was none to ask.
        late_slots: how often the exchange fell behind its plan by half a second.
    """

    contestant: str
    windows: list[Window]
    sent: int
    received: int
    memory: dict[str, int]
    resident: dict[str, int]
    before: Status | None = None
    after: Status | None = None
    board_bytes: int | None = None
    late_slots: int = 0


async def take_turn(name: str, exchange: Exchange, options: Options, home: Path) -> Turn:
    """Run a contestant, measure it, and compare what was sent with what it received."""
    sim = exchange.sim
    known = max((link["id"] for link in await sim.connections()), default=0)
    async with CONTESTANTS[name](exchange, options, home) as contestant:
        await asyncio.sleep(options.warm_up)
        late = (await sim.status())["late_slots"]
        before = await contestant.status()
        windows = [await _window(exchange, contestant, options.window) for _ in range(options.windows)]
        # What a tracker alone says of itself is up to a second old.
        await asyncio.sleep(_STATUS_EVERY)
        turn = Turn(
            contestant=name,
            windows=windows,
            sent=0,
            received=0,
            memory={role: sum(map(memory_bytes, pids)) for role, pids in contestant.pids.items()},
            resident={role: sum(map(resident_bytes, pids)) for role, pids in contestant.pids.items()},
            before=before,
            after=await contestant.status(),
            board_bytes=await contestant.board_bytes() if isinstance(contestant, Tracker) else None,
            late_slots=(await sim.status())["late_slots"] - late,
        )
        turn.sent, turn.received = await _balance(exchange, contestant, known)
    return turn


async def _window(exchange: Exchange, contestant: Contestant, seconds: float) -> Window:
    pids = contestant.pids | {"sim": [exchange.sim.pid]}
    sent = (await exchange.sim.status())["sent"]
    cpu, began = total_cpu(pids), time.monotonic()
    await asyncio.sleep(seconds)
    after, ended = total_cpu(pids), time.monotonic()
    return Window(
        seconds=ended - began,
        sent=(await exchange.sim.status())["sent"] - sent,
        cpu={role: after[role] - used for role, used in cpu.items()},
    )


async def _balance(exchange: Exchange, contestant: Contestant, known: int) -> tuple[int, int]:
    """Messages sent and received, once the exchange has paused and everything has arrived or is lost."""
    sim = exchange.sim
    await sim.freeze()
    try:
        sent = sum(link["messages"] for link in await sim.connections() if link["id"] > known)
        deadline = time.monotonic() + _DRAIN_WITHIN
        while (received := await contestant.received()) != sent and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_DRAIN_POLL)
    finally:
        await sim.resume()
    return sent, received
