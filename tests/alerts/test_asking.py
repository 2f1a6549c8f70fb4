import ssl

import pytest

from tests.alerts.receiver import receiving
from tests.e2e.program import free_port
from tests.push.boards import make_board
from tests.serve.serving import serving
from voltape.alerts.asking import Asker
from voltape.alerts.readings import Needs

SYMBOL = "BTC-25DEC26-100000-C"
NOTHING = Needs((), False, (), ())
ALL = Needs((SYMBOL, "BTC-25DEC26-1-C"), True, ("BTC",), ("BTC", "ETH"))


def never() -> ssl.SSLContext:
    """Without TLS no certificate is looked at."""
    raise AssertionError


async def test_a_running_server_is_asked_for_what_is_needed_and_nothing_else() -> None:
    """What it does not know is absent, and nobody else loses by it."""
    async with serving(make_board([SYMBOL])) as site:
        asker = Asker(site.server.url, None, never)
        answers = await asker.ask(NOTHING)
        assert (answers.reachable, answers.underlyings, answers.contracts) == (True, {}, {})
        assert answers.status is not None
        assert answers.status.version == "1.2.3"
        answers = await asker.ask(ALL)
    assert list(answers.underlyings) == ["BTC"]
    assert list(answers.expiries["BTC"]) == ["2026-12-25"]
    assert list(answers.contracts) == [SYMBOL]
    assert list(answers.summaries) == ["BTC"]


async def test_nobody_there_is_an_answer_too(caplog: pytest.LogCaptureFixture) -> None:
    """One line for the outage, and nothing else is asked for."""
    asker = Asker(f"http://127.0.0.1:{free_port()}", None, never)
    for _ in range(3):
        answers = await asker.ask(ALL)
        assert (answers.reachable, answers.status) == (False, None)
    assert len(caplog.records) == 1
    assert "no answer" in caplog.text


async def test_the_token_is_sent_and_a_refusal_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """A wrong one leaves everything unread, and the system is there all the same."""
    async with receiving() as receiver:
        asker = Asker(receiver.url, "TOKEN", never)
        receiver.answer(401)
        answers = await asker.ask(NOTHING)
    assert receiver.taken[0].headers["authorization"] == "Bearer TOKEN"
    assert (answers.reachable, answers.status) == (True, None)
    assert "answered 401" in caplog.text


async def test_what_is_not_understood_is_absent(caplog: pytest.LogCaptureFixture) -> None:
    """And told once, until it is understood again."""
    caplog.set_level("INFO")
    async with receiving() as receiver:
        asker = Asker(receiver.url, None, never)
        receiver.answer(200, b"[]")
        receiver.answer(200, b"[]")
        assert (await asker.ask(NOTHING)).status is None
        assert (await asker.ask(NOTHING)).status is None
        receiver.answer(200, b"{")
        assert (await asker.ask(NOTHING)).status is None
    assert len([text for text in caplog.messages if "not understood" in text]) == 2


async def test_contracts_that_are_not_listed_cost_the_others_nothing() -> None:
    """They are left out, wherever they stand among those that are."""
    listed = [f"BTC-25DEC26-{strike}-C" for strike in range(1000, 1040)]
    asked = (*listed[:20], "BTC-25DEC26-7-C", *listed[20:], "BTC-25DEC26-8-C")
    async with serving(make_board(listed)) as site:
        asker = Asker(site.server.url, None, never)
        for _ in range(2):
            answers = await asker.ask(Needs(asked, underlyings=False, expiries=(), summaries=()))
            assert set(answers.contracts) == set(listed)
