import pytest

from voltape.analytics.net_greeks import NetGreeks, net_greeks
from voltape.serve.analytics_answers import Head, NetGreeksAnswer, SmileAnswer, headed

HEAD = Head("BTC", 1, 100.0)


def test_an_answer_has_its_head_and_what_was_found() -> None:
    """Nothing is lost on the way."""
    found = net_greeks([])
    answer = headed(NetGreeksAnswer, HEAD, found)
    assert (answer.underlying, answer.ts, answer.index_price) == ("BTC", 1, 100.0)
    assert NetGreeks(answer.calls, answer.puts, answer.net, answer.expiries) == found


def test_an_answer_of_something_else_is_a_mistake() -> None:
    """A field that is nowhere is not left out in silence."""
    with pytest.raises(AttributeError):
        headed(SmileAnswer, HEAD, net_greeks([]), curve=None)
