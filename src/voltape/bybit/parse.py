"""Wire to model: decode, check, and turn the venue's zeros into absence.

The usual message goes through one typed decode. A message that the typed decoder refuses is looked at again
field by field, because the venue may send empty strings for absent values; what is then still not a number
(wrong type, NaN, infinity) is a `MessageError` and the whole message is dropped.
"""

from math import isfinite

import msgspec

from voltape.errors import MessageError
from voltape.model.ticker import EMPTY_VALUES, VALUE_FIELDS, Values

from .fields import ZERO_IS_ABSENT
from .messages import UNREADABLE, Envelope, RestTicker, TickerPush, WireTicker

__all__ = ["merge_delta", "rest_values", "ticker_push"]

_decode_push = msgspec.json.Decoder(TickerPush, strict=False).decode
_decode_envelope = msgspec.json.Decoder(Envelope).decode
_decode_rest = msgspec.json.Decoder(RestTicker, strict=False).decode
_decode_any = msgspec.json.Decoder().decode
_astuple = msgspec.structs.astuple
_WIRE_NAMES = WireTicker.__struct_fields__[1:]
_REST_NAMES = RestTicker.__struct_fields__[1:]
_ZEROABLE = tuple(i for i, absent in enumerate(ZERO_IS_ABSENT) if absent)
# Nearly every contract has no delivery price yet and most have none of the other zeros, so that two looks are enough.
_DELIVERY = VALUE_FIELDS.index("predicted_delivery_price")
_ZEROS_END = 1 + max(i for i in _ZEROABLE if i != _DELIVERY)


def ticker_push(symbol: str, message: bytes) -> tuple[Values, int]:
    """Values and sequence number of a pushed ticker snapshot.

    Args:
        symbol: the contract its topic names.
        message: the whole frame.

    Raises:
        MessageError: its data is not about `symbol`, or a value is not a finite number.
    """
    try:
        push = _decode_push(message)
    except msgspec.ValidationError:
        return _by_field(symbol, _data(symbol, message), _WIRE_NAMES), 0
    except UNREADABLE as error:
        raise MessageError(symbol, str(error)) from error
    ticker = push.data
    if ticker.symbol != symbol:
        raise MessageError(symbol, f"its data is about {ticker.symbol[:64]!r}")
    return _checked(symbol, _astuple(ticker)[1:]), _sequence(push.id)


def rest_values(row: bytes | msgspec.Raw) -> tuple[str, Values]:
    """Symbol and values of one row of a REST answer.

    Raises:
        MessageError: there is no symbol, or a value is not a finite number.
    """
    try:
        ticker = _decode_rest(row)
    except msgspec.ValidationError:
        symbol = _object("row", row).get("symbol")
        if not isinstance(symbol, str):
            raise MessageError("row", "it has no symbol") from None
        return symbol, _by_field(symbol, row, _REST_NAMES)
    except UNREADABLE as error:
        raise MessageError("row", str(error)) from error
    return ticker.symbol, _checked(ticker.symbol, _astuple(ticker)[1:])


def merge_delta(symbol: str, data: bytes | msgspec.Raw, base: Values) -> Values:
    """Values after a push of type `delta`: only the fields that it names change.

    Raises:
        MessageError: as `ticker_push`.
    """
    given = _object(symbol, data)
    values = _by_field(symbol, data, _WIRE_NAMES)
    return tuple(
        new if name in given else old for name, old, new in zip(_WIRE_NAMES, base, values, strict=True)
    )


def _data(symbol: str, message: bytes) -> msgspec.Raw:
    try:
        return _decode_envelope(message).data
    except UNREADABLE as error:
        raise MessageError(symbol, str(error)) from error


def _sequence(message_id: str) -> int:
    """Number between topic and time in a push's `id`, 0 where there is none; symbols hold dashes too."""
    number = message_id.rpartition("-")[0].rpartition("-")[2]
    return int(number) if number.isdecimal() and len(number) <= 18 else 0


def _total(values: Values) -> float:
    try:
        return sum(values)  # type: ignore[arg-type]
    except TypeError:
        return sum(filter(None, values))


def _checked(symbol: str, values: tuple[float | None, ...]) -> Values:
    # A sum is the cheapest test for NaN and infinity over all values at once.
    if not isfinite(_total(values)):
        raise MessageError(symbol, "a value is not a finite number")
    if 0.0 not in values[:_ZEROS_END]:
        return values if values[_DELIVERY] else (*values[:_DELIVERY], None, *values[_DELIVERY + 1 :])
    cleaned = list(values)
    for i in _ZEROABLE:
        if not cleaned[i]:
            cleaned[i] = None
    return tuple(cleaned)


def _object(symbol: str, data: bytes | msgspec.Raw) -> dict[str, object]:
    try:
        given = _decode_any(data)
    except UNREADABLE as error:
        raise MessageError(symbol, str(error)) from error
    if not isinstance(given, dict):
        raise MessageError(symbol, "its data is not an object")
    return given


def _by_field(symbol: str, data: bytes | msgspec.Raw, names: tuple[str, ...]) -> Values:
    given = _object(symbol, data)
    if given.get("symbol") != symbol:
        raise MessageError(symbol, "its data is about another contract or none")
    values = list(EMPTY_VALUES)
    for i, name in enumerate(names):
        values[i] = _number(symbol, name, given.get(name))
    return _checked(symbol, tuple(values))


def _number(symbol: str, name: str, value: object) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            return msgspec.convert(value, float, strict=False)
        except msgspec.ValidationError:
            pass
    shown = repr(value[:32]) if isinstance(value, str) else type(value).__name__
    raise MessageError(symbol, f"{name} is {shown}, not a number")
