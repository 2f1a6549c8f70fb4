"""The control endpoint under `/sim/`: truth, connections, clock, rate and faults, as JSON over HTTP."""

import asyncio
from collections.abc import Callable, Coroutine
from json import JSONDecodeError, loads
from typing import TYPE_CHECKING, Any

from voltape.sim.expiries import label
from voltape.sim.faults import KINDS, BadFault
from voltape.sim.http import Request, Response, json_response
from voltape.sim.market import Changes

if TYPE_CHECKING:
    from voltape.sim.venue import Venue

__all__ = ["Control"]

_DRAIN_PAUSE = 0.005
_DRAIN_TIMEOUT = 10.0

Body = dict[str, Any]


class _BadRequest(ValueError):
    """A control request with unusable values."""


class Control:
    """Answers control requests; they never count against the venue's limits."""

    def __init__(self, venue: "Venue") -> None:
        self._venue = venue
        self._gets: dict[str, Callable[[dict[str, str]], Any]] = {
            "/sim/truth": self._truth,
            "/sim/connections": self._connections,
            "/sim/violations": lambda _: {"data": list(venue.violations)},
            "/sim/faults": lambda _: {"data": venue.faults.report(), "kinds": list(KINDS)},
            "/sim/status": self._status,
        }
        self._posts: dict[str, Callable[[Body], Any]] = {
            "/sim/resume": self._resume,
            "/sim/fault": lambda body: {"fault": venue.faults.start(body)},
            "/sim/faults/clear": lambda _: {"cleared": venue.faults.clear()},
            "/sim/clock": self._set_clock,
            "/sim/rate": self._set_rate,
            "/sim/list": self._list,
            "/sim/expire": self._expire,
        }

    def answer(self, request: Request) -> Response | Coroutine[Any, Any, Response]:
        """Answer one request; 400 names what is wrong with it, 404 an unknown path."""
        try:
            if request.method == "POST":
                body = _body(request)
                if request.path == "/sim/freeze":
                    return self._freeze()
                post = self._posts.get(request.path)
                return json_response(post(body)) if post else _not_found(request)
            get = self._gets.get(request.path)
            return json_response(get(request.query)) if get else _not_found(request)
        except (BadFault, _BadRequest) as error:
            return json_response({"error": str(error)}, 400)

    def _truth(self, query: dict[str, str]) -> Body:
        venue, coin = self._venue, query.get("underlying")
        rows: dict[str, Any] = {}
        for ticker in venue.feed.tickers.values():
            if coin in {None, ticker.contract.coin.name}:
                venue.feed.current(ticker.contract)
                rows[ticker.contract.symbol] = ticker.truth()
        return {"now": venue.clock.now_ms(), "frozen": venue.feed.frozen, "count": len(rows), "data": rows}

    def _connections(self, _query: dict[str, str]) -> Body:
        return {"data": [link.report() for link in self._venue.all_links()]}

    def _status(self, _query: dict[str, str]) -> Body:
        venue = self._venue
        return {
            "now": venue.clock.now_ms(),
            "speed": venue.clock.speed,
            "rate": venue.pacer.rate,
            "frozen": venue.feed.frozen,
            "contracts": len(venue.feed.tickers),
            "delivering": len(venue.market.delivering),
            "connections": len(list(venue.open_links())),
            "sent": venue.feed.sent,
            "late_slots": venue.feed.late_slots,
            "steps": venue.market.version,
        }

    async def _freeze(self) -> Response:
        """Stop the market, then wait until every socket has taken what was queued for it."""
        venue = self._venue
        venue.feed.frozen = True
        venue.faults.flush()
        deadline = venue.now() + _DRAIN_TIMEOUT
        # A transport tells when it passes its marks, not when it is empty.
        while self._queued() and venue.now() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_DRAIN_PAUSE)
        return json_response({"frozen": True, "drained": not self._queued(), "now": venue.clock.now_ms()})

    def _queued(self) -> int:
        links = self._venue.open_links()
        return sum(link.transport.get_write_buffer_size() for link in links if not link.half_open)

    def _resume(self, _body: Body) -> Body:
        self._venue.feed.frozen = False
        return {"frozen": False}

    def _set_clock(self, body: Body) -> Body:
        clock = self._venue.clock
        speed = _real(body, "speed", clock.speed)
        advance = _real(body, "advance_s", 0.0)
        if speed <= 0.0:
            raise _BadRequest("speed must be above 0")
        clock.run_at(speed)
        clock.advance(advance)
        if not self._venue.feed.frozen and advance:
            self._venue.feed.apply(self._venue.market.step(clock.now_ms()))
        return {"now": clock.now_ms(), "speed": clock.speed}

    def _set_rate(self, body: Body) -> Body:
        rate = _real(body, "rate", self._venue.pacer.rate)
        if rate < 0.0:
            raise _BadRequest("rate must not be negative")
        self._venue.pacer.set_rate(rate)
        return {"rate": rate}

    def _list(self, body: Body) -> Body:
        coin = self._coin(body)
        listed = self._venue.market.list_extra(coin)
        self._venue.feed.apply(Changes(listed=listed))
        return {"listed": [contract.symbol for contract in listed]}

    def _expire(self, body: Body) -> Body:
        coin, wanted = self._coin(body), body.get("expiry")
        expiries = sorted({c.expiry_ms for c in self._venue.market.contracts.values() if c.coin.name == coin})
        chosen = [ms for ms in expiries if wanted in {None, ms, label(ms)}][:1]
        if not chosen:
            raise _BadRequest("expiry must be one that is listed, as milliseconds or like 5SEP25")
        expired = self._venue.market.expire_now(coin, chosen[0])
        self._venue.feed.apply(Changes(expired=expired))
        return {"expiry": chosen[0], "expired": [contract.symbol for contract in expired]}

    def _coin(self, body: Body) -> str:
        coin = body.get("underlying", self._venue.market.coins[0].name)
        if coin not in self._venue.market.walks:
            raise _BadRequest("underlying must be one that is simulated")
        return str(coin)


def _body(request: Request) -> Body:
    if not request.body:
        return {}
    try:
        body = loads(request.body)
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise _BadRequest("the body must be JSON") from error
    if not isinstance(body, dict):
        raise _BadRequest("the body must be a JSON object")
    return body


def _real(body: Body, name: str, default: float) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _BadRequest(f"{name} must be a number")
    return float(value)


def _not_found(request: Request) -> Response:
    return json_response({"error": f"no such control path: {request.method} {request.path}"}, 404)
