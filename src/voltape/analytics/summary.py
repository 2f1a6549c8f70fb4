"""The figures of an underlying that are looked at first, a few of each of the other analytics."""

from collections.abc import Sequence

import msgspec

from .gamma_exposure import GammaExposure
from .index_change import IndexChange
from .max_pain import MaxPain
from .net_greeks import GreekSums, NetGreeks
from .positioning import OpenInterest
from .slices import ChainSlice
from .term_structure import TermStructure
from .variance_index import VarianceIndex

__all__ = ["ExpiryFigures", "Figures", "figures_of"]


class ExpiryFigures(msgspec.Struct, frozen=True):
    """One expiry.

    Attributes:
        expiry, days_to_expiry: which.
        forward: the exchange's price of the underlying for it.
        atm_iv: at the forward. risk_reversal_25, butterfly_25: at 25 delta.
        open_interest, volume_24h: units of the underlying; put_call_ratio_...: puts by calls.
        max_pain: strike; max_pain_distance_percent: of it from the forward.
    """

    expiry: str
    days_to_expiry: float
    forward: float | None
    atm_iv: float | None
    risk_reversal_25: float | None
    butterfly_25: float | None
    open_interest: float | None
    volume_24h: float | None
    put_call_ratio_open_interest: float | None
    put_call_ratio_volume: float | None
    max_pain: float | None
    max_pain_distance_percent: float | None


class Figures(msgspec.Struct, frozen=True):
    """An underlying.

    Attributes:
        underlying: coin. ts: the moment of all figures, epoch ms. index_price: spot index then.
        index_change: of the spot index, a fraction. index_change_since_at: since when; see `analytics.index_change`.
        contracts: with data and time left, in the settlement coin that is looked at. stale: how many of them may no
            longer be what the exchange shows.
        volatility_index: model-free, 30 days, in per cent a year. atm_iv_30d: at the money, interpolated.
        open_interest, volume_24h, put_call_ratio_...: as by expiry, of all expiries.
        gamma_exposure: net, USD per 1 %. gamma_flip: spot where it changes its sign. call_wall, put_wall: strikes
            with most of it. gamma_assumption: about dealers' positions.
        greeks: of the long side of all open contracts.
        expiries: in date order.
    """

    underlying: str
    ts: int
    index_price: float | None
    index_change: float | None
    index_change_since_at: str | None
    contracts: int
    stale: int
    volatility_index: float | None
    atm_iv_30d: float | None
    open_interest: float | None
    volume_24h: float | None
    put_call_ratio_open_interest: float | None
    put_call_ratio_volume: float | None
    gamma_exposure: float | None
    gamma_flip: float | None
    call_wall: float | None
    put_wall: float | None
    gamma_assumption: str
    greeks: GreekSums
    expiries: list[ExpiryFigures]


def figures_of(
    head: tuple[str, int, float | None, IndexChange],
    chains: Sequence[ChainSlice],
    term: TermStructure,
    index: VarianceIndex,
    interest: OpenInterest,
    pains: Sequence[MaxPain],
    gamma: GammaExposure,
    greeks: NetGreeks,
) -> Figures:
    """Pick the figures of one underlying.

    Args:
        head: underlying, moment, spot index and its change.
        chains, term, index, interest, pains, gamma, greeks: its analytics of that moment.
    """
    month = next((tenor.atm_iv for tenor in term.tenors if tenor.days == 30), None)
    underlying, ts, index_price, change = head
    return Figures(
        underlying=underlying,
        ts=ts,
        index_price=index_price,
        index_change=change.known,
        index_change_since_at=change.since_at,
        contracts=sum(chain.contracts for chain in chains),
        stale=sum(chain.stale for chain in chains),
        volatility_index=index.value,
        atm_iv_30d=month,
        open_interest=interest.open_interest,
        volume_24h=interest.volume_24h,
        put_call_ratio_open_interest=interest.put_call_ratio_open_interest,
        put_call_ratio_volume=interest.put_call_ratio_volume,
        gamma_exposure=gamma.net,
        gamma_flip=gamma.flip,
        call_wall=gamma.call_wall,
        put_wall=gamma.put_wall,
        gamma_assumption=gamma.convention.assumption,
        greeks=greeks.net,
        expiries=_expiries(term, interest, pains),
    )


def _expiries(term: TermStructure, interest: OpenInterest, pains: Sequence[MaxPain]) -> list[ExpiryFigures]:
    points = {point.expiry: point for point in term.points}
    found = []
    for sums, pain in zip(interest.expiries, pains, strict=True):
        point = points.get(sums.expiry)
        found.append(
            ExpiryFigures(
                expiry=sums.expiry,
                days_to_expiry=sums.days_to_expiry,
                forward=pain.forward,
                atm_iv=None if point is None else point.atm_iv,
                risk_reversal_25=None if point is None else point.risk_reversal_25,
                butterfly_25=None if point is None else point.butterfly_25,
                open_interest=sums.open_interest,
                volume_24h=sums.volume_24h,
                put_call_ratio_open_interest=sums.put_call_ratio_open_interest,
                put_call_ratio_volume=sums.put_call_ratio_volume,
                max_pain=pain.max_pain,
                max_pain_distance_percent=pain.distance_percent,
            )
        )
    return found
