"""An outage of REST is told once, whoever notices it."""

import logging

import pytest

from voltape.clock import ManualClock
from voltape.errors import VenueError
from voltape.track.outage import Outage

ERROR = VenueError("/v5/market/tickers", "answered 502")


def test_one_outage_is_one_line_and_one_at_its_end(caplog: pytest.LogCaptureFixture) -> None:
    """However many notice it, and however often; it is over when the last of them is answered."""
    clock = ManualClock()
    outage = Outage(clock)
    with caplog.at_level(logging.INFO):
        outage.answered("ticker polls")
        outage.failed("ticker polls", ERROR)
        outage.failed("list of contracts", ERROR)
        outage.failed("ticker polls", ERROR)
        clock.advance(30.0)
        outage.answered("ticker polls")
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        outage.failed("latest trades", ERROR)
        clock.advance(12.5)
        outage.answered("list of contracts")
        outage.answered("latest trades")
    assert [record.getMessage() for record in caplog.records] == [
        "ticker polls: /v5/market/tickers: answered 502; keeping what is known and trying again",
        "REST answers again after 42.5 s: ticker polls, list of contracts, latest trades",
    ]


def test_the_next_outage_is_told_anew(caplog: pytest.LogCaptureFixture) -> None:
    """With its own beginning and its own names."""
    clock = ManualClock()
    outage = Outage(clock)
    outage.failed("ticker polls", ERROR)
    outage.answered("ticker polls")
    clock.advance(5.0)
    with caplog.at_level(logging.INFO):
        caplog.clear()
        outage.failed("latest trades", ERROR)
        clock.advance(1.0)
        outage.answered("latest trades")
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert caplog.messages[1] == "REST answers again after 1.0 s: latest trades"
