"""Open interest and volume by strike and by expiry, calls and puts apart.

Put/call ratios are puts divided by calls, of open interest and of the volume of 24 h, in units of the underlying.
The share of an expiry is its part of the underlying's whole. Sums are absent where no contract tells the value, and
ratios where what they divide by is absent or zero.
"""

from collections.abc import Iterable, Sequence

import msgspec

from .position import Position, PositionSlice, ratio, total

__all__ = ["ExpiryInterest", "Interest", "OpenInterest", "StrikeInterest", "open_interest"]


class Interest(msgspec.Struct, frozen=True):
    """Sums over contracts, units of the underlying; ratios are puts divided by calls."""

    open_interest: float | None
    call_open_interest: float | None
    put_open_interest: float | None
    volume_24h: float | None
    call_volume_24h: float | None
    put_volume_24h: float | None
    put_call_ratio_open_interest: float | None
    put_call_ratio_volume: float | None


class StrikeInterest(msgspec.Struct, frozen=True):
    """Sums over the contracts of one strike, units of the underlying."""

    strike: float
    call_open_interest: float | None
    put_open_interest: float | None
    call_volume_24h: float | None
    put_volume_24h: float | None


class ExpiryInterest(msgspec.Struct, frozen=True):
    """Sums over one series. `share_open_interest` and `share_volume`: its part of the whole underlying, 0 to 1."""

    expiry: str
    days_to_expiry: float
    share_open_interest: float | None
    share_volume: float | None
    open_interest: float | None
    call_open_interest: float | None
    put_open_interest: float | None
    volume_24h: float | None
    call_volume_24h: float | None
    put_volume_24h: float | None
    put_call_ratio_open_interest: float | None
    put_call_ratio_volume: float | None


class OpenInterest(Interest, frozen=True):
    """Where the open contracts of an underlying are: all of them, by expiry in date order, by strike in order."""

    expiries: list[ExpiryInterest]
    strikes: list[StrikeInterest]


def open_interest(slices: Sequence[PositionSlice], expiry: str | None = None) -> OpenInterest:
    """Sum up an underlying.

    Args:
        slices: every series of the underlying in date order.
        expiry: only this one's figures, while shares stay those of the whole; None for all expiries.
    """
    whole = _interest([position for one in slices for position in one.positions])
    shown = [one for one in slices if expiry in (None, one.expiry)]
    positions = [position for one in shown for position in one.positions]
    found = whole if expiry is None else _interest(positions)
    return OpenInterest(
        **msgspec.structs.asdict(found),
        expiries=[_expiry_interest(one, whole) for one in shown],
        strikes=_by_strike(positions),
    )


def _interest(positions: Iterable[Position]) -> Interest:
    sums = _sums(positions)
    calls, puts, call_volume, put_volume = sums
    return Interest(
        open_interest=total((calls, puts)),
        call_open_interest=calls,
        put_open_interest=puts,
        volume_24h=total((call_volume, put_volume)),
        call_volume_24h=call_volume,
        put_volume_24h=put_volume,
        put_call_ratio_open_interest=ratio(puts, calls),
        put_call_ratio_volume=ratio(put_volume, call_volume),
    )


def _sums(positions: Iterable[Position]) -> tuple[float | None, float | None, float | None, float | None]:
    """Open interest of calls, of puts, volume of calls, of puts."""
    calls: list[Position] = []
    puts: list[Position] = []
    for position in positions:
        (calls if position.kind == "call" else puts).append(position)
    return (
        total(position.open_interest for position in calls),
        total(position.open_interest for position in puts),
        total(position.volume_24h for position in calls),
        total(position.volume_24h for position in puts),
    )


def _expiry_interest(one: PositionSlice, whole: Interest) -> ExpiryInterest:
    found = _interest(one.positions)
    return ExpiryInterest(
        expiry=one.expiry,
        days_to_expiry=one.days_to_expiry,
        share_open_interest=ratio(found.open_interest, whole.open_interest),
        share_volume=ratio(found.volume_24h, whole.volume_24h),
        **msgspec.structs.asdict(found),
    )


def _by_strike(positions: Iterable[Position]) -> list[StrikeInterest]:
    strikes: dict[float, list[Position]] = {}
    for position in positions:
        strikes.setdefault(position.strike, []).append(position)
    return [StrikeInterest(strike, *_sums(strikes[strike])) for strike in sorted(strikes)]
