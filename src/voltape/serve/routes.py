"""Routes of the REST interface."""

from typing import Any, Generic, TypeVar

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import SkipValidation

from voltape.model.efficiency import Efficiency
from voltape.model.status import Gap, Status
from voltape.model.ticker import Ticker

from .cache import Answer, Made, Versioned
from .columnar import INSTALL
from .desk import Desk, expiry_named
from .dispatch import VARIES, Download, Handover
from .events import events
from .extract import Extract
from .formats import COLUMNAR, Format, file_name, format_accepted
from .market import (
    Chain,
    ExpirySummary,
    UnderlyingSummary,
    chain_of,
    expiry_summary,
    strikes_of,
    underlying_summary,
)
from .metrics import METRICS_MEDIA_TYPE, metrics_text
from .near import expiries_near
from .paging import CursorError, Page
from .parameters import (
    Expiry,
    GapLimit,
    SettleCoin,
    Symbol,
    TickerRequest,
    Underlying,
)
from .problem import PROBLEM_MEDIA_TYPE, Fault, Problem, ProblemError, bad_parameters, not_found
from .reply import Reply, request_key
from .selection import Selection, select
from .ticker_operation import TickerOperation
from .trades import trades

__all__ = ["API", "ROUTES", "SUMMARY_S", "TICKERS", "Alive", "Listing", "Readiness", "TickerPage"]

API = "/api/v1"
TICKERS = f"{API}/tickers"
MAX_DOWNLOAD = 100_000
"""Most tickers of a download, which is many times what the exchange lists."""

_PAGE = 500
_STATUS_GAPS = 20
SUMMARY_S = 1.0
"""s for which a summary of many series may be given again: it changes with time and with every one of them."""

T = TypeVar("T")

Sent = Request[Any, Any, State]
Answers = SkipValidation[Desk]

_NOT_FOUND = ResponseSpec(Problem, False, "Nothing of that name is listed.", PROBLEM_MEDIA_TYPE)
_BAD_PARAMETERS = ResponseSpec(Problem, False, "Parameters cannot be used.", PROBLEM_MEDIA_TYPE)
_UNREADY = ResponseSpec(Problem, False, "No data flows; the reasons are in `detail`.", PROBLEM_MEDIA_TYPE)
_NAMED = {404: _NOT_FOUND, 422: _BAD_PARAMETERS}
_DOWNLOAD = {
    406: ResponseSpec(
        Problem, False, "The format that `Accept` wants cannot be made here.", PROBLEM_MEDIA_TYPE
    ),
    501: ResponseSpec(Problem, False, "The `format` cannot be made here.", PROBLEM_MEDIA_TYPE),
    503: ResponseSpec(
        Problem, False, "Too many downloads; `Retry-After` says when to ask.", PROBLEM_MEDIA_TYPE
    ),
}


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """A list and its length."""

    count: int
    data: list[T]


class TickerPage(msgspec.Struct, frozen=True):
    """A page of tickers, of `total` that match; `next_cursor` is null on the last page."""

    count: int
    total: int
    next_cursor: str | None
    data: list[Ticker]


class Alive(msgspec.Struct, frozen=True):
    """The process lives."""

    status: str = "alive"


class Readiness(msgspec.Struct, frozen=True):
    """Data flows; `degraded` names what is missing but bridged."""

    status: str
    degraded: list[str]


def _key(request: Sent) -> bytes:
    return request_key(request.scope["path"], request.scope["query_string"])


def _listing(items: list[T]) -> Listing[T]:
    return Listing(len(items), items)


@get("/healthz", sync_to_thread=False, summary="Whether the process lives")
def healthz() -> Alive:
    """Answer whatever the state of the data."""
    return Alive()


@get("/readyz", sync_to_thread=False, summary="Whether data flows", responses={503: _UNREADY})
def readyz(desk: Answers) -> Readiness:
    """Answer 200 while data flows, else 503 with the reasons."""
    health = desk.status().health
    if not health.ready:
        raise ProblemError(503, "; ".join(health.reasons) or "no data yet")
    return Readiness("ready", health.degraded)


