import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.model.machine_cost import HEAD_ROOM, PLAN_COSTS, SIZES, HeadRoom, Load, Machine, smallest


@pytest.mark.parametrize(
    ("cpu", "memory", "machine"),
    [
        (0, 0, Machine(0.25, 256)),
        (12.5, 128, Machine(0.25, 256)),
        (12.6, 128, Machine(0.5, 512)),
        (12.5, 128.1, Machine(0.25, 512)),
        (103, 244, Machine(4, 4096)),
        (99, 59, Machine(2, 2048)),
        (10_000, 1, None),
    ],
)
def test_half_of_cpu_and_memory_stays_free(cpu: float, memory: float, machine: Machine | None) -> None:
    """The smallest size that leaves it, none where all are too small."""
    assert smallest(Load(cpu, memory)) == machine


def test_other_head_room_takes_other_machines() -> None:
    """The rule is an argument."""
    assert smallest(Load(90, 230), HeadRoom(100, 100)) == Machine(1, 1024)


@given(st.floats(0, 1000), st.floats(0, 16_000))
def test_no_smaller_size_would_do(cpu: float, memory: float) -> None:
    """Everything before the one that is found is too small in one way or the other."""
    found = smallest(Load(cpu, memory))
    before = SIZES if found is None else SIZES[: SIZES.index(found)]
    for size in before:
        cpu_room = size.cores * HEAD_ROOM.cpu_percent
        assert (
            cpu > cpu_room * 0.999999 or memory > size.memory_mb * HEAD_ROOM.memory_percent / 100 * 0.999999
        )


def test_sizes_grow() -> None:
    """The first that fits is the smallest."""
    assert list(SIZES) == sorted(SIZES, key=lambda size: (size.cores, size.memory_mb))


def test_prices_are_the_plan_s() -> None:
    """No other is known."""
    assert PLAN_COSTS.before.usd_month == (80, 120)
    assert PLAN_COSTS.after.usd_month == (25, 40)
