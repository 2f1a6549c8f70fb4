"""Staying live for a while, so that no contract goes to and fro between the lanes.

A contract enters at once and leaves no sooner than a fixed time after the last moment with a reason for it to be
live. So none leaves before it has been live for that time, and one whose reasons come and go stays all along: a page
that is loaded again, or a strike that the forward moves about.
"""

from collections.abc import Container, Iterable

__all__ = ["Dwell"]


class Dwell:
    """Contracts that are to be live, each until some time after the last reason."""

    def __init__(self, seconds: float) -> None:
        """Hold each contract for `seconds` after it was last chosen."""
        self._seconds = seconds
        self._until: dict[str, float] = {}

    def hold(self, chosen: Iterable[str], listed: Container[str], now: float) -> set[str]:
        """What is live at `now` (monotonic): the chosen, and those chosen not long ago.

        Args:
            chosen: contracts with a reason to be live, all of them listed.
            listed: contracts that there are; others are forgotten.
            now: seconds, monotonic.
        """
        live = set(chosen)
        held = {symbol: at for symbol, at in self._until.items() if at > now and symbol in listed}
        held.update(dict.fromkeys(live, now + self._seconds))
        self._until = held
        live.update(held)
        return live
