"""The smallest machine that holds a load: generic sizes and the head room that is left on them.

Sizes carry no prices: those differ by seller and by month. The plan's own are quoted as the plan's.
"""

import msgspec

__all__ = [
    "HEAD_ROOM",
    "PLAN_COSTS",
    "SIZES",
    "HeadRoom",
    "Load",
    "Machine",
    "PlanCost",
    "PlanCosts",
    "smallest",
]


class Machine(msgspec.Struct, frozen=True):
    """Cores (a part of one where the machine is shared) and memory, MB."""

    cores: float
    memory_mb: int


SIZES = (
    Machine(0.25, 256),
    Machine(0.25, 512),
    Machine(0.5, 512),
    Machine(0.5, 1024),
    Machine(1, 1024),
    Machine(1, 2048),
    Machine(2, 2048),
    Machine(2, 4096),
    Machine(4, 4096),
    Machine(4, 8192),
    Machine(8, 16_384),
    Machine(16, 32_768),
)
"""What is commonly let as a container or a server, smallest first."""


class HeadRoom(msgspec.Struct, frozen=True):
    """Most of a machine that the load may take, per cent; the rest is for its system and for worse days."""

    cpu_percent: float = 50.0
    memory_percent: float = 50.0


HEAD_ROOM = HeadRoom()


class Load(msgspec.Struct, frozen=True):
    """What a machine has to hold: CPU (per cent of one core) and memory, MB, each at its peak."""

    cpu_percent: float
    memory_mb: float


class PlanCost(msgspec.Struct, frozen=True):
    """A machine and what it costs a month, USD from and to, as the plan states it."""

    machine: Machine
    usd_month: tuple[int, int]


class PlanCosts(msgspec.Struct, frozen=True):
    """The plan's machines before and after its optimisations."""

    before: PlanCost = PlanCost(Machine(4, 2048), (80, 120))
    after: PlanCost = PlanCost(Machine(1, 1024), (25, 40))


PLAN_COSTS = PlanCosts()


def smallest(load: Load, room: HeadRoom = HEAD_ROOM) -> Machine | None:
    """The first of `SIZES` that holds `load` and keeps the head room; None where none does."""
    cores = load.cpu_percent / room.cpu_percent
    memory = load.memory_mb / room.memory_percent * 100
    return next((size for size in SIZES if size.cores >= cores and size.memory_mb >= memory), None)
