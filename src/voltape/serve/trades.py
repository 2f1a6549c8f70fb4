"""The route of the trade tape."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.datastructures import State
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter, SkipValidation

from voltape.model.tape import Tapes
from voltape.model.trade import Side, Trade

from .cache import Made
from .desk import Desk
from .parameters import ALLOWED, moment_named
from .problem import PROBLEM_MEDIA_TYPE, Fault, Problem, ProblemError, bad_parameters
from .reply import Reply, request_key

__all__ = ["TradeListing", "TradeSelection", "trades"]

_MAX_NAME = 64
_SHOWN = 20

Amount = Annotated[float | None, Parameter(ge=0, le=1e15, description=ALLOWED["min_size"])]
Name = Annotated[str | None, Parameter(max_length=_MAX_NAME)]


class TradeListing(msgspec.Struct, frozen=True):
    """Trades, newest first, and their number."""

    count: int
    data: list[Trade]


class TradeSelection(msgspec.Struct, frozen=True):
    """Which trades are asked for; None where it does not matter.

    Attributes:
        underlying, symbol: as on the tape.
        min_size: in units of the underlying. min_notional: in US dollars; a trade without one does not pass.
        side: what the taker did.
        since: earliest venue time, epoch ms.
    """

    underlying: str | None = None
    symbol: str | None = None
    min_size: float | None = None
    min_notional: float | None = None
    side: Side | None = None
    since: int | None = None

    def of(self, tapes: Tapes) -> Iterator[Trade]:
        """The trades that pass, newest first."""
        for trade in tapes.newest_first(self.underlying):
            if self.since is not None and trade.ts_exchange < self.since:
                return
            if self._passes(trade):
                yield trade

    def _passes(self, trade: Trade) -> bool:
        return (
            (self.symbol is None or trade.symbol == self.symbol)
            and (self.side is None or trade.side == self.side)
            and (self.min_size is None or trade.size >= self.min_size)
            and (
                self.min_notional is None
                or (trade.notional is not None and trade.notional >= self.min_notional)
            )
        )


@get(
    "/api/v1/trades",
    sync_to_thread=False,
    summary="Latest trades",
    responses={
        404: ResponseSpec(Problem, False, "Nothing of that name is listed.", PROBLEM_MEDIA_TYPE),
        422: ResponseSpec(Problem, False, "Parameters cannot be used.", PROBLEM_MEDIA_TYPE),
    },
)
def trades(
    desk: SkipValidation[Desk],
    request: Request[Any, Any, State],
    underlying: Annotated[str | None, Parameter(description="only this coin", max_length=_MAX_NAME)] = None,
    symbol: Annotated[str | None, Parameter(description="only this contract", max_length=_MAX_NAME)] = None,
    min_size: Amount = None,
    min_notional: Annotated[
        float | None, Parameter(ge=0, le=1e15, description="least size times index price, US dollars")
    ] = None,
    side: Annotated[Side | None, Parameter(description="what the taker did")] = None,
    since: Annotated[str | None, Parameter(description=ALLOWED["since"], max_length=_MAX_NAME)] = None,
    limit: Annotated[int, Parameter(ge=1, le=5000, description="most trades, newest first")] = 500,
) -> Reply[TradeListing]:
    """Give the latest trades that pass every filter, newest first."""
    earliest = None if since is None else moment_named(since)

    def prepare() -> Made:
        tapes = desk.tapes
        if tapes is None:
            raise ProblemError(404, "trades are not kept here: VOLTAPE_TRADES is off")
        coin = None if underlying is None else desk.underlying(underlying)
        contract = None if symbol is None else _contract(desk, tapes, coin, symbol)
        selection = TradeSelection(
            coin or (contract and contract.partition("-")[0]),
            contract,
            min_size,
            min_notional,
            side,
            earliest,
        )
        found = list(islice(selection.of(tapes), limit))
        return Made(TradeListing(len(found), found), tapes)

    return Reply(desk.prepared(request_key(request.scope["path"], request.scope["query_string"]), prepare))


def _contract(desk: Desk, tapes: Tapes, underlying: str | None, symbol: str) -> str:
    """The symbol as on the tape; expired contracts are there for a while, too."""
    name = symbol.upper()
    coin = name.partition("-")[0]
    if underlying is not None and coin != underlying:
        raise bad_parameters([Fault("symbol", f"{symbol[:_SHOWN]!r} is not on {underlying}")])
    if name not in desk.board.rows and all(trade.symbol != name for trade in tapes.newest_first(coin)):
        desk.row(symbol)
    return name
