"""Each optimisation that has a switch, off by itself, at both rates."""

import asyncio

from .bench import Bench
from .budgets import SWITCHES
from .contestants import running_tracker
from .turns import measured
from .under_load import FULL_RATE, RATE

__all__ = ["switches"]

_SETTLE = 0.8
_RATES = {"even": RATE, "full": FULL_RATE}


async def switches(bench: Bench) -> None:
    """The tracker with everything on, then with one thing off after the other."""
    options = bench.options
    async with bench.exchange(RATE) as exchange:
        for name, (shown, settings) in SWITCHES.items():
            async with running_tracker(exchange, options, bench.home, settings=settings) as tracker:
                for load, rate in _RATES.items():
                    await exchange.sim.set_rate(rate)
                    await asyncio.sleep(_SETTLE)
                    for _ in range(options.windows):
                        window = await measured(exchange, tracker, options.short)
                        bench.sample(f"switches.{name}.{load}", window.per_message("tracker"))
            await exchange.sim.set_rate(RATE)
            costs = [bench.samples[f"switches.{name}.{load}"][-1] for load in _RATES]
            bench.say(f"switches: {shown}: {costs[0]:.1f} and {costs[1]:.1f} µs per message")
