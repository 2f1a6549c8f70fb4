"""Which topic belongs on which connection.

Two limits bind a connection: a number of topics and a number of argument characters. The plan opens only as
many connections as the limits need, keeps every topic where it is as long as that fits, spreads what is new
evenly, and closes a connection when the others have ample room for its topics. When connections have come to carry
very different loads, as after an expiry, the fullest give to the emptiest, as few as that takes.

The load is measured in characters, which bind first; topics are about equally long, so their numbers follow. Message
rates need no regard: new topics are dealt out in turns in the order in which they are wanted, so that every connection
gets its share of the near expiries, which speak most.
"""

from collections.abc import Iterable, Sequence

import msgspec

from .topics import args_chars

__all__ = ["Limits", "Plan", "connections_needed", "plan"]

_AMPLE = 0.85
_SPREAD = 0.25
_SPREAD_TOPICS = 20


class Limits(msgspec.Struct, frozen=True):
    """Bounds of the pool: topics and argument characters per connection, and connections in all."""

    topics: int = 600
    chars: int = 20_000
    connections: int = 8


class Plan(msgspec.Struct):
    """A full assignment.

    Attributes:
        groups: topics per connection, by the position of the present groups; new groups follow, an empty
            group is a connection to close.
        left_out: topics that no connection has room for.
    """

    groups: list[list[str]]
    left_out: list[str]


class _Bin:
    __slots__ = ("chars", "topics")

    def __init__(self) -> None:
        self.topics: list[str] = []
        self.chars = 0

    def fits(self, topic: str, limits: Limits) -> bool:
        return len(self.topics) < limits.topics and self.chars + args_chars(topic) <= limits.chars

    def put(self, topic: str) -> None:
        self.topics.append(topic)
        self.chars += args_chars(topic)

    def take_last(self) -> str:
        topic = self.topics.pop()
        self.chars -= args_chars(topic)
        return topic


def connections_needed(topics: Iterable[str], limits: Limits) -> int:
    """Connections that the limits need for these topics, with a little slack for uneven lengths."""
    lengths = [args_chars(topic) for topic in topics]
    if not lengths:
        return 0
    slack = max(lengths)
    by_count = -(-len(lengths) // limits.topics)
    by_chars = -(-sum(lengths) // max(1, limits.chars - slack))
    return min(limits.connections, max(by_count, by_chars))


def plan(wanted: Iterable[str], present: Sequence[Iterable[str]], limits: Limits) -> Plan:
    """Assign `wanted` to connections, given what each connection carries at present.

    Args:
        wanted: topics to carry; repeats are ignored.
        present: topics of each open connection, by position.
        limits: what a connection and the pool may hold.
    """
    open_topics = dict.fromkeys(wanted)
    needed = connections_needed(open_topics, limits)
    bins = [_Bin() for _ in present]
    keep = _kept_connections(present, open_topics, limits, needed)
    for position, topics in enumerate(present):
        if position in keep:
            for topic in topics:
                if topic in open_topics and bins[position].fits(topic, limits):
                    del open_topics[topic]
                    bins[position].put(topic)
    usable = [bins[position] for position in sorted(keep)]
    while len(usable) < needed:
        usable.append(_Bin())
        bins.append(usable[-1])
    left_out = [topic for topic in open_topics if not _place(topic, usable, bins, limits)]
    _level([group for group in usable if group.topics], limits)
    while len(bins) > len(present) and not bins[-1].topics:
        bins.pop()
    return Plan([group.topics for group in bins], left_out)


def _kept_connections(
    present: Sequence[Iterable[str]], wanted: dict[str, None], limits: Limits, needed: int
) -> set[int]:
    carried = {position: [t for t in topics if t in wanted] for position, topics in enumerate(present)}
    keep = {position for position, topics in carried.items() if topics}
    tight = Limits(max(1, int(limits.topics * _AMPLE)), int(limits.chars * _AMPLE), limits.connections)
    needed = max(needed, connections_needed(wanted, tight))
    while len(keep) > max(needed, 1):
        keep.remove(min(keep, key=lambda position: len(carried[position])))
    return keep


def _place(topic: str, usable: list[_Bin], bins: list[_Bin], limits: Limits) -> bool:
    emptiest = min(usable, key=lambda group: group.chars, default=None)
    if emptiest is None or not emptiest.fits(topic, limits):
        emptiest = next((group for group in usable if group.fits(topic, limits)), None)
    if emptiest is None:
        emptiest = _Bin()
        if len(usable) >= limits.connections or not emptiest.fits(topic, limits):
            return False
        usable.append(emptiest)
        bins.append(emptiest)
    emptiest.put(topic)
    return True


def _level(usable: list[_Bin], limits: Limits) -> None:
    """Where loads differ by more than a quarter of their mean, and by 20 topics, have the fullest give to the emptiest."""
    count, chars = sum(len(group.topics) for group in usable), sum(group.chars for group in usable)
    if not count:
        return
    allowed = max(_SPREAD * chars / len(usable), _SPREAD_TOPICS * chars / count)
    enough = allowed
    while True:
        fullest = max(usable, key=lambda group: group.chars)
        emptiest = min(usable, key=lambda group: group.chars)
        spread = fullest.chars - emptiest.chars
        if spread <= enough:
            return
        # Levelled to well within the bound, they do not move again with the next contract that comes or goes.
        enough = allowed / 2
        topic = fullest.topics[-1]
        if args_chars(topic) >= spread or not emptiest.fits(topic, limits):
            return
        emptiest.put(fullest.take_last())
