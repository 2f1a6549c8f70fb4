"""From wire to model: values, absence, exactness, and what happens to garbage."""

import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bybit.payloads import CALL, pushed, rest_rows, ticker
from tests.recorded import recorded_messages, recorded_rest_tickers
from voltape.bybit.fields import ZERO_MEANS_ABSENT
from voltape.bybit.messages import RestTicker, WireTicker
from voltape.bybit.parse import merge_delta, rest_values, ticker_push
from voltape.errors import MessageError
from voltape.model.ticker import EMPTY_VALUES, VALUE_FIELDS, Values

WIRE_NAMES = WireTicker.__struct_fields__[1:]
REST_NAMES = RestTicker.__struct_fields__[1:]
NAMES = dict(zip(VALUE_FIELDS, WIRE_NAMES, strict=True))

LIQUID = {
    "bid_price": 4210.0,
    "bid_size": 3.25,
    "bid_iv": 0.4312,
    "ask_price": 4265.0,
    "ask_size": 0.75,
    "ask_iv": 0.4377,
    "last_price": 4240.0,
    "high_24h": 4490.0,
    "low_24h": 3975.0,
    "mark_price": 4236.91827364,
    "mark_iv": 0.4344,
    "index_price": 91234.56,
    "underlying_price": 92011.08,
    "open_interest": 118.44,
    "volume_24h": 19.01,
    "turnover_24h": 1734521.6619,
    "total_volume": 2204.0,
    "total_turnover": 198877665.0,
    "delta": 0.36271845,
    "gamma": 0.00001624,
    "vega": 163.90417268,
    "theta": -38.07719944,
    "predicted_delivery_price": None,
    "change_24h": -0.01851852,
}


def named(values: Values) -> dict[str, float | None]:
    """Return values under their names."""
    return dict(zip(VALUE_FIELDS, values, strict=True))


def push_values(**fields: object) -> dict[str, float | None]:
    """Return the values of a whole push in which some fields are as given."""
    return named(ticker_push(CALL, pushed(ticker(**fields)))[0])


def test_a_push_is_read_field_by_field() -> None:
    """Trap 17: every value goes under its own name and keeps the venue's unit: fractions, per day, per vol point."""
    values, sequence = ticker_push(CALL, pushed(sequence=70_000_000_001))
    assert named(values) == LIQUID
    assert sequence == 70_000_000_001


def test_a_rest_row_gives_the_same_values_as_the_push() -> None:
    """Trap 8: quotes and mark IV have other names on REST and land in the same places."""
    symbol, values = rest_values(rest_rows()[0])
    assert (symbol, named(values)) == (CALL, LIQUID)


def test_the_other_sides_names_are_not_taken() -> None:
    """Trap 8: a push with REST names has no quotes rather than wrong ones, and the other way round."""
    swapped = {"symbol": CALL, "bid1Price": "5", "markIv": "0.5", "delta": "0.1"}
    values = named(ticker_push(CALL, pushed(swapped))[0])
    assert (values["bid_price"], values["mark_iv"], values["delta"]) == (None, None, 0.1)
    values = named(
        rest_values(json.dumps({"symbol": CALL, "bidPrice": "5", "markPriceIv": "0.5"}).encode())[1]
    )
    assert set(values.values()) == {None}


@pytest.mark.parametrize("zero", ["0", "0.0", "0.00000000", "-0", 0, 0.0])
@pytest.mark.parametrize("name", VALUE_FIELDS)
def test_zero_is_absent_or_a_value_as_the_table_says(name: str, zero: object) -> None:
    """Trap 5: no bid is None, no delta is 0.0; in each field, on the usual path."""
    values = push_values(**{NAMES[name]: zero})
    assert values[name] == (None if name in ZERO_MEANS_ABSENT else 0.0)
    others = {other: value for other, value in values.items() if other != name}
    assert others == {other: value for other, value in LIQUID.items() if other != name}


@pytest.mark.parametrize("nothing", ["", None, ...], ids=["empty", "null", "missing"])
@pytest.mark.parametrize("name", VALUE_FIELDS)
def test_a_value_that_is_not_there_is_absent(name: str, nothing: object) -> None:
    """Trap 5: empty, null and missing all mean None, and cost no other field."""
    values = push_values(**{NAMES[name]: nothing})
    assert values[name] is None
    others = {other: value for other, value in values.items() if other != name}
    assert others == {other: value for other, value in LIQUID.items() if other != name}


