"""The ticker's fields and their order, which the packed record and the interface share."""

from typing import get_args

import msgspec

from voltape.model.ticker import EMPTY_VALUES, META_FIELDS, VALUE_FIELDS, Lane, Ticker

CONTRACT = {
    *("symbol", "underlying", "settle", "expiry", "expiry_at", "days_to_expiry", "strike", "kind"),
    *(
        "bid_price",
        "bid_size",
        "bid_iv",
        "ask_price",
        "ask_size",
        "ask_iv",
        "last_price",
        "high_24h",
        "low_24h",
    ),
    *("mark_price", "mark_iv", "index_price", "underlying_price", "open_interest", "volume_24h"),
    *("turnover_24h", "total_volume", "total_turnover", "delta", "gamma", "vega", "theta"),
    *("predicted_delivery_price", "change_24h", "ts_exchange", "ts_received", "lane", "stale"),
}


def test_a_ticker_has_the_interfaces_fields() -> None:
    """Every field of the published ticker object is there, and no other."""
    assert set(Ticker.__struct_fields__) == CONTRACT


def test_values_and_meta_stand_in_the_tickers_order() -> None:
    """A tuple of values can be laid over the ticker's fields as it is."""
    assert (*Ticker.__struct_fields__[8:],) == (*VALUE_FIELDS, *META_FIELDS)
    assert set(EMPTY_VALUES) == {None}
    assert len(EMPTY_VALUES) == len(VALUE_FIELDS)


def test_an_absent_value_is_null_and_a_zero_is_zero() -> None:
    """Trap 5: absence reaches the wire as null, and a real zero as a number."""
    ticker = Ticker("S", "BTC", "USDT", "2026-12-25", "2026-12-25T08:00:00Z", 1.0, 5.0, "call", delta=0.0)
    wire = msgspec.json.decode(msgspec.json.encode(ticker))
    assert wire["bid_price"] is None
    assert wire["delta"] == 0.0
    assert list(wire) == list(Ticker.__struct_fields__)


def test_there_are_two_lanes() -> None:
    """A contract is pushed or polled."""
    assert get_args(Lane) == ("live", "polled")
