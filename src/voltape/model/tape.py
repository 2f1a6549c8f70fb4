"""The trade tape: the latest trades of each underlying, each of them once.

Rules that hold whatever arrives, from wherever, however often and in whatever order:

* A trade counts as known while it is on the tape. One that is older than what a full tape has dropped is refused,
  because nobody can tell any more whether it was known; so the memory of what was seen is as bounded as the tape.
* Offered trades wait for the commit, which puts them on the tape by time and hands them to the listeners, every trade
  once. What is on the tape is what the listeners know.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from heapq import merge
from operator import attrgetter
from typing import Literal, TypeAlias

from .trade import Trade

__all__ = ["CAPACITY", "Listener", "Offer", "Tape", "Tapes"]

CAPACITY = 5_000
"""Trades kept of each underlying, unless told otherwise."""

Offer = Literal["new", "known", "old"]
"""What becomes of an offered trade: taken, already there, or too old to tell."""

Listener: TypeAlias = Callable[[str, list[Trade]], None]
"""Gets an underlying and its new trades, oldest first."""

_moment = attrgetter("moment")
_BEFORE_ALL = (-1, 0)


class Tape:
    """Latest trades of one underlying.

    Attributes:
        underlying: the coin.
        trades: committed trades, oldest first; nobody else may alter the list.
        version: number of the commit that changed it last.
    """

    def __init__(self, underlying: str, capacity: int = CAPACITY) -> None:
        self.underlying = underlying
        self.trades: list[Trade] = []
        self.version = 0
        self._capacity = capacity
        self._fresh: list[Trade] = []
        self._known: set[tuple[str, str]] = set()
        self._dropped = _BEFORE_ALL

    @property
    def is_full(self) -> bool:
        """Whether so much waits for the commit that it had better not wait longer."""
        return len(self._fresh) >= self._capacity

    def knows(self, key: tuple[str, str]) -> bool:
        """Whether a trade of this key is on the tape or waits for the commit."""
        return key in self._known

    def offer(self, trade: Trade) -> Offer:
        """Take a trade for the next commit, unless it is known or too old."""
        if trade.key in self._known:
            return "known"
        if trade.moment <= self._dropped:
            return "old"
        self._known.add(trade.key)
        self._fresh.append(trade)
        return "new"

    def commit(self, version: int) -> list[Trade]:
        """Put what waits on the tape; returns it, oldest first."""
        fresh, self._fresh = self._fresh, []
        if not fresh:
            return fresh
        fresh.sort(key=_moment)
        in_order = not self.trades or self.trades[-1].moment <= fresh[0].moment
        self.trades += fresh
        if not in_order:
            self.trades.sort(key=_moment)
        extra = len(self.trades) - self._capacity
        if extra > 0:
            gone = self.trades[:extra]
            del self.trades[:extra]
            self._known.difference_update([trade.key for trade in gone])
            self._dropped = max(self._dropped, gone[-1].moment)
        self.version = version
        return fresh


class Tapes:
    """The tapes of all underlyings.

    Attributes:
        tapes: by underlying.
        version: grows with every commit that brings trades.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.tapes: dict[str, Tape] = {}
        self.version = 0
        self._capacity = capacity
        self._listeners: list[Listener] = []

    def __len__(self) -> int:
        return sum(len(tape.trades) for tape in self.tapes.values())

    def of(self, underlying: str) -> Tape:
        """The tape of an underlying, a new one where there was none."""
        tape = self.tapes.get(underlying)
        if tape is None:
            tape = self.tapes[underlying] = Tape(underlying, self._capacity)
        return tape

    def drop(self, underlying: str) -> None:
        """Forget the trades of an underlying."""
        if self.tapes.pop(underlying, None) is not None:
            self.version += 1

    def offer(self, trade: Trade) -> Offer:
        """See `Tape.offer`."""
        tape = self.of(trade.underlying)
        if tape.is_full:
            self.commit()
        return tape.offer(trade)

    def restore(self, trades: Iterable[Trade]) -> None:
        """Put trades of an earlier run on the tapes without telling the listeners."""
        for trade in trades:
            self.of(trade.underlying).offer(trade)
        self._commit()

    def commit(self) -> None:
        """Put what waits on the tapes and tell the listeners."""
        with ExitStack() as stack:
            # One that fails keeps trades from no other: nobody is told of them again.
            for underlying, trades in reversed(self._commit()):
                for listener in reversed(self._listeners):
                    stack.callback(listener, underlying, trades)

    def _commit(self) -> list[tuple[str, list[Trade]]]:
        version = self.version + 1
        found = [(tape.underlying, tape.commit(version)) for tape in self.tapes.values()]
        changed = [(underlying, trades) for underlying, trades in found if trades]
        if changed:
            self.version = version
        return changed

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with the new trades of every commit from now on; returns the way to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def newest_first(self, underlying: str | None = None) -> Iterator[Trade]:
        """Trades of one underlying, or of all, from the newest on."""
        if underlying is not None:
            tape = self.tapes.get(underlying)
            return iter(()) if tape is None else reversed(tape.trades)
        return merge(*(reversed(tape.trades) for tape in self.tapes.values()), key=_moment, reverse=True)
