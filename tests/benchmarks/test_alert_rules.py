"""Alert rules for the measurement of whoever watches them."""

import tomllib

from benchmarks.alert_rules import receiving, rules_for
from voltape.alerts.declaration import rules_of
from voltape.alerts.http import ask
from voltape.alerts.kinds import KINDS


def test_there_are_a_few_dozen_rules_of_every_kind() -> None:
    """The program takes all of them."""
    symbols = [f"{coin}-25DEC26-100-C-USDT" for coin in ("BTC", "ETH", "SOL")]
    text, count = rules_for(symbols)
    rules = rules_of("file", tomllib.loads(text)["alert"], ["log"])
    assert len(rules) == count
    assert 40 <= count <= 80
    assert {rule.kind for rule in rules} == KINDS.keys()


async def test_messages_are_taken_and_counted() -> None:
    """Each is answered."""
    async with receiving() as receiver:
        url = f"http://127.0.0.1:{receiver.port}/"
        assert (await ask("POST", url, {}, b"{}", None, 100)).status == 204
    assert receiver.taken == 1
