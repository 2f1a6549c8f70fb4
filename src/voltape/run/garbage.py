"""Garbage collection of a role: rare, and not of what lives as long as the process.

Reference counts free nearly everything of ours; the collector is there for cycles only, which the hot path does not
make. What it costs is looking at the board's thousands of objects again and again.
"""

import asyncio
import gc
from collections.abc import Callable

from voltape.model.status import Status

__all__ = ["collect_rarely", "freeze_survivors", "until_ready"]

_THRESHOLDS = (10_000, 20, 20)


def collect_rarely() -> None:
    """Make collections rarer than the interpreter's own setting does."""
    gc.set_threshold(*_THRESHOLDS)


def freeze_survivors() -> None:
    """Leave what is there now out of all later collections; for when a role has started."""
    # No collection before: it would hold up the first data, and there is hardly any garbage by then.
    gc.freeze()


async def until_ready(status: Callable[[], Status], every: float) -> None:
    """Wait until data flows, looking `every` so many seconds."""
    # Readiness is a judgement over many parts at the time of asking; none of them tells when it changes.
    while not status().health.ready:  # noqa: ASYNC110
        await asyncio.sleep(every)
