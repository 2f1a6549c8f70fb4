"""Decides whether a set-up step has to run: by the content it was made from, never by file times."""

import hashlib
import os
import platform
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["Stamp", "fingerprint"]

MADE_HERE = {"__pycache__", "node_modules"}


def files(root: Path) -> Iterator[Path]:
    """Yield `root` itself where it is a file, else every file under it but caches, in a fixed order."""
    if root.is_file():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in MADE_HERE and not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if name != ".DS_Store")


def fingerprint(inputs: Iterable[Path], *facts: str) -> str:
    """Return a hash of names and contents under `inputs`, of `facts`, and of the kind of machine."""
    digest = hashlib.sha256("\0".join([platform.system(), platform.machine(), *facts]).encode())
    for path in (path for root in inputs for path in files(root)):
        digest.update(f"\0{path}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class Stamp:
    """A note beside a step's product that says what the product was made from.

    Used as a context manager around the step: it is gone while the step runs and written only when the
    step has succeeded, so a failed or interrupted step is repeated.
    """

    def __init__(self, path: Path, wanted: str, product: Path) -> None:
        self.path = path
        self.wanted = wanted
        self.product = product

    def current(self) -> bool:
        """Tell whether the product is there and was made from the wanted inputs."""
        try:
            return self.path.read_text() == self.wanted and self.product.exists()
        except OSError:
            return False

    def __enter__(self) -> None:
        self.path.unlink(missing_ok=True)

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            draft = self.path.with_suffix(".new")
            draft.write_text(self.wanted)
            draft.replace(self.path)
