"""The operator's decisions in a file of the data directory, which outlives any store."""

import asyncio
import logging
import os
from pathlib import Path

import msgspec

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
        await asyncio.to_thread(self._replace, msgspec.json.format(msgspec.json.encode(decisions)) + b"\n")

    def _replace(self, text: bytes) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.path.with_name(f"{_NAME}.new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)
        # The new name is on the disk only when the directory is.
        directory = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def newest(*copies: Decisions | None) -> Decisions:
    """The copy with the latest decision; none of them means that nothing was decided."""
    return max((copy for copy in copies if copy is not None), key=lambda copy: copy.ts, default=Decisions())
