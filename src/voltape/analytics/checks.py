"""The venue's IV, prices and greeks against our own Black-76.

Each contract is taken at its own forward and at the venue's time of its own values. Ours are computed from the mark IV
that the venue states, except the IV, which is solved from the mark price. In the last 24 hours the venue has been seen
to scale gamma and theta down with the hours left, so those are not compared there. An IV is not compared where the mark
price, which has eight decimals, cannot carry it: where a step of the last decimal moves the IV by more than a
hundredth of a vol point.
"""

from collections.abc import Iterable, Sequence
from math import fsum, sqrt
from typing import Literal

import msgspec

from .black76 import Greeks, greeks, implied_vol
from .slices import ChainSlice, Quote

__all__ = [
    "DAMPED_DAYS",
    "FIELDS",
    "CheckSummary",
    "ContractCheck",
    "FieldCheck",
    "SliceCheck",
    "check",
    "check_slice",
    "summary_of",
]

DAMPED_DAYS = 1.0
"""Days before expiry within which gamma and theta are left out."""

Field = Literal["mark_price", "mark_iv", "delta", "gamma", "vega", "theta"]
FIELDS: tuple[Field, ...] = ("mark_price", "mark_iv", "delta", "gamma", "vega", "theta")
"""What is compared."""

_YEAR_DAYS = 365.0
_LAST_DECIMAL = 1e-8
_LEAST_VEGA = _LAST_DECIMAL / 0.01
"""Vega per vol point at which a step of the last decimal is a hundredth of a vol point."""


class ContractCheck(msgspec.Struct, frozen=True, gc=False):
    """Ours minus the venue's, in the venue's units, of one contract; None where one of the two is not there.

    Attributes:
        symbol: which. damped: in its last 24 hours, so that gamma and theta are left out.
    """

    symbol: str
    damped: bool
    mark_price: float | None
    mark_iv: float | None
    delta: float | None
    gamma: float | None
    vega: float | None
    theta: float | None


class SliceCheck(msgspec.Struct, frozen=True):
    """The contracts of one expiry.

    Attributes:
        expiry: which. incomplete: contracts without a forward, a mark IV or time left.
        contracts: the others.
    """

    expiry: str
    incomplete: int
    contracts: tuple[ContractCheck, ...]


class FieldCheck(msgspec.Struct, frozen=True):
    """One value over all contracts; differences are ours minus the venue's.

    Attributes:
        field: which. contracts: how many were compared.
        mean, rms: of the differences. largest: the one furthest from 0, found at `symbol`.
    """

    field: Field
    contracts: int
    mean: float | None
    rms: float | None
    largest: float | None
    symbol: str | None


class CheckSummary(msgspec.Struct, frozen=True):
    """The comparison over all contracts.

    Attributes:
        contracts: with data. damped: left out for gamma and theta.
        incomplete: without a forward, a mark IV or time left, so that nothing can be computed.
        fields: by value.
    """

    contracts: int
    damped: int
    incomplete: int
    fields: tuple[FieldCheck, ...]


def check(chains: Iterable[ChainSlice]) -> CheckSummary:
    """Compare all contracts of an underlying and summarise."""
    return summary_of([check_slice(chain) for chain in chains])


def check_slice(chain: ChainSlice) -> SliceCheck:
    """Compare each contract of one expiry: the costly part, which a caller can spread over time."""
    quotes = [quote for pair in chain.pairs for quote in (pair.call, pair.put) if quote is not None]
    found = tuple(one for quote in quotes if (one := _contract(quote)) is not None)
    return SliceCheck(expiry=chain.expiry, incomplete=len(quotes) - len(found), contracts=found)


def summary_of(slices: Sequence[SliceCheck]) -> CheckSummary:
    """Summarise the comparisons of an underlying's expiries, which may be of different age."""
    found = [one for compared in slices for one in compared.contracts]
    incomplete = sum(compared.incomplete for compared in slices)
    return CheckSummary(
        contracts=len(found) + incomplete,
        damped=sum(one.damped for one in found),
        incomplete=incomplete,
        fields=tuple(_field(name, found) for name in FIELDS),
    )


def _contract(quote: Quote) -> ContractCheck | None:
    forward, iv = quote.underlying_price, quote.mark_iv
    if forward is None or iv is None:
        return None
    ours = greeks(forward, quote.strike, quote.years, iv, quote.kind)
    if ours is None:
        return None
    damped = quote.years * _YEAR_DAYS < DAMPED_DAYS
    return ContractCheck(
        quote.symbol,
        damped,
        _difference(ours.price, quote.mark_price),
        _difference(_iv(quote, ours, forward), iv),
        _difference(ours.delta, quote.delta),
        None if damped else _difference(ours.gamma, quote.gamma),
        _difference(ours.vega, quote.vega),
        None if damped else _difference(ours.theta, quote.theta),
    )


def _iv(quote: Quote, ours: Greeks, forward: float) -> float | None:
    if quote.mark_price is None or ours.vega < _LEAST_VEGA:
        return None
    return implied_vol(quote.mark_price, forward, quote.strike, quote.years, quote.kind)


def _difference(ours: float | None, theirs: float | None) -> float | None:
    return None if ours is None or theirs is None else ours - theirs


def _field(name: Field, found: Sequence[ContractCheck]) -> FieldCheck:
    differences = [(value, one.symbol) for one in found if (value := _value(one, name)) is not None]
    if not differences:
        return FieldCheck(name, 0, None, None, None, None)
    count = len(differences)
    largest, symbol = max(differences, key=lambda difference: abs(difference[0]))
    return FieldCheck(
        field=name,
        contracts=count,
        mean=fsum(value for value, _ in differences) / count,
        rms=sqrt(fsum(value * value for value, _ in differences) / count),
        largest=largest,
        symbol=symbol,
    )


def _value(one: ContractCheck, name: Field) -> float | None:
    found: float | None = getattr(one, name)
    return found
