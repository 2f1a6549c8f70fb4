"""Examples for the interface's description, made of the same schemas that it consists of."""

from collections.abc import Mapping
from typing import Any

__all__ = ["PARAMETER_EXAMPLES", "example_of"]

PARAMETER_EXAMPLES: Mapping[str, Any] = {
    "atm": 5,
    "channels": "chain.BTC.2026-12-25,status",
    "coin": "BTC",
    "encoding": "json",
    "expiry": "2026-12-25",
    "field": "volatility_index",
    "fields": "symbol,mark_iv,delta",
    "format": "csv",
    "kind": "call",
    "lane": "live",
    "limit": 10,
    "max_abs_delta": 0.3,
    "max_delta": 0.6,
    "max_hz": 2.0,
    "max_iv": 1.5,
    "max_strike": 120000.0,
    "min_abs_delta": 0.2,
    "min_delta": 0.4,
    "min_iv": 0.1,
    "min_notional": 100000.0,
    "min_open_interest": 100.0,
    "min_size": 1.0,
    "min_strike": 80000.0,
    "min_volume": 1.0,
    "settle": "USDT",
    "side": "buy",
    "since": "2026-11-22T12:00:00Z",
    "sort": "-volume_24h",
    "symbol": "BTC-25DEC26-110000-C-USDT",
    "symbols": "BTC-25DEC26-110000-C-USDT,BTC-25DEC26-110000-P-USDT",
    "underlying": "BTC",
    "updated_within": 60.0,
}
"""A value for each parameter that has one to be shown; a cursor has none, because each is good for one page only."""

_FIELDS: Mapping[str, Any] = {
    **PARAMETER_EXAMPLES,
    "ask_iv": 0.489,
    "ask_price": 6000.0,
    "ask_size": 1.37,
    "atm_iv": 0.4672,
    "atm_strike": 110000.0,
    "bid_iv": 0.4419,
    "bid_price": 5385.0,
    "bid_size": 0.82,
    "cause": "cut without a close frame",
    "change_24h": 0.22019334,
    "contracts": 66,
    "count": 1,
    "days_to_expiry": 32.797,
    "delta": 0.50639883,
    "detail": "no BTC expiry '2026-12-26'; near it are 2026-12-25, 2027-03-26",
    "ended_at": "2026-11-22T12:53:05.514Z",
    "exchange": "stream.bybit.com",
    "expiry_at": "2026-12-25T08:00:00Z",
    "forward": 109202.25,
    "gamma": 2.618e-05,
    "high_24h": 5715.0,
    "index_price": 108591.39,
    "last_price": 5680.0,
    "low_24h": 4435.0,
    "mark_iv": 0.4655,
    "mark_price": 5693.54618897,
    "next_cursor": None,
    "open_interest": 248.63,
    "predicted_delivery_price": None,
    "put_call_ratio_open_interest": 0.914357,
    "put_call_ratio_volume": 0.772936,
    "request_id": "3f9c1a52-1c",
    "started_at": "2026-11-22T12:53:04.220Z",
    "strike": 110000.0,
    "theta": -92.64447397,
    "title": "Not Found",
    "total": 1,
    "total_turnover": 89083472.0,
    "total_volume": 820.0,
    "ts_exchange": 1795351970362,
    "ts_received": 1795351970395,
    "turnover_24h": 922957.7132,
    "type": "about:blank",
    "underlying_price": 109178.41,
    "uptime_s": 150.301,
    "vega": 130.54469537,
    "version": 24,
    "volume_24h": 8.48,
}
_OF_TYPE: Mapping[str, Any] = {"boolean": False, "integer": 1, "number": 0.5, "null": None, "string": "text"}
_DEEP = 8


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:  # noqa: ANN401
    """A value that a schema allows.

    Args:
        schema: what the value has to be.
        schemas: what `$ref` in it may name.
        name: of the field that holds the value, for a likely one.
        depth: of the field in the whole example.
    """
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if "enum" in schema:
        return next(one for one in schema["enum"] if one is not None)
    if name in _FIELDS and _is_of(_FIELDS[name], schema):
        return _FIELDS[name]
    either = schema.get("oneOf") or schema.get("anyOf")
    if either:
        full = [one for one in either if one.get("type") != "null"]
        return example_of(full[0] if full else either[0], schemas, name, depth)
    kinds = _kinds(schema)
    if "object" in kinds or "properties" in schema:
        return _object(schema, schemas, depth)
    if "prefixItems" in schema:
        return [example_of(one, schemas, "", depth + 1) for one in schema["prefixItems"]]
    if "array" in kinds:
        is_shown = depth < _DEEP and "items" in schema
        return [example_of(schema["items"], schemas, "", depth + 1)] if is_shown else []
    return next((_OF_TYPE[kind] for kind in kinds if kind != "null"), None)


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> dict[str, Any]:
    fields = schema.get("properties", {})
    return {field: example_of(one, schemas, field, depth + 1) for field, one in fields.items()}


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _is_of(value: object, schema: Mapping[str, Any]) -> bool:
    """Whether a value is of a type that the schema names; alternatives are looked into."""
    either = schema.get("oneOf") or schema.get("anyOf")
    if either:
        return any("$ref" not in one and _is_of(value, one) for one in either)
    kinds = _kinds(schema)
    if value is None:
        return "null" in kinds
    if isinstance(value, str):
        return "string" in kinds
    return "number" in kinds or ("integer" in kinds and isinstance(value, int))
