"""Files that are replaced as a whole: who reads one, after a crash too, finds the former content or the new one."""

import os
from pathlib import Path

__all__ = ["replace_file"]


def replace_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file beside and give it the name once it is on the disk; waits for the disk, so not on an event loop.

    Args:
        path: its name; the folder is made where it is missing, for its owner alone.
        content: what is in it.
        mode: who may do what with it.

    Raises:
        OSError: it could not be written; the former one is as it was.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    # The new name is on the disk only when the directory is.
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
