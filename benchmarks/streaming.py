"""Age of values where they can be used: on the board, and at a client of the push stream."""

import msgspec

from .bench import Bench
from .contestants import running_up
from .figures import quantile
from .program import lines_of
from .under_load import RATE

__all__ = ["latency"]

_SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
_decode = msgspec.json.Decoder(dict[str, list[float]]).decode


async def latency(bench: Bench) -> None:
    """One client follows every underlying; each change of a contract that it sees is a value."""
    options = bench.options
    async with bench.exchange(RATE) as exchange, running_up(exchange, options, bench.home) as up:
        url = up.url.replace("http:", "ws:") + "/api/v1/stream"
        words = [url, options.coins, str(options.repeats), str(options.listen)]
        async for line in lines_of("benchmarks.clients.subscriber", *words):
            ages = _decode(line)
            shown = []
            for place, found in ages.items():
                ordered = sorted(found)
                for name, share in _SHARES.items():
                    value = quantile(ordered, share) - exchange.offset_ms
                    bench.sample(f"latency.{place}_{name}", value)
                shown.append(f"{place} p95 {quantile(ordered, 0.95) - exchange.offset_ms:.0f} ms")
            bench.detail("latency", values=len(ages["board"]), offset_ms=exchange.offset_ms)
            bench.say(f"latency: {', '.join(shown)} ({len(ages['board'])} values)")
