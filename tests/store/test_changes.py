import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voltape.store import keys
from voltape.store.changes import Entry, append, parse_entries
from voltape.store.codec import CodecError
from voltape.store.command import Reply

DOCUMENT = Path(__file__).parents[2] / "docs/reference/storage.md"

words = st.lists(st.text("ABC-0123456789.", min_size=1), max_size=3).map(tuple)
slots = st.one_of(
    st.frozensets(st.integers(0, 65_535), max_size=50),
    st.frozensets(st.integers(0, 899), max_size=900),
    st.integers(0, 900).map(range).map(frozenset),
).map(lambda chosen: tuple(sorted(chosen)))
entries = st.builds(
    Entry,
    n=st.integers(0, 2**50),
    ts=st.integers(0, 2**45),
    slots=slots,
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


def as_stored(slots: tuple[int, ...]) -> bytes:
    """The slots of an entry in the store."""
    stored = append("BTC", Entry(1, 2, slots), 50)[11]
    assert isinstance(stored, bytes)
    return stored


def read_like_the_document(data: bytes) -> list[int]:
    """Slots by the steps of the reference, with none of the program's code."""
    if len(data) % 2 == 0:
        return [data[i] + 256 * data[i + 1] for i in range(0, len(data), 2)]
    if data[0] == 1:
        return [8 * i + bit for i, byte in enumerate(data[1:]) for bit in range(8) if byte >> bit & 1]
    assert data[0] == 2
    found, slot = [], -1
    for byte in data[1:]:
        slot += min(byte, 254)
        if 0 < byte < 255:
            found.append(slot)
    return found


@given(slots)
@example((253,))
@example((254, 508, 509))
@example((65_535,))
def test_the_document_tells_how_to_read_slots(slots: tuple[int, ...]) -> None:
    """A reader in another language, written from the page, finds the same contracts."""
    assert read_like_the_document(as_stored(slots)) == list(slots)


def test_the_documents_examples_are_what_we_write() -> None:
    """Each form's example in the reference is the program's own output, or readable by it."""
    text = DOCUMENT.read_text(encoding="utf-8").partition("### Slots")[2]
    rows = re.findall(r"^\| \w+ \| `([\d, ]+)` \| `([0-9a-f ]+)` \|$", text, re.MULTILINE)
    told = [(tuple(map(int, slots.split(","))), bytes.fromhex(data)) for slots, data in rows]
    assert [as_stored(slots) for slots, data in told if len(data) % 2] == [data for _, data in told[:2]]
    assert [read_like_the_document(data) for _, data in told] == [list(slots) for slots, _ in told]


@pytest.mark.parametrize(("changed", "most"), [(1, 9), (30, 41), (120, 115), (450, 115), (900, 115)])
def test_slots_take_a_byte_each_or_a_bit(changed: int, most: int) -> None:
    """Few changes cost their number, many cost a bitmap: less than the two bytes each of the plain form."""
    chosen = Random(changed).sample(range(900), changed)
    assert len(as_stored(tuple(chosen))) <= most


@given(st.lists(st.integers(0, 2_000), max_size=300).map(tuple))
def test_order_and_repetition_of_slots_do_not_matter(slots: tuple[int, ...]) -> None:
    """Whatever order the writer has them in, they are read in ascending order and once."""
    assert read_like_the_document(as_stored(slots)) == sorted(set(slots))


def test_entries_of_the_plain_form_are_still_read() -> None:
    """Two bytes per slot, low byte first, as an earlier version wrote them."""
    reply: Reply = [[b"7-0", [b"n", b"1", b"t", b"2", b"c", b"\x01\x00\x02\x01"]]]
    assert list(parse_entries(reply)) == [("7-0", Entry(1, 2, (1, 258)))]


@given(st.binary(max_size=40))
def test_foreign_slots_raise_no_other_error(data: bytes) -> None:
    """Whatever stands there, a reader gets slots or our error."""
    try:
        ((_, entry),) = parse_entries([[b"7-0", [b"n", b"1", b"t", b"2", b"c", data]]])
    except CodecError:
        assert data[0] not in {1, 2}
        return
    assert all(0 <= slot < 65_536 for slot in entry.slots)


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