def test_a_row_of_zeros_keeps_only_what_zero_means_something_for() -> None:
    """Trap 5: on REST as on the socket."""
    symbol, values = rest_values(rest_rows()[1])
    assert symbol == "BTC-2JAN27-250000-C-USDT"
    assert {name for name, value in named(values).items() if value is None} == ZERO_MEANS_ABSENT


def test_empty_values_on_rest_are_absent() -> None:
    """A row with an empty string is read field by field, and keeps the rest."""
    row = {**json.loads(rest_rows()[0]), "bid1Price": "", "delta": ""}
    symbol, values = rest_values(json.dumps(row).encode())
    assert (symbol, named(values)) == (CALL, {**LIQUID, "bid_price": None, "delta": None})


def test_numbers_instead_of_strings_are_taken() -> None:
    """A venue that one day sends numbers is understood."""
    values = push_values(bidPrice=4210, askPrice=4265.5)
    assert (values["bid_price"], values["ask_price"]) == (4210.0, 4265.5)


def test_unusual_but_possible_values_are_taken() -> None:
    """Exponents, negative theta and IV, and crossed quotes are the venue's business."""
    values = push_values(gamma="1.6e-05", bidIv="-0.01", bidPrice="10", askPrice="5")
    assert (values["gamma"], values["bid_iv"]) == (0.000016, -0.01)
    assert (values["bid_price"], values["ask_price"]) == (10.0, 5.0)


def test_extra_fields_and_any_key_order_are_accepted() -> None:
    """New fields of the venue are ignored; the order of keys varies between sources."""
    data = dict(reversed(ticker(rho="1", news={"deep": [1, 2]}).items()))
    frame = dict(reversed(json.loads(pushed(data, extra=True)).items()))
    assert named(ticker_push(CALL, json.dumps(frame).encode())[0]) == LIQUID


@pytest.mark.parametrize(
    ("message_id", "sequence"),
    [
        (f"tickers.{CALL}-62191583841-1773966121157", 62_191_583_841),
        ("tickers.BTC-6JAN23-17500-C-2480334983-1672917511074", 2_480_334_983),
        ("5-6", 5),
        ("", 0),
        ("nothing", 0),
        ("-", 0),
        (f"tickers.{CALL}", 0),
        (f"tickers.{CALL}-x-1", 0),
        (f"tickers.{CALL}--1", 0),
        (f"tickers.{CALL}-²-1", 0),
        ("9" * 18 + "-1", int("9" * 18)),
        ("9" * 19 + "-1", 0),
        ("9" * 9_000 + "-1", 0),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_sequence_number_is_found_from_the_right(message_id: str, sequence: int) -> None:
    """Symbols hold dashes too; an id of another form, or none, gives 0."""
    assert ticker_push(CALL, pushed(id=message_id))[1] == sequence


@pytest.mark.parametrize("frame", [{"id": ...}, {"id": 5}, {"id": None}], ids=str)
def test_a_message_without_a_usable_id_is_still_good(frame: dict[str, object]) -> None:
    """Values count although there is no number."""
    message = json.loads(pushed())
    message.update(frame)
    message = {name: value for name, value in message.items() if value is not ...}
    values, sequence = ticker_push(CALL, json.dumps(message).encode())
    assert (named(values), sequence) == (LIQUID, 0)


DECIMALS = st.builds(
    lambda digits, scale, sign: f"{sign}{Decimal(digits).scaleb(-scale):f}",
    st.integers(1, 10**15 - 1),
    st.integers(0, 20),
    st.sampled_from(["", "-"]),
)


@given(DECIMALS)
def test_up_to_fifteen_digits_come_back_as_the_same_decimal(text: str) -> None:
    """Floats are exact enough: string to float to JSON is the same number, digit for digit."""
    value = push_values(markPrice=text)["mark_price"]
    written = msgspec.json.encode(value).decode()
    assert Decimal(written) == Decimal(text)
    assert msgspec.json.decode(written) == value


@pytest.mark.parametrize("path", ["usual", "by field"])
@pytest.mark.parametrize(
    "value",
    [
        *("NaN", "nan", "Infinity", "inf", "-Infinity", "1e999", "-1e999", "9" * 400),
        *("abc", "1,5", "1_000", "0x10", " 1", "1 ", "+1", "true", "--1", "1e", "."),
        *(True, False, [], ["1"], {}, {"v": "1"}, 10**400),
    ],
    ids=lambda value: str(value)[:12],
)
def test_what_is_not_a_finite_number_costs_the_message(value: object, path: str) -> None:
    """One bad value drops the whole message: half a ticker would mix two moments."""
    data = ticker(gamma=value, **({"vega": ""} if path == "by field" else {}))
    with pytest.raises(MessageError):
        ticker_push(CALL, pushed(data))
    with pytest.raises(MessageError):
        merge_delta(CALL, json.dumps(data).encode(), EMPTY_VALUES)
    row = {**json.loads(rest_rows()[0]), "gamma": value}
    with pytest.raises(MessageError):
        rest_values(json.dumps(row).encode())


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 5_000])
def test_numbers_that_json_or_floats_do_not_have_cost_the_message(constant: bytes) -> None:
    """Unquoted as well as quoted."""
    data = b'{"symbol":"%s","markPrice":%s}' % (CALL.encode(), constant)
    for read in (lambda: ticker_push(CALL, b'{"data":%s}' % data), lambda: rest_values(data)):
        with pytest.raises(MessageError):
            read()


