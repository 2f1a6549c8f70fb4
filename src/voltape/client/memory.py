"""Answers of before, to ask whether they still hold instead of fetching them again."""

from collections import OrderedDict
from typing import NamedTuple

__all__ = ["Kept", "Memory"]


class Kept(NamedTuple):
    """An answer's mark and body."""

    etag: str
    body: bytes


class Memory:
    """Answers by target, bounded in bytes; the one that was used least lately gives way.

    Attributes:
        held: bytes of bodies. reused: answers that did not have to be sent again.
    """

    def __init__(self, max_bytes: int) -> None:
        self.held = 0
        self.reused = 0
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def recall(self, target: str) -> Kept | None:
        """What was answered there last."""
        if target in self._kept:
            self._kept.move_to_end(target)
        return self._kept.get(target)

    def keep(self, target: str, kept: Kept) -> None:
        """Take the newest answer; one that would fill more than a quarter is let go."""
        self.forget(target)
        if len(kept.body) * 4 > self._max_bytes:
            return
        self._kept[target] = kept
        self.held += len(kept.body)
        while self.held > self._max_bytes:
            _, oldest = self._kept.popitem(last=False)
            self.held -= len(oldest.body)

    def forget(self, target: str) -> None:
        """Let an answer go, if there is one."""
        if (gone := self._kept.pop(target, None)) is not None:
            self.held -= len(gone.body)
