"""Frames and messages as bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.frame_protocol import FrameProtocol, Opcode

from voltape.sim.ticker import WS_FIELDS
from voltape.sim.wire import PING, TEXT, TickerBody, acknowledged, framed, pong, refused

VALUES = tuple(f"{i}.5" for i in range(len(WS_FIELDS)))


def unframed(frame: bytes) -> str:
    """The text of one whole frame, read by another implementation."""
    protocol = FrameProtocol(client=True, extensions=[])
    protocol.receive_bytes(frame)
    (only,) = protocol.received_frames()
    assert only.opcode is Opcode.TEXT
    assert only.message_finished
    return str(only.payload)


@given(st.integers(0, 200_000))
@pytest.mark.parametrize("opcode", [TEXT])
def test_frames_of_every_size_are_read_back(opcode: int, size: int) -> None:
    """The three length forms, unmasked."""
    assert unframed(framed(b"x" * size, opcode)) == "x" * size


def test_a_control_frame_has_its_own_opcode() -> None:
    """Ping with a payload."""
    assert framed(b"hi", PING) == b"\x89\x02hi"


@pytest.mark.parametrize("newer", [True, False])
def test_a_ticker_message_holds_topic_time_sequence_and_all_values(newer: bool) -> None:
    """In either order of keys, compact."""
    body = TickerBody("BTC-6JAN23-17500-C", newer=newer)
    body.load(VALUES)
    text = unframed(body.frame(62_191_583_841, 1_773_966_121_157))
    message = json.loads(text)
    assert " " not in text
    assert message == {
        "topic": "tickers.BTC-6JAN23-17500-C",
        "ts": 1_773_966_121_157,
        "type": "snapshot",
        "id": "tickers.BTC-6JAN23-17500-C-62191583841-1773966121157",
        "data": dict(zip(WS_FIELDS, VALUES, strict=True)),
    }
    assert list(message["data"]) == list(WS_FIELDS)


@given(st.decimals(0, 10_000, places=2).map(str), st.decimals(0, 10_000, places=2).map(str), st.booleans())
def test_resizing_equals_loading(bid: str, ask: str, newer: bool) -> None:
    """A patched message is the same as one rebuilt with the new sizes."""
    values = list(VALUES)
    patched, rebuilt = TickerBody("X", newer=newer), TickerBody("X", newer=newer)
    patched.load(values)
    patched.resize(bid, ask)
    values[2], values[5] = bid, ask
    rebuilt.load(values)
    assert patched.frame(1, 2) == rebuilt.frame(1, 2)


def test_answers_have_the_recorded_shapes() -> None:
    """Acknowledgement, refusal and pong, key by key."""
    ack = b'{"success":true,"conn_id":"c","data":{"failTopics":["b"],"successTopics":["a"]},"type":"COMMAND_RESP"}'
    assert acknowledged("c", ["a"], ["b"]) == ack
    assert refused("c", "no") == b'{"conn_id":"c","ret_msg":"no","success":false,"type":"COMMAND_RESP"}'
    assert pong(1_672_916_271_846) == b'{"args":["1672916271846"],"op":"pong"}'
