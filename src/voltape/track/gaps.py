"""The gap ledger: every interval in which data may have been missed, with its cause.

Bound: the newest thousand; older ones fall out, counted.
"""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime

from voltape.model.status import Gap

__all__ = ["GapLedger"]

_KEPT = 1_000


def _iso(ts: int) -> str:
    return datetime.fromtimestamp(ts / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _close(gap: Gap, ts: int) -> None:
    # Our clock may have been set back meanwhile, and nothing ends before it begins.
    gap.ts_ended = max(ts, gap.ts_started)
    gap.ended_at = _iso(gap.ts_ended)


class GapLedger:
    """Open and closed gaps.

    Attributes:
        opened: gaps recorded since start. forgotten: how many of them fell out.
        version: grows with every change.
    """

    def __init__(self) -> None:
        self._gaps: deque[Gap] = deque()
        self._open: dict[str, Gap] = {}
        self.opened = 0
        self.forgotten = 0
        self.version = 0

    def adopt(self, gaps: Sequence[Gap], ts: int) -> None:
        """Take over what an earlier run recorded, newest first; what was open then ends at `ts` (epoch ms)."""
        for gap in reversed(gaps[:_KEPT]):
            if gap.ts_ended is None:
                _close(gap, ts)
            self._gaps.append(gap)
        self.version += 1

    def begin(self, scope: str, ts: int, cause: str, contracts: int) -> None:
        """Record that data of `scope` may be missing since `ts` (epoch ms); a gap that is open goes on."""
        if scope in self._open:
            return
        gap = Gap(scope=scope, started_at=_iso(ts), ts_started=ts, cause=cause, contracts=contracts)
        self._open[scope] = gap
        self._gaps.append(gap)
        self.opened += 1
        self.version += 1
        while len(self._gaps) > _KEPT:
            self._gaps.popleft()
            self.forgotten += 1

    def end(self, scope: str, ts: int) -> None:
        """Record that data of `scope` flows again since `ts` (epoch ms)."""
        gap = self._open.pop(scope, None)
        if gap is not None:
            _close(gap, ts)
            self.version += 1

    @property
    def open(self) -> list[Gap]:
        """Gaps that last."""
        return list(self._open.values())

    def recent(self, count: int = _KEPT) -> list[Gap]:
        """The newest gaps, newest first."""
        gaps = list(self._gaps)[-count:]
        gaps.reverse()
        return gaps
