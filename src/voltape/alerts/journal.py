"""What alerts must not forget, in one file: the state of the rules, and the messages that nobody has confirmed yet.

Both are in one file, so that a rule that has fired and the message of it are saved together or not at all: a restart neither
loses a message nor makes it twice.
"""

import asyncio
import logging
from pathlib import Path

import msgspec

from voltape.flow.whole_file import replace_file

from .engine import EngineState
from .notice import Notice

__all__ = ["Entry", "Journal", "Kept", "SinkState"]

_log = logging.getLogger(__name__)


class Entry(msgspec.Struct):
    """A message that waits for its sink, and how often that did not want it."""

    notice: Notice
    unwanted: int = 0


class SinkState(msgspec.Struct):
    """One sink: what waits for it, oldest first, and what became of the rest."""

    waiting: list[Entry] = []
    sent: int = 0
    failed: int = 0
    dropped: int = 0


class Kept(msgspec.Struct):
    """Content of the file."""

    engine: EngineState = msgspec.field(default_factory=EngineState)
    sinks: dict[str, SinkState] = {}


class Journal:
    """The file, and what is in it.

    Attributes:
        path: where it is. kept: its content; change it, then `save`.
    """

    def __init__(self, path: Path) -> None:
        """Read the file; one that is not there, or not understood, is an empty one."""
        self.path = path
        self.kept = self._read()
        self._lock = asyncio.Lock()
        self._is_refused = False

    def _read(self) -> Kept:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Kept)
        except FileNotFoundError:
            return Kept()
        except OSError as error:
            _log.error("the journal of alerts begins anew, %s cannot be read: %s", self.path, error)
            return Kept()
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            aside = self.path.with_suffix(".unreadable.json")
            _log.error("%s is not understood and put aside as %s: %s", self.path, aside.name, error)
            try:
                self.path.replace(aside)
            except OSError as refused:
                _log.error("it could not be put aside: %s", refused)
            return Kept()

    async def save(self) -> None:
        """Have the file say what `kept` says, whole or not at all, on the disk before this returns.

        A disk that refuses costs only the memory over a restart, and is told once.
        """
        async with self._lock:
            text = msgspec.json.encode(self.kept)
            try:
                await asyncio.to_thread(replace_file, self.path, text)
            except OSError as error:
                if not self._is_refused:
                    _log.error("alerts are not saved, a restart would lose or repeat some: %s", error)
                self._is_refused = True
                return
            if self._is_refused:
                _log.info("alerts are saved again")
            self._is_refused = False
