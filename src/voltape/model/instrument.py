"""Option contracts and their symbols.

A symbol is `BASE-DMMMYY-STRIKE-C|P[-SETTLE]`: the day has no leading zero, the month is three upper-case
English letters whatever the locale, the strike may have a decimal point, and four parts mean USDC settlement.
The four-part and five-part contracts of one strike are different instruments, so the settle coin is part of
every key. The symbol is parsed here and nowhere else, once per listing.
"""

import re
from datetime import UTC, date, datetime
from math import inf
from typing import Literal

import msgspec

__all__ = [
    "EXPIRY_HOUR_UTC",
    "Instrument",
    "Kind",
    "expiry_from_text",
    "instrument_from_symbol",
    "member_of",
]

Kind = Literal["call", "put"]

EXPIRY_HOUR_UTC = 8
"""Hour of delivery of crypto options when the exchange has not told the instant itself."""

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DATE = rf"([1-9]|[12]\d|3[01])({'|'.join(_MONTHS)})(\d{{2}})"
_SYMBOL = re.compile(rf"([A-Z0-9]+)-{_DATE}-(\d+(?:\.\d+)?)-([CP])(?:-([A-Z]+))?", re.ASCII)
_EXPIRY = re.compile(_DATE, re.ASCII)
_LATEST_MS = 253_402_300_799_999


class Instrument(msgspec.Struct, frozen=True, gc=False):
    """One option contract; never changes after listing.

    Attributes:
        symbol: the venue's name, e.g. `BTC-25DEC26-100000-C-USDT`.
        underlying: the coin the option is on, e.g. `BTC`.
        settle: settlement coin, `USDT` or `USDC`.
        expiry: UTC date of expiry, `2026-12-25`.
        expiry_ms: instant of expiry, epoch ms.
        strike: strike price in settle currency per unit of the underlying.
        kind: `call` or `put`.
        tick_size: smallest price step, None when the venue did not tell.
    """

    symbol: str
    underlying: str
    settle: str
    expiry: str
    expiry_ms: int
    strike: float
    kind: Kind
    tick_size: float | None = None

    @property
    def series(self) -> tuple[str, str]:
        """Key of the series the contract belongs to: (underlying, expiry)."""
        return (self.underlying, self.expiry)


def member_of(underlying: str, symbol: str) -> str:
    """The part of a symbol that follows the underlying and the date, `100000-C-USDT`: a name within its series."""
    return symbol[symbol.index("-", len(underlying) + 1) + 1 :]


def _expiry_date(day: str, month: str, year: str) -> date:
    return date(2000 + int(year), _MONTHS.index(month) + 1, int(day))


def expiry_from_text(text: str) -> str | None:
    """ISO date of an expiry written as `2026-12-25` or in the venue's form `25DEC26`; None if it is neither."""
    try:
        if match := _EXPIRY.fullmatch(text):
            return _expiry_date(*match.groups()).isoformat()
        return text if date.fromisoformat(text).isoformat() == text else None
    except ValueError:
        return None


def instrument_from_symbol(
    symbol: str, *, settle: str | None = None, expiry_ms: int | None = None, tick_size: float | None = None
) -> Instrument | None:
    """Parse a symbol, or return None where it is not an option's, or has no strike or instant that can be.

    Args:
        symbol: the venue's symbol.
        settle: settlement coin as the venue states it; else taken from the symbol (none means USDC).
        expiry_ms: the instant the venue states; else 08:00 UTC of the symbol's date.
        tick_size: smallest price step.
    """
    match = _SYMBOL.fullmatch(symbol)
    if match is None:
        return None
    base, day, month, year, strike, side, suffix = match.groups()
    try:
        on = _expiry_date(day, month, year)
    except ValueError:
        return None
    if expiry_ms is None:
        instant = datetime(on.year, on.month, on.day, EXPIRY_HOUR_UTC, tzinfo=UTC)
        expiry_ms = int(instant.timestamp()) * 1000
    level = float(strike)
    if not 0 < level < inf or not 0 <= expiry_ms <= _LATEST_MS:
        return None
    return Instrument(
        symbol=symbol,
        underlying=base,
        settle=settle or suffix or "USDC",
        expiry=on.isoformat(),
        expiry_ms=expiry_ms,
        strike=level,
        kind="call" if side == "C" else "put",
        tick_size=tick_size,
    )
