"""Net greeks of the board: each contract's greek times its open interest, summed up.

Every open contract has a holder who is long and one who is short, so that the greeks of all of them together are zero.
These are the greeks of the long side: of whoever held every open contract. The exchange's greeks and units are used:
`delta` in units of the underlying, `gamma` its change per 1 USD, `vega` in USD per vol point, `theta` in USD per day;
`delta_usd` is delta at the forward of each expiry.
"""

from collections.abc import Iterable, Sequence

import msgspec

from .position import Position, PositionSlice, total

__all__ = ["ExpiryGreeks", "GreekSums", "NetGreeks", "net_greeks"]


class GreekSums(msgspec.Struct, frozen=True):
    """Sums over contracts with open interest; None where no such contract has the greek."""

    delta: float | None
    delta_usd: float | None
    gamma: float | None
    vega: float | None
    theta: float | None


class ExpiryGreeks(msgspec.Struct, frozen=True):
    """One expiry."""

    expiry: str
    days_to_expiry: float
    calls: GreekSums
    puts: GreekSums
    net: GreekSums


class NetGreeks(msgspec.Struct, frozen=True):
    """An underlying: long every open call, long every open put, long both (`net`), and by expiry in date order."""

    calls: GreekSums
    puts: GreekSums
    net: GreekSums
    expiries: list[ExpiryGreeks]


def net_greeks(slices: Sequence[PositionSlice]) -> NetGreeks:
    """Greeks of all open contracts of an underlying; `slices` are its series in date order."""
    expiries = [_expiry_greeks(one) for one in slices]
    return NetGreeks(
        calls=_joined(one.calls for one in expiries),
        puts=_joined(one.puts for one in expiries),
        net=_joined(one.net for one in expiries),
        expiries=expiries,
    )


def _expiry_greeks(one: PositionSlice) -> ExpiryGreeks:
    calls = _sums([position for position in one.positions if position.kind == "call"], one.forward)
    puts = _sums([position for position in one.positions if position.kind == "put"], one.forward)
    return ExpiryGreeks(one.expiry, one.days_to_expiry, calls, puts, _joined((calls, puts)))


def _sums(positions: Sequence[Position], forward: float | None) -> GreekSums:
    held = [(position, position.open_interest) for position in positions if position.open_interest]
    delta = total(None if one.delta is None else one.delta * size for one, size in held)
    return GreekSums(
        delta=delta,
        delta_usd=None if delta is None or forward is None else delta * forward,
        gamma=total(None if one.gamma is None else one.gamma * size for one, size in held),
        vega=total(None if one.vega is None else one.vega * size for one, size in held),
        theta=total(None if one.theta is None else one.theta * size for one, size in held),
    )


def _joined(parts: Iterable[GreekSums]) -> GreekSums:
    sums = list(parts)
    return GreekSums(*(total(getattr(one, name) for one in sums) for name in GreekSums.__struct_fields__))
