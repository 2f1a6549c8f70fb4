"""The watch: readings at regular times, the rules over them, messages into the post."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from voltape.clock import Clock
from voltape.model.alert import AlertUse, FiringRule

from .engine import Engine, RuleState
from .journal import Journal
from .notice import said
from .post import Post
from .readings import Answers, Needs, value_of
from .rule import Rule

__all__ = ["Watch"]

_log = logging.getLogger(__name__)

_SAVE_S = 60.0
_TELL_S = 60.0


class Watch:
    """Watches some rules; start `run` as a service.

    Attributes:
        engine: the rules and their state.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        journal: Journal,
        post: Post,
        clock: Clock,
        ask: Callable[[Needs], Awaitable[Answers]],
        tell: Callable[[AlertUse], Awaitable[None]],
        every_s: float,
    ) -> None:
        """Prepare.

        Args:
            rules: what to watch for.
            journal: what is remembered. post: takes messages.
            clock: time.
            ask: gives the answers that readings are taken from.
            tell: takes what is to be known of the watch.
            every_s: time between two looks.
        """
        self.engine = Engine(rules, journal.kept.engine)
        self._rules = rules
        self._needs = Needs.of(rules)
        self._journal = journal
        self._post = post
        self._clock = clock
        self._ask = ask
        self._tell = tell
        self._every_s = every_s
        self._saved_at = self._told_at = float("-inf")
        self._told = AlertUse()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            began = self._clock.monotonic()
            await self.look()
            await asyncio.sleep(max(self._every_s - (self._clock.monotonic() - began), 0.1))

    async def look(self) -> None:
        """Look once."""
        answers = await self._ask(self._needs)
        values = {rule.name: value_of(rule, answers) for rule in self._rules}
        now = self._clock.wall_ms()
        for rule, notice in self.engine.step(values, now):
            self._post.add(notice, rule.to)
        if self.engine.changed or self._clock.monotonic() - self._saved_at > _SAVE_S:
            self.engine.changed = False
            await self.save()
        self._post.deliver()
        await self._tell_others()

    async def save(self) -> None:
        """Save what is remembered, of moves too."""
        self._saved_at = self._clock.monotonic()
        await self._journal.save()

    def use(self) -> AlertUse:
        """What is to be known of the watch."""
        state = self.engine.state
        return AlertUse(
            rules=len(self._rules),
            unread=sum(one.reading is None for one in state.rules.values()),
            firing=[
                _firing(rule, state.rules[rule.name]) for rule in self._rules if state.rules[rule.name].firing
            ],
            told=state.told,
            held_back=state.held_back,
            sinks=self._post.use(),
            ts=state.now_ms,
        )

    async def _tell_others(self) -> None:
        use = self.use()
        now = self._clock.monotonic()
        self._told.ts = use.ts
        if use != self._told or now - self._told_at > _TELL_S:
            self._told, self._told_at = use, now
            await self._tell(msgspec.structs.replace(use))


def _firing(rule: Rule, state: RuleState) -> FiringRule:
    return FiringRule(rule.name, state.since, state.reading, said(rule, state.reading))
