"""Keys, as terminals send them."""

import re
from collections.abc import Iterator

__all__ = ["keys_in"]

_SEQUENCE = re.compile(rb"\x1b[\[O][0-9;]*[A-Za-z~]|\x1b|[^\x1b]", re.DOTALL)
_NAMED = {
    b"\t": "next",
    b"\x1b[C": "next",
    b"\x1bOC": "next",
    b"\x1b[Z": "previous",
    b"\x1b[D": "previous",
    b"\x1bOD": "previous",
    b"\x1b[A": "up",
    b"\x1bOA": "up",
    b"\x1b[B": "down",
    b"\x1bOB": "down",
    b"\x1b[H": "home",
    b"\x1b[1~": "home",
    b"\x03": "q",
    b"\x04": "q",
}


def keys_in(data: bytes) -> Iterator[str]:
    """The keys in what a terminal sent: letters as they are, in small, and names for the others that are known."""
    for token in _SEQUENCE.findall(data):
        if token in _NAMED:
            yield _NAMED[token]
        elif len(token) == 1 and token.isalpha():
            yield token.decode().lower()
