"""Symbols: what is an option contract, and what its parts are."""

import locale
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recorded import recorded_symbols
from voltape.model.instrument import Instrument, expiry_from_text, instrument_from_symbol

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

BASES = st.from_regex(r"[A-Z0-9]{1,10}", fullmatch=True)
DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31))
STRIKES = st.from_regex(r"[1-9][0-9]{0,7}(\.[0-9]{1,8})?|0\.0{0,6}[1-9][0-9]{0,3}", fullmatch=True)
SETTLES = st.sampled_from(["", "-USDT", "-USDC", "-USD"])


def parsed(symbol: str) -> Instrument:
    """Return the contract of a symbol that is one."""
    instrument = instrument_from_symbol(symbol)
    assert instrument is not None, symbol
    return instrument


def venue_date(on: date) -> str:
    """Write a date as the venue does, day unpadded."""
    return f"{on.day}{MONTHS[on.month - 1]}{on.year % 100:02}"


def rebuilt(instrument: Instrument) -> str:
    """Write the symbol from the contract's parts, strike in shortest form."""
    strike = f"{instrument.strike:.8f}".rstrip("0").rstrip(".")
    head = f"{instrument.underlying}-{venue_date(date.fromisoformat(instrument.expiry))}-{strike}"
    suffix = "" if instrument.settle == "USDC" else f"-{instrument.settle}"
    return f"{head}-{'C' if instrument.kind == 'call' else 'P'}{suffix}"


@pytest.mark.parametrize(
    ("symbol", "underlying", "settle", "expiry", "strike", "kind"),
    [
        ("BTC-25DEC26-100000-C-USDT", "BTC", "USDT", "2026-12-25", 100_000.0, "call"),
        ("BTC-26DEC26-100000-P-USDT", "BTC", "USDT", "2026-12-26", 100_000.0, "put"),
        ("ETH-28FEB25-2800-C", "ETH", "USDC", "2025-02-28", 2_800.0, "call"),
        ("BTC-6JAN23-17500-C", "BTC", "USDC", "2023-01-06", 17_500.0, "call"),
        ("XRP-30OCT26-0.4-P-USDT", "XRP", "USDT", "2026-10-30", 0.4, "put"),
        ("DOGE-3APR26-0.0875-C-USDT", "DOGE", "USDT", "2026-04-03", 0.0875, "call"),
        ("1000PEPE-31MAR27-1.25-C-USDT", "1000PEPE", "USDT", "2027-03-31", 1.25, "call"),
        ("NVDA-18SEP26-182.5-P-USDT", "NVDA", "USDT", "2026-09-18", 182.5, "put"),
        ("BTC-29FEB28-90000-C-USDT", "BTC", "USDT", "2028-02-29", 90_000.0, "call"),
    ],
)
def test_a_symbol_has_its_parts(
    symbol: str, underlying: str, settle: str, expiry: str, strike: float, kind: str
) -> None:
    """Trap 6: decimal strikes, unpadded days and year digits are read as they stand; trap 7: four parts are USDC."""
    instrument = parsed(symbol)
    assert instrument.symbol == symbol
    assert (instrument.underlying, instrument.settle, instrument.expiry) == (underlying, settle, expiry)
    assert (instrument.strike, instrument.kind, instrument.tick_size) == (strike, kind, None)
    assert instrument.series == (underlying, expiry)


