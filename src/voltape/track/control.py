"""Carrying out what an operator decides at run time: underlyings to track, contracts to pin.

A decision is saved before it is carried out, so that what was confirmed survives whatever happens next. Requests are
carried out one after the other.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from voltape.bybit.rest import RestClient
from voltape.errors import VenueError
from voltape.model.control import (
    ControlRequest,
    ControlState,
    Decisions,
    Outcome,
    PinChoice,
    UnderlyingChoice,
)

from .feed import Feed
from .poller import Poller
from .universe import UniverseKeeper

__all__ = ["Control", "keep_nothing"]

_log = logging.getLogger(__name__)

_ASK_S = 2.5
"""Longest wait for the venue's list of underlyings: somebody waits for our answer."""

_NEAR = 100
"""Most symbols that are named to whoever asked for one that does not exist."""


async def keep_nothing(_: Decisions) -> None:
    """Save decisions nowhere, so that they end with the process."""


class Control:
    """Carries out requests.

    Attributes:
        decisions: those that stand.
    """

    def __init__(
        self,
        feed: Feed,
        rest: RestClient,
        universe: UniverseKeeper,
        poller: Poller,
        decisions: Decisions,
        save: Callable[[Decisions], Awaitable[None]] = keep_nothing,
    ) -> None:
        """Prepare.

        Args:
            feed, rest, universe, poller: the tracker's parts.
            decisions: those that were saved.
            save: keeps decisions for the next start; raises OSError where it cannot.
        """
        self.decisions = decisions
        self._feed = feed
        self._rest = rest
        self._universe = universe
        self._poller = poller
        self._given = universe.given
        self._given_pins = feed.lanes.pinned
        self._save = save
        self._busy = asyncio.Lock()
        feed.lanes.pinned = decisions.pinned(self._given_pins)

    def state(self) -> ControlState:
        """What is in force."""
        decided = self.decisions
        return ControlState(
            [
                UnderlyingChoice(coin, decided.tracks(coin, self._given), coin in decided.underlyings)
                for coin in self._universe.named
            ],
            [PinChoice(symbol, symbol in decided.pins) for symbol in sorted(self._feed.lanes.pinned)],
        )

    async def carry_out(self, request: ControlRequest) -> Outcome:
        """Carry out a request; one that changes nothing is done as well."""
        async with self._busy:
            refusal = await (
                self._refused_coin(request) if request.subject == "underlying" else self._refused_pin(request)
            )
            if refusal is not None:
                return refusal
            try:
                await self._decide(self._adapted(request))
            except OSError as error:
                why = error.strerror or str(error)
                _log.error("a decision about %s was not saved: %s", request.name, why)
                return Outcome("unavailable", f"it could not be saved, so nothing was changed: {why}")
            return Outcome("done", state=self.state())

    async def _refused_coin(self, request: ControlRequest) -> Outcome | None:
        if request.on is None or request.name in self._universe.named:
            return None
        try:
            async with asyncio.timeout(_ASK_S):
                listed = await self._rest.base_coins()
        except (VenueError, TimeoutError) as error:
            why = str(error) or f"no answer within {_ASK_S:g} s"
            return Outcome(
                "unavailable", f"the exchange cannot be asked whether it lists {request.name}: {why}"
            )
        known = sorted({*listed, *self._universe.named})
        return None if request.name in known else Outcome("unknown", known=known)

    async def _refused_pin(self, request: ControlRequest) -> Outcome | None:
        named = {*self._feed.lanes.pinned, *self.decisions.pins}
        if request.name in self._feed.board.rows or (not request.on and request.name in named):
            return None
        return Outcome("unknown", known=[*sorted(named), *self._feed.board.rows][:_NEAR])

    def _adapted(self, request: ControlRequest) -> ControlRequest:
        # Only a pin of the settings has to be remembered as one that is not wanted.
        if request.subject == "pin" and request.on is False and request.name not in self._given_pins:
            return ControlRequest("pin", request.name)
        return request

    async def _decide(self, request: ControlRequest) -> None:
        part = self.decisions.underlyings if request.subject == "underlying" else self.decisions.pins
        if part.get(request.name) is request.on:
            return
        decisions = self.decisions.after(request, self._feed.venue_time.now_ms())
        await self._save(decisions)
        before, self.decisions = self.decisions, decisions
        if request.subject == "underlying":
            self._follow(request.name, before)
        else:
            self._pin(request.name)

    def _follow(self, coin: str, before: Decisions) -> None:
        for stopped in self._universe.follow(self.decisions):
            self._poller.forget(stopped)
        # What left and what may soon come back must not be one batch: nobody could tell which came first.
        self._feed.board.commit()
        now = self.decisions.tracks(coin, self._given)
        if now != before.tracks(coin, self._given):
            _log.info(
                "%s is %s from now on, as the operator wants", coin, "tracked" if now else "not tracked"
            )

    def _pin(self, symbol: str) -> None:
        feed = self._feed
        pinned = self.decisions.pinned(self._given_pins)
        if pinned != feed.lanes.pinned:
            _log.info(
                "%s is %s, as the operator wants", symbol, "pinned" if symbol in pinned else "not pinned"
            )
        feed.lanes.pinned = pinned
        row = feed.board.rows.get(symbol)
        if row is not None:
            feed.replan(row.instrument.underlying)
