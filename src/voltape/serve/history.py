"""Routes of what the levels were: samples, rank of the present volatility among them, realised volatility."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from litestar import get
from litestar.params import Parameter

from voltape.analytics.reading import Reading, Steps
from voltape.analytics.realised import RealisedWindow, realised_windows
from voltape.analytics.term_structure import TermStructure
from voltape.analytics.volatility_rank import VolatilityRank, daily_values, volatility_rank
from voltape.model.history import VOLATILITY_FIELDS, Histories

from .analytics import AT, NAMED, answered, head_of, part_of
from .analytics_answers import Head
from .cache import Made
from .parameters import ALLOWED, Underlying, moment_named
from .reply import Reply, request_key
from .routes import Answers, Sent

__all__ = [
    "HISTORY_ROUTES",
    "HistoryAnswer",
    "HistoryField",
    "Point",
    "RealisedAnswer",
    "VolatilityRankAnswer",
    "points",
]

_MAX_NAME = 64

HistoryField: TypeAlias = Literal[
    "index_price",
    "volatility_index",
    "atm_iv_7d",
    "atm_iv_14d",
    "atm_iv_30d",
    "atm_iv_60d",
    "atm_iv_90d",
    "atm_iv_180d",
]


class Point(msgspec.Struct, frozen=True):
    """A value at a time; null where something was sampled then, but not this."""

    ts: int
    value: float | None


class HistoryAnswer(msgspec.Struct, frozen=True):
    """Samples of one field, oldest first, at most one in `step_s` seconds; `ts` is the moment of the answer."""

    underlying: str
    ts: int
    field: HistoryField
    step_s: int
    count: int
    data: list[Point]


class VolatilityRankAnswer(Head, frozen=True):
    """Where the volatility index and the 30-day ATM IV stand among their daily values."""

    volatility_index: VolatilityRank
    atm_iv_30d: VolatilityRank


class RealisedAnswer(Head, frozen=True):
    """Realised volatility of each window, beside the IV of as many days to come."""

    count: int
    data: list[RealisedWindow]


def points(histories: Histories, underlying: str, field: HistoryField, first: int, now: int) -> list[Point]:
    """Samples of a field from `first` up to `now`, both epoch s."""
    history = histories.of(underlying)
    if field == "index_price":
        found = history.prices.values(0, first, now)
    else:
        found = history.volatilities.values(VOLATILITY_FIELDS.index(field), first, now)
    return [Point(ts * 1_000, value) for ts, value in found]


@get(f"{AT}/history", sync_to_thread=False, summary="What a level was", responses=NAMED)
def history(
    desk: Answers,
    request: Sent,
    underlying: Underlying,
    field: Annotated[HistoryField, Parameter(description=ALLOWED["field"])],
    since: Annotated[str | None, Parameter(description=ALLOWED["since"], max_length=_MAX_NAME)] = None,
) -> Reply[HistoryAnswer]:
    """Give the samples of a level: the index price by the minute over 25 hours, volatilities by the hour over 366 days."""
    earliest = 0 if since is None else moment_named(since)

    def prepare() -> Made:
        coin, now_ms = desk.underlying(underlying), desk.clock.wall_ms()
        kept = desk.histories.of(coin)
        step = (kept.prices if field == "index_price" else kept.volatilities).step
        # A moment within a second comes before the next whole one.
        found = points(desk.histories, coin, field, -(-earliest // 1_000), now_ms // 1_000)
        # A year by the hour takes milliseconds to make, and changes once an hour.
        return Made(HistoryAnswer(coin, now_ms, field, step, len(found), found), lasts=step / 60)

    return Reply(desk.prepared(request_key(request.scope["path"], request.scope["query_string"]), prepare))


def _present(reading: Reading) -> Steps[tuple[float | None, TermStructure]]:
    index = yield from reading.variance_index()
    return index.value, (yield from reading.term_structure())


@get(f"{AT}/volatility-rank", summary="Rank of volatility among its own past", responses=NAMED)
async def volatility_ranks(
    desk: Answers, request: Sent, underlying: Underlying
) -> Reply[VolatilityRankAnswer]:
    """Give rank and percentile of the volatility index and of the 30-day ATM IV, with the days that they look back."""
    found = await part_of(desk, underlying, _present)
    index, term = found.value
    month = next((tenor.atm_iv for tenor in term.tenors if tenor.days == 30), None)
    head = head_of(found.reading)
    kept = desk.histories.of(head.underlying).volatilities
    ranks = [
        volatility_rank(daily_values(kept, field, head.ts), now)
        for field, now in (("volatility_index", index), ("atm_iv_30d", month))
    ]
    answer = VolatilityRankAnswer(head.underlying, head.ts, head.index_price, *ranks)
    return answered(desk, request, answer, found.until)


@get(f"{AT}/realised-volatility", summary="Realised volatility beside implied", responses=NAMED)
async def realised_volatility(desk: Answers, request: Sent, underlying: Underlying) -> Reply[RealisedAnswer]:
    """Give the exchange's realised volatility over each window, the ATM IV for as many days to come, and the difference."""
    found = await part_of(desk, underlying, Reading.term_structure)
    head = head_of(found.reading)
    data = realised_windows(desk.histories.of(head.underlying).realised, found.value)
    answer = RealisedAnswer(head.underlying, head.ts, head.index_price, len(data), data)
    return answered(desk, request, answer, found.until)


HISTORY_ROUTES = (history, volatility_ranks, realised_volatility)
"""Every route of the history."""