@pytest.mark.parametrize(
    "symbol",
    [
        "",
        "BTC",
        "BTCUSDT",
        "BTC-25DEC26",
        "BTCUSDT-25DEC26-100000",
        "BTC-05JAN27-100000-C-USDT",
        "BTC-0JAN27-100000-C-USDT",
        "BTC-32JAN27-100000-C-USDT",
        "BTC-30FEB27-100000-C-USDT",
        "BTC-29FEB27-100000-C-USDT",
        "BTC-31APR27-100000-C-USDT",
        "BTC-25Dec26-100000-C-USDT",
        "BTC-25dec26-100000-C-USDT",
        "BTC-25DEZ26-100000-C-USDT",
        "BTC-25DEC2026-100000-C-USDT",
        "BTC-25DEC6-100000-C-USDT",
        "btc-25DEC26-100000-C-USDT",
        "BTC-25DEC26-1e5-C-USDT",
        "BTC-25DEC26-.5-C-USDT",
        "BTC-25DEC26-5.-C-USDT",
        "BTC-25DEC26--5-C-USDT",
        "BTC-25DEC26-0-C-USDT",
        "BTC-25DEC26-0.000-C-USDT",
        "BTC-25DEC26-" + "9" * 400 + "-C-USDT",
        "BTC-25DEC26-100,000-C-USDT",
        "BTC-25DEC26-100000-X-USDT",
        "BTC-25DEC26-100000-c-USDT",
        "BTC-25DEC26-100000-C-usdt",
        "BTC-25DEC26-100000-C-",
        "BTC-25DEC26-100000-C-USDT-X",
        "BTC-25DEC26-100000-C-USDT\n",
        " BTC-25DEC26-100000-C-USDT",
        "BTC-\u0662\u0665DEC26-100000-C-USDT",
        "BTC-25DEC26-\u0661\u0660\u0660-C-USDT",
        "tickers.BTC-25DEC26-100000-C-USDT",
        "BTC_25DEC26_100000_C_USDT",
    ],
)
def test_what_is_no_symbol_is_refused(symbol: str) -> None:
    """Trap 6: padded days, other months, impossible dates and strikes are no contract rather than a wrong one."""
    assert instrument_from_symbol(symbol) is None


@pytest.mark.parametrize("display", ["BTCUSDT-27MAR26-70000-P", "XRPUSDT-30OCT26-0.4-P"])
def test_a_display_name_is_not_taken_for_the_contract(display: str) -> None:
    """Trap 7: a display name never passes for the symbol whose contract it shows."""
    instrument = parsed(display)
    assert instrument.underlying.endswith("USDT")
    assert instrument.underlying not in {"BTC", "XRP"}


def test_twins_in_two_settle_coins_are_two_contracts() -> None:
    """Trap 7: the same base, expiry, strike and kind in USDC and USDT differ in symbol and settle coin only."""
    usdc, usdt = parsed("BTC-26DEC25-140000-C"), parsed("BTC-26DEC25-140000-C-USDT")
    assert usdc != usdt
    assert usdc.series == usdt.series
    assert (usdc.settle, usdt.settle) == ("USDC", "USDT")


def test_the_venues_own_word_on_settlement_and_instant_counts() -> None:
    """Settle coin, instant and tick of the listing win over what the symbol suggests."""
    instrument = instrument_from_symbol(
        "NVDA-18SEP26-182.5-P-USDT", settle="USDC", expiry_ms=1_789_761_600_000, tick_size=0.05
    )
    assert instrument is not None
    assert (instrument.settle, instrument.expiry_ms, instrument.tick_size) == (
        "USDC",
        1_789_761_600_000,
        0.05,
    )
    assert instrument.expiry == "2026-09-18"


@pytest.mark.parametrize("expiry_ms", [-1, 253_402_300_800_000, 10**30])
def test_an_instant_that_no_calendar_has_is_refused(expiry_ms: int) -> None:
    """A listing with an absurd delivery time is skipped, not a crash later on."""
    assert instrument_from_symbol("BTC-25DEC26-100000-C-USDT", expiry_ms=expiry_ms) is None


def test_expiry_is_at_eight_in_utc() -> None:
    """Without the venue's word a contract expires at 08:00 UTC of its date."""
    instant = datetime.fromtimestamp(parsed("BTC-27MAR26-70000-P-USDT").expiry_ms / 1000, UTC)
    assert instant == datetime(2026, 3, 27, 8, tzinfo=UTC)


