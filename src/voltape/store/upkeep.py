"""What a flush carries beside the board's changes: status, gaps, decisions, renewed lives, and questions.

The questions are about the server's memory, about what clients elsewhere watch, and about requests of theirs.
"""

from collections.abc import Callable, Sequence

import msgspec

from voltape.model.alert import AlertUse
from voltape.model.board import Board
from voltape.model.job import JobRecord
from voltape.model.status import Gap

from . import keys
from .codec import UNREADABLE
from .command import Command, Reply
from .control import RequestReader
from .flush import renew_underlying
from .watch import MemoryWatch
from .watched import WatchedReader

__all__ = ["Upkeep"]

_STATUS_S = 1.0
_REQUESTS_S = 0.5
_WATCH_S = 5.0
_RENEW_S = 3600.0

_decode_jobs = msgspec.json.Decoder(list[JobRecord]).decode
_decode_alerts = msgspec.json.Decoder(AlertUse).decode
_TOLD = 2
"""Questions for what others tell there."""


class Upkeep:
    """Commands that are due from time to time.

    Attributes:
        memory: the server's memory as last seen.
        jobs: what the scheduler of jobs says there. alerts: what the watch of alerts says.
    """

    def __init__(
        self,
        board: Board,
        status: Callable[[], bytes] | None,
        gaps: Callable[[], Sequence[Gap]] | None,
        watched: Callable[[frozenset[str]], None] | None = None,
        requests: RequestReader | None = None,
    ) -> None:
        """Prepare; the arguments are those of `StoreWriter`."""
        self.memory = MemoryWatch()
        self.jobs: list[JobRecord] = []
        self.alerts = AlertUse()
        self._board = board
        self._status = status
        self._gaps = gaps
        self._due: dict[str, float] = {}
        self._gaps_written: bytes | None = None
        self._asked = False
        self._watched = None if watched is None else WatchedReader(watched)
        self._requests = requests
        self._now = 0.0
        self._count = 0
        self._watched_at: int | None = None
        self._requests_at: int | None = None

    def restart(self) -> None:
        """Make everything due, because the connection is a new one and the server may be another."""
        self._due.clear()
        self.rewrite()
        self.memory.forget()

    def rewrite(self) -> None:
        """Write anew what is written only when it changes, because somebody else removed it."""
        self._gaps_written = None
        if self._requests is not None:
            self._requests.forget()

    def commands(self, now: float) -> list[Command]:
        """What is due at `now` (monotonic seconds); give all replies of the exchange to `read`."""
        commands: list[Command] = []
        self._now, self._watched_at, self._requests_at = now, None, None
        if self._is_due("status", now, _STATUS_S):
            if self._watched is not None:
                commands += self._watched.commands()
                self._watched_at = len(commands) - 1
            if self._status is not None:
                commands.append(("SET", keys.STATUS, self._status(), "EX", keys.STATUS_TTL_S))
            commands += self._changed_gaps()
        requests = self._requests
        if requests is not None and (self._is_due("requests", now, _REQUESTS_S) or requests.has_news):
            commands += requests.commands()
            self._requests_at = len(commands) - 1
        if self._is_due("renew", now, _RENEW_S):
            commands.append(("EXPIRE", keys.UNDERLYINGS, keys.IDLE_TTL_S))
            for underlying in self._board.underlyings():
                commands += renew_underlying(underlying)
        self._asked = self._is_due("watch", now, _WATCH_S)
        if self._asked:
            commands += [("GET", keys.JOBS), ("GET", keys.ALERTS), *self.memory.commands]
        self._count = len(commands)
        return commands

    def read(self, replies: Sequence[Reply]) -> bool:
        """Take in the replies, of which ours are the last; True where the server has evicted keys."""
        ours = replies[len(replies) - self._count :]
        if self._watched is not None and self._watched_at is not None:
            self._watched.read(ours[self._watched_at], self._now)
        if self._requests is not None and self._requests_at is not None:
            self._requests.read(ours[self._requests_at])
        if not self._asked:
            return False
        asked = ours[-len(self.memory.commands) - _TOLD :]
        self._read_jobs(asked[0])
        self._read_alerts(asked[1])
        return self.memory.read(asked[_TOLD:])

    def _read_jobs(self, reply: Reply) -> None:
        try:
            self.jobs = _decode_jobs(reply) if isinstance(reply, bytes) else []
        except UNREADABLE:
            # Somebody else wrote there, or a scheduler of another version.
            self.jobs = []

    def _read_alerts(self, reply: Reply) -> None:
        try:
            self.alerts = _decode_alerts(reply) if isinstance(reply, bytes) else AlertUse()
        except UNREADABLE:
            self.alerts = AlertUse()

    def _is_due(self, what: str, now: float, every: float) -> bool:
        if now < self._due.get(what, now):
            return False
        self._due[what] = now + every
        return True

    def _changed_gaps(self) -> list[Command]:
        if self._gaps is None:
            return []
        encoded = msgspec.json.encode(self._gaps())
        if encoded == self._gaps_written:
            return []
        self._gaps_written = encoded
        return [("SET", keys.GAPS, encoded, "EX", keys.IDLE_TTL_S)]
