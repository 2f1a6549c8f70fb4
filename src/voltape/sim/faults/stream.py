"""Faults of the data stream: messages that stop, repeat, swap or come late."""

from collections.abc import Sequence

from voltape.sim.faults.fault import Fault
from voltape.sim.link import Link

__all__ = ["Delay", "Duplicate", "LostTopics", "Mute", "Reorder"]

_TICKERS = "tickers."


class Mute(Fault):
    """Data stops while pongs go on: for everything, for one `underlying`, or for `topics` random topics."""

    taps = True

    def prepare(self) -> None:
        self._underlying = self.text("underlying")
        self._topics = int(self.real("topics", 0))
        self._chosen: dict[int, set[str]] = {}

    def push(self, link: Link, topic: str, _frame: bytes, /) -> Sequence[bytes] | None:
        return () if self._covers_topic(link, topic) and self.strikes() else None

    def _covers_topic(self, link: Link, topic: str) -> bool:
        if self._underlying:
            return topic.partition(".")[2].partition("-")[0] == self._underlying
        if not self._topics:
            return True
        if link.id not in self._chosen:
            names = sorted(t for t in link.session.topics if t.startswith(_TICKERS))
            self._chosen[link.id] = set(self._rng.sample(names, min(self._topics, len(names))))
        return topic in self._chosen[link.id]


class LostTopics(Fault):
    """Some active ticker topics of each connection stop for good: parameter `topics` (10)."""

    def begin(self) -> None:
        for link in self.links():
            names = sorted(t for t in link.session.topics if t.startswith(_TICKERS))
            lost = self._rng.sample(names, min(int(self.real("topics", 10)), len(names)))
            self._host.feed.unsubscribe(link, lost)
            self.hits += len(lost)
        self.over = True


class Duplicate(Fault):
    """Each message is sent twice, with the probability given."""

    taps = True

    def push(self, _link: Link, _topic: str, frame: bytes, /) -> Sequence[bytes] | None:
        return (frame, frame) if self.strikes() else None


class Reorder(Fault):
    """A message is followed by its topic's previous one, whose time is older."""

    taps = True

    def prepare(self) -> None:
        self._previous: dict[tuple[int, str], bytes] = {}

    def push(self, link: Link, topic: str, frame: bytes, /) -> Sequence[bytes] | None:
        older = self._previous.get((link.id, topic))
        self._previous[link.id, topic] = frame
        return (frame, older) if older is not None and self.strikes() else None


class Delay(Fault):
    """Messages arrive `delay_s` (0.5) late, in order; those held back go out when the fault ends."""

    taps = True
    delivers = True

    def prepare(self) -> None:
        self._delay = self.real("delay_s", 0.5)
        self._held: list[tuple[Link, bytes]] = []

    def push(self, link: Link, _topic: str, frame: bytes, /) -> Sequence[bytes] | None:
        if not self.strikes():
            return None
        self._held.append((link, frame))
        self._host.later(self._delay, self._release)
        return ()

    def _release(self) -> None:
        if self._held:
            link, frame = self._held.pop(0)
            link.send(frame)

    def flush(self) -> None:
        while self._held:
            self._release()

    def end(self) -> None:
        self.flush()
