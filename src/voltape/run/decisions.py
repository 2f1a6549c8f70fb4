"""The operator's decisions in a file of the data directory, which outlives any store."""

import asyncio
import logging
from pathlib import Path

import msgspec

from voltape.flow.whole_file import replace_file
from voltape.model.control import Decisions

__all__ = ["DecisionsFile", "newest"]

_log = logging.getLogger(__name__)

_NAME = "control.json"
_UNREADABLE = "control.unreadable.json"


class DecisionsFile:
    """One small JSON file, replaced as a whole and on the disk before anybody is told so.

    Attributes:
        path: where it is.
    """

    def __init__(self, data_dir: Path) -> None:
        """Keep it in `data_dir`, which is made when there is something to keep."""
        self.path = data_dir / _NAME

    def load(self) -> Decisions | None:
        """What was saved last; None where nothing was, or nothing that we can read, which is told and put aside."""
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.error("%s cannot be read; what was decided there is not heeded: %s", self.path, error)
            return None
        try:
            return msgspec.json.decode(text, type=Decisions)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            aside = self.path.with_name(_UNREADABLE)
            _log.error(
                "%s is not understood, put aside as %s and not heeded: %s", self.path, aside.name, error
            )
            self._put_aside(aside)
            return None

    def _put_aside(self, aside: Path) -> None:
        try:
            self.path.replace(aside)
        except OSError as error:
            _log.error("%s could not be put aside: %s", self.path, error)

    async def save(self, decisions: Decisions) -> None:
        """Replace the file.

        Raises:
            OSError: it could not be written; the former one is as it was.
        """
        text = msgspec.json.format(msgspec.json.encode(decisions)) + b"\n"
        await asyncio.to_thread(replace_file, self.path, text)


def newest(*copies: Decisions | None) -> Decisions:
    """The copy with the latest decision; none of them means that nothing was decided."""
    return max((copy for copy in copies if copy is not None), key=lambda copy: copy.ts, default=Decisions())
