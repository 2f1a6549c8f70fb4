"""A server with a way to a tracker that answers as it is told to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.serve.serving import Site, serving
from voltape.model.control import ControlRequest, ControlState, Outcome, PinChoice, UnderlyingChoice

__all__ = ["CALL", "GONE", "STATE", "TOKEN", "Operator", "controlled"]

CALL = "BTC-25DEC26-100000-C-USDT"
GONE = "BTC-25DEC25-100000-C-USDT"
TOKEN = "secret"
STATE = ControlState(
    [UnderlyingChoice("BTC", True), UnderlyingChoice("SOL", False, True)],
    [PinChoice(CALL), PinChoice(GONE, True)],
)


class Operator:
    """A tracker that answers as it is told to."""

    def __init__(self) -> None:
        self.asked: list[ControlRequest] = []
        self.outcome = Outcome("done", state=STATE)
        self.present = STATE

    def state(self) -> ControlState:
        return self.present

    async def carry_out(self, request: ControlRequest) -> Outcome:
        self.asked.append(request)
        return self.outcome


@asynccontextmanager
async def controlled(token: str | None = TOKEN) -> AsyncIterator[tuple[Site, Operator]]:
    """A server with a way to a tracker; its client sends the token."""
    async with serving(token=token) as site:
        operator = Operator()
        site.app.desk.control = operator
        if token is not None:
            site.http.headers["authorization"] = f"Bearer {token}"
        yield site, operator
