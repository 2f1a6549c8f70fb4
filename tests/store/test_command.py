import pytest

from voltape.store.command import Reply, pairs, reply_size, texts


def test_a_flat_reply_becomes_pairs() -> None:
    """A hash arrives as field, value, field, value."""
    assert dict(pairs([b"a", b"1", b"b", b"2"])) == {"a": b"1", "b": b"2"}


def test_replies_of_another_kind_have_no_pairs() -> None:
    """Nil, numbers and nested lists give nothing rather than an error."""
    assert dict(pairs(None)) == {}
    assert dict(pairs(3)) == {}
    assert dict(pairs([b"a", [b"1"], b"c"])) == {}


def test_members_are_read_as_text() -> None:
    """A set's members become strings; anything else is left out."""
    assert texts([b"BTC", None, b"ETH"]) == ["BTC", "ETH"]
    assert texts(None) == []


@pytest.mark.parametrize(
    ("reply", "wire"),
    [
        (b"abc", b"$3\r\nabc\r\n"),
        (b"", b"$0\r\n\r\n"),
        (1234, b":1234\r\n"),
        (None, b"$-1\r\n"),
        ([], b"*0\r\n"),
        ([b"a", 1, [None]], b"*3\r\n$1\r\na\r\n:1\r\n*1\r\n$-1\r\n"),
    ],
)
def test_a_reply_has_the_size_that_it_has_on_the_wire(reply: Reply, wire: bytes) -> None:
    """Texts, numbers, nil and lists of them."""
    assert reply_size(reply) == len(wire)