@pytest.mark.parametrize(
    "symbol", ["ETH-25DEC26-3000-C-USDT", "", 5, None, ..., ["x"], "X" * 9_000], ids=lambda v: str(v)[:9]
)
@pytest.mark.parametrize("bad", [{}, {"delta": ""}], ids=["usual", "by field"])
def test_data_about_another_contract_is_refused(symbol: object, bad: dict[str, object]) -> None:
    """Trap 7: the topic and the data must name the same contract, and the reason stays short."""
    data = {**ticker(**bad), "symbol": symbol}
    if symbol is ...:
        del data["symbol"]
    with pytest.raises(MessageError) as caught:
        ticker_push(CALL, pushed(data))
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("symbol", [5, None, ..., []], ids=str)
def test_a_rest_row_without_a_symbol_is_refused(symbol: object) -> None:
    """Nobody can say whose values those are."""
    row = {**json.loads(rest_rows()[0]), "symbol": symbol}
    if symbol is ...:
        del row["symbol"]
    with pytest.raises(MessageError):
        rest_values(json.dumps(row).encode())


def nested(depth: int) -> bytes:
    """Return a value nested this deeply."""
    return b"[" * depth + b"]" * depth


HOSTILE = {
    "empty": b"",
    "blank": b" ",
    "null": b"null",
    "a number": b"5",
    "a list": b"[]",
    "a string": b'"x"',
    "an empty object": b"{}",
    "data null": b'{"data":null}',
    "data a list": b'{"data":[]}',
    "data a string": b'{"data":"x"}',
    "data missing": b'{"topic":"tickers.X","ts":1}',
    "two objects": b"{} {}",
    "trailing garbage": pushed() + b"x",
    "invalid UTF-8": pushed().replace(b"BTC", b"B\xffC"),
    "invalid UTF-8 in a value": b'{"data":{"symbol":"%s","delta":"\xff"}}' % CALL.encode(),
    "invalid UTF-8 in a key": b'{"data":{"symbol":"%s","delta":"","\xff":1}}' % CALL.encode(),
    "half a surrogate": b'{"data":{"symbol":"\\ud800"}}',
    "UTF-16": pushed().decode().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + pushed(),
    "ts a string, value empty": pushed(ticker(delta=""), ts="x"),
    "topic a number, value empty": pushed(ticker(delta=""), topic=5),
    "deep value": b'{"data":{"symbol":"%s","delta":%s}}' % (CALL.encode(), nested(50_000)),
    "deep unknown field": b'{"data":{"symbol":"%s","x":%s}}' % (CALL.encode(), nested(50_000)),
    "deep outside": b'{"x":%s}' % nested(50_000),
    "nothing but depth": nested(50_000),
    "nothing but opening": b"[" * 50_000,
    "just below the limit": b'{"data":{"symbol":"%s","delta":%s}}' % (CALL.encode(), nested(900)),
    "64 kB string": b'{"data":{"symbol":"%s","delta":"%s"}}' % (CALL.encode(), b"1" * 65_536),
    "64 kB of keys": b'{"data":{"symbol":"%s","delta":[],%s}}'
    % (CALL.encode(), b",".join(b'"k%d":1' % i for i in range(6_500))),
}


