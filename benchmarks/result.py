"""One run's result: what it consists of, and its file."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from .figures import Figure
from .provenance import Machine

__all__ = ["Result", "newest_complete", "read", "write"]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A run.

    Attributes:
        format: version of this shape.
        started_at: ISO 8601 UTC. seconds: how long the run took.
        complete: whether every benchmark was run, at full length.
        commit, source: see `provenance`.
        machine, libraries: what it ran on and with.
        options: of the run, the seed among them.
        contracts: how many the simulated exchange listed.
        figures: what was measured.
        notes: what a reader of the figures has to know.
        details: raw readings by benchmark, to look into.
    """

    format: int = 1
    started_at: str
    seconds: float
    complete: bool
    commit: str
    source: str
    machine: Machine
    libraries: dict[str, str]
    options: dict[str, Any]
    contracts: int
    figures: list[Figure]
    notes: list[str] = []
    details: dict[str, list[dict[str, Any]]] = {}


def write(result: Result, folder: Path) -> Path:
    """Write a result to its own file, named after its time and commit; returns the path."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = datetime.fromisoformat(result.started_at).strftime("%Y-%m-%d-%H%M%S")
    path = folder / f"{stamp}-{result.commit[:7]}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
    return path


def read(path: Path) -> Result:
    """Read a result's file.

    Raises:
        msgspec.DecodeError: it is not one.
    """
    return msgspec.json.decode(path.read_bytes(), type=Result)


def newest_complete(folder: Path) -> tuple[Path, Result] | None:
    """The latest run that measured everything, None without one."""
    for path in sorted(folder.glob("*.json"), reverse=True):
        result = read(path)
        if result.complete:
            return path, result
    return None
