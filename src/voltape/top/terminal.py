"""The terminal: keys one by one and unseen, frames in its other screen, everything as before at the end."""

import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

__all__ = ["Screen", "screen"]


class Screen:
    """Where frames go."""

    def __init__(self, console: Console, live: Live) -> None:
        self._console = console
        self._live = live

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines at present."""
        return self._console.size.width, self._console.size.height

    def draw(self, lines: Sequence[Text]) -> None:
        """Replace the frame."""
        self._live.update(Group(*lines), refresh=True)


@contextmanager
def screen(console: Console) -> Iterator[Screen]:
    """The terminal's other screen until the end of the context, and keys that are not echoed."""
    with _unbuffered(), Live(console=console, screen=True, auto_refresh=False) as live:
        yield Screen(console, live)


@contextmanager
def _unbuffered() -> Iterator[None]:
    if not sys.stdin.isatty():
        yield
        return
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    try:
        # What was typed while we started counts.
        tty.setcbreak(number, termios.TCSADRAIN)
        yield
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)
