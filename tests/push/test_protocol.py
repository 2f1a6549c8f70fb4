import json
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.model.row import FIELD_BITS
from voltape.model.ticker import Ticker
from voltape.push.protocol import (
    Delta,
    GapNotice,
    Heartbeat,
    Hello,
    Refusal,
    RequestError,
    Snapshot,
    Subscribe,
    Unsubscribe,
    channel_from_name,
    encode,
    request_from_text,
)

EXAMPLES = Path(__file__).parents[1] / "data" / "push"


def example(name: str) -> dict[str, object]:
    """One of the messages that the dashboard's tests read as well."""
    message = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(message, dict)
    return message


def test_a_snapshot_is_written_as_the_shared_example_shows() -> None:
    """Every field of the example, in its place, and nothing else."""
    message = example("snapshot")
    tickers = msgspec.convert(message["data"], list[Ticker])
    ours = Snapshot("chain.BTC.2026-12-25", 1041, 1790424000000, tickers)
    assert json.loads(encode(ours, "json")) == message


def test_a_delta_is_written_as_the_shared_example_shows() -> None:
    """Without `removed` where nothing left."""
    message = example("delta")
    ours = Delta("chain.BTC.2026-12-25", 1042, 1790424000250, message["data"])
    assert json.loads(encode(ours, "json")) == message


def test_the_shared_delta_carries_only_fields_that_can_change() -> None:
    """The example itself keeps to the contract."""
    data = example("delta")["data"]
    assert isinstance(data, list)
    for fields in data:
        assert set(fields) - {"symbol"} <= set(FIELD_BITS)


def test_removed_contracts_are_named_as_the_shared_example_shows() -> None:
    """`removed` lists symbols."""
    message = example("delta_removed")
    removed = ["BTC-25DEC26-300000-C-USDT", "BTC-25DEC26-300000-P-USDT"]
    ours = Delta("chain.BTC.2026-12-25", 1043, 1790424000500, [], removed)
    assert json.loads(encode(ours, "json")) == message


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("hello", Hello(1790424000000, "0.1.0", 5.0)),
        ("heartbeat", Heartbeat(1790424005000)),
        ("error", Refusal(1790424007000, "chain.BTC.tomorrow", "unknown channel 'chain.BTC.tomorrow'")),
        (
            "gap",
            GapNotice(
                1790424006000,
                "chain.BTC.2026-12-25",
                "connection 2 to the exchange was lost",
                "2026-09-26T12:00:01.800Z",
                "2026-09-26T12:00:06Z",
            ),
        ),
    ],
)
def test_other_messages_have_at_least_the_fields_of_the_shared_example(name: str, ours: Hello) -> None:
    """What the dashboard reads is there with the same values."""
    assert example(name).items() <= json.loads(encode(ours, "json")).items()


def test_messagepack_says_the_same_as_json() -> None:
    """The encodings differ in nothing else."""
    message = Delta("tickers.BTC", 7, 8, [{"symbol": "X", "bid_price": None, "delta": -0.25}], ["Y"])
    assert msgspec.msgpack.decode(encode(message, "msgpack")) == json.loads(encode(message, "json"))


def test_requests_are_read() -> None:
    """Both operations, with and without a rate."""
    assert request_from_text('{"op":"subscribe","channels":["status"]}') == Subscribe(["status"])
    text = b'{"op":"subscribe","channels":[],"max_hz":2,"id":"ours to ignore"}'
    assert request_from_text(text) == Subscribe([], 2.0)
    assert request_from_text('{"op":"unsubscribe","channels":["status"]}') == Unsubscribe(["status"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "truncated"),
        ("{", "truncated"),
        ("[]", "array"),
        ('{"op":"buy","channels":[]}', "buy"),
        ('{"channels":[]}', "op"),
        ('{"op":"subscribe"}', "channels"),
        ('{"op":"subscribe","channels":"status"}', "channels"),
        ('{"op":"subscribe","channels":[1]}', "channels"),
        ('{"op":"subscribe","channels":[],"max_hz":0}', "above 0"),
        ('{"op":"subscribe","channels":[],"max_hz":-1}', "above 0"),
        ('{"op":"subscribe","channels":[],"x":' + "[" * 16_000, ""),
        (b"\xff\xfe", ""),
        ('{"op":"subscribe","channels":["\ud800"]}', ""),
    ],
)
def test_what_is_no_request_is_refused_with_its_reason(text: str | bytes, reason: str) -> None:
    """The reason names what is wrong."""
    with pytest.raises(RequestError) as caught:
        request_from_text(text)
    assert reason in str(caught.value)


@given(st.binary() | st.text())
def test_no_input_breaks_the_reader_of_requests(text: str | bytes) -> None:
    """Anything is either a request or a refusal."""
    with suppress(RequestError):
        assert isinstance(request_from_text(text), Subscribe | Unsubscribe)


def test_channel_names_are_taken_apart() -> None:
    """Each kind; a symbol may hold dots."""
    chain = channel_from_name("chain.BTC.2026-12-25")
    assert chain is not None
    assert (chain.kind, chain.underlying, chain.expiry) == ("chain", "BTC", "2026-12-25")
    assert channel_from_name("chain.BTC.25DEC26").expiry == "2026-12-25"  # type: ignore[union-attr]
    tickers = channel_from_name("tickers.ETH")
    assert tickers is not None
    assert (tickers.kind, tickers.underlying) == ("tickers", "ETH")
    ticker = channel_from_name("ticker.XRP-25DEC26-0.55-C-USDT")
    assert ticker is not None
    assert (ticker.kind, ticker.symbol) == ("ticker", "XRP-25DEC26-0.55-C-USDT")
    trades = channel_from_name("trades.ETH")
    assert trades is not None
    assert (trades.kind, trades.underlying) == ("trades", "ETH")
    status = channel_from_name("status")
    assert status is not None
    assert status.kind == "status"


@pytest.mark.parametrize(
    "name", ["", ".", "chain", "chain.", "chain.BTC", "chain..2026-12-25", "chain.BTC.tomorrow", "status.x",
             "tickers", "tickers.", "ticker.", "trades.", "Chain.BTC.2026-12-25"]
)  # fmt: skip
def test_names_of_no_channel_are_not_guessed_at(name: str) -> None:
    """There is no channel of such a name."""
    assert channel_from_name(name) is None
