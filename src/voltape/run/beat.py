"""Signs of life of the roles of a machine or container: files that their event loops touch.

A role without HTTP has no port to ask at, and the store may be away while all is well with the role. So each role
keeps a file in the data directory, which holds its process number and is touched while its loop turns. The number is
in the file's name too: a second process of the same role, started by mistake or on purpose, has a sign of its own.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

__all__ = ["LATE", "beating", "complaints"]

_INTERVAL = 5.0
LATE = 30.0
"""Seconds without a sign of life that make a role a dead one."""
_LONG_DEAD = 10 * LATE


@asynccontextmanager
async def beating(directory: Path, role: str) -> AsyncIterator[None]:
    """Show that `role` lives, as long as the block lasts. Traces of roles that died here are removed.

    A directory that cannot be written to only costs the signs: the role works without.
    """
    folder = directory / "beats"
    file = folder / f"{role}.{os.getpid()}"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _bury(folder)
        _show(file)
    task = asyncio.create_task(_beat(file), name="beat")
    try:
        yield
    finally:
        task.cancel()
        with suppress(OSError):
            file.unlink(missing_ok=True)


async def _beat(file: Path) -> None:
    while True:
        await asyncio.sleep(_INTERVAL)
        with suppress(OSError):
            _show(file)


def _show(file: Path) -> None:
    try:
        os.utime(file)
    except FileNotFoundError:
        # Who slept with the machine was taken for dead by one that started after it.
        file.write_text(str(os.getpid()))


def _bury(folder: Path) -> None:
    for file in folder.iterdir():
        # Process numbers come again: a file that nobody has touched for long is a dead one's all the same.
        if not _alive(file) or _silent(file) > _LONG_DEAD:
            file.unlink(missing_ok=True)


def _silent(file: Path) -> float:
    """Seconds since the last sign."""
    return time.time() - file.stat().st_mtime


def _alive(file: Path) -> bool:
    try:
        os.kill(int(file.read_text()), 0)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def complaints(directory: Path) -> list[str]:
    """What is wrong with the roles that run here, in a few words each; nothing means that all of them live."""
    folder = directory / "beats"
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    if not files:
        return [f"no role runs with the data directory {directory}"]
    found = []
    for file in files:
        with suppress(FileNotFoundError):
            silent = _silent(file)
            role = file.name.partition(".")[0]
            if not _alive(file):
                found.append(f"{role} has died")
            elif silent > LATE:
                found.append(f"{role} has shown no sign of life for {silent:.0f} s")
    return found
