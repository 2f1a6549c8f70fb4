"""A way in for messages that remembers each of them, to prove that none was missed."""

import re

from voltape.bybit.intake import Intake
from voltape.bybit.topics import Aside

__all__ = ["RecordingSink", "missed"]

_ID = re.compile(rb'"id":"(tickers\.[^"]+?)-(\d+-\d+)"')


class RecordingSink:
    """Passes messages on.

    Attributes:
        seen: identities of the messages of each topic so far.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.seen: dict[str, set[str]] = {}

    def forget(self) -> None:
        """Begin anew."""
        self.seen.clear()

    def take(self, message: bytes, arrived: int) -> str | Aside | None:
        """See `Intake.take`."""
        found = _ID.search(message)
        if found is not None:
            self.seen.setdefault(found[1].decode(), set()).add(found[2].decode())
        return self._intake.take(message, arrived)


def missed(sink: RecordingSink, before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Messages per topic that the exchange sent between two counts and that did not come.

    Args:
        sink: what came between them; what came before was forgotten.
        before, after: how many messages the exchange had sent per topic.
    """
    return {
        topic: after[topic] - count - len(sink.seen.get(topic, ()))
        for topic, count in before.items()
        if len(sink.seen.get(topic, ())) < after[topic] - count
    }
