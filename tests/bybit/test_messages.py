"""Wire structs: the exchange's own names, in the model's order."""

import msgspec
import pytest

from tests.bybit.payloads import answers
from tests.recorded import recorded_messages
from voltape.bybit.messages import UNREADABLE, Command, Envelope, RestTicker, WireTicker
from voltape.model.ticker import VALUE_FIELDS

RENAMED = {
    "bidPrice": "bid1Price",
    "bidSize": "bid1Size",
    "bidIv": "bid1Iv",
    "askPrice": "ask1Price",
    "askSize": "ask1Size",
    "askIv": "ask1Iv",
    "markPriceIv": "markIv",
}


def snake(name: str) -> str:
    """Write one of the socket's names as the model does."""
    if name == "markPriceIv":
        return "mark_iv"
    if name in {"highPrice24h", "lowPrice24h"}:
        name = name.replace("Price", "")
    name = name.replace("24h", "_24h")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def test_the_sockets_fields_stand_in_the_models_order() -> None:
    """Decoding to a tuple puts every value in its place."""
    assert tuple(map(snake, WireTicker.__struct_fields__[1:])) == VALUE_FIELDS


def test_rest_has_other_names_for_quotes_and_mark_iv_only() -> None:
    """Trap 8: the two sides are two structs, the same position by position."""
    assert [RENAMED.get(name, name) for name in WireTicker.__struct_fields__] == [
        *RestTicker.__struct_fields__
    ]


@pytest.mark.parametrize("answer", answers(), ids=lambda answer: answer.decode()[:60])
def test_an_answer_is_no_push(answer: bytes) -> None:
    """Classified by shape: it has no topic, and every shape seen fits."""
    assert msgspec.json.decode(answer, type=Envelope).topic == ""
    command = msgspec.json.decode(answer, type=Command)
    assert (command.success is not None) or command.op == "pong"


def test_an_acknowledgement_without_op_names_its_topics() -> None:
    """Trap 1: the option socket's form has neither `op` nor `req_id`, and both lists may be filled."""
    command = msgspec.json.decode(answers()[1], type=Command)
    assert command.data is not None
    assert (command.data.successTopics, command.data.failTopics) == (["tickers.A"], ["tickers.B"])
    assert (command.op, command.ret_msg) == ("", "")


def test_a_failure_without_data_is_understood() -> None:
    """Older failures carry a code and nothing else."""
    command = msgspec.json.decode(answers()[2], type=Command)
    assert (command.success, command.data) == (False, None)


def test_every_recorded_message_is_a_push_or_an_answer() -> None:
    """Real frames of every kind fit one struct or the other."""
    topics = []
    for message in recorded_messages():
        envelope = msgspec.json.decode(message, type=Envelope)
        topics.append(envelope.topic.partition(".")[0])
        if envelope.topic:
            assert envelope.ts > 0
        else:
            command = msgspec.json.decode(message, type=Command)
            assert command.op == "pong" or command.success is not None
    assert {topic: topics.count(topic) for topic in topics} == {
        "publicTrade": 1,
        "orderbook": 4,
        "tickers": 3,
        "": 5,
    }


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"{",
        b"null",
        b"[1]",
        b'{"topic":"\xff"}',
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"ts":1e999}',
    ],
    ids=lambda frame: frame[:12],
)
def test_what_cannot_be_read_raises_one_of_the_named_errors(frame: bytes) -> None:
    """Trap 23: whoever decodes foreign bytes knows what to catch."""
    with pytest.raises(UNREADABLE):
        msgspec.json.decode(frame, type=Envelope)
