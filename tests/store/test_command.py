from voltape.store.command import pairs, texts


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
