"""The way to the tracker from a role apart."""

import msgspec
import pytest

from tests.run.test_serve import tracker_status
from voltape.clock import ManualClock
from voltape.flow.backoff import Backoff
from voltape.model.board import Board
from voltape.model.control import ControlRequest, ControlState, Outcome, UnderlyingChoice
from voltape.run.parts import random_source
from voltape.run.remote_control import RemoteControl
from voltape.store.address import address_from_url
from voltape.store.control import RequestSender
from voltape.store.follower import Follower

REQUEST = ControlRequest("underlying", "SOL", True)
BEFORE = ControlState([UnderlyingChoice("SOL", False)])
AFTER = ControlState([UnderlyingChoice("SOL", True, True)])


class Sender(RequestSender):
    """Sends nothing, and gives the outcome it is told to."""

    def __init__(self) -> None:
        self.sent: list[ControlRequest] = []

    async def send(self, request: ControlRequest) -> Outcome:
        self.sent.append(request)
        return Outcome("done", state=AFTER)


class Place:
    """A role with everything in reach."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        connect = address_from_url("valkey://127.0.0.1:1").connect
        self.follower = Follower(Board(), self.clock, connect, Backoff(0.1, 1.0, random_source()))
        self.follower.connected, self.follower.lost = True, False
        self.follower.status = msgspec.structs.replace(tracker_status(), control=BEFORE)
        self.sender = Sender()
        self.control = RemoteControl(self.follower, self.sender, self.clock)


async def test_what_was_confirmed_shows_before_the_status_has_it() -> None:
    """For as long as that takes; then the tracker's word counts again."""
    place = Place()
    assert place.control.state() == BEFORE
    assert (await place.control.carry_out(REQUEST)).verdict == "done"
    assert place.control.state() == AFTER
    place.clock.advance(4.0)
    assert place.control.state() == BEFORE


@pytest.mark.parametrize(
    ("connected", "lost", "reason"), [(False, False, "the store"), (True, True, "no tracker")]
)
async def test_nothing_is_sent_where_nobody_would_take_it(connected: bool, lost: bool, reason: str) -> None:
    """The answer says who is missing."""
    place = Place()
    place.follower.connected, place.follower.lost = connected, lost
    outcome = await place.control.carry_out(REQUEST)
    assert outcome.verdict == "unavailable"
    assert reason in outcome.detail
    assert place.sender.sent == []


def test_before_the_first_status_nothing_is_known() -> None:
    """Neither underlyings nor pins."""
    place = Place()
    place.follower.status = None
    assert place.control.state() == ControlState()
