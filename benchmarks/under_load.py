"""CPU, memory, bytes and losses under each load, the contestants taking turns on the same stream."""

from collections.abc import Sequence
from statistics import median

from .bench import Bench
from .turns import Turn, take_turn

__all__ = ["BURST_MS", "FULL_RATE", "RATE", "bursts", "even", "full"]

RATE = 2_600.0
FULL_RATE = 20_000.0
BURST_MS = 100.0
_REACHED = 0.97


async def even(bench: Bench) -> None:
    """Evenly paced, as a busy market is; also with everything in one process tree."""
    await _load(bench, "even", ("floor", "tracker", "up"), RATE)


async def bursts(bench: Bench) -> None:
    """Everything that a tenth of a second brings, at once."""
    await _load(bench, "bursts", ("floor", "tracker"), RATE, burst_ms=BURST_MS)


async def full(bench: Bench) -> None:
    """About as much as the exchange's pace of one message per contract and 100 ms allows."""
    await _load(bench, "full", ("floor", "tracker"), FULL_RATE)


async def _load(bench: Bench, load: str, names: Sequence[str], rate: float, *, burst_ms: float = 0.0) -> None:
    async with bench.exchange(rate, burst_ms=burst_ms) as exchange:
        for number in range(1, bench.options.rounds + 1):
            costs = {}
            for name in names:
                turn = await take_turn(name, exchange, bench.options, bench.home)
                costs[name] = median(window.per_message(name) for window in turn.windows)
                _record(bench, load, turn, exchange.offset_ms)
                cores = ", ".join(f"{window.core():.1f}" for window in turn.windows)
                bench.say(f"{load} {number}/{bench.options.rounds}: {name} {cores} % of a core")
            bench.sample(f"{load}.tracker.ratio", costs["tracker"] / costs["floor"])
        _judge_exchange(bench, load, rate)


def _judge_exchange(bench: Bench, load: str, rate: float) -> None:
    reached = median(bench.samples[f"{load}.rate"])
    if reached < _REACHED * rate:
        bench.note(
            f"The simulated exchange reached {reached:,.0f} of {rate:,.0f} messages/s under the load `{load}`, "
            "because it shares this machine's cores with what it feeds; the tracker's CPU is not judged."
        )
        bench.unjudged.add(f"{load}.tracker.core")


def _record(bench: Bench, load: str, turn: Turn, offset_ms: float) -> None:
    name = turn.contestant
    for window in turn.windows:
        bench.sample(f"{load}.rate", window.rate)
        if name == "up":
            bench.sample(f"{load}.up.core", window.core())
            bench.sample(f"{load}.up.message", window.per_message())
            continue
        bench.sample(f"{load}.{name}.core", window.core(name))
        bench.sample(f"{load}.{name}.message", window.per_message(name))
        if name == "tracker":
            bench.sample(f"{load}.sim.core", window.core("sim"))
            bench.sample(f"{load}.tracker.store_core", window.core("store"))
    if name != "floor":
        bench.sample(f"{load}.{name}.lost", turn.sent - turn.received)
        bench.sample(f"{load}.{name}.memory", sum(turn.memory.values()) / 1e6)
    if name == "up":
        bench.sample("even.up.resident", sum(turn.resident.values()) / 1e6)
    if name == "tracker":
        _record_status(bench, load, turn, offset_ms)
    bench.detail(
        load,
        contestant=name,
        windows=turn.windows,
        sent=turn.sent,
        received=turn.received,
        memory=turn.memory,
        resident=turn.resident,
        late_slots=turn.late_slots,
        messages=None if turn.after is None else turn.after.messages,
        store=None if turn.after is None else turn.after.store,
    )


def _record_status(bench: Bench, load: str, turn: Turn, offset_ms: float) -> None:
    before, after = turn.before, turn.after
    if before is None or after is None:
        return
    received = after.messages.received - before.messages.received
    bench.sample(
        f"{load}.tracker.store_bytes", (after.store.bytes_written - before.store.bytes_written) / received
    )
    bench.sample(f"{load}.tracker.reconnects", after.reconnects.total)
    lags = {"p50": after.lag_ms.p50, "p95": after.lag_ms.p95, "p99": after.lag_ms.p99}
    for share, lag in lags.items():
        if lag is not None:
            bench.sample(f"{load}.tracker.lag_{share}", lag - offset_ms)
    if turn.board_bytes is not None and load == "even":
        bench.sample("even.board", turn.board_bytes / 1e3)
