"""Keeping the curves of one underlying: a fit takes milliseconds, so only one or a few are renewed at a time."""

from collections.abc import Sequence

from .slice_fit import SliceFit, fit_slice, interpolated
from .smile import Smile

__all__ = ["Curves"]

_WAITING = "not fitted yet"


class Curves:
    """The latest curve of each expiry of one underlying.

    An expiry that has not had its turn yet is interpolated between its strikes. Every other curve is as old as its
    turn: with one renewed a second, as many seconds as there are expiries.
    """

    def __init__(self) -> None:
        self._fits: dict[str, SliceFit] = {}

    def renew(self, smiles: Sequence[Smile], count: int = 1) -> list[SliceFit]:
        """Fit the `count` expiries whose turn it is, and return every expiry's curve.

        Args:
            smiles: one per expiry, in date order; expiries that are gone are forgotten.
            count: how many to fit.
        """
        known = {smile.expiry: smile for smile in smiles}
        # A dictionary keeps the order of insertion: new expiries first, then the one fitted longest ago.
        former = {expiry: fit for expiry, fit in self._fits.items() if expiry in known}
        turns = [*(expiry for expiry in known if expiry not in former), *former][:count]
        for expiry in turns:
            before = former.pop(expiry, None)
            start = before.svi if before is not None and before.fitted else None
            former[expiry] = fit_slice(known[expiry], start)
        self._fits = former
        return [former.get(smile.expiry) or interpolated(smile, _WAITING) for smile in smiles]
