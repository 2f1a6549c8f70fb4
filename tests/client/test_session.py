import json
from collections.abc import Mapping
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.client.problem import ChannelRefused, UnexpectedAnswer
from voltape.client.session import StreamSession
from voltape.push.protocol import (
    Delta,
    Heartbeat,
    Hello,
    Refusal,
    ServerMessage,
    Snapshot,
    encode,
    request_from_text,
)


def asked(text: str | None) -> Mapping[str, object] | None:
    """A request as plain data, once the server's own decoder has taken it."""
    if text is None:
        return None
    request_from_text(text)
    found: Mapping[str, object] = json.loads(text)
    return found


def frame(message: ServerMessage) -> bytes:
    """A message as it comes."""
    return encode(message, "msgpack")


def test_a_connection_begins_with_one_request_for_all_channels() -> None:
    """With the pace that is wanted."""
    (text,) = StreamSession(["status", "tickers.BTC"], 2.0).opened()
    assert asked(text) == {"op": "subscribe", "channels": ["status", "tickers.BTC"], "max_hz": 2.0}


def test_a_number_that_is_not_the_next_one_asks_for_a_snapshot() -> None:
    """Once, and nothing of the channel is passed on until it comes; other channels go on."""
    session = StreamSession(["a", "b"])
    session.opened()
    for message in (Snapshot("a", 5, 0, []), Snapshot("b", 1, 0, []), Delta("a", 6, 0, [])):
        assert session.received(frame(message)).message == message
    missed = session.received(frame(Delta("a", 8, 0, [])))
    assert missed.message is None
    assert asked(missed.reply) == {"op": "subscribe", "channels": ["a"], "max_hz": None}
    assert session.received(frame(Delta("a", 9, 0, []))) == (None, None)
    assert session.received(frame(Delta("b", 2, 0, []))).message == Delta("b", 2, 0, [])
    assert session.received(frame(Snapshot("a", 9, 0, []))).message == Snapshot("a", 9, 0, [])
    assert session.received(frame(Delta("a", 10, 0, []))).message == Delta("a", 10, 0, [])
    assert session.misses == 1


def test_a_new_connection_resumes_what_stands_and_asks_for_the_rest() -> None:
    """Each channel goes on behind the last message that was received of it."""
    session = StreamSession(["a", "b"], 2.0)
    session.opened()
    session.received(frame(Snapshot("a", 5, 0, [])))
    session.received(frame(Delta("a", 6, 0, [])))
    went_on = session.flowing
    first, second = map(asked, session.opened())
    assert first == {"op": "subscribe", "channels": ["b"], "max_hz": 2.0}
    assert second == {"op": "resume", "channel": "a", "seq": 6, "max_hz": 2.0}
    stood = session.flowing
    assert session.received(frame(Delta("a", 7, 0, []))).message == Delta("a", 7, 0, [])
    assert (went_on, stood, session.flowing) == (True, False, True)


@given(st.lists(st.booleans(), max_size=60))
def test_whatever_is_lost_the_taker_sees_no_hole(kept: list[bool]) -> None:
    """Deltas follow each other in number from each snapshot on, when any of the server's messages are lost."""
    session = StreamSession(["a"])
    session.opened()
    pending: list[ServerMessage] = [Snapshot("a", 0, 0, [])]
    seen: list[ServerMessage] = []
    for number, arrives in enumerate(kept, 1):
        pending.append(Delta("a", number, 0, []))
        if arrives:
            for message in pending:
                receipt = session.received(frame(message))
                if receipt.message is not None:
                    seen.append(receipt.message)
                if receipt.reply is not None:
                    seen.append(Snapshot("a", number, 0, []))
                    session.received(frame(seen[-1]))
        pending = []
    for before, after in pairwise(seen):
        assert isinstance(before, Snapshot | Delta)
        if isinstance(after, Delta):
            assert after.seq == before.seq + 1
    if seen:
        assert isinstance(seen[0], Snapshot)


def test_silence_is_judged_by_the_heartbeat_that_the_server_promises() -> None:
    """Ten seconds late is dead."""
    session = StreamSession(["a"])
    session.opened()
    assert session.received(frame(Hello(0, "1", 30.0))).message == Hello(0, "1", 30.0)
    assert session.patience_s == 40.0
    assert session.received(frame(Heartbeat(1))).message == Heartbeat(1)


def test_a_refused_channel_is_told_and_forgotten() -> None:
    """The others go on; when none is left there is nothing to wait for."""
    session = StreamSession(["a", "b"])
    session.opened()
    refusal = Refusal(0, "a", "unknown")
    assert session.received(frame(refusal)).message == refusal
    (text,) = session.opened()
    assert asked(text) == {"op": "subscribe", "channels": ["b"], "max_hz": None}
    with pytest.raises(ChannelRefused, match="b: unknown"):
        session.received(frame(Refusal(0, "b", "unknown")))


def test_a_refused_request_ends_the_stream() -> None:
    """It would be refused for ever."""
    session = StreamSession(["a"])
    with pytest.raises(ChannelRefused, match="not a request"):
        session.received(frame(Refusal(0, None, "not a request")))


def test_what_nobody_asked_for_and_what_nobody_knows_is_left_out() -> None:
    """The protocol may grow."""
    session = StreamSession(["a"])
    session.opened()
    assert session.received(msgspec.msgpack.encode({"type": "weather", "ts": 1})) == (None, None)
    assert session.received(frame(Snapshot("b", 1, 0, []))) == (None, None)
    assert session.received(frame(Delta("b", 2, 0, []))) == (None, None)


@pytest.mark.parametrize(
    "content", [b"\xc1", msgspec.msgpack.encode([1]), msgspec.msgpack.encode({"type": "delta"}), "{}"]
)
def test_what_is_no_message_is_told(content: bytes | str) -> None:
    """Something else answers there."""
    with pytest.raises(UnexpectedAnswer):
        StreamSession(["a"]).received(content)


@pytest.mark.parametrize("pace", [0.0, -1.0, float("nan")])
def test_a_pace_that_is_none_is_refused_at_once(pace: float) -> None:
    """So are channels that are none."""
    with pytest.raises(ValueError, match="max_hz"):
        StreamSession(["a"], pace)
    with pytest.raises(ValueError, match="channels"):
        StreamSession([])
    with pytest.raises(ValueError, match="channels"):
        StreamSession("status")
