"""What the socket and REST must agree on."""

import re
from pathlib import Path

from voltape.model.ticker import VALUE_FIELDS, Values
from voltape.track.agreement import LEFT_OUT, differing


def full(start: float) -> Values:
    """Values that differ from each other."""
    return tuple(start + i for i in range(len(VALUE_FIELDS)))


def test_every_field_is_compared_but_those_left_out_for_a_reason() -> None:
    """The reasons are of fields that exist."""
    assert LEFT_OUT.keys() < set(VALUE_FIELDS)
    assert all(LEFT_OUT.values())
    assert differing(full(0.0), full(1.0)) == [name for name in VALUE_FIELDS if name not in LEFT_OUT]
    assert differing(full(0.0), full(0.0)) == []
    assert differing(full(0.0), (None, *full(0.0)[1:])) == ["bid_price"]


def test_the_fields_left_out_are_those_on_the_page() -> None:
    """Users are told what the accuracy does not cover."""
    page = (Path(__file__).parents[2] / "docs/explanation/audit.md").read_text(encoding="utf-8")
    rows = page[page.index("Not compared are:") :].split("\n\n")[1].splitlines()[2:]
    assert set(re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in rows))) == LEFT_OUT.keys()