@pytest.mark.parametrize("message", HOSTILE.values(), ids=HOSTILE.keys())
def test_garbage_raises_nothing_but_a_message_error(message: bytes) -> None:
    """Trap 23: whatever arrives, one message is lost and no more; the reason is short enough to log."""
    for read in (
        lambda: ticker_push(CALL, message),
        lambda: rest_values(message),
        lambda: merge_delta(CALL, message, EMPTY_VALUES),
    ):
        with pytest.raises(MessageError) as caught:
            read()
        assert len(str(caught.value)) < 300


@given(st.binary(max_size=60))
def test_no_bytes_break_the_readers(message: bytes) -> None:
    """Values or a message error, nothing else."""
    for read in (
        lambda: ticker_push(CALL, message),
        lambda: rest_values(message),
        lambda: merge_delta(CALL, message, EMPTY_VALUES),
    ):
        with pytest.raises(MessageError):
            read()


@given(st.integers(0, 900), st.binary(min_size=1, max_size=4), st.sampled_from(["cut", "put", "flip"]))
def test_a_damaged_message_is_understood_or_refused(position: int, bytes_: bytes, how: str) -> None:
    """Trap 23: a frame cut short or overwritten anywhere gives finite values or a message error."""
    message = pushed()
    position = min(position, len(message) - 1)
    damaged = {
        "cut": message[:position],
        "put": message[:position] + bytes_ + message[position:],
        "flip": message[:position] + bytes_ + message[position + len(bytes_) :],
    }[how]
    try:
        values, sequence = ticker_push(CALL, damaged)
    except MessageError:
        return
    assert how != "cut"
    assert sequence >= 0
    assert len(values) == len(VALUE_FIELDS)
    assert all(value is None or abs(value) < float("inf") for value in values)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(WIRE_NAMES), JSON, max_size=6))
def test_any_types_in_the_fields_give_finite_values_or_a_refusal(fields: dict[str, object]) -> None:
    """Trap 23: wrong types anywhere in the data."""
    try:
        values = push_values(**fields)
    except MessageError:
        return
    assert all(value is None or abs(value) < float("inf") for value in values.values())


def test_a_delta_changes_only_the_fields_it_names() -> None:
    """A push of type delta is merged; a named empty or zero field becomes absent, an unnamed one stays."""
    base = tuple(float(i) for i in range(1, len(VALUE_FIELDS) + 1))
    data = {"symbol": CALL, "bidPrice": "5", "askPrice": "0", "delta": "0", "vega": ""}
    merged = named(merge_delta(CALL, json.dumps(data).encode(), base))
    wanted = {**named(base), "bid_price": 5.0, "ask_price": None, "delta": 0.0, "vega": None}
    assert merged == wanted


def test_an_empty_delta_changes_nothing() -> None:
    """It names its contract and no field."""
    base = tuple(float(i) for i in range(1, len(VALUE_FIELDS) + 1))
    assert merge_delta(CALL, b'{"symbol":"%s"}' % CALL.encode(), base) == base


def test_recorded_pushes_are_read_exactly() -> None:
    """Real tickers of three years: each number as sent, zeros by the table."""
    pushes = [message for message in recorded_messages() if b'"topic":"tickers.' in message]
    assert len(pushes) == 3
    for message in pushes:
        data = json.loads(message)["data"]
        values, sequence = ticker_push(data["symbol"], message)
        assert sequence > 1_000_000_000
        for name, value in named(values).items():
            sent = float(data[NAMES[name]])
            assert value == (None if sent == 0 and name in ZERO_MEANS_ABSENT else sent)


def test_recorded_rest_rows_are_read_exactly() -> None:
    """A real row: no bid, an ask far from a tiny mark, and every number as sent."""
    for row in recorded_rest_tickers():
        sent = json.loads(bytes(row))
        symbol, values = rest_values(row)
        assert symbol == sent["symbol"]
        for (name, value), wire in zip(named(values).items(), REST_NAMES, strict=True):
            assert value == (
                None if float(sent[wire]) == 0 and name in ZERO_MEANS_ABSENT else float(sent[wire])
            )
        assert named(values)["bid_price"] is None
