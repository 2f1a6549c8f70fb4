"""Run-time control from a serving role apart: requests go to the tracker by way of the store."""

from voltape.clock import Clock
from voltape.model.control import ControlRequest, ControlState, Outcome
from voltape.store.control import RequestSender
from voltape.store.follower import Follower

__all__ = ["RemoteControl"]

_FRESH_S = 3.0
"""Time after which the tracker's status in the store says what an outcome said."""


class RemoteControl:
    """The way to the tracker; a `ControlPort`."""

    def __init__(self, follower: Follower, sender: RequestSender, clock: Clock) -> None:
        """Read the tracker's state from what `follower` has, and send requests by `sender`."""
        self._follower = follower
        self._sender = sender
        self._clock = clock
        self._told = ControlState()
        self._told_until = float("-inf")

    def state(self) -> ControlState:
        """What is in force, as the tracker said last."""
        if self._clock.monotonic() < self._told_until:
            return self._told
        status = self._follower.status
        return ControlState() if status is None else status.control

    async def carry_out(self, request: ControlRequest) -> Outcome:
        """Send a request where a tracker can be expected to take it."""
        follower = self._follower
        if not follower.connected:
            return Outcome("unavailable", follower.trouble or "the store has not answered yet")
        if follower.lost:
            return Outcome("unavailable", "no tracker writes to the store")
        outcome = await self._sender.send(request)
        if outcome.state is not None:
            self._told, self._told_until = outcome.state, self._clock.monotonic() + _FRESH_S
        return outcome
