"""What an operator decides, by way of the store: requests of serving roles apart, and the tracker's decisions.

A serving process leaves its request in one hash and looks for the outcome in another, by a name of its own making. The
tracker takes each request once. All of them may be carried out again without harm, so a request is removed only
together with writing its outcome.

The decisions themselves stand in a key of their own, without an end of life: a tracker whose own copy was lost, or is
older, goes on from it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from secrets import token_hex

import msgspec

from voltape.clock import Clock
from voltape.errors import StoreError
from voltape.model.control import ControlRequest, Decisions, Outcome

from . import keys
from .command import Command, Reply, pairs
from .link import Link

__all__ = ["RequestReader", "RequestSender", "read_decisions"]

_log = logging.getLogger(__name__)

_MOST = 16
"""Requests under way at once, in a serving process as in the tracker."""
_WAIT_S = 3.0
_LOOK_S = 0.1


class _Entry(msgspec.Struct):
    ts: int
    request: ControlRequest


_encode = msgspec.json.Encoder().encode
_entry = msgspec.json.Decoder(_Entry).decode
_outcome = msgspec.json.Decoder(Outcome).decode
_decisions = msgspec.json.Decoder(Decisions).decode


class RequestReader:
    """The tracker's side: takes requests in and has them carried out, one after the other; run `run` as a service."""

    def __init__(
        self,
        carry_out: Callable[[ControlRequest], Awaitable[Outcome]],
        decisions: Callable[[], Decisions],
    ) -> None:
        """Prepare.

        Args:
            carry_out: carries a request out.
            decisions: gives those that stand.
        """
        self._carry_out = carry_out
        self._decisions = decisions
        self._waiting: dict[str, ControlRequest] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._told: list[str] = []
        self._written: bytes | None = None
        self._arrived = asyncio.Event()

    @property
    def has_news(self) -> bool:
        """Whether somebody waits for an outcome that is known."""
        return bool(self._outcomes)

    def forget(self) -> None:
        """Write the decisions again, because the store may be another one."""
        self._written = None

    def commands(self) -> list[Command]:
        """What is to be written and asked; the reply to the last of them goes to `read`."""
        commands: list[Command] = []
        encoded = _encode(self._decisions())
        if encoded != self._written and self._decisions().ts:
            self._written = encoded
            commands.append(("SET", keys.CONTROL, encoded))
        self._told = list(self._outcomes)
        for name in self._told:
            commands += [
                ("HSET", keys.CONTROL_OUTCOMES, name, _encode(self._outcomes[name])),
                ("HDEL", keys.CONTROL_REQUESTS, name),
            ]
        if self._told:
            commands.append(("EXPIRE", keys.CONTROL_OUTCOMES, keys.CONTROL_OUTCOMES_TTL_S))
        return [*commands, ("HGETALL", keys.CONTROL_REQUESTS)]

    def read(self, reply: Reply) -> None:
        """Take the requests in; what was told with the same commands is done with."""
        for name in self._told:
            self._outcomes.pop(name, None)
        self._told = []
        found = sorted(_entries(reply), key=lambda entry: entry[1].ts)
        for name, entry in found:
            if name not in self._waiting and name not in self._outcomes and len(self._waiting) < _MOST:
                self._waiting[name] = entry.request
                self._arrived.set()

    async def run(self) -> None:
        """Carry requests out for ever."""
        while True:
            # What waited when an earlier call failed is not announced again.
            while self._waiting:
                name, request = next(iter(self._waiting.items()))
                try:
                    self._outcomes[name] = await self._carry_out(request)
                finally:
                    del self._waiting[name]
            self._arrived.clear()
            await self._arrived.wait()


def _entries(reply: Reply) -> list[tuple[str, _Entry]]:
    found = []
    for name, value in pairs(reply):
        try:
            found.append((name, _entry(value)))
        except (msgspec.DecodeError, UnicodeError):
            # Written by somebody else; it ends with the others of its hash.
            _log.debug("a request of somebody else is left alone: %s", name[:64])
    return found


class RequestSender:
    """A serving process's side: leaves requests to the tracker and waits for what becomes of them."""

    def __init__(self, clock: Clock, connect: Callable[[], Awaitable[Link]], wait: float = _WAIT_S) -> None:
        """Prepare.

        Args:
            clock: time.
            connect: opens a link, as `Address.connect` does; each request has its own.
            wait: s until a request counts as sent and not confirmed.
        """
        self._clock = clock
        self._connect = connect
        self._wait = wait
        self._under_way = 0

    async def send(self, request: ControlRequest) -> Outcome:
        """Leave a request to the tracker; the outcome is `sent` where it has not answered in time."""
        if self._under_way >= _MOST:
            return Outcome("unavailable", f"{_MOST} requests are under way already")
        self._under_way += 1
        try:
            link = await self._connect()
            try:
                return await self._sent(link, request)
            finally:
                await link.close()
        except StoreError as error:
            return Outcome("unavailable", str(error))
        finally:
            self._under_way -= 1

    async def _sent(self, link: Link, request: ControlRequest) -> Outcome:
        name = token_hex(8)
        deadline = self._clock.monotonic() + self._wait
        entry = _encode(_Entry(self._clock.wall_ms(), request))
        expire: Sequence[Command] = [("EXPIRE", keys.CONTROL_REQUESTS, keys.CONTROL_REQUESTS_TTL_S)]
        await link.exchange([("HSET", keys.CONTROL_REQUESTS, name, entry), *expire])
        while self._clock.monotonic() < deadline:
            await asyncio.sleep(_LOOK_S)
            told = await link.ask("HGET", keys.CONTROL_OUTCOMES, name)
            if isinstance(told, bytes):
                return _read_outcome(link, told)
        return Outcome("sent")


def _read_outcome(link: Link, told: bytes) -> Outcome:
    try:
        return _outcome(told)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise StoreError(link.where, f"not voltape's data: {error}") from error


async def read_decisions(link: Link) -> Decisions | None:
    """The decisions that an earlier run left in the store; None where there are none that we can read.

    Raises:
        StoreError: no answer.
    """
    kept = await link.ask("GET", keys.CONTROL)
    if not isinstance(kept, bytes):
        return None
    try:
        return _decisions(kept)
    except (msgspec.DecodeError, UnicodeError) as error:
        _log.error("store %s: %s cannot be read and is not heeded: %s", link.where, keys.CONTROL, error)
        return None
