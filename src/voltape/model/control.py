"""What an operator decides while the system runs: which underlyings are tracked, and which contracts are pinned.

A decision stands until it is taken back. As long as it stands it wins over the settings, also where these change;
what nobody has decided is as the settings say.
"""

from collections.abc import Collection
from typing import Literal, Protocol

import msgspec

from .instrument import instrument_from_symbol

__all__ = [
    "ControlPort",
    "ControlRequest",
    "ControlState",
    "Decisions",
    "Outcome",
    "PinChoice",
    "Subject",
    "UnderlyingChoice",
]

Subject = Literal["underlying", "pin"]

_AFTER_EXPIRY_MS = 86_400_000


class ControlRequest(msgspec.Struct, frozen=True):
    """A wish of the operator.

    Attributes:
        subject: what it is about. name: the coin, or the symbol.
        on: track or pin it, or do so no longer; None takes an earlier decision back.
    """

    subject: Subject
    name: str
    on: bool | None = None


class UnderlyingChoice(msgspec.Struct, frozen=True):
    """Whether an underlying is tracked; `decided` where an operator said so and not the settings."""

    underlying: str
    enabled: bool
    decided: bool = False


class PinChoice(msgspec.Struct, frozen=True):
    """A contract that is pinned; `decided` where an operator said so and not the settings."""

    symbol: str
    decided: bool = False


class ControlState(msgspec.Struct, frozen=True):
    """What is in force: every underlying that is known by name, and every pinned contract."""

    underlyings: list[UnderlyingChoice] = []
    pins: list[PinChoice] = []

    def enabled(self, underlying: str) -> bool | None:
        """Whether an underlying is tracked; None where it is not known by name."""
        found = (choice.enabled for choice in self.underlyings if choice.underlying == underlying)
        return next(found, None)

    def pins_symbol(self, symbol: str) -> bool:
        """Whether a contract is pinned."""
        return any(pin.symbol == symbol for pin in self.pins)


class Outcome(msgspec.Struct, frozen=True):
    """What became of a request.

    Attributes:
        verdict: `done`: in force and saved; `sent`: on its way to the tracker, which has not confirmed it yet;
            `unknown`: there is nothing of that name; `unavailable`: nobody can carry it out now.
        detail: why it was not carried out. known: names that exist, where the name is unknown.
        state: what is in force since, where it was carried out.
    """

    verdict: Literal["done", "sent", "unknown", "unavailable"]
    detail: str = ""
    known: list[str] = []
    state: ControlState | None = None


class ControlPort(Protocol):
    """The way to the tracker, in this process or by way of the store."""

    def state(self) -> ControlState:
        """What is in force."""
        ...

    async def carry_out(self, request: ControlRequest) -> Outcome:
        """Have a request carried out; never raises on account of the request."""
        ...


class Decisions(msgspec.Struct, frozen=True):
    """All decisions that stand, as they are saved.

    Attributes:
        version: of this form. ts: when the newest was made, epoch ms; 0 for none ever.
        underlyings: whether to track a coin. pins: whether to pin a symbol.
    """

    version: Literal[1] = 1
    ts: int = 0
    underlyings: dict[str, bool] = {}
    pins: dict[str, bool] = {}

    def after(self, request: ControlRequest, now_ms: int) -> "Decisions":
        """The decisions once a request is carried out; pins of contracts long expired are forgotten."""
        underlyings, pins = dict(self.underlyings), dict(self.pins)
        part = underlyings if request.subject == "underlying" else pins
        if request.on is None:
            part.pop(request.name, None)
        else:
            part[request.name] = request.on
        pins = {symbol: on for symbol, on in pins.items() if _may_be_listed(symbol, now_ms)}
        # A clock that was set back must not make the newest decision look older than the one before.
        return Decisions(ts=max(now_ms, self.ts + 1), underlyings=underlyings, pins=pins)

    def tracks(self, underlying: str, given: Collection[str]) -> bool:
        """Whether an underlying is to be tracked; `given` are those of the settings, none for whatever there is."""
        return self.underlyings.get(underlying, not given or underlying in given)

    def pinned(self, given: Collection[str]) -> frozenset[str]:
        """Symbols that are pinned; `given` are those of the settings."""
        wanted = {symbol for symbol, on in self.pins.items() if on}
        return frozenset(wanted | {symbol for symbol in given if self.pins.get(symbol, True)})


def _may_be_listed(symbol: str, now_ms: int) -> bool:
    contract = instrument_from_symbol(symbol)
    return contract is not None and contract.expiry_ms + _AFTER_EXPIRY_MS > now_ms
