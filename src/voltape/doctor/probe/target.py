"""What is probed: an exchange, its contracts, and for how long a probe may wait."""

from msgspec import Struct

from voltape.bybit.rest import RestClient
from voltape.bybit.topics import args_chars, ticker_topic
from voltape.clock import Clock
from voltape.doctor.probe.line import Lines
from voltape.model.instrument import Instrument

__all__ = ["DOCUMENTED_ARGS", "DOCUMENTED_CHARS", "Target", "first_topics"]

DOCUMENTED_ARGS = 2_000
"""Topics per connection that the exchange's documentation allows."""
DOCUMENTED_CHARS = 21_000
"""Characters of topics that it allows, per connection or per request: that is one of the questions."""


class Target(Struct, frozen=True):
    """An exchange to be probed.

    Attributes:
        lines: opens connections. rest: asks by REST. clock: this machine's.
        contracts: what it lists, nearest expiries first.
        seconds: longest time for which a probe waits for something to happen.
    """

    lines: Lines
    rest: RestClient
    clock: Clock
    contracts: list[Instrument]
    seconds: float

    @property
    def topics(self) -> list[str]:
        """Ticker topics of the contracts."""
        return [ticker_topic(contract.symbol) for contract in self.contracts]


def first_topics(topics: list[str], count: int, chars: int) -> list[str]:
    """As many of the first topics as stay within both bounds."""
    taken = []
    for topic in topics[:count]:
        chars -= args_chars(topic)
        if chars < 0:
            break
        taken.append(topic)
    return taken