@get(
    "/metrics",
    sync_to_thread=False,
    summary="Figures in the Prometheus text format",
    media_type=METRICS_MEDIA_TYPE,
)
def metrics(desk: Answers) -> Reply[bytes]:
    """Give the figures of the status, of the response cache and of the push stream."""
    text = metrics_text(desk.status(), desk.hub.statistics())
    return Reply(Answer(text, f"{METRICS_MEDIA_TYPE}; charset=utf-8"))


@get(f"{API}/status", sync_to_thread=False, summary="State of the running system")
def status(desk: Answers, request: Sent) -> Reply[Status]:
    """Give counts, coverage, connections, lag, resources and the latest gaps."""
    now = desk.status()
    latest = msgspec.structs.replace(now, gaps=_newest_first(now.gaps)[:_STATUS_GAPS])
    return Reply(desk.answer(_key(request), None, latest))


def _newest_first(gaps: list[Gap]) -> list[Gap]:
    return sorted(gaps, key=lambda gap: gap.ts_started, reverse=True)


@get(f"{API}/efficiency", sync_to_thread=False, summary="What the system uses, against what was there before")
def efficiency(desk: Answers, request: Sent) -> Reply[Efficiency]:
    """Give baselines, present figures, improvement, targets, promises, coverage and the machine it takes."""
    return Reply(desk.answer(_key(request), None, desk.efficiency.read()))


@get(f"{API}/gaps", sync_to_thread=False, summary="Intervals in which data may have been missed")
def gaps(desk: Answers, request: Sent, limit: GapLimit = 500) -> Reply[Listing[Gap]]:
    """Give recorded outages, newest first."""
    found = _newest_first(desk.status().gaps)[:limit]
    return Reply(desk.answer(_key(request), None, _listing(found)))


@get(f"{API}/underlyings", sync_to_thread=False, summary="Underlyings")
def underlyings(desk: Answers, request: Sent) -> Reply[Listing[UnderlyingSummary]]:
    """Give index price with its change, counts, volume, open interest and coverage of each underlying, tracked or stopped."""

    def prepare() -> Made:
        board = desk.board
        enabled = dict.fromkeys(board.underlyings(), True) | desk.enabled()
        now_ms, histories = desk.clock.wall_ms(), desk.histories
        found = [
            underlying_summary(board, coin, histories.of(coin).prices, now_ms, enabled=enabled[coin])
            for coin in sorted(enabled)
        ]
        return Made(_listing(found), lasts=SUMMARY_S)

    return Reply(desk.prepared(_key(request), prepare))


@get(f"{API}/expiries", sync_to_thread=False, summary="Expiries of an underlying", responses=_NAMED)
def expiries(desk: Answers, request: Sent, underlying: Underlying) -> Reply[Listing[ExpirySummary]]:
    """Give an underlying's expiries in date order."""

    def prepare() -> Made:
        now_ms = desk.clock.wall_ms()
        coin = desk.underlying(underlying)
        found = [expiry_summary(series, now_ms) for series in desk.board.expiries(coin)]
        return Made(_listing(found), lasts=SUMMARY_S)

    return Reply(desk.prepared(_key(request), prepare))


@get(f"{API}/strikes", sync_to_thread=False, summary="Strikes of an expiry", responses=_NAMED)
def strikes(desk: Answers, request: Sent, underlying: Underlying, expiry: Expiry) -> Reply[Listing[float]]:
    """Give an expiry's strikes in numeric order."""

    def prepare() -> Made:
        series = desk.series(underlying, expiry)
        return Made(_listing(strikes_of(series.rows.values())), series)

    return Reply(desk.prepared(_key(request), prepare))


@get(
    f"{API}/chains/{{underlying:str}}/{{expiry:str}}",
    sync_to_thread=False,
    summary="One chain",
    responses=_NAMED,
)
def chain(
    desk: Answers, request: Sent, underlying: Underlying, expiry: Expiry, settle: SettleCoin = "USDT"
) -> Reply[Chain]:
    """Give calls and puts of an expiry, one row per strike."""

    def prepare() -> Made:
        series = desk.series(underlying, expiry)
        found = chain_of(series, settle, desk.tickers)
        if not found.rows:
            coins = sorted({row.instrument.settle for row in series.rows.values()})
            raise not_found(f"{series.underlying} {series.expiry} chain settled in", settle, coins)
        return Made(found, series)

    return Reply(desk.prepared(_key(request), prepare))


