"""Sending messages: each sink by itself, oldest first, again and again until it confirms.

What waits is in the journal before the first attempt and leaves it after the confirmation, so that every message arrives at
least once; a receiver knows a repetition by its id. A sink that is away holds up no other.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from random import Random

from voltape.clock import Clock
from voltape.flow.backoff import Backoff
from voltape.model.alert import SinkUse

from .journal import Entry, Journal, SinkState
from .notice import Notice
from .sink import SendError, Sink

__all__ = ["GIVE_UP_MS", "MOST_UNWANTED", "MOST_WAITING", "Post"]

_log = logging.getLogger(__name__)

MOST_WAITING = 1_000
"""Messages that wait for one sink; the oldest falls out."""
GIVE_UP_MS = 86_400_000
"""Age at which a message is of no use any more."""
MOST_UNWANTED = 5
"""How often a sink may refuse one message before it is given up."""
_DELAYS = (1.0, 300.0)


class Post:
    """Takes messages and sees them through."""

    def __init__(
        self,
        sinks: Mapping[str, Sink],
        journal: Journal,
        clock: Clock,
        rng: Random,
        delays: tuple[float, float] = _DELAYS,
    ) -> None:
        """Prepare.

        Args:
            sinks: where messages can go, by name.
            journal: where they are kept.
            clock: time.
            rng: source of jitter.
            delays: first and longest wait after a failure, s.
        """
        self._journal = journal
        self._clock = clock
        self._sinks = sinks
        self._backoffs = {name: Backoff(*delays, rng) for name in sinks}
        self._arrivals = {name: asyncio.Event() for name in sinks}
        self._away: set[str] = set()
        for name in sinks:
            journal.kept.sinks.setdefault(name, SinkState())
        self._let_go()

    def use(self) -> dict[str, SinkUse]:
        """What became of the messages, by sink; one that is configured no longer is there while something waits for it."""
        return {
            name: SinkUse(state.sent, state.failed, len(state.waiting), state.dropped)
            for name, state in self._journal.kept.sinks.items()
            if name in self._sinks or state.waiting
        }

    def _let_go(self) -> None:
        """Drop what waits for sinks that nobody configures any more, once it is of no use."""
        oldest = self._clock.wall_ms() - GIVE_UP_MS
        for name, state in self._journal.kept.sinks.items():
            if name not in self._sinks:
                late = [entry for entry in state.waiting if entry.notice.ts < oldest]
                state.dropped += len(late)
                state.waiting = [entry for entry in state.waiting if entry.notice.ts >= oldest]

    def add(self, notice: Notice, to: Iterable[str]) -> None:
        """Take a message for these sinks; the caller saves the journal, then calls `deliver`."""
        for name in to:
            state = self._journal.kept.sinks[name]
            state.waiting.append(Entry(notice))
            while len(state.waiting) > MOST_WAITING:
                state.waiting.pop(0)
                state.dropped += 1
                _log.error("too many alerts wait for %s, the oldest is dropped", name)

    def deliver(self) -> None:
        """Let what was taken go out."""
        for arrival in self._arrivals.values():
            arrival.set()

    async def run(self, name: str) -> None:
        """Serve one sink until cancelled."""
        state = self._journal.kept.sinks[name]
        arrival = self._arrivals[name]
        while True:
            if not state.waiting:
                arrival.clear()
                await arrival.wait()
                continue
            wait_s = await self._attempt(name, state, state.waiting[0])
            await self._journal.save()
            await asyncio.sleep(wait_s)

    async def _attempt(self, name: str, state: SinkState, entry: Entry) -> float:
        """Send one message; returns how long to wait before the next."""
        if self._clock.wall_ms() - entry.notice.ts > GIVE_UP_MS:
            self._drop(name, state, entry, "it is a day old")
            return 0.0
        try:
            await self._sinks[name].send(entry.notice)
        except SendError as error:
            return self._failed(name, state, entry, error)
        _remove(state, entry)
        state.sent += 1
        self._backoffs[name].reset()
        if name in self._away:
            self._away.discard(name)
            _log.info("alerts by %s get through again", name)
        return 0.0

    def _failed(self, name: str, state: SinkState, entry: Entry, error: SendError) -> float:
        state.failed += 1
        if name not in self._away:
            self._away.add(name)
            _log.warning("alerts by %s do not get through and are tried again: %s", name, error)
        else:
            _log.debug("alerts by %s still do not get through: %s", name, error)
        if error.unwanted:
            entry.unwanted += 1
            if entry.unwanted >= MOST_UNWANTED:
                self._drop(name, state, entry, f"it was refused {entry.unwanted} times: {error}")
            elif _remove(state, entry):
                # Others may be welcome.
                state.waiting.append(entry)
        return max(self._backoffs[name].next(), error.retry_after_s or 0.0)

    def _drop(self, name: str, state: SinkState, entry: Entry, why: str) -> None:
        if _remove(state, entry):
            state.dropped += 1
            _log.error("an alert by %s is dropped, %s: %s", name, why, entry.notice.text)


def _remove(state: SinkState, entry: Entry) -> bool:
    """Take an entry out; false where it fell out meanwhile."""
    for place, other in enumerate(state.waiting):
        if other is entry:
            del state.waiting[place]
            return True
    return False
