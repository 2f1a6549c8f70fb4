"""The count of a sampled comparison: what was compared, what was equal, and what differed last."""

from collections.abc import Sequence

from .status import Audit

__all__ = ["Tally"]


class Tally:
    """Counts verdicts since start."""

    def __init__(self) -> None:
        self._equal = self._wrong = self._undecided = 0
        self._latest_wrong: str | None = None

    def equal(self, contracts: int = 1) -> None:
        """So many contracts were equal in every compared field."""
        self._equal += contracts

    def undecided(self, contracts: int = 1) -> None:
        """So many could not be judged, because the truth may have changed meanwhile."""
        self._undecided += contracts

    def wrong(self, symbol: str, fields: Sequence[str]) -> None:
        """A contract differed in these fields."""
        self._wrong += 1
        self._latest_wrong = f"{symbol}: {', '.join(fields)}"

    @property
    def audit(self) -> Audit:
        """The counts as the status shows them; no accuracy before anything could be compared."""
        compared = self._equal + self._wrong
        return Audit(
            compared=compared,
            equal=self._equal,
            undecided=self._undecided,
            accuracy=self._equal / compared if compared else None,
            latest_wrong=self._latest_wrong,
        )
