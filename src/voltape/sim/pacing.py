"""When each topic may push: slots of 100 ms, one place in the slot per topic.

Every topic owns a fixed place within the slot, and a seeded draw decides, slot by slot, whether it
pushes. Two pushes of one topic are therefore whole slots apart, which is the venue's ceiling of one
per 100 ms, and all topics together arrive evenly. Topics with more weight are drawn more often.
"""

from collections.abc import Mapping
from random import Random

__all__ = ["SLOT", "Pacer"]

SLOT = 0.1
"""Seconds between two chances of one topic."""


class Pacer:
    """Draws the pushes of each slot for a total rate in messages per second.

    `burst` groups the places within a slot (seconds, at most a slot); 0 spreads them evenly.
    """

    def __init__(self, rate: float, *, seed: int, burst: float = 0.0) -> None:
        self._rng = Random(f"{seed}/pacing")
        self._rate = rate
        self._burst = min(burst, SLOT)
        self._weights: dict[str, float] = {}
        self._plan: list[tuple[float, str, float]] = []

    @property
    def rate(self) -> float:
        """Total messages per second that are aimed for."""
        return self._rate

    def set_rate(self, rate: float) -> None:
        """Aim for another total from the next slot on."""
        self._rate = rate
        self._arrange()

    def set_topics(self, weights: Mapping[str, float]) -> None:
        """Share the rate among these topics, by weight; known topics keep their order."""
        kept = [name for name in self._weights if name in weights]
        added = [name for name in weights if name not in self._weights]
        for name in added:
            kept.insert(self._rng.randint(0, len(kept)), name)
        self._weights = {name: weights[name] for name in kept}
        self._arrange()

    def draw(self) -> list[tuple[float, str]]:
        """Topics that push in the next slot with their offsets from its start, in seconds."""
        chance = self._rng.random
        return [(offset, name) for offset, name, share in self._plan if chance() < share]

    def _arrange(self) -> None:
        share = _shares(self._weights, self._rate * SLOT)
        pace = SLOT / max(len(self._weights), 1)
        self._plan = [
            (self._place(i * pace), name, share * weight)
            for i, (name, weight) in enumerate(self._weights.items())
        ]

    def _place(self, offset: float) -> float:
        return offset if not self._burst else offset // self._burst * self._burst


def _shares(weights: Mapping[str, float], total: float) -> float:
    """Factor that makes the capped chances add up to `total`: the sum of min(1, factor * weight)."""
    ordered = sorted(weights.values(), reverse=True)
    rest = sum(ordered)
    for capped, weight in enumerate(ordered):
        factor = (total - capped) / rest
        if factor * weight <= 1.0:
            return max(factor, 0.0)
        rest -= weight
    return 1.0 / ordered[-1] if ordered else 0.0
