"""Which gaps of a status are news to the clients of the push stream."""

from collections.abc import Sequence

from voltape.model.status import Gap

__all__ = ["GapNews"]


class GapNews:
    """Compares the gaps recorded now with those of the last look."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], bool] | None = None

    def forget(self) -> None:
        """Take the next look as the first one."""
        self._known = None

    def look(self, gaps: Sequence[Gap]) -> list[Gap]:
        """Gaps that started or ended since the last look, oldest first; none at the first look."""
        before = self._known
        self._known = {(gap.scope, gap.ts_started): gap.ts_ended is not None for gap in gaps}
        if before is None:
            return []
        found = [gap for gap in gaps if before.get((gap.scope, gap.ts_started)) != (gap.ts_ended is not None)]
        return sorted(found, key=lambda gap: gap.ts_started)
