"""The push engine: moves the market on, and sends each topic's messages to those who asked.

Pushes are planned slot by slot (see `pacing`) and sent at their own moments. The event loop's timers
and clock are no finer than a millisecond, while messages at the usual rate are 0.4 ms apart; so the
engine sleeps between pushes inside its own callback, and lets the loop look at its sockets every two
milliseconds. In bursts, or with nobody listening, it uses a plain timer.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic, sleep

from voltape.sim.clock import VenueClock
from voltape.sim.contract import Contract
from voltape.sim.link import Link
from voltape.sim.market import Changes, Market
from voltape.sim.pacing import SLOT, Pacer
from voltape.sim.topics import BookTopic, TickerTopic
from voltape.sim.wire import framed, trades_message

__all__ = ["Feed"]

_log = logging.getLogger(__name__)

_STEP = 1.0
_SLICE = 0.002
_LEAST_NAP = 0.00015
_TIMER = 0.004
_IDLE = 0.005
_GREETINGS_PER_TURN = 8
_MAX_LAG = 0.5
_FIRST_SEQUENCE = 62_191_583_841


class Feed:
    """Topics of the option socket and the loop that serves them."""

    def __init__(self, market: Market, clock: VenueClock, pacer: Pacer, *, burst: float = 0.0) -> None:
        self.market = market
        self.frozen = False
        self.sent = 0
        self.late_slots = 0
        self.tickers: dict[str, TickerTopic] = {}
        self.trades: dict[str, list[Link]] = {c.name: [] for c in market.coins}
        self.on_changes: list[Callable[[Changes], None]] = []
        self._clock = clock
        self._pacer = pacer
        self._burst = burst
        self._seq = _FIRST_SEQUENCE
        self._due: deque[tuple[float, TickerTopic]] = deque()
        self._greetings: deque[tuple[TickerTopic, Link, int]] = deque()
        self._slot_end = self._next_step = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_failure: Callable[[], None] = lambda: None
        self._add(market.contracts.values())

    def start(self, loop: asyncio.AbstractEventLoop, on_failure: Callable[[], None]) -> None:
        """Begin to serve; ends with `stop`, or with a call of `on_failure`."""
        self._loop = loop
        self._on_failure = on_failure
        self._slot_end = self._next_step = monotonic()
        self._turn()

    def stop(self) -> None:
        """Serve no more."""
        self._loop = None

    @property
    def sequence(self) -> int:
        """The last number given out for message ids; it rises over all topics."""
        return self._seq

    def subscribe(self, link: Link, topics: Iterable[str]) -> None:
        """Attach a connection to topics; those that do not exist stay silent.

        A ticker's first message follows at once, also when the connection had it already.
        """
        for topic in topics:
            kind, _, name = topic.partition(".")
            if kind == "tickers" and name in self.tickers:
                ticker = self.tickers[name]
                if link not in ticker.subscribers:
                    ticker.subscribers.append(link)
                self._greetings.append((ticker, link, ticker.pushes))
            elif kind == "publicTrade" and link not in self.trades.get(name, [link]):
                self.trades[name].append(link)
            elif kind == "orderbook":
                self._open_book(link, topic, name)

    def unsubscribe(self, link: Link, topics: Iterable[str]) -> None:
        """Detach a connection from topics."""
        for topic in topics:
            kind, _, name = topic.partition(".")
            ticker = self.tickers.get(name if kind == "tickers" else name.partition(".")[2])
            if kind == "publicTrade" and link in self.trades.get(name, ()):
                self.trades[name].remove(link)
            elif ticker is not None and kind == "tickers" and link in ticker.subscribers:
                ticker.subscribers.remove(link)
            elif ticker is not None and kind == "orderbook":
                ticker.books = [b for b in ticker.books if b.link is not link or b.topic != topic]

    def current(self, contract: Contract) -> tuple[str, ...]:
        """The values REST shows: the last ones sent, or fresh ones where nobody is subscribed."""
        ticker = self.tickers[contract.symbol]
        if not contract.values or not (ticker.subscribers or self.frozen):
            ticker.refresh(self.market)
        return contract.values

    def apply(self, changes: Changes) -> None:
        """Follow a change of the universe, and push its trades."""
        for contract in changes.expired:
            ticker = self.tickers.pop(contract.symbol)
            ticker.subscribers.clear()
            ticker.books.clear()
        if changes.expired or changes.listed:
            self._add(changes.listed)
        self._push_trades(changes)
        for listener in self.on_changes:
            listener(changes)

    def _add(self, contracts: Iterable[Contract]) -> None:
        for contract in contracts:
            self.tickers[contract.symbol] = TickerTopic(contract)
        self._pacer.set_topics({name: ticker.contract.weight for name, ticker in self.tickers.items()})

    def _open_book(self, link: Link, topic: str, name: str) -> None:
        depth, _, symbol = name.partition(".")
        ticker = self.tickers.get(symbol)
        if ticker is None or not BookTopic.exists(depth) or self.frozen:
            return
        self.current(ticker.contract)
        book = BookTopic(link, topic)
        ticker.books = [b for b in ticker.books if b.link is not link or b.topic != topic] + [book]
        book.open(ticker.contract, self._next_sequence(), self._clock.now_ms())

    def _next_sequence(self) -> int:
        self._seq += 1 + (self._seq * 7919 >> 4) % 5
        return self._seq

    def _turn(self) -> None:
        if self._loop is None:
            return
        try:
            self._work(self._loop)
        except Exception:  # noqa: BLE001 - this is the feed's supervisor
            _log.exception("the feed has failed")
            self._on_failure()

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        """Work for a slice of time, then give the loop its turn; see the module's introduction."""
        now = monotonic()
        end = now + _SLICE
        wait = self._advance(now)
        while wait < _SLICE and not self._burst:
            now = monotonic()
            if now + wait >= end:
                break
            sleep(max(wait, _LEAST_NAP))
            wait = self._advance(monotonic())
        if wait < _TIMER and not self._burst:
            loop.call_soon(self._turn)
        else:
            loop.call_later(wait, self._turn)

    def _advance(self, now: float) -> float:
        """Do everything that is due and return the seconds until something is again."""
        if self.frozen:
            self._due.clear()
            self._slot_end = self._next_step = now
            return _IDLE
        if now >= self._next_step:
            self.apply(self.market.step(self._clock.at(now)))
            self._next_step = max(self._next_step + _STEP, now)
        if now >= self._slot_end:
            self._plan(now)
        while self._due and self._due[0][0] <= now:
            self._publish(*self._due.popleft())
        for _ in range(min(_GREETINGS_PER_TURN, len(self._greetings))):
            self._greet(*self._greetings.popleft())
        if self._greetings:
            return 0.0
        upcoming = self._due[0][0] if self._due else self._slot_end
        return max(upcoming - monotonic(), 0.0)

    def _plan(self, now: float) -> None:
        if now - self._slot_end > _MAX_LAG:
            self.late_slots += 1
            self._slot_end = now
        start = self._slot_end
        self._slot_end = start + SLOT
        for offset, name in self._pacer.draw():
            ticker = self.tickers[name]
            if ticker.wanted:
                self._due.append((start + offset, ticker))

    def _publish(self, moment: float, ticker: TickerTopic) -> None:
        """Push new values to everybody, at most once per slot; an expired contract has nobody."""
        if not ticker.wanted or moment - ticker.sent_at < SLOT - 1e-6:
            return
        if not ticker.refresh(self.market):
            ticker.vary(self.market)
        ticker.sent = False
        ticker.pushes += 1
        self._send(ticker, ticker.subscribers, moment)
        for book in ticker.books:
            book.follow(ticker.contract, self._next_sequence(), self._clock.at(moment))

    def _greet(self, ticker: TickerTopic, link: Link, pushes: int) -> None:
        """First message of a subscription, unless a push came first.

        It has the values as they are, or fresh ones if nobody else has them.
        """
        if link not in ticker.subscribers or ticker.pushes != pushes:
            return
        if not ticker.contract.values or len(ticker.subscribers) == 1:
            ticker.refresh(self.market)
        self._send(ticker, [link], monotonic())

    def _send(self, ticker: TickerTopic, links: Iterable[Link], moment: float) -> None:
        topic = ticker.body.topic
        frame = ticker.frame(self._next_sequence(), self._clock.at(moment))
        for link in links:
            if link.push(topic, frame):
                ticker.sent = True
        ticker.sent_at = moment
        ticker.count += 1
        self.sent += 1

    def _push_trades(self, changes: Changes) -> None:
        for coin, links in self.trades.items():
            batch = [trade for trade in changes.trades if trade.contract.coin.name == coin]
            if links and batch:
                topic = f"publicTrade.{coin}"
                frame = framed(trades_message(topic, batch, self._next_sequence(), self._clock.now_ms()))
                for link in links:
                    link.trades += link.push(topic, frame)
