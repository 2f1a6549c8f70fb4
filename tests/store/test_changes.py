import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.store import keys
from voltape.store.changes import Entry, append, parse_entries
from voltape.store.codec import CodecError
from voltape.store.command import Reply

words = st.lists(st.text("ABC-0123456789.", min_size=1), max_size=3).map(tuple)
entries = st.builds(
    Entry,
    n=st.integers(0, 2**50),
    ts=st.integers(0, 2**45),
    slots=st.lists(st.integers(0, 65_535), max_size=50).map(tuple),
    removed=words,
    listed=words,
    full=st.booleans(),
)


def as_reply(entry: Entry) -> Reply:
    """The entry as the server would answer it."""
    fields = append("BTC", entry, 2000)[6:]
    return [b"7-0", [field if isinstance(field, bytes) else str(field).encode() for field in fields]]


@given(entries)
def test_an_entry_comes_back(entry: Entry) -> None:
    """Number, time, slots and markers survive the stream."""
    assert list(parse_entries([as_reply(entry)])) == [("7-0", entry)]


def test_the_stream_is_capped() -> None:
    """Every entry asks the server to keep about as many as configured."""
    command = append("BTC", Entry(1, 2, (3,)), 50)
    assert command[:6] == ("XADD", keys.changes("BTC"), "MAXLEN", "~", 50, "*")


def test_slots_are_two_bytes_low_byte_first() -> None:
    """The form that the reference promises to other languages."""
    assert append("BTC", Entry(1, 2, (1, 258)), 50)[11] == b"\x01\x00\x02\x01"


@pytest.mark.parametrize(
    "reply",
    [[b"x"], [[b"1-0"]], [[b"1-0", [b"n", b"x", b"t", b"1"]]], [[b"1-0", [b"a", b"b"]]], [[b"1-0", None]]],
    ids=repr,
)
def test_foreign_entries_are_refused(reply: Reply) -> None:
    """Whatever somebody else appended raises our error."""
    with pytest.raises(CodecError):
        list(parse_entries(reply))


def test_no_entries_are_no_error() -> None:
    """An empty or missing stream is read as nothing."""
    assert list(parse_entries(None)) == []
    assert list(parse_entries([])) == []
