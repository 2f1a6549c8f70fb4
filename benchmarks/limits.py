"""At what rate each contestant first loses data: the rate goes up step by step until one of four things happens.

Something that was sent has not arrived some seconds after the exchange paused; the exchange cut a connection; what had
piled up took longer than a second to get through; or the exchange itself could send no more, which says nothing of
the contestant.
"""

import asyncio
import time
from typing import NamedTuple

from .bench import Bench, Exchange
from .contestants import CONTESTANTS, Contestant
from .turns import balance

__all__ = ["Step", "limit"]

_STEP = 2.5
_SETTLE = 0.5
_LONGEST_BACKLOG = 1.0
_STATUS_AGE = 1.2
_REACHED = 0.93
_STEPS = {
    "before": (2_000, 3_000, 4_000, 6_000),
    "plain": (10_000, 20_000),
    "tracker": (20_000, 25_000, 30_000),
    "floor": (20_000, 30_000),
}
_SCALE = {"tracker": 2.0, "floor": 2.0}
"""More contracts where the exchange's pace of one message per contract and 100 ms would be the limit."""


class Step(NamedTuple):
    """What became of one rate: messages per second that were sent, how many were lost or cut, time of the backlog."""

    rate: float
    sent: float
    lost: int
    cut: int
    backlog: float

    @property
    def kept(self) -> bool:
        """Whether the contestant kept up."""
        return not self.lost and not self.cut and self.backlog <= _LONGEST_BACKLOG


async def limit(bench: Bench) -> None:
    """Step the rate up for each contestant in turn."""
    step = _STEP if bench.options.rounds > 1 else _STEP / 2
    for name, rates in _STEPS.items():
        async with bench.exchange(rates[0] / 2, scale=_SCALE.get(name, 1.0)) as exchange:
            known = await exchange.last_link()
            async with CONTESTANTS[name](exchange, bench.options, bench.home) as contestant:
                await _climb(bench, name, exchange, contestant, known, rates, step)


async def _climb(
    bench: Bench,
    name: str,
    exchange: Exchange,
    contestant: Contestant,
    known: int,
    rates: tuple[int, ...],
    seconds: float,
) -> None:
    kept = 0.0
    for rate in rates:
        step = await _step(exchange, contestant, known, rate, seconds)
        bench.detail("limit", contestant=name, **step._asdict())
        bench.say(
            f"limit: {name} at {step.sent:,.0f}/s: {step.lost} lost, {step.cut} cut, {step.backlog:.2f} s behind"
        )
        if not step.kept:
            bench.sample(f"limit.{name}.lost_at", step.sent)
            break
        kept = max(kept, step.sent)
        if step.sent < _REACHED * rate:
            bench.note(
                f"For `{name}` the exchange itself was the limit: it sent {step.sent:,.0f} of {rate:,} messages/s, "
                "on the same two cores, and nothing was lost."
            )
            break
    if kept:
        bench.sample(f"limit.{name}.kept", kept)


async def _step(exchange: Exchange, contestant: Contestant, known: int, rate: float, seconds: float) -> Step:
    sim = exchange.sim
    await sim.set_rate(rate)
    await asyncio.sleep(_SETTLE)
    sent, began = (await sim.status())["sent"], time.monotonic()
    await asyncio.sleep(seconds)
    sent, elapsed = (await sim.status())["sent"] - sent, time.monotonic() - began
    paused = time.monotonic()
    given, received = await balance(exchange, contestant, known)
    backlog = time.monotonic() - paused
    links = [link for link in await sim.connections() if link["id"] > known]
    cut = sum(link["closed_at"] is not None for link in links)
    # A tracker's own account is up to a second old, so that much says nothing.
    allowed = 0.0 if await contestant.status() is None else _STATUS_AGE
    return Step(rate, sent / elapsed, given - received, cut, max(backlog - allowed, 0.0))