@get(f"{API}/tickers/{{symbol:str}}", sync_to_thread=False, summary="One ticker", responses=_NAMED)
def ticker(desk: Answers, request: Sent, symbol: Symbol) -> Reply[Ticker]:
    """Give the latest state of one contract."""

    def prepare() -> Made:
        row = desk.row(symbol)
        return Made(desk.tickers([row])[0], row)

    return Reply(desk.prepared(_key(request), prepare))


@get(
    TICKERS,
    sync_to_thread=False,
    summary="Tickers",
    responses=_NAMED | _DOWNLOAD,
    operation_class=TickerOperation,
)
def tickers(desk: Answers, request: Sent, asked: SkipValidation[TickerRequest]) -> Response[TickerPage]:
    """Give the tickers that pass every filter: in JSON a page at a time, in other formats all unless limited."""
    form = asked.form or format_accepted(request.headers.get("accept", ""))
    if form == "json":
        return Reply(desk.prepared(_key(request), lambda: _ticker_page(desk, asked)))
    if form in COLUMNAR and not desk.dispatch.files.available:
        raise ProblemError(501 if asked.form else 406, INSTALL)
    return Handover(desk.dispatch, _download(desk, asked, form))


def _download(desk: Desk, asked: TickerRequest, form: Format) -> Download:
    selection, _ = _resolved(desk, asked.selection)
    now_ms = desk.clock.wall_ms()
    page = _page(desk, selection, asked.limit or MAX_DOWNLOAD, asked.cursor, now_ms)
    extract = Extract(page.rows, asked.fields, now_ms, desk.run)
    return Download(form, extract, file_name(form, selection, now_ms), page.total, page.next_cursor)


def _ticker_page(desk: Desk, asked: TickerRequest) -> Made:
    selection, source = _resolved(desk, asked.selection)
    now_ms = desk.clock.wall_ms()
    page = _page(desk, selection, asked.limit or _PAGE, asked.cursor, now_ms)
    data: object
    if asked.fields is None:
        data = desk.tickers(page.rows)
    else:
        named = desk.board.tickers(page.rows, now_ms)
        data = [{name: getattr(one, name) for name in asked.fields} for one in named]
    content = {"count": len(page.rows), "total": page.total, "next_cursor": page.next_cursor, "data": data}
    return Made(content, source, vary=VARIES)


def _resolved(desk: Desk, selection: Selection) -> tuple[Selection, Versioned | None]:
    """The selection in the board's spelling, and what its answer depends on."""
    coin = None if selection.underlying is None else desk.underlying(selection.underlying)
    date = None if selection.expiry is None else expiry_named(selection.expiry)
    source: Versioned | None = desk.board
    if coin is not None and date is not None:
        source = desk.series(coin, date)
    elif date is not None:
        dates = sorted({expiry for _, expiry in desk.board.series})
        if date not in dates:
            raise not_found("expiry", date, dates, expiries_near(date, dates))
    for symbol in selection.symbols or ():
        desk.row(symbol)
    if selection.updated_within is not None:
        source = None
    return msgspec.structs.replace(selection, underlying=coin, expiry=date), source


def _page(desk: Desk, selection: Selection, limit: int, cursor: str | None, now_ms: int) -> Page:
    board = desk.board
    if cursor is None:
        return desk.pager.first(select(board, selection, now_ms), selection, limit)
    try:
        return desk.pager.following(board, lambda: select(board, selection, now_ms), selection, limit, cursor)
    except CursorError as error:
        raise bad_parameters([Fault("cursor", str(error))]) from error


ROUTES = (
    healthz,
    readyz,
    metrics,
    status,
    efficiency,
    gaps,
    underlyings,
    expiries,
    strikes,
    chain,
    ticker,
    tickers,
    trades,
    events,
)
"""Every route of the interface."""
