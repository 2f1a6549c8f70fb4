"""Requests on the option socket, without a socket."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.sim.options import SimOptions
from voltape.sim.session import Reaction, Session, topic_chars


def session(**options: object) -> Session:
    """A fresh session with these limits."""
    return Session("conn", SimOptions(**options))  # type: ignore[arg-type]


def ask(subject: Session, operation: str, *topics: str) -> Reaction:
    """Send one request."""
    return subject.receive(json.dumps({"op": operation, "args": topics}).encode(), 5)


def test_a_repeated_topic_counts_once_but_is_attached_again() -> None:
    """So that a client can revive a topic that went silent."""
    subject = session()
    ask(subject, "subscribe", "tickers.A", "tickers.A")
    again = ask(subject, "subscribe", "tickers.A")
    assert again.subscribed == ["tickers.A"]
    assert list(subject.topics) == ["tickers.A"]
    assert subject.args_chars == topic_chars(["tickers.A"]) == len('"tickers.A",')


def test_unsubscribing_gives_the_characters_back() -> None:
    """An unknown topic is acknowledged like any other."""
    subject = session()
    ask(subject, "subscribe", "tickers.A", "tickers.B")
    gone = ask(subject, "unsubscribe", "tickers.A", "tickers.NONE")
    assert gone.unsubscribed == ["tickers.A"]
    assert gone.acked == ("tickers.A", "tickers.NONE")
    assert subject.args_chars == topic_chars(["tickers.B"])


def test_a_ping_is_counted_and_answered() -> None:
    """With the venue's time."""
    subject = session()
    reaction = subject.receive(b'{"req_id":"1","op":"ping"}', 1234)
    assert reaction.pinged
    assert reaction.reply == b'{"args":["1234"],"op":"pong"}'
    assert subject.pings == 1


@pytest.mark.parametrize(("limit", "allowed"), [("connection", 2), ("request", 4), ("off", 4)])
def test_characters_are_limited_in_the_chosen_scope(limit: str, allowed: int) -> None:
    """Each request of ten topics stays below the limit by itself."""
    subject = session(chars_limit=limit, max_chars=300)
    outcomes = [ask(subject, "subscribe", *(f"tickers.{n}{i}" for i in range(10))).violation for n in "ABCD"]
    assert outcomes.count(None) == allowed


@given(st.binary(max_size=200))
def test_no_bytes_break_a_session(data: bytes) -> None:
    """Nonsense is a violation without an answer."""
    reaction = session().receive(data, 0)
    assert reaction.violation
    assert reaction.reply is None


@given(
    st.lists(
        st.tuples(st.booleans(), st.lists(st.sampled_from([f"t.{'x' * i}" for i in range(9)]), max_size=5))
    )
)
def test_the_character_count_is_always_that_of_the_topics(steps: list[tuple[bool, list[str]]]) -> None:
    """Whatever is subscribed, unsubscribed or forgotten."""
    subject = session()
    for on, topics in steps:
        ask(subject, "subscribe" if on else "unsubscribe", *topics)
        if topics:
            subject.forget(topics[:1])
        assert subject.args_chars == topic_chars(list(subject.topics))
