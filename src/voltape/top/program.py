"""`voltape top` from its first question to its last frame."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import msgspec
from rich.console import Console

from voltape.client import AsyncClient
from voltape.clock import SystemClock

from .frame import frame
from .keys import keys_in
from .scene import Scene, ViewName
from .terminal import screen
from .watching import Watching, first_look

__all__ = ["Wish", "top"]

_KEYS_AT_ONCE = 1024


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the user wants to see.

    Attributes:
        url, token, ca_file: the system. underlying, expiry: the series, the nearest one where none is given.
        view: which view comes first. once: one frame with everything, and no more.
    """

    url: str
    token: str | None = None
    ca_file: Path | None = None
    underlying: str = "BTC"
    expiry: str | None = None
    view: ViewName = "chain"
    once: bool = False


def top(wish: Wish) -> int:
    """Show the running system until the user leaves; returns the exit code.

    Without a terminal to draw on it shows one frame, as if asked to.

    Raises:
        ClientError: the system does not answer, or not what was asked.
    """
    return asyncio.run(_top(wish))


async def _top(wish: Wish) -> int:
    console = Console(highlight=False)
    clock = SystemClock()
    scene = Scene(url=wish.url, underlying=wish.underlying, view=wish.view)
    async with AsyncClient(wish.url, wish.token, ca_file=wish.ca_file) as client:
        await first_look(client, scene, wish.expiry)
        if wish.once or not console.is_terminal:
            for line in frame(scene, console.size.width, None, clock.wall_ms()):
                console.print(line, no_wrap=True, crop=False, overflow="ignore")
            return 0
        await _live(console, Watching(client, scene, clock), scene, clock)
    return 0


async def _live(console: Console, watching: Watching, scene: Scene, clock: SystemClock) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, watching.over.set)
    loop.add_signal_handler(signal.SIGWINCH, watching.changed.set)
    keyboard = sys.stdin.fileno() if sys.stdin.isatty() else None

    def pressed() -> None:
        try:
            data = os.read(sys.stdin.fileno(), _KEYS_AT_ONCE)
        except OSError:
            data = b""
        for key in keys_in(data):
            watching.press(key)
        if not data:
            watching.over.set()

    with screen(console) as shown:
        if keyboard is not None:
            loop.add_reader(keyboard, pressed)
        try:
            await watching.run(lambda: shown.draw(frame(scene, *shown.size, clock.wall_ms())))
        finally:
            if keyboard is not None:
                loop.remove_reader(keyboard)
