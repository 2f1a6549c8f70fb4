import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.top.keys import keys_in


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"q", ["q"]),
        (b"vQ", ["v", "q"]),
        (b"\t\x1b[Z", ["next", "previous"]),
        (b"\x1b[C\x1b[D\x1bOC\x1bOD", ["next", "previous", "next", "previous"]),
        (b"\x1b[A\x1b[B\x1b[H", ["up", "down", "home"]),
        (b"\x1b[200~\x1b\x1b[1;5Xe 1\xff", ["e"]),
        (b"\x04", ["q"]),
    ],
)
def test_keys_are_what_terminals_send(data: bytes, keys: list[str]) -> None:
    """Several may come at once, and what nobody knows is none."""
    assert list(keys_in(data)) == keys


@given(st.binary(max_size=40))
def test_no_bytes_do_harm(data: bytes) -> None:
    """Whatever a terminal sends, at most one key comes of a byte."""
    assert len(list(keys_in(data))) <= len(data)
