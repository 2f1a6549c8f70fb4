"""The tracker's services on a clock that stands still, with a venue on paper: lists and rows are what a test writes."""

import json
from collections.abc import Iterable
from random import Random

from voltape.bybit.connection import Connection
from voltape.bybit.intake import Intake
from voltape.bybit.link import Link
from voltape.bybit.pool import Pool, PoolObserver, PoolOptions
from voltape.bybit.rest import Listing, RestClient, TickerPage
from voltape.bybit.session import Session, SessionOptions
from voltape.bybit.topics import symbol_of, ticker_topic
from voltape.clock import Clock, ManualClock
from voltape.errors import VenueError, VenueRefused
from voltape.model.board import Board
from voltape.model.instrument import instrument_from_symbol
from voltape.model.row import Row
from voltape.model.ticker import EMPTY_VALUES, VALUE_FIELDS, Values
from voltape.track.feed import Feed
from voltape.track.gaps import GapLedger
from voltape.track.health import FreshnessKeeper
from voltape.track.lanes import LanePolicy
from voltape.track.poller import Poller
from voltape.track.universe import UniverseKeeper

__all__ = ["BTC", "ETH", "PaperVenue", "Rig", "values"]

BTC = [f"BTC-25DEC26-{strike}-{kind}-USDT" for strike in (90_000, 100_000, 110_000) for kind in "CP"]
ETH = [f"ETH-25DEC26-{strike}-{kind}-USDT" for strike in (3_000, 3_500) for kind in "CP"]
_MARK, _VOLUME, _OPEN_INTEREST = map(VALUE_FIELDS.index, ("mark_price", "volume_24h", "open_interest"))


def values(mark: float, **more: float | None) -> Values:
    """Ticker values with this mark price."""
    changed = {"mark_price": mark, **more}
    return tuple(changed.get(name) for name in VALUE_FIELDS)


class PaperVenue(RestClient):
    """REST answers as a test wrote them.

    Attributes:
        listed: symbols per coin that the list shows. expiries: instants that differ from the symbol's.
        rows: values per symbol that the tickers show.
        coins: what discovery finds.
        failing: what each call ends in, by "listing", "tickers", "coins" or one of these and a coin.
        asked: calls so far.
    """

    def __init__(self, clock: ManualClock) -> None:
        self._paper_clock = clock
        self.refused_until = float("-inf")
        self.listed: dict[str, list[str]] = {}
        self.expiries: dict[str, int] = {}
        self.rows: dict[str, Values] = {}
        self.coins: list[str] = []
        self.failing: dict[str, VenueError] = {}
        self.asked: list[str] = []
        self.bytes_received = 0
        self.skew_ms = 0

    def _ask(self, call: str, coin: str = "") -> None:
        if self._paper_clock.monotonic() < self.refused_until:
            raise VenueRefused(call, "not asked")
        self.asked.append(f"{call} {coin}".strip())
        error = self.failing.get(call) or self.failing.get(f"{call} {coin}")
        if isinstance(error, VenueRefused):
            self.refused_until = self._paper_clock.monotonic() + 600
        if error is not None:
            raise error

    @property
    def now_ms(self) -> int:
        """The venue's time."""
        return self._paper_clock.wall_ms() + self.skew_ms

    async def base_coins(self) -> list[str]:
        self._ask("coins")
        return list(self.coins)

    async def listing(self, underlying: str) -> Listing:
        self._ask("listing", underlying)
        instruments = {}
        for symbol in self.listed.get(underlying, ()):
            instrument = instrument_from_symbol(symbol, expiry_ms=self.expiries.get(symbol))
            assert instrument is not None
            instruments[symbol] = instrument
        return Listing(underlying, instruments, set(), [], self.now_ms)

    async def tickers(self, underlying: str) -> TickerPage:
        self._ask("tickers", underlying)
        rows = {s: v for s, v in self.rows.items() if s.startswith(f"{underlying}-")}
        return TickerPage(underlying, rows, 0, self.now_ms)


class _Deaf:
    """Nobody to be told of outages."""

    def connection_lost(self, name: str, cause: str, last_data: float, contracts: int) -> None:
        pass

    def connection_back(self, name: str) -> None:
        pass


