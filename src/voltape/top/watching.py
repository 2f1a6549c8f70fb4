"""Keeping a scene up to date from the running system, and turning keys into what it shows."""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import aclosing

import msgspec

from voltape.client import AsyncClient, Book, ChannelRefused, ClientError, Interrupted, Status
from voltape.clock import SystemClock

from .scene import Scene

__all__ = ["Watching", "first_look"]

_LIST_EVERY_S = 15.0
_REPORT_EVERY_S = 10.0
_AGAIN_AFTER_S = 3.0
_CHAIN_HZ = 2.0


async def first_look(client: AsyncClient, scene: Scene, expiry: str | None) -> None:
    """Fill a scene once, over HTTP alone.

    Raises:
        ClientError: the system does not answer, or does not know the coin or the expiry.
    """
    scene.status = await client.status()
    scene.efficiency = await client.efficiency()
    scene.underlyings = [one.underlying for one in await client.underlyings()]
    scene.offer(await client.expiries(scene.underlying))
    scene.underlying = scene.underlying.upper()
    wanted = expiry or scene.expiry
    if wanted is None:
        return
    rows = await client.tickers(underlying=scene.underlying, expiry=wanted).table()
    scene.choose(rows[0].expiry if rows else scene.expiry)
    scene.show({one.symbol: one for one in rows}, 0)


class Watching:
    """The tasks that keep a scene up to date.

    Attributes:
        changed: set whenever a new frame is due. over: set once the user wants to leave.
    """

    def __init__(self, client: AsyncClient, scene: Scene, clock: SystemClock) -> None:
        self.changed = asyncio.Event()
        self.over = asyncio.Event()
        self._client = client
        self._scene = scene
        self._clock = clock
        self._group: asyncio.TaskGroup | None = None
        self._chain: asyncio.Task[None] | None = None
        self._troubles: dict[str, str] = {}

    async def run(self, draw: Callable[[], None]) -> None:
        """Keep the scene and have it drawn until it is over."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            tasks = [
                group.create_task(one)
                for one in (
                    self._keep_status(),
                    self._keep_lists(),
                    self._keep_report(),
                    self._keep_drawn(draw),
                )
            ]
            self._follow_chain()
            await self.over.wait()
            for task in [*tasks, self._chain]:
                if task is not None:
                    task.cancel()

    def press(self, key: str) -> None:
        """Do what a key stands for; others do nothing."""
        scene = self._scene
        if key == "q":
            self.over.set()
        elif key == "v":
            scene.view = "system" if scene.view == "chain" else "chain"
        elif key in {"next", "previous"}:
            scene.step(1 if key == "next" else -1)
            self._follow_chain()
        elif key in {"up", "down", "home"}:
            scene.offset = 0 if key == "home" else scene.offset + (1 if key == "down" else -1)
        else:
            self._turn_to(key)
        self.changed.set()

    def _turn_to(self, initial: str) -> None:
        """The next coin with that initial."""
        named = [coin for coin in self._scene.underlyings if coin[:1].lower() == initial]
        if not named or named == [self._scene.underlying]:
            return
        here = named.index(self._scene.underlying) if self._scene.underlying in named else -1
        self._scene.turn_to(named[(here + 1) % len(named)])
        self._follow_chain()

    def _follow_chain(self) -> None:
        if self._chain is not None:
            self._chain.cancel()
        self._trouble("chain", None)
        if self._group is not None:
            self._chain = self._group.create_task(self._keep_chain())

    def _trouble(self, who: str, words: str | None) -> None:
        """Note why one task has nothing new, or that it has again; the scene tells the first of them."""
        if words is None:
            self._troubles.pop(who, None)
        else:
            self._troubles[who] = words
        self._scene.trouble = next(iter(self._troubles.values()), None)
        self.changed.set()

    async def _keep_chain(self) -> None:
        while True:
            try:
                if self._scene.expiry is None:
                    self._scene.offer(await self._client.expiries(self._scene.underlying))
                if self._scene.expiry is not None:
                    await self._follow_series(f"chain.{self._scene.underlying}.{self._scene.expiry}")
            except ChannelRefused:
                # The series has expired while we looked at it.
                self._scene.choose(None)
            except ClientError as error:
                self._trouble("chain", str(error))
            await asyncio.sleep(_AGAIN_AFTER_S)

    async def _follow_series(self, channel: str) -> None:
        book = Book()
        async with aclosing(self._client.stream([channel], _CHAIN_HZ)) as stream:
            async for message in stream:
                if isinstance(message, Interrupted):
                    self._trouble("chain", f"connection lost ({message.reason}), trying again")
                elif (view := book.apply(message)) is not None:
                    self._trouble("chain", None)
                    self._scene.show(view.tickers, self._clock.wall_ms())

    async def _keep_status(self) -> None:
        while True:
            try:
                async with aclosing(self._client.stream(["status"])) as stream:
                    async for message in stream:
                        if isinstance(message, Interrupted):
                            self._trouble("status", f"connection lost ({message.reason}), trying again")
                        elif (view := Book().apply(message)) is not None:
                            self._scene.status = msgspec.convert(view.data, Status)
                            self._trouble("status", None)
            except ClientError as error:
                self._trouble("status", str(error))
            await asyncio.sleep(_AGAIN_AFTER_S)

    async def _keep_lists(self) -> None:
        while True:
            await asyncio.sleep(_LIST_EVERY_S)
            with contextlib.suppress(ClientError):
                self._scene.underlyings = [one.underlying for one in await self._client.underlyings()]
                coin, before = self._scene.underlying, self._scene.expiry
                listed = await self._client.expiries(coin)
                if coin == self._scene.underlying:
                    self._scene.offer(listed)
                    if self._scene.expiry != before:
                        self._follow_chain()

    async def _keep_report(self) -> None:
        while True:
            await asyncio.sleep(_REPORT_EVERY_S)
            with contextlib.suppress(ClientError):
                self._scene.efficiency = await self._client.efficiency()

    async def _keep_drawn(self, draw: Callable[[], None]) -> None:
        """Draw what has changed, at most five times a second, and once a second so that colours fade."""
        while True:
            self.changed.clear()
            draw()
            await asyncio.sleep(0.2)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.8):
                    await self.changed.wait()
