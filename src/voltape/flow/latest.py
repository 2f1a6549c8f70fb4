"""Newest message per key: where a fast feed of full snapshots is conflated.

Each push is a complete snapshot, so between two flushes only the newest message of a contract matters. The map
keeps the raw bytes of that message and nothing is decoded until the flush. Its bound is the number of keys,
which the universe sets; the policy of the bound is conflation, counted.

A message that turns out to be unusable at the flush must not have cost us a good one, so each slot also keeps
the newest message that lost its place since the last flush, as a fallback.
"""

from typing import Generic, TypeVar

__all__ = ["LatestMap", "Slot"]

S = TypeVar("S")


class Slot(Generic[S]):
    """The newest message of one key.

    Attributes:
        key: what the message is about. subject: whatever the owner of the map keeps for the key.
        payload: newest raw message since the last drain, None if there was none.
        ts: its time at the source (any integer that orders messages of one key).
        arrived: when we got it, epoch ms.
        spare, spare_ts, spare_arrived: the same for the newest message that was displaced.
    """

    __slots__ = ("arrived", "key", "payload", "spare", "spare_arrived", "spare_ts", "subject", "ts")

    def __init__(self, key: str, subject: S) -> None:
        self.key = key
        self.subject = subject
        self.payload: bytes | None = None
        self.ts = 0
        self.arrived = 0
        self.spare: bytes | None = None
        self.spare_ts = 0
        self.spare_arrived = 0

    def clear(self) -> None:
        """Forget the messages, after they have been decoded."""
        self.payload = None
        self.spare = None

    def keep_spare(self, payload: bytes, ts: int, arrived: int) -> None:
        """Remember a message that lost its place, if it is the newest such."""
        if self.spare is None or ts >= self.spare_ts:
            self.spare, self.spare_ts, self.spare_arrived = payload, ts, arrived


class LatestMap(Generic[S]):
    """Slots by key.

    Attributes:
        slots: the slots, for a reader that must not pay for a method call; add and discard through the methods.
        conflated: messages replaced by a newer one before anybody decoded them.
        out_of_order: messages that arrived after a newer one of the same key.
    """

    __slots__ = ("_filled", "conflated", "out_of_order", "slots")

    def __init__(self) -> None:
        self.slots: dict[str, Slot[S]] = {}
        self._filled: list[Slot[S]] = []
        self.conflated = 0
        self.out_of_order = 0

    def add(self, key: str, subject: S) -> Slot[S]:
        """Make room for a key; adding a known one returns its slot, about `subject` from now on."""
        slot = self.slots.get(key)
        if slot is None:
            slot = self.slots[key] = Slot(key, subject)
        slot.subject = subject
        return slot

    def discard(self, key: str) -> None:
        """Forget a key and what it holds."""
        slot = self.slots.pop(key, None)
        if slot is not None:
            self.empty(slot)

    def empty(self, slot: Slot[S]) -> None:
        """Forget what a slot holds; a later drain leaves it out."""
        if slot.payload is not None:
            slot.clear()
            self._filled.remove(slot)

    def offer(self, slot: Slot[S], ts: int, payload: bytes, arrived: int) -> None:
        """Keep `payload` if it is not older than what the slot holds."""
        held = slot.payload
        if held is None:
            self._filled.append(slot)
        elif ts < slot.ts:
            self.out_of_order += 1
            slot.keep_spare(payload, ts, arrived)
            return
        else:
            self.conflated += 1
            # What held the place was the newest until now, so no other spare can be newer.
            slot.spare, slot.spare_ts, slot.spare_arrived = held, slot.ts, slot.arrived
        slot.payload = payload
        slot.ts = ts
        slot.arrived = arrived

    @property
    def filled(self) -> int:
        """Number of keys that hold an undecoded message."""
        return len(self._filled)

    def drain(self, most: int | None = None) -> list[Slot[S]]:
        """The filled slots, at most `most`, in order of first arrival; the caller decodes each and clears it."""
        if most is None or most >= len(self._filled):
            filled, self._filled = self._filled, []
            return filled
        filled = self._filled[:most]
        del self._filled[:most]
        return filled
