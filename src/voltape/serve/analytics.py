"""Routes of the analytics."""

from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar

from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from voltape.analytics.atm import Atm
from voltape.analytics.forward import Forward
from voltape.analytics.max_pain import MaxPain
from voltape.analytics.previous_term import previous_term
from voltape.analytics.reading import Reading, Steps
from voltape.analytics.skew import Skew
from voltape.analytics.slices import SliceHead
from voltape.analytics.summary import Figures
from voltape.analytics.term_structure import TermStructure

from .analytics_answers import (
    ByExpiry,
    ChecksAnswer,
    GammaExposureAnswer,
    Head,
    NetGreeksAnswer,
    OpenInterestAnswer,
    SmileAnswer,
    SurfaceAnswer,
    TermStructureAnswer,
    VolatilityIndexAnswer,
    headed,
)
from .analytics_desk import Found
from .desk import Desk
from .parameters import ALLOWED, Expiry, Underlying
from .problem import PROBLEM_MEDIA_TYPE, Problem, ProblemError
from .reply import Reply, request_key
from .routes import API, Answers, Sent

__all__ = ["ANALYTICS_ROUTES", "AT", "NAMED", "answered", "head_of", "part_of"]

AT = f"{API}/analytics/{{underlying:str}}"
NAMED = {
    404: ResponseSpec(
        Problem, False, "Nothing of that name is listed, or it has no data.", PROBLEM_MEDIA_TYPE
    ),
    422: ResponseSpec(Problem, False, "Parameters cannot be used.", PROBLEM_MEDIA_TYPE),
}

T = TypeVar("T")
S = TypeVar("S", bound=SliceHead)

OnlyExpiry = Annotated[
    str | None, Parameter(description=f"only this one: {ALLOWED['expiry']}", max_length=64)
]


async def part_of(desk: Desk, underlying: str, ask: Callable[[Reading], Steps[T]]) -> Found[T]:
    """A part of the present reading of an underlying in whatever spelling."""
    return await desk.analytics.part(desk.underlying(underlying), ask)


def head_of(reading: Reading) -> Head:
    """What an answer from a reading begins with."""
    return Head(reading.underlying, reading.ts, reading.index_price)


def answered(desk: Desk, request: Sent, content: T, until: float) -> Reply[T]:
    """The reply with an answer that may be given again until then (monotonic)."""
    key = request_key(request.scope["path"], request.scope["query_string"])
    # What is over meanwhile was asked for before that.
    lasts = max(until - desk.clock.monotonic(), 0.0)
    return Reply(desk.answer(key, None, content, lasts))


def _date(desk: Desk, underlying: str, expiry: str | None) -> str | None:
    """The date of an expiry in the board's spelling; None for None."""
    return None if expiry is None else desk.series(underlying, expiry).expiry


def _of(expiry: str, found: Iterable[S]) -> S | None:
    return next((one for one in found if one.expiry == expiry), None)


def _by_expiry(reading: Reading, found: Iterable[T]) -> ByExpiry[T]:
    data = list(found)
    return ByExpiry(reading.underlying, reading.ts, reading.index_price, len(data), data)


@get(f"{AT}/summary", summary="First figures of an underlying", responses=NAMED)
async def summary(desk: Answers, request: Sent, underlying: Underlying) -> Reply[Figures]:
    """Give ATM IV per expiry, volatility index, put/call ratios, max pain, gamma exposure with its flip, net greeks."""
    found = await part_of(desk, underlying, Reading.figures)
    return answered(desk, request, found.value, found.until)


@get(f"{AT}/smile", summary="Smile of an expiry", responses=NAMED)
async def smile(desk: Answers, request: Sent, underlying: Underlying, expiry: Expiry) -> Reply[SmileAnswer]:
    """Give implied volatility by strike, bid, mark and ask, of the out-of-the-money contracts, with the fitted curve."""
    series = desk.series(underlying, expiry)
    surface = await desk.analytics.surface(series.underlying)
    found = await part_of(desk, series.underlying, Reading.smiles)
    one = _of(series.expiry, found.value)
    if one is None:
        raise ProblemError(404, f"{series.underlying} {series.expiry} has no data to compute from")
    curve = _of(series.expiry, surface.value.curves)
    answer = headed(SmileAnswer, head_of(found.reading), one, curve=curve)
    return answered(desk, request, answer, found.until)


def _terms(reading: Reading) -> Steps[tuple[TermStructure, tuple[Atm, ...], tuple[Forward, ...]]]:
    term = yield from reading.term_structure()
    atms = yield from reading.atms()
    return term, atms, (yield from reading.forwards())


