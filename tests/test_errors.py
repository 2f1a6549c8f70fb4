"""The exception tree: its shape, and what its leaves say."""

import ast
import inspect
import pickle
import re
from pathlib import Path

import pytest

from voltape import errors
from voltape.errors import (
    MessageError,
    SchemaError,
    SettingError,
    StoreError,
    VenueError,
    VenueRefused,
    VoltapeError,
)

EXAMPLES = [
    (SettingError("http_port", 70_000, "0 to 65535"), "http_port=70000: allowed is 0 to 65535"),
    (VenueError("tickers", "answered 502"), "tickers: answered 502"),
    (VenueRefused("handshake", "403"), "handshake: 403"),
    (MessageError("BTC-25DEC26-100000-C", "not a number"), "BTC-25DEC26-100000-C: not a number"),
    (StoreError("valkey://host:6379", "refused"), "store valkey://host:6379: refused"),
    (SchemaError("valkey://host:6379", "version 9"), "store valkey://host:6379: version 9"),
]


SOURCE = Path(errors.__file__).parent


def classes() -> list[type[BaseException]]:
    """Return every exception class of the module."""
    found = (getattr(errors, name) for name in errors.__all__)
    return [one for one in found if inspect.isclass(one) and issubclass(one, BaseException)]


def test_every_error_has_one_root() -> None:
    """Whoever catches the root catches everything that was raised on purpose."""
    assert len(classes()) == len(errors.__all__)
    assert all(issubclass(one, VoltapeError) for one in classes())


def test_the_docstring_prints_the_tree_as_it_is() -> None:
    """Each class stands in the module's docstring below its parent."""
    lines = [line for line in (errors.__doc__ or "").splitlines() if "Error" in line or "Refused" in line]
    path: list[tuple[int, str]] = []
    printed = set()
    for line in lines:
        text = line.lstrip("├└─│ ")
        name, depth = text.split()[0], len(line) - len(text)
        if name not in errors.__all__:
            continue
        path = [step for step in path if step[0] < depth]
        printed.add((name, path[-1][1] if path else None))
        path.append((depth, name))
    parents = {(one.__name__, one.__mro__[1].__name__) for one in classes() if one is not VoltapeError}
    assert printed == parents | {("VoltapeError", None)}


def test_the_docstring_names_every_error_that_is_raised_elsewhere() -> None:
    """Each class right below one of these, whatever module it is in, and no other."""
    elsewhere = {
        f"{'.'.join(path.relative_to(SOURCE).with_suffix('').parts)}.{node.name}"
        for path in SOURCE.rglob("*.py")
        if path.name != "errors.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id in errors.__all__ for base in node.bases)
    }
    assert set(re.findall(r"`([\w.]+)`", errors.__doc__ or "")) == elsewhere


@pytest.mark.parametrize(("error", "text"), EXAMPLES, ids=lambda value: type(value).__name__)
def test_an_error_says_what_and_why(error: VoltapeError, text: str) -> None:
    """The message is built from the attributes."""
    assert str(error) == text


@pytest.mark.parametrize("error", [error for error, _ in EXAMPLES], ids=lambda value: type(value).__name__)
def test_an_error_survives_the_way_between_processes(error: VoltapeError) -> None:
    """Pickling keeps type and attributes."""
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - made two lines above
    assert type(copy) is type(error)
    assert vars(copy) == vars(error)


def test_own_faults_and_the_venues_are_told_apart() -> None:
    """A caller can retry the exchange without retrying a wrong setting, and a bad message is the venue's fault."""
    assert not issubclass(SettingError, VenueError)
    assert not issubclass(StoreError, VenueError)
    assert issubclass(MessageError, VenueError)
    assert not issubclass(MessageError, VenueRefused)
