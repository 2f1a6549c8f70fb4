"""The answers in `tests/data/api`, which the dashboard's tests read, against the types they are made from."""

from pathlib import Path

import msgspec
import pytest

from voltape.model.efficiency import Efficiency
from voltape.model.status import Status

EXAMPLES = Path(__file__).parents[1] / "data" / "api"


@pytest.mark.parametrize(("name", "type_"), [("status", Status), ("efficiency", Efficiency)])
def test_the_example_is_as_the_server_would_write_it(name: str, type_: type[msgspec.Struct]) -> None:
    """Read by its type and written again, every field is there with its value; the type may have newer ones."""
    text = (EXAMPLES / f"{name}.json").read_bytes()
    written = msgspec.json.decode(msgspec.json.encode(msgspec.json.decode(text, type=type_)))
    assert missing(msgspec.json.decode(text), written) == []


def missing(example: object, written: object, where: str = "") -> list[str]:
    """Where the example has what was not written again, or not with that value."""
    if isinstance(example, dict) and isinstance(written, dict):
        found = [missing(value, written.get(name, ...), f"{where}.{name}") for name, value in example.items()]
        return [one for part in found for one in part]
    if isinstance(example, list) and isinstance(written, list) and len(example) == len(written):
        found = [
            missing(*pair, f"{where}[{index}]")
            for index, pair in enumerate(zip(example, written, strict=True))
        ]
        return [one for part in found for one in part]
    return [] if example == written else [where]


def test_a_field_that_was_renamed_is_missed() -> None:
    """The comparison above can fail."""
    assert missing({"a": [{"b": 1}]}, {"a": [{"c": 1}], "d": 2}) == [".a[0].b"]