@get(f"{AT}/term-structure", summary="Volatility over time to expiry", responses=NAMED)
async def term_structure(desk: Answers, request: Sent, underlying: Underlying) -> Reply[TermStructureAnswer]:
    """Give ATM IV, forward IV, expected move and forward per expiry, and ATM IV at fixed tenors, now and a day ago."""
    found = await part_of(desk, underlying, _terms)
    term, atm, forwards = found.value
    kept = desk.histories.of(found.reading.underlying)
    previous = previous_term(kept.volatilities, found.reading.ts)
    answer = headed(
        TermStructureAnswer, head_of(found.reading), term, atm=atm, forwards=forwards, previous=previous
    )
    return answered(desk, request, answer, found.until)


@get(f"{AT}/surface", summary="Volatility surface", responses=NAMED)
async def surface(desk: Answers, request: Sent, underlying: Underlying) -> Reply[SurfaceAnswer]:
    """Give implied volatility over moneyness and time, with each expiry's fit, its error and violations of arbitrage."""
    found = await desk.analytics.surface(desk.underlying(underlying))
    return answered(desk, request, headed(SurfaceAnswer, head_of(found.reading), found.value), found.until)


@get(f"{AT}/skew", summary="Risk reversals and butterflies", responses=NAMED)
async def skew(
    desk: Answers, request: Sent, underlying: Underlying, expiry: OnlyExpiry = None
) -> Reply[ByExpiry[Skew]]:
    """Give the skew of each expiry at 25 and at 10 delta."""
    date = _date(desk, underlying, expiry)
    found = await part_of(desk, underlying, Reading.skews)
    shown = [one for one in found.value if date in (None, one.expiry)]
    return answered(desk, request, _by_expiry(found.reading, shown), found.until)


@get(f"{AT}/open-interest", summary="Open interest and volume by expiry and strike", responses=NAMED)
async def open_interest(
    desk: Answers, request: Sent, underlying: Underlying, expiry: OnlyExpiry = None
) -> Reply[OpenInterestAnswer]:
    """Give open interest, volume and put/call ratios, calls and puts apart; shares are of the whole underlying."""
    date = _date(desk, underlying, expiry)
    found = await part_of(desk, underlying, lambda reading: reading.open_interest(date))
    answer = headed(OpenInterestAnswer, head_of(found.reading), found.value)
    return answered(desk, request, answer, found.until)


@get(f"{AT}/max-pain", summary="Max pain of each expiry", responses=NAMED)
async def max_pain(
    desk: Answers, request: Sent, underlying: Underlying, expiry: OnlyExpiry = None
) -> Reply[ByExpiry[MaxPain]]:
    """Give the strike at which holders are paid least, its distance from the forward, and the payout at every strike."""
    date = _date(desk, underlying, expiry)
    found = await part_of(desk, underlying, Reading.max_pains)
    shown = [one for one in found.value if date in (None, one.expiry)]
    return answered(desk, request, _by_expiry(found.reading, shown), found.until)


@get(f"{AT}/gamma-exposure", summary="Gamma exposure by strike", responses=NAMED)
async def gamma_exposure(
    desk: Answers, request: Sent, underlying: Underlying, expiry: OnlyExpiry = None
) -> Reply[GammaExposureAnswer]:
    """Give gamma exposure by strike, by expiry and over the spot, in USD per 1 % move, and where it changes its sign."""
    date = _date(desk, underlying, expiry)
    found = await part_of(desk, underlying, lambda reading: reading.gamma_exposure(date))
    answer = headed(GammaExposureAnswer, head_of(found.reading), found.value)
    return answered(desk, request, answer, found.until)


@get(f"{AT}/net-greeks", summary="Greeks of all open contracts", responses=NAMED)
async def net_greeks(desk: Answers, request: Sent, underlying: Underlying) -> Reply[NetGreeksAnswer]:
    """Give the greeks weighted by open interest: of the long side of every open contract."""
    found = await part_of(desk, underlying, Reading.net_greeks)
    return answered(desk, request, headed(NetGreeksAnswer, head_of(found.reading), found.value), found.until)


@get(f"{AT}/volatility-index", summary="30-day volatility index", responses=NAMED)
async def volatility_index(
    desk: Answers, request: Sent, underlying: Underlying
) -> Reply[VolatilityIndexAnswer]:
    """Give the model-free volatility of the next 30 days, and the two expiries that it comes from."""
    found = await part_of(desk, underlying, Reading.variance_index)
    answer = headed(VolatilityIndexAnswer, head_of(found.reading), found.value)
    return answered(desk, request, answer, found.until)


@get(f"{AT}/checks", summary="Our Black-76 against the exchange's figures", responses=NAMED)
async def checks(desk: Answers, request: Sent, underlying: Underlying) -> Reply[ChecksAnswer]:
    """Give the differences of prices, implied volatilities and greeks over all contracts."""
    found = await part_of(desk, underlying, Reading.checks)
    return answered(desk, request, headed(ChecksAnswer, head_of(found.reading), found.value), found.until)


ANALYTICS_ROUTES = (
    summary,
    smile,
    term_structure,
    surface,
    skew,
    open_interest,
    max_pain,
    gamma_exposure,
    net_greeks,
    volatility_index,
    checks,
)
"""Every route of the analytics."""
