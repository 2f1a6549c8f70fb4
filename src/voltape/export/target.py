"""Where an export is written: a file that is there whole or not at all, or standard output."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from voltape.errors import SettingError

__all__ = ["check_target", "target_at"]


def check_target(out: Path | None, *, force: bool, is_text: bool) -> None:
    """See that nothing is lost or garbled, before anybody is asked.

    Args:
        out: the file, None for standard output.
        force: whether a file that is there may be replaced.
        is_text: whether a person could read what is written.

    Raises:
        SettingError: the file is there, or cannot be, or a terminal would get what it cannot show.
    """
    if out is None:
        if not is_text and sys.stdout.isatty():
            raise SettingError("--out", "-", "a file or a pipe; a terminal cannot show this format")
    elif out.is_dir() or not out.parent.is_dir():
        raise SettingError("--out", out, "the name of a file in a directory that is there")
    elif out.is_file() and not force:
        raise SettingError("--out", out, "a file that is not there yet, or any with --force")


@contextmanager
def target_at(out: Path | None) -> Iterator[BinaryIO]:
    """What to write to; a file takes its name when the context is left without an error."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    elif out.exists() and not out.is_file():
        # A device or a pipe is written to; replacing it would break it.
        with out.open("wb") as target:
            yield target
    else:
        with _replaced(out.resolve()) as target:
            yield target


@contextmanager
def _replaced(out: Path) -> Iterator[BinaryIO]:
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as target:
            yield target
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
