"""Watching the server's memory: how much it uses, and whether it throws our data away to stay within it."""

import logging
from collections.abc import Sequence

from .command import Command, Reply
from .opening import info_fields

__all__ = ["MemoryWatch"]

_log = logging.getLogger(__name__)


class MemoryWatch:
    """Memory figures of the server from time to time.

    Attributes:
        memory_bytes: what the server uses for data, None before the first look.
        evicted: keys that the server evicted since we have been watching, whoever's they were.
    """

    commands: Sequence[Command] = (("INFO", "memory"), ("INFO", "stats"))
    """What to ask; `read` takes the replies."""

    def __init__(self) -> None:
        self.memory_bytes: int | None = None
        self.evicted = 0
        self._total: int | None = None

    def forget(self) -> None:
        """Start counting anew, because the server may be another one."""
        self._total = None

    def read(self, replies: Sequence[Reply]) -> bool:
        """Take the replies in; True where the server has evicted keys since the last look."""
        memory, stats = map(info_fields, replies)
        if "used_memory" in memory:
            self.memory_bytes = int(memory["used_memory"])
        total = int(stats.get("evicted_keys", "0"))
        fresh = total - self._total if self._total is not None and total > self._total else 0
        self._total = total
        if fresh:
            self.evicted += fresh
            _log.warning(
                "the store evicted %d keys for want of memory (limit %s)", fresh, memory.get("maxmemory", "?")
            )
        return bool(fresh)
