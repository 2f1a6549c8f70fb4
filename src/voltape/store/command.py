"""Commands and replies as plain values, so that whole flushes can be composed and tested without a server."""

from collections.abc import Iterator
from typing import TypeAlias

__all__ = ["Command", "Reply", "pairs", "reply_size", "texts"]

Command: TypeAlias = tuple[bytes | str | int, ...]
"""One command: its name and arguments, keys and texts as `str`."""

Reply: TypeAlias = "bytes | int | list[Reply] | None"
"""One reply as the wire carries it; None for nil."""


def pairs(reply: Reply) -> Iterator[tuple[str, bytes]]:
    """Field and value of a hash reply, which is a flat list on the wire; nothing for any other reply."""
    if isinstance(reply, list):
        flat = iter(reply)
        for name, value in zip(flat, flat, strict=False):
            if isinstance(name, bytes) and isinstance(value, bytes):
                yield _text(name), value


def reply_size(reply: Reply) -> int:
    """Bytes that a reply takes on the wire, about: a status line counts as a text of its length."""
    if isinstance(reply, bytes):
        return len(reply) + len(str(len(reply))) + 5
    if isinstance(reply, list):
        return sum(map(reply_size, reply)) + len(str(len(reply))) + 3
    return len(str(reply)) + 3 if reply is not None else 5


def texts(reply: Reply) -> list[str]:
    """Members of a set or list reply; empty for any other reply."""
    return [_text(item) for item in reply if isinstance(item, bytes)] if isinstance(reply, list) else []


def _text(name: bytes) -> str:
    # What is no text is nobody's name of ours; whoever reads on finds that nothing stands behind it.
    return name.decode(errors="replace")