def test_the_locale_changes_nothing() -> None:
    """Trap 6: month names, case rules and decimal signs of whatever languages are installed play no part."""
    before = locale.setlocale(locale.LC_ALL)
    try:
        for name in ("C", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8", "fr_FR.UTF-8", "ja_JP.UTF-8"):
            with suppress(locale.Error):
                locale.setlocale(locale.LC_ALL, name)
            for month in MONTHS:
                assert rebuilt(parsed(f"XRP-9{month}26-0.45-C-USDT")) == f"XRP-9{month}26-0.45-C-USDT"
    finally:
        locale.setlocale(locale.LC_ALL, before)


@given(BASES, DATES, STRIKES, st.sampled_from("CP"), SETTLES)
def test_any_symbol_of_the_grammar_round_trips(
    base: str, on: date, strike: str, side: str, suffix: str
) -> None:
    """Trap 6: every date from 2000 to 2099 and every strike comes back as it was written."""
    symbol = f"{base}-{venue_date(on)}-{strike}-{side}{suffix}"
    instrument = parsed(symbol)
    assert instrument.symbol == symbol
    assert instrument.underlying == base
    assert instrument.expiry == on.isoformat()
    assert instrument.strike == float(strike)
    assert instrument.kind == ("call" if side == "C" else "put")
    assert instrument.settle == (suffix.removeprefix("-") or "USDC")
    at = datetime.fromtimestamp(instrument.expiry_ms / 1000, UTC)
    assert at - datetime(on.year, on.month, on.day, tzinfo=UTC) == timedelta(hours=8)


@given(DATES)
def test_a_padded_day_is_always_refused(on: date) -> None:
    """Trap 6: the venue never pads, so `05JAN` is another, unknown name."""
    padded = f"0{venue_date(on)}"
    assert instrument_from_symbol(f"BTC-{padded}-100000-C-USDT") is None
    assert expiry_from_text(padded) is None


@given(st.text(max_size=40))
def test_no_text_breaks_the_parser(text: str) -> None:
    """Whatever is not a symbol gives None."""
    instrument = instrument_from_symbol(text)
    assert instrument is None or instrument.symbol == text


@given(DATES)
def test_an_expiry_is_understood_in_both_forms(on: date) -> None:
    """The ISO date and the venue's form mean the same day."""
    assert expiry_from_text(on.isoformat()) == on.isoformat()
    assert expiry_from_text(venue_date(on)) == on.isoformat()


@pytest.mark.parametrize(
    "text",
    ["", "20261225", "2026-W52-5", "2026-12-32", "2026-13-01", "25DEC", "31FEB26", "25dec26", "2026-1-5"],
)
def test_other_writings_of_a_date_are_refused(text: str) -> None:
    """Only `2026-12-25` and `25DEC26` are expiries."""
    assert expiry_from_text(text) is None


def test_every_recorded_symbol_round_trips() -> None:
    """All 1,978 contracts of one real day parse, differ, and give back their symbols."""
    symbols = recorded_symbols()
    assert len(symbols) == 1_978
    instruments = [parsed(symbol) for symbol in symbols]
    assert [rebuilt(instrument) for instrument in instruments] == symbols
    keys = {(one.underlying, one.settle, one.expiry, one.strike, one.kind) for one in instruments}
    assert len(keys) == 1_978


def test_the_recorded_day_has_its_known_make_up() -> None:
    """Counts per coin, the USDC family and its twins are as the protocol notes say."""
    instruments = [parsed(symbol) for symbol in recorded_symbols()]
    coins = [instrument.underlying for instrument in instruments]
    assert {coin: coins.count(coin) for coin in set(coins)} == {"BTC": 778, "ETH": 822, "SOL": 378}
    usdc = {one.symbol for one in instruments if one.settle == "USDC"}
    assert len(usdc) == 246
    assert sum(f"{symbol}-USDT" in {one.symbol for one in instruments} for symbol in usdc) == 218