class StillPool(Pool):
    """A pool whose one connection is driven by the test.

    Attributes:
        renewed: topics asked for anew so far.
        plans: what was wanted, call by call.
    """

    def __init__(self, intake: Intake, clock: Clock, options: SessionOptions) -> None:
        observer: PoolObserver = _Deaf()
        super().__init__(PoolOptions("ws://nowhere", session=options), intake, observer, clock, Random(1))
        self.renewed: list[str] = []
        self.plans: list[list[str]] = []
        self._session_options = options
        self._own_clock = clock
        self._own_intake = intake
        self.link = Link("c1", clock.monotonic())
        self.connect()

    def connect(self) -> None:
        """Put a new connection in place of the present one."""
        self.link.close_books()
        session = Session(self._session_options, (), self._own_clock.monotonic())
        self.link.connection = Connection(session, self._own_intake, self._own_clock, coalesce=False)
        session.want(self.link.topics)

    def disconnect(self) -> None:
        """The connection is gone."""
        self.link.close_books()

    @property
    def wanted(self) -> int:
        return len(self.link.topics)

    def want(self, topics: Iterable[str]) -> None:
        self.plans.append(list(topics))
        if self.link.session is not None:
            self.link.session.unwant(self.link.topics.keys() - set(self.plans[-1]))
        self.link.topics = dict.fromkeys(self.plans[-1])
        self.links = [self.link] if self.link.topics else []
        if self.link.session is not None:
            self.link.session.want(self.link.topics)

    def renew(self, topics: Iterable[str]) -> None:
        self.renewed += topics


class Rig:
    """Everything between the venue on paper and the board; time passes in `seconds` only."""

    def __init__(
        self,
        *coins: str,
        interval: float = 30.0,
        policy: LanePolicy | None = None,
        given: bool = True,
        conflate: bool = True,
    ) -> None:
        self.clock = ManualClock()
        self.venue = PaperVenue(self.clock)
        self.venue.coins = list(coins)
        self.venue.listed = {"BTC": list(BTC), "ETH": list(ETH)}
        self.venue.rows = {symbol: values(100.0) for symbol in (*BTC, *ETH)}
        self.board = Board()
        self.intake = Intake(self.board, conflate=conflate)
        self.gaps = GapLedger()
        self.feed = Feed(self.board, self.intake, self.clock, policy or LanePolicy(), self.gaps)
        self.universe = UniverseKeeper(self.feed, self.venue, Random(1), coins if given else ())
        self.poller = Poller(self.feed, self.venue, self.universe, Random(1), interval)
        self.keeper = FreshnessKeeper(self.feed, self.poller, self.universe, 60.0)
        self.pool = StillPool(self.intake, self.clock, SessionOptions())
        self.feed.attach(self.pool)
        self.polling = True
        self._polled: dict[str, float] = {}
        self._sequence = 0
        self._messages = 0

    def row(self, symbol: str) -> Row:
        """Its row."""
        return self.board.rows[symbol]

    def mark(self, symbol: str) -> float | None:
        """Its mark price on the board."""
        return self.row(symbol).values[_MARK]

    def push(self, symbol: str, mark: float, *, ts: int | None = None) -> None:
        """A ticker comes by the socket now, with the venue's time `ts`."""
        self._sequence += 1
        at = self.venue.now_ms if ts is None else ts
        topic = ticker_topic(symbol)
        data = {"symbol": symbol, "markPrice": str(mark)}
        shown = self.venue.rows.get(symbol, EMPTY_VALUES)
        for wire, value in (("volume24h", shown[_VOLUME]), ("openInterest", shown[_OPEN_INTEREST])):
            if value is not None:
                data[wire] = str(value)
        message = {
            "topic": topic,
            "ts": at,
            "type": "snapshot",
            "id": f"{topic}-{self._sequence}-{at}",
            "data": data,
        }
        self.intake.take(json.dumps(message).encode(), self.clock.wall_ms())
        session = self.pool.link.session
        if session is not None and topic in self.pool.link.topics:
            self._messages += 1
            while topic not in session.pending and topic not in session.confirmed:
                session._next_request = 0.0
                session.texts(self.clock.monotonic())
            session.heard(topic)
            session.traffic(self._messages, self.clock.monotonic())

    def flush(self) -> None:
        """What the tracker does at each flush."""
        rows = self.feed.flush()
        self.keeper.beat(rows)
        self.board.commit()

    async def seconds(self, count: int, *speaking: str, mark: float = 100.0) -> None:
        """Let seconds pass, one by one: these contracts push, the board is flushed, judged and polled when due."""
        for _ in range(count):
            self.clock.advance(1.0)
            for symbol in speaking:
                if symbol in self.board.rows:
                    self.push(symbol, mark)
            self.flush()
            self.universe.expire()
            self.keeper.look()
            if self.polling:
                await self.poll_due()

    async def poll_due(self) -> None:
        """Poll each underlying that is due."""
        for _ in range(8):
            coin, due = self.poller._next()
            if coin is None or due > self.clock.monotonic():
                return
            self.poller._due[coin] = self.clock.monotonic() + self.poller.interval
            await self.poller.poll(coin)

    async def settled(self, *speaking: str) -> None:
        """List, poll, and run until every contract on the socket has pushed for a while."""
        await self.universe.refresh()
        await self.seconds(40, *(speaking or tuple(self.board.rows)))

    def stale(self) -> set[str]:
        """Symbols that are marked stale."""
        return {symbol for symbol, row in self.board.rows.items() if row.stale}

    def wanted(self) -> set[str]:
        """Symbols that the socket is to carry."""
        return {symbol_of(topic) for topic in self.pool.link.topics}
