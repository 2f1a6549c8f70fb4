"""CPU, memory, bytes and losses under each load, the contestants taking turns on the same stream."""

from collections.abc import Mapping
from statistics import median
from typing import NamedTuple

from .bench import Bench
from .budgets import VOLTAPE
from .turns import Turn, take_turn

__all__ = ["BURST_MS", "FULL_RATE", "RATE", "bursts", "even", "flood", "full"]

RATE = 2_600.0
FULL_RATE = 20_000.0
BURST_MS = 100.0
_REACHED = 0.97
_SNAPSHOT_EVERY = 300.0
"""Seconds between two snapshots of the embedded store."""


class _Part(NamedTuple):
    """How often a contestant has its turn, and for how long."""

    rounds: int
    windows: int
    window: float


async def even(bench: Bench) -> None:
    """Evenly paced, as a busy market is; also with everything in one process tree."""
    options = bench.options
    often = _Part(options.rounds, options.windows, options.window)
    once = _Part(1, options.windows, options.window)
    # The program before shows what it does to connections only after a while.
    long = _Part(1, options.windows + 1, 2 * options.window)
    parts = {"floor": often, "tracker": often, "up": often, "before": long, "plain": once, "liquid": once}
    await _load(bench, "even", parts, RATE)


async def bursts(bench: Bench) -> None:
    """Everything that a tenth of a second brings, at once."""
    await _load(bench, "bursts", _parts(bench), RATE, burst_ms=BURST_MS)


async def full(bench: Bench) -> None:
    """About as much as the exchange's pace of one message per contract and 100 ms allows."""
    await _load(bench, "full", _parts(bench), FULL_RATE)


async def flood(bench: Bench) -> None:
    """As much, at once."""
    parts = {name: _Part(1, *part[1:]) for name, part in _parts(bench).items()}
    await _load(bench, "flood", parts, FULL_RATE, burst_ms=BURST_MS)


def _parts(bench: Bench) -> dict[str, _Part]:
    options = bench.options
    often = _Part(options.rounds, options.windows, options.window)
    once = _Part(1, options.windows, options.short)
    return {"floor": often, "tracker": often, "plain": once, "liquid": once, "before": once}


async def _load(
    bench: Bench, load: str, parts: Mapping[str, _Part], rate: float, *, burst_ms: float = 0.0
) -> None:
    async with bench.exchange(rate, burst_ms=burst_ms) as exchange:
        rounds = max(part.rounds for part in parts.values())
        traffic: dict[str, list[float]] = {}
        costs: dict[str, list[float]] = {}
        for number in range(1, rounds + 1):
            for name, part in parts.items():
                if number > part.rounds:
                    continue
                turn = await take_turn(
                    name, exchange, bench.options, bench.home, windows=part.windows, window=part.window
                )
                costs.setdefault(name, []).append(median(_messages(turn)))
                traffic.setdefault(name, []).append(turn.wire_bytes)
                _record(bench, load, turn, exchange.offset_ms)
                cores = ", ".join(f"{window.core():.1f}" for window in turn.windows)
                bench.say(f"{load} {number}/{part.rounds}: {name} {cores} % of a core")
            bench.sample(f"{load}.tracker.ratio", costs["tracker"][-1] / costs["floor"][-1])
        bench.sample(f"{load}.tracker.of_before", 100 * median(costs["tracker"]) / median(costs["before"]))
        if load == "even":
            _compare(bench, traffic)
        _judge_exchange(bench, load, rate)


def _messages(turn: Turn) -> list[float]:
    return [window.per_message(turn.contestant) for window in turn.windows]


