"""Thresholds of liquidity, given or found.

A contract is liquid when its open interest is above one threshold or its 24 h volume above another. `auto` finds
both per underlying, from the contracts as they are:

1. Contracts are ranked by open interest, those with the same by volume. Amounts of zero do not take part: what nobody
   holds or trades is not liquid at any threshold.
2. The target is met by the first so many of the ranking: a number that was asked for, or as many as it takes until
   their open interest adds up to the share that was asked for. No other choice of contracts does with fewer.
3. The threshold of open interest goes midway between the last of them and the next. The one of volume goes a quarter
   above the highest volume of the others, so that it lets in what trades more than anything left out, and nothing
   else. Where contracts of the same open interest fall on both sides of the cut, they are told apart by volume
   instead, or come in together, whichever takes fewer.

The market moves all the time, and thresholds that followed it would move contracts to and fro. So they are made for a
few contracts more than the target needs, and stay as they are until they miss the target or let in twice as many more.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TypeAlias

import msgspec

__all__ = ["Amounts", "AutoThresholds", "Target", "Thresholds", "found_thresholds", "needed"]

_ROOM = 1.25
_LEAST_SLACK = 2
_SLACK = 0.05


Amounts: TypeAlias = tuple[float, float]
"""Open interest and 24 h volume of a contract, in units of the underlying; 0 where there is none."""


class Thresholds(msgspec.Struct, frozen=True):
    """Amounts in units of the underlying above which a contract is liquid; one of them suffices."""

    min_volume: float
    min_open_interest: float

    def passes(self, open_interest: float, volume: float) -> bool:
        """Whether a contract with these amounts is liquid."""
        return open_interest > self.min_open_interest or volume > self.min_volume


class Target(msgspec.Struct, frozen=True):
    """What thresholds are to achieve: `count` contracts, or with 0 this share (0 to 1) of open interest."""

    open_interest: float = 0.95
    count: int = 0


def needed(ranked: Sequence[Amounts], target: Target) -> int:
    """How many of the first in the ranking meet the target; all of them where it is out of reach."""
    if target.count:
        return min(target.count, len(ranked))
    sums = list(accumulate(held for held, _ in ranked))
    wanted = target.open_interest * sums[-1] if sums else 0.0
    if wanted <= 0:
        return 0
    return 1 + next(i for i, held in enumerate(sums) if held >= wanted)


def found_thresholds(ranked: Sequence[Amounts], size: int) -> Thresholds:
    """Thresholds that let in the first `size` of the ranking, and others only where they cannot be told apart.

    Args:
        ranked: amounts in falling order, without any that are both 0.
        size: how many, at most all.
    """
    if not size:
        return Thresholds(_highest_volume(ranked) * _ROOM, ranked[0][0] if ranked else 0.0)
    edge = ranked[size - 1]
    lower = [other for other in ranked[size:] if other[0] < edge[0]]
    found = Thresholds(0.0, 0.0)
    if lower:
        midway = (edge[0] + lower[0][0]) / 2
        found = Thresholds(
            _highest_volume(lower) * _ROOM, midway if lower[0][0] <= midway < edge[0] else lower[0][0]
        )
    following = next((other for other in ranked[size:] if other < edge), None)
    if following is None or following[0] < edge[0]:
        return found
    return min(Thresholds(following[1], edge[0]), found, key=lambda limits: len(_passing(ranked, limits)))


def _highest_volume(contracts: Sequence[Amounts]) -> float:
    return max((volume for _, volume in contracts), default=0.0)


def _passing(contracts: Sequence[Amounts], thresholds: Thresholds) -> list[Amounts]:
    return [amounts for amounts in contracts if thresholds.passes(*amounts)]


class AutoThresholds:
    """Thresholds of one underlying that follow the market only as far as the target makes them.

    Attributes:
        in_force: the present ones, None before any contract had amounts.
    """

    def __init__(self, target: Target) -> None:
        self.in_force: Thresholds | None = None
        self._target = target

    def follow(self, contracts: Iterable[Amounts]) -> Thresholds | None:
        """Look at the contracts as they are now, change the thresholds if they have to, and return them."""
        ranked = sorted((amounts for amounts in contracts if any(amounts)), reverse=True)
        if ranked and (self.in_force is None or not self._serves(self.in_force, ranked)):
            size = needed(ranked, self._target)
            self.in_force = found_thresholds(ranked, min(len(ranked), size + _slack(size)))
        return self.in_force

    def _serves(self, thresholds: Thresholds, ranked: Sequence[Amounts]) -> bool:
        size = needed(ranked, self._target)
        passing = _passing(ranked, thresholds)
        if len(passing) > size + 2 * _slack(size):
            return False
        if self._target.count:
            return len(passing) >= size
        held = sum(held for held, _ in passing)
        return held >= self._target.open_interest * sum(held for held, _ in ranked)


def _slack(size: int) -> int:
    return max(_LEAST_SLACK, round(size * _SLACK)) if size else 0
