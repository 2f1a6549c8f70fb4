"""When a connection gives its place to a new one, and when that one is ready to take it.

Two reasons: it is *sick* (its health has been below the mark for a while), or it is *old* (exchanges cut connections
after a day or so, and a change at a moment of our own choice loses nothing). Theory:

* One change at a time, and none while a connection is down: whatever is wrong then, a change will not cure it.
* A new connection is not judged before it has had time to settle.
* A change may be no help, when the exchange itself is sick. The next replacement waits, and where the new connection
  is no healthier than the one before, the wait doubles.
* The new connection is *ready* when every topic has delivered on it. Some contracts do not speak for hours; they move
  without that once the new connection has brought as many messages as the old one over the same time. The old one
  is kept a little longer, by as much as it lags behind, so that what is under way on it still arrives.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

__all__ = ["Change", "Overlap", "Place", "Succession", "SuccessionOptions", "Verdict"]

_SPREAD = 0.08
_NO_BETTER = 0.05
_SHARE = 0.9
_SLACK = 10
_DRAIN = 0.5
_DRAIN_PER_LAG = 1.5
_LONGEST_DRAIN = 15.0

Reason = Literal["sick", "old"]
Verdict = Literal["wait", "ready", "hopeless"]


class SuccessionOptions(msgspec.Struct, frozen=True):
    """When connections are changed; times in seconds.

    Attributes:
        replace_below: health under which a connection is sick, 0 for never.
        rotate_after: age at which it is old, give or take 4 %; 0 for never.
        settled_after: age from which it is judged.
        patience: how long it must have been sick.
        pause: least time between two changes of whatever reason.
        replace_pause, longest_pause: first and longest wait after a replacement.
        retry_pause: first wait after a change that came to nothing; doubles to `longest_pause`.
        overlap: how long a new connection waits for contracts that do not speak.
        longest_overlap: after which one that does not become ready is given up.
    """

    replace_below: float = 0.5
    rotate_after: float = 82_800.0
    settled_after: float = 60.0
    patience: float = 30.0
    pause: float = 10.0
    replace_pause: float = 300.0
    longest_pause: float = 7_200.0
    retry_pause: float = 60.0
    overlap: float = 20.0
    longest_overlap: float = 90.0


class Place(msgspec.Struct, frozen=True):
    """A connection as it is judged: `lot` (0 to 1) was drawn when it opened and spreads the rotation."""

    id: str
    health: float
    age: float
    lot: float = 0.5


class Change(msgspec.Struct, frozen=True):
    """That the connection `id` is to be changed, and what it was like."""

    id: str
    reason: Reason
    health: float
    age: float


class Succession:
    """Decides about changes.

    Attributes:
        replacements, rotations: changes that were completed, of sick and of old connections.
        present: the change that goes on, None while none does.
    """

    def __init__(self, options: SuccessionOptions) -> None:
        self._options = options
        self.replacements = 0
        self.rotations = 0
        self.present: Change | None = None
        self._earliest = 0.0
        self._earliest_replacement = 0.0
        self._pause = options.replace_pause
        self._retry = options.retry_pause
        self._sick_since: dict[str, float] = {}
        self._trials: dict[str, tuple[float, float]] = {}

    def choose(self, places: Sequence[Place], now: float) -> Change | None:
        """The change to begin now, if any; call about once a second while every connection is up."""
        self._watch(places, now)
        if self.present is not None or now < self._earliest:
            return None
        self.present = self._sickest(places, now) or self._oldest(places)
        return self.present

    def interrupted(self) -> None:
        """A connection is down: what was sick before says nothing any more."""
        self._sick_since.clear()

    def completed(self, now: float) -> None:
        """The new connection has taken the place."""
        change, self.present = self.present, None
        if change is None:
            return
        self._retry = self._options.retry_pause
        self._earliest = now + self._options.pause
        self._sick_since.pop(change.id, None)
        if change.reason == "old":
            self.rotations += 1
            return
        self.replacements += 1
        self._trials[change.id] = (now, change.health)
        self._earliest_replacement = now + self._pause

    def given_up(self, now: float) -> None:
        """The change came to nothing; the old connection stays."""
        self.present = None
        self._earliest = now + self._retry
        self._retry = min(self._retry * 2, self._options.longest_pause)

    def dropped(self) -> None:
        """The place is not needed any more."""
        self.present = None

    def _watch(self, places: Sequence[Place], now: float) -> None:
        known = {place.id for place in places}
        for gone in (self._sick_since.keys() | self._trials.keys()) - known:
            self._sick_since.pop(gone, None)
            self._trials.pop(gone, None)
        for place in places:
            if place.age < self._options.settled_after:
                self._sick_since.pop(place.id, None)
                continue
            if place.id in self._trials:
                self._try(place)
            if place.health < self._options.replace_below:
                self._sick_since.setdefault(place.id, now)
            else:
                self._sick_since.pop(place.id, None)

    def _try(self, place: Place) -> None:
        """Judge a replacement that has settled."""
        since, before = self._trials.pop(place.id)
        if place.health >= self._options.replace_below:
            self._pause = self._options.replace_pause
        elif place.health <= before + _NO_BETTER:
            self._pause = min(self._pause * 2, self._options.longest_pause)
        self._earliest_replacement = since + self._pause

    def _sickest(self, places: Sequence[Place], now: float) -> Change | None:
        if now < self._earliest_replacement:
            return None
        sick = [
            place
            for place in places
            if now - self._sick_since.get(place.id, now) >= self._options.patience
            and place.id in self._sick_since
        ]
        worst = min(sick, key=lambda place: place.health, default=None)
        return None if worst is None else Change(worst.id, "sick", worst.health, worst.age)

    def _oldest(self, places: Sequence[Place]) -> Change | None:
        limit = self._options.rotate_after
        if limit <= 0:
            return None
        due = [place for place in places if place.age >= limit * (1 + _SPREAD * (place.lot - 0.5))]
        oldest = max(due, key=lambda place: place.age, default=None)
        return None if oldest is None else Change(oldest.id, "old", oldest.health, oldest.age)


class Overlap:
    """The time in which a connection and its successor carry the same topics."""

    def __init__(self, options: SuccessionOptions, now: float) -> None:
        self._options = options
        self._begun = now
        self._asked: float | None = None
        self._ready: float | None = None
        self._counted: tuple[float, int, int] | None = None

    def judge(self, now: float, *, silent: int, unsent: int, old: int, new: int, behind: float) -> Verdict:
        """Whether the successor is ready to take over.

        Args:
            now: present time.
            silent: topics that have not delivered on it.
            unsent: topics that have not been asked for on it.
            old, new: messages so far, of the old connection and of the successor.
            behind: by how much the old connection's messages come late, s.
        """
        if unsent:
            self._asked = None
        elif self._asked is None:
            self._asked = now
        if not silent or (self._asked is not None and self._is_equal(now, self._asked, old, new)):
            self._ready = now if self._ready is None else self._ready
        drain = min(_DRAIN + _DRAIN_PER_LAG * max(0.0, behind), _LONGEST_DRAIN)
        if self._ready is not None:
            return "ready" if now - self._ready >= drain else "wait"
        return "hopeless" if now - self._begun >= self._options.longest_overlap else "wait"

    def _is_equal(self, now: float, asked: float, old: int, new: int) -> bool:
        # The answers to the subscriptions are messages that only the successor gets, so counting begins after them.
        window = self._options.overlap / 2
        if now - asked < window:
            return False
        if self._counted is None:
            self._counted = (now, old, new)
        since, old_before, new_before = self._counted
        if now - since < window:
            return False
        self._counted = (now, old, new)
        return new > 0 and new - new_before >= _SHARE * (old - old_before) - _SLACK
