"""What the routes of the analytics answer; `ts` is the moment all figures of an answer belong to, epoch ms."""

from typing import Generic, TypeVar

import msgspec

from voltape.analytics.atm import Atm
from voltape.analytics.checks import FieldCheck
from voltape.analytics.forward import Forward
from voltape.analytics.gamma_exposure import ExpiryGamma, ProfilePoint, SignConvention, StrikeGamma
from voltape.analytics.net_greeks import ExpiryGreeks, GreekSums
from voltape.analytics.positioning import ExpiryInterest, StrikeInterest
from voltape.analytics.previous_term import PreviousTerm
from voltape.analytics.slice_fit import SliceFit
from voltape.analytics.smile import SmilePoint
from voltape.analytics.surface import CalendarViolation, SurfaceRow
from voltape.analytics.term_structure import FixedTenor, TermPoint
from voltape.analytics.variance_index import ExpiryVariance

__all__ = [
    "ByExpiry",
    "ChecksAnswer",
    "GammaExposureAnswer",
    "Head",
    "NetGreeksAnswer",
    "OpenInterestAnswer",
    "SmileAnswer",
    "SurfaceAnswer",
    "TermStructureAnswer",
    "VolatilityIndexAnswer",
    "headed",
]

T = TypeVar("T")
A = TypeVar("A", bound="Head")


class Head(msgspec.Struct, frozen=True):
    """What every answer begins with: underlying, moment, spot index then."""

    underlying: str
    ts: int
    index_price: float | None


class ByExpiry(Head, Generic[T], frozen=True):
    """One entry per expiry, in date order."""

    count: int
    data: list[T]


class SmileAnswer(Head, frozen=True):
    """Smile of one expiry; `curve` is what was fitted to it up to five seconds before, null where there is none."""

    expiry: str
    expiry_at: str
    settle: str
    days_to_expiry: float
    years: float
    forward: float | None
    atm_iv: float | None
    points: tuple[SmilePoint, ...]
    curve: SliceFit | None


class TermStructureAnswer(Head, frozen=True):
    """Volatility over time: by expiry, at fixed tenors, with the move each expiry prices in, and its forward.

    `previous` is what the fixed tenors were a day ago, null where that is not known.
    """

    points: tuple[TermPoint, ...]
    tenors: tuple[FixedTenor, ...]
    atm: tuple[Atm, ...]
    forwards: tuple[Forward, ...]
    previous: PreviousTerm | None


class SurfaceAnswer(Head, frozen=True):
    """Implied volatility over moneyness (strike / forward) and time, with the fits and what is wrong with them."""

    moneyness: tuple[float, ...]
    tenors: tuple[SurfaceRow, ...]
    expiries: tuple[SurfaceRow, ...]
    curves: tuple[SliceFit, ...]
    calendar_violations: tuple[CalendarViolation, ...]
    arbitrage_free: bool | None


class OpenInterestAnswer(Head, frozen=True):
    """Open interest and volume: sums, by expiry, by strike."""

    open_interest: float | None
    call_open_interest: float | None
    put_open_interest: float | None
    volume_24h: float | None
    call_volume_24h: float | None
    put_volume_24h: float | None
    put_call_ratio_open_interest: float | None
    put_call_ratio_volume: float | None
    expiries: list[ExpiryInterest]
    strikes: list[StrikeInterest]


class GammaExposureAnswer(Head, frozen=True):
    """Gamma exposure in USD per 1 % move, under the stated assumption about dealers."""

    convention: SignConvention
    calls: float | None
    puts: float | None
    net: float | None
    flip: float | None
    call_wall: float | None
    put_wall: float | None
    contracts: int
    left_out: int
    strikes: list[StrikeGamma]
    expiries: list[ExpiryGamma]
    profile: list[ProfilePoint]


class NetGreeksAnswer(Head, frozen=True):
    """Greeks of the long side of all open contracts."""

    calls: GreekSums
    puts: GreekSums
    net: GreekSums
    expiries: list[ExpiryGreeks]


class VolatilityIndexAnswer(Head, frozen=True):
    """Model-free volatility index, per cent a year, and the two expiries that it comes from."""

    value: float | None
    reason: str | None
    days: float
    prices: str
    near: ExpiryVariance | None
    far: ExpiryVariance | None
    method: int = 1


class ChecksAnswer(Head, frozen=True):
    """Our own Black-76 against the exchange's figures."""

    contracts: int
    damped: int
    incomplete: int
    fields: tuple[FieldCheck, ...]


def headed(kind: type[A], head: Head, found: msgspec.Struct, **more: object) -> A:
    """An answer with a head and the fields of what was found that the answer has.

    Args:
        kind: the answer.
        head: see there.
        found: has a field for each of the answer's, save the head's and those in `more`.
        more: fields that `found` has not.
    """
    own = [name for name in kind.__struct_fields__ if name not in Head.__struct_fields__ and name not in more]
    return kind(
        underlying=head.underlying,
        ts=head.ts,
        index_price=head.index_price,
        **{name: getattr(found, name) for name in own},
        **more,
    )
