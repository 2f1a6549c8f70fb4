"""Arrow and Parquet files, made by short-lived processes, so that this one neither loads nor feels their libraries.

A file is complete before anybody sees a byte of it: what goes wrong is told as a problem, a slow client holds no
process, and this program's memory stays as it is. Few are made at once, few more may wait.
"""

import asyncio
import importlib.util
import logging
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import IO

from .extract import Extract
from .formats import Format, cell_lines, fields_line
from .problem import FAULT, ProblemError

__all__ = ["INSTALL", "ColumnarBuilder", "busy"]

_log = logging.getLogger(__name__)

INSTALL = (
    "this server cannot make Arrow or Parquet files, because pyarrow is not installed beside it: "
    "install that (pip install pyarrow), or ask for csv or ndjson"
)
"""What to do where the library is missing."""

_COMMAND = (sys.executable, "-P", "-m", "voltape.export.arrow")
_COMPLAINT_BYTES = 2_000
_AGAIN_S = 5


def busy(why: str) -> ProblemError:
    """Problem for a download for which there is no room now."""
    return ProblemError(
        503, f"{why}; ask again in {_AGAIN_S} s", headers=[(b"retry-after", b"%d" % _AGAIN_S)]
    )


class ColumnarBuilder:
    """Makes files, a few at once.

    Attributes:
        built, failed, refused: counters since start; refused are those for which there was no room or no time.
    """

    def __init__(
        self,
        at_once: int = 2,
        waiting: int = 8,
        patience_s: float = 30.0,
        command: Sequence[str] = _COMMAND,
    ) -> None:
        """Set the bounds.

        Args:
            at_once: most processes.
            waiting: most that wait for one.
            patience_s: time for a file, waiting included.
            command: what makes one, given the format as its last argument.
        """
        self.built = 0
        self.failed = 0
        self.refused = 0
        self._patience_s = patience_s
        self._command = command
        self._turn = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._asked = 0

    @property
    def available(self) -> bool:
        """Whether the library is there; it is not loaded for that."""
        return importlib.util.find_spec("pyarrow") is not None

    async def build(self, form: Format, extract: Extract) -> IO[bytes]:
        """An open file of the tickers, which has no name and is gone when it is closed.

        Raises:
            ProblemError: 503, too many ask for files, or it took too long; 500, it could not be made.
        """
        if self._asked >= self._most:
            self.refused += 1
            raise busy(f"{self._most} files are asked for already")
        self._asked += 1
        try:
            async with asyncio.timeout(self._patience_s), self._turn:
                made = await self._build(form, extract)
        except TimeoutError as error:
            self.refused += 1
            raise busy(f"no file was made within {self._patience_s:g} s") from error
        finally:
            self._asked -= 1
        self.built += 1
        return made

    async def _build(self, form: Format, extract: Extract) -> IO[bytes]:
        target = tempfile.TemporaryFile()  # noqa: SIM115 - outlives this call unless something goes wrong
        try:
            with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as complaint:
                await _write(extract, source)
                if await self._run(form, source, target, complaint):
                    complaint.seek(max(0, complaint.seek(0, 2) - _COMPLAINT_BYTES))
                    said = complaint.read().decode(errors="replace").strip()
                    _log.error("making a %s file failed: %s", form, said or "no reason was given")
                    self.failed += 1
                    raise ProblemError(500, FAULT)
        except BaseException:
            target.close()
            raise
        target.seek(0)
        return target

    async def _run(self, form: Format, source: IO[bytes], target: IO[bytes], complaint: IO[bytes]) -> int:
        """Let a process make the file; returns its exit code."""
        # The loop's own way to start a process copies this one's page tables, which takes it milliseconds.
        process = subprocess.Popen(  # noqa: ASYNC220, S603 - tenths of a millisecond; the command is ours
            [*self._command, form], stdin=source, stdout=target, stderr=complaint
        )
        ended = asyncio.get_running_loop().run_in_executor(None, process.wait)
        try:
            return await asyncio.shield(ended)
        finally:
            if not ended.done():
                process.kill()
                await ended


async def _write(extract: Extract, source: IO[bytes]) -> None:
    source.write(fields_line(extract.fields))
    for piece in extract.pieces():
        source.write(cell_lines(piece))
        # So that everybody else has a turn.
        await asyncio.sleep(0)
    source.seek(0)
