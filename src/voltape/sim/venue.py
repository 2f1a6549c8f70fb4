"""The simulated venue: market, feed, REST and connections put together behind one port."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from random import Random
from time import monotonic, time
from typing import Any

from voltape.sim.clock import VenueClock
from voltape.sim.coins import COINS
from voltape.sim.control import Control
from voltape.sim.faults import Faults
from voltape.sim.feed import Feed
from voltape.sim.http import Request, Response, json_response
from voltape.sim.limits import BanningLimit, WindowLimit
from voltape.sim.link import Link
from voltape.sim.market import Changes, Market
from voltape.sim.options import SimOptions
from voltape.sim.pacing import Pacer
from voltape.sim.peer import Peer
from voltape.sim.rest import Refusal, Rest
from voltape.sim.session import Session
from voltape.sim.ticker import number
from voltape.sim.wire import framed

__all__ = ["OPTION_PATH", "Venue"]

OPTION_PATH = "/v5/public/option"
_STATUS_PATH = "/v5/public/misc/status"
_CONTROL = "/sim/"
_CONNECT_WINDOW, _REQUEST_WINDOW = 300.0, 5.0
_SWEEP = 0.25
_CLOSED_KEPT = 500
_NAME_LETTERS = "0123456789abcdefghijklmnopqrstuv"


class Venue:
    """Owns everything that lives as long as the server; `start` and `stop` frame its life."""

    def __init__(self, options: SimOptions, loop: asyncio.AbstractEventLoop) -> None:
        self.options = options
        self.clock = VenueClock(monotonic, start_ms=options.start_ms, speed=options.speed)
        coins = [COINS[name] for name in options.underlyings]
        self.market = Market(
            coins, seed=options.seed, start_ms=options.start_ms, scale=options.scale, damped=options.damped
        )
        self.pacer = Pacer(options.rate, seed=options.seed, burst=options.burst)
        self.feed = Feed(self.market, self.clock, self.pacer, burst=options.burst)
        self.faults = Faults(self, seed=options.seed)
        self.violations: deque[dict[str, Any]] = deque(maxlen=_CLOSED_KEPT)
        self._loop = loop
        self._rest = Rest(self.market, self.feed, self.clock, options)
        self._control = Control(self)
        self._connects = WindowLimit(options.max_connects, _CONNECT_WINDOW)
        self._requests = BanningLimit(options.max_requests, _REQUEST_WINDOW, options.ban)
        self._names = Random(f"{options.seed}/connections")
        self._links: dict[int, Link] = {}
        self._closed: deque[Link] = deque(maxlen=_CLOSED_KEPT)
        self._peers: set[Peer] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._opened = 0
        self._next_ping_check = 0.0
        self._running = False
        self.feed.on_changes.append(self._remember_trades)

    def start(self, on_failure: Callable[[], None]) -> None:
        """Begin to push; `on_failure` is called if the feed breaks down."""
        self._running = True
        self._next_ping_check = monotonic() + self.options.ping_timeout
        self.feed.start(self._loop, on_failure)
        self._loop.call_later(_SWEEP, self._sweep)

    async def stop(self) -> None:
        """End all connections and whatever still runs."""
        self._running = False
        self.feed.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for peer in list(self._peers):
            if peer.transport is not None:
                peer.transport.abort()

    def open_links(self) -> Iterable[Link]:
        """WebSocket connections that are open, oldest first."""
        return list(self._links.values())

    def all_links(self) -> list[Link]:
        """Open connections and the latest 500 closed ones, in order of opening."""
        return sorted([*self._links.values(), *self._closed], key=lambda link: link.id)

    def later(self, delay: float, action: Callable[[], None]) -> None:
        """Call `action` after `delay` seconds, unless the venue has stopped by then."""
        self._loop.call_later(delay, lambda: action() if self._running else None)

    def now(self) -> float:
        """Seconds that never step."""
        return monotonic()

    def now_ms(self) -> int:
        """The venue's time, epoch ms."""
        return self.clock.now_ms()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine until the venue stops."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def arrived(self, peer: Peer) -> None:
        """Count a TCP connection in."""
        self._peers.add(peer)

    def left(self, peer: Peer) -> None:
        """Count a TCP connection out."""
        self._peers.discard(peer)

    def handle(self, request: Request) -> Response | Coroutine[Any, Any, Response]:
        """Answer an HTTP request; control requests are not limited."""
        if request.path.startswith(_CONTROL):
            return self._control.answer(request)
        if not self._requests.allows(self.now()):
            self._violated("too many requests", None)
            return Response(403, b"access too frequent", "text/plain")
        outcome = self.faults.rest(request)
        if outcome.wait:
            return self._answer_later(request, outcome.wait, outcome.response)
        return outcome.response or self._market_data(request)

    def admit(self, request: Request, transport: asyncio.Transport) -> Link | Response:
        """Open a WebSocket on one of the two public paths."""
        if request.path not in {OPTION_PATH, _STATUS_PATH}:
            return Response(404, b"not found", "text/plain")
        refusal = self.faults.handshake(request)
        if refusal is not None:
            return refusal
        if not self._connects.allows(self.now()):
            self._violated("too many connections", None)
            return Response(403, b"too many connections", "text/plain")
        self._opened += 1
        link = Link(
            self._opened, Session(self._connection_name(), self.options), transport, int(time() * 1000)
        )
        link.path = request.path
        link.last_ping = self.now()
        self._links[link.id] = link
        self.faults.opened(link)
        return link

    def hear(self, link: Link, text: bytes) -> None:
        """Follow a client's request."""
        reaction = link.session.receive(text, self.clock.now_ms())
        if reaction.pinged:
            link.last_ping = self.now()
        if reaction.violation:
            link.violate(reaction.violation)
            self._violated(reaction.violation, link)
        self.faults.react(link, reaction)
        if reaction.reply is not None:
            link.reply(framed(reaction.reply))
        if link.path == OPTION_PATH:
            self.feed.subscribe(link, reaction.subscribed)
            self.feed.unsubscribe(link, reaction.unsubscribed)

    def lost(self, link: Link, cause: str) -> None:
        """Forget a connection's subscriptions and keep its record."""
        link.closed_at = int(time() * 1000)
        link.cause = link.cause or cause
        self.feed.unsubscribe(link, list(link.session.topics))
        if self._links.pop(link.id, None) is not None:
            self._closed.append(link)

    def _market_data(self, request: Request) -> Response:
        try:
            envelope = self._rest.answer(request)
        except Refusal as refusal:
            if refusal.cursor_abuse:
                self._violated("cursor encoded twice", None)
            return json_response(self._rest.envelope({}, refusal.code, refusal.message))
        if envelope is None:
            return Response(404, b"not found", "text/plain")
        return json_response(self.faults.answer(request, envelope))

    async def _answer_later(self, request: Request, wait: float, response: Response | None) -> Response:
        await asyncio.sleep(wait)
        return response or self._market_data(request)

    def _remember_trades(self, changes: Changes) -> None:
        self._rest.remember_trades(
            {
                "execId": trade.identity,
                "symbol": trade.contract.symbol,
                "price": number(trade.price),
                "size": number(trade.size),
                "side": trade.taker,
                "time": str(trade.ts_ms),
                "isBlockTrade": trade.block,
                "isRPITrade": False,
                "mP": number(trade.mark),
                "iP": trade.index_text,
                "mIv": number(trade.mark_iv, 4),
                "iv": number(trade.mark_iv, 4),
                "seq": str(self.feed.sequence),
            }
            for trade in changes.trades
        )

    def _violated(self, rule: str, link: Link | None) -> None:
        self.violations.append(
            {"rule": rule, "connection": link.id if link else None, "at": int(time() * 1000)}
        )

    def _sweep(self) -> None:
        """Cut clients that do not read and, less often, those that do not ping."""
        if not self._running:
            return
        now, options = self.now(), self.options
        for link in self.open_links():
            stalled = link.blocked_since is not None and now - link.blocked_since > options.stall_timeout
            if not link.half_open and (
                stalled or link.transport.get_write_buffer_size() > options.buffer_limit
            ):
                self._cut(link, "slow reader")
        if now >= self._next_ping_check:
            self._next_ping_check = now + options.ping_timeout
            for link in self.open_links():
                if not link.half_open and now - link.last_ping > options.ping_timeout:
                    self._cut(link, "no ping")
        self._loop.call_later(_SWEEP, self._sweep)

    def _cut(self, link: Link, rule: str) -> None:
        link.violate(rule)
        self._violated(rule, link)
        link.abort(rule)

    def _connection_name(self) -> str:
        letters = "".join(self._names.choices(_NAME_LETTERS, k=20))
        return f"{letters}-{''.join(self._names.choices(_NAME_LETTERS, k=5))}"
