"""What the benchmarks of one run share: options, a place to work in, and where samples go."""

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from voltape.sim.handle import SimHandle, running_sim

__all__ = ["Bench", "Exchange", "Options"]

_PROBES = 9


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Of a run; times in seconds.

    Attributes:
        seed: of the simulated market and its pacing.
        underlyings: what is simulated and tracked.
        rounds: how often the contestants take turns.
        windows, window: measurements per turn, and their length.
        short: length of the measurements that only compare one thing with and without another.
        warm_up: time between the moment a contestant is complete and the first measurement.
        repeats, listen: how often latencies are measured, and for how long each time.
        starts, cuts: repetitions of the start and of the recovery.
        soak: length of the long run in a browser.
    """

    seed: int = 1
    underlyings: tuple[str, ...] = ("BTC", "ETH", "SOL")
    rounds: int = 2
    windows: int = 2
    window: float = 2.0
    short: float = 1.0
    listen: float = 2.5
    warm_up: float = 1.5
    repeats: int = 3
    starts: int = 3
    cuts: int = 2
    soak: float = 600.0

    @property
    def coins(self) -> str:
        """The underlyings as the command lines want them."""
        return ",".join(self.underlyings)


class Exchange:
    """A simulated exchange under a certain load.

    Attributes:
        sim: its handle. contracts: how many it has listed.
        offset_ms: how far its clock is behind ours; times between the two are too long by as much.
    """

    def __init__(self, sim: SimHandle, contracts: int, offset_ms: float) -> None:
        self.sim = sim
        self.contracts = contracts
        self.offset_ms = offset_ms

    async def last_link(self) -> int:
        """Number of the newest connection, 0 before the first."""
        return max((link["id"] for link in await self.sim.connections()), default=0)


class Bench:
    """One run.

    Attributes:
        options: see `Options`.
        home: scratch directory.
        samples: by the name of the figure. details: raw readings by benchmark. notes: for readers of the figures.
        unjudged: figures whose budget is for a load that was not reached.
        contracts: listed by an exchange of the usual size.
    """

    def __init__(self, options: Options, home: Path) -> None:
        self.options = options
        self.home = home
        self.samples: dict[str, list[float]] = {}
        self.details: dict[str, list[dict[str, Any]]] = {}
        self.notes: list[str] = []
        self.unjudged: set[str] = set()
        self.contracts = 0
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """Tell a step on standard error."""
        print(f"bench {time.monotonic() - self._began:5.0f} s  {text}", file=sys.stderr, flush=True)

    def sample(self, name: str, value: float) -> None:
        """Take a sample of a figure."""
        self.samples.setdefault(name, []).append(value)

    def detail(self, benchmark: str, **readings: object) -> None:
        """Keep raw readings."""
        self.details.setdefault(benchmark, []).append(readings)

    def forget(self, benchmark: str) -> None:
        """Drop everything that a benchmark has yielded so far."""
        for name in [name for name in self.samples if name.partition(".")[0] == benchmark]:
            del self.samples[name]
        self.details.pop(benchmark, None)

    def note(self, text: str) -> None:
        """Tell readers of the figures something, once."""
        if text not in self.notes:
            self.notes.append(text)
            self.say(text)

    @asynccontextmanager
    async def exchange(
        self, rate: float, *, burst_ms: float = 0.0, scale: float = 1.0
    ) -> AsyncIterator[Exchange]:
        """A simulated exchange with TLS while the block lasts.

        Args:
            rate: messages per second in all. burst_ms: time between bursts, 0 for an even pace.
            scale: number of contracts, 1 for the exchange's usual 2,000 or so.
        """
        options = self.options
        async with running_sim(
            tls=True,
            seed=options.seed,
            rate=rate,
            burst_ms=burst_ms,
            contracts=scale,
            underlyings=options.underlyings,
        ) as sim:
            status = await sim.status()
            contracts = status["contracts"] - status["delivering"]
            if scale == 1.0:
                self.contracts = contracts
            yield Exchange(sim, contracts, await _clock_offset(sim))


async def _clock_offset(sim: SimHandle) -> float:
    """Our clock minus the exchange's, ms, from the quickest of some exchanges."""
    probes = []
    for _ in range(_PROBES):
        before = time.time()
        status = await sim.status()
        after = time.time()
        # The exchange's milliseconds are cut off, not rounded.
        probes.append((after - before, (before + after) * 500.0 - status["now"] - 0.5))
    _, offset = min(probes)
    return float(offset)
