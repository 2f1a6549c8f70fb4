import pytest

from voltape.config import colours_wanted


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, True),
        ({"TERM": "xterm-256color"}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_colours_can_be_declined_as_everywhere(environ: dict[str, str], wanted: bool) -> None:
    """By the variable that other programs heed, or by a terminal that has none."""
    assert colours_wanted(environ) == wanted