def _compare(bench: Bench, traffic: Mapping[str, list[float]]) -> None:
    """What one contestant saves beside another."""
    samples = bench.samples
    for name in ("before", "tracker", "liquid"):
        for rate in traffic[name]:
            bench.sample(f"even.{name}.wire", rate / 1e3)
    share = median(samples["even.liquid.wire"]) / median(samples["even.tracker.wire"])
    bench.sample("even.liquid.of_all", 100 * share)
    if samples.get("even.up.disk") and samples.get("even.before.disk"):
        share = median(samples["even.up.disk"]) / median(samples["even.before.disk"])
        bench.sample("even.up.of_before_disk", 100 * share)


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
    if name in {"floor", "tracker", "up"}:
        for window in turn.windows:
            bench.sample(f"{load}.rate", window.rate)
    if name == "up":
        _record_up(bench, turn)
    else:
        _record_program(bench, load, turn)
    if name in VOLTAPE:
        _record_status(bench, load, turn, offset_ms)
    bench.detail(
        load,
        contestant=name,
        windows=turn.windows,
        sent=turn.sent,
        received=turn.received,
        memory=turn.memory,
        resident=turn.resident,
        wire_bytes=turn.wire_bytes,
        store_bytes=turn.store_bytes,
        disk_bytes=turn.disk_bytes,
        cut=turn.cut,
        late_slots=turn.late_slots,
        messages=None if turn.after is None else turn.after.messages,
        store=None if turn.after is None else turn.after.store,
    )


def _record_up(bench: Bench, turn: Turn) -> None:
    for window in turn.windows:
        bench.sample("even.up.core", window.core())
        bench.sample("even.up.message", window.per_message())
    bench.sample("even.up.lost", turn.sent - turn.received)
    bench.sample("even.up.reconnects", len(turn.cut))
    bench.sample("even.up.memory", sum(turn.memory.values()) / 1e6)
    bench.sample("even.up.resident", sum(turn.resident.values()) / 1e6)
    snapshots = [path.stat().st_size for path in bench.home.glob("data-*/store/*.rdb")]
    if turn.disk_bytes is not None and snapshots:
        bench.sample("even.up.disk", (turn.disk_bytes + max(snapshots) / _SNAPSHOT_EVERY) / 1e3)


def _record_program(bench: Bench, load: str, turn: Turn) -> None:
    name = turn.contestant
    for window in turn.windows:
        bench.sample(f"{load}.{name}.core", window.core(name))
        bench.sample(f"{load}.{name}.message", window.per_message(name))
        if name == "before":
            bench.sample(f"{load}.before.received", window.handled / window.seconds)
        if name == "tracker":
            bench.sample(f"{load}.sim.core", window.core("sim"))
        if name != "floor":
            bench.sample(f"{load}.{name}.store_core", window.core("store"))
    if name == "floor":
        return
    bench.sample(f"{load}.{name}.lost", turn.sent - turn.received)
    bench.sample(f"{load}.{name}.reconnects", len(turn.cut))
    bench.sample(f"{load}.{name}.memory", sum(turn.memory.values()) / 1e6)
    if turn.store_bytes is not None:
        rate = turn.handled / sum(window.seconds for window in turn.windows)
        bench.sample(f"{load}.{name}.store_bytes", turn.store_bytes / max(rate, 1))
    if load == "even":
        _record_store(bench, turn)


def _record_store(bench: Bench, turn: Turn) -> None:
    name = turn.contestant
    if name in {"before", "tracker"} and turn.store_memory is not None:
        bench.sample(f"even.{name}.store_memory", turn.store_memory / 1e3)
    if name == "before":
        for window in turn.windows:
            bench.sample("even.before.system_core", window.core())
        if turn.disk_bytes is not None:
            bench.sample("even.before.disk", turn.disk_bytes / 1e3)


def _record_status(bench: Bench, load: str, turn: Turn, offset_ms: float) -> None:
    after = turn.after
    if after is None:
        return
    lags = {"p50": after.lag_ms.p50, "p95": after.lag_ms.p95, "p99": after.lag_ms.p99}
    for share, lag in lags.items():
        if lag is not None:
            bench.sample(f"{load}.{turn.contestant}.lag_{share}", lag - offset_ms)
    if load != "even":
        return
    if turn.contestant == "tracker" and turn.board_bytes is not None:
        bench.sample("even.board", turn.board_bytes / 1e3)
    if turn.contestant == "liquid":
        bench.sample("even.liquid.live", after.contracts.live)
        covered = {"open_interest": after.coverage.open_interest, "volume": after.coverage.volume}
        for what, live in covered.items():
            if live is not None:
                bench.sample(f"even.liquid.missing_{what}", 100 * (1 - live))
