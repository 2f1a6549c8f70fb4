"""Signs of life of the roles of a machine or container: files that their event loops touch.

A role without HTTP has no port to ask at, and the store may be away while all is well with the role. So each role
keeps a file in the data directory, which holds its process number and is touched while its loop turns.
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


@asynccontextmanager
async def beating(directory: Path, role: str) -> AsyncIterator[None]:
    """Show that `role` lives, as long as the block lasts. Traces of roles that died here are removed.

    A directory that cannot be written to only costs the signs: the role works without.
    """
    folder = directory / "beats"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _bury(folder)
        (folder / role).write_text(str(os.getpid()))
    task = asyncio.create_task(_beat(folder / role), name="beat")
    try:
        yield
    finally:
        task.cancel()
        with suppress(OSError):
            (folder / role).unlink(missing_ok=True)


async def _beat(file: Path) -> None:
    while True:
        await asyncio.sleep(_INTERVAL)
        with suppress(OSError):
            os.utime(file)


def _bury(folder: Path) -> None:
    for file in folder.iterdir():
        if not _alive(file):
            file.unlink(missing_ok=True)


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
            silent = time.time() - file.stat().st_mtime
            if not _alive(file):
                found.append(f"{file.name} has died")
            elif silent > LATE:
                found.append(f"{file.name} has shown no sign of life for {silent:.0f} s")
    return found
