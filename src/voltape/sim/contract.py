"""One listed option contract of the simulated venue and its trading activity."""

from dataclasses import dataclass, field
from decimal import Decimal

from voltape.sim.coins import Coin
from voltape.sim.expiries import label
from voltape.sim.strikes import text

__all__ = ["Activity", "Contract"]


@dataclass(slots=True)
class Activity:
    """What trading has left behind: prices in the settle coin, sizes in the coin, turnover in USD notional.

    Zero prices mean: never traded, or not within 24 hours. `texts` keeps these figures as they were
    last written, and is emptied by whoever changes one.
    """

    last: float = 0.0
    high: float = 0.0
    low: float = 0.0
    reference: float = 0.0
    volume: float = 0.0
    turnover: float = 0.0
    total_volume: float = 0.0
    total_turnover: float = 0.0
    open_interest: float = 0.0
    traded_at_ms: int = 0
    texts: tuple[str, ...] = ()

    def trade(self, price: float, size: float, index: float, now_ms: int) -> None:
        """Book one trade; a day without any starts the 24-hour figures afresh."""
        if now_ms - self.traded_at_ms > 86_400_000 or self.volume == 0.0:
            self.reference = self.last or price
            self.high = self.low = price
            self.volume = self.turnover = 0.0
        self.last = price
        self.high = max(self.high, price)
        self.low = min(self.low, price)
        self.volume += size
        self.turnover += size * index
        self.total_volume += size
        self.total_turnover += size * index
        self.traded_at_ms = now_ms
        self.texts = ()

    def add_interest(self, size: float) -> None:
        """Change open interest, which never falls below zero."""
        self.open_interest = max(self.open_interest + size, 0.0)
        self.texts = ()


@dataclass(slots=True)
class Contract:
    """A contract: what it is, how liquid it is, and the ticker values the market gives it now.

    `liquidity` runs from 0 to 1, `weight` is its share of the update rate before scaling, `values`
    are the current ticker values in the order of `ticker.WS_FIELDS` (empty until first valued), and
    `version` is the market step they belong to.
    """

    number: int
    coin: Coin
    expiry_ms: int
    strike: Decimal
    call: bool
    settle: str
    launch_ms: int
    liquidity: float
    weight: float
    noise: int
    activity: Activity = field(default_factory=Activity)
    values: tuple[str, ...] = ()
    version: int = -1
    symbol: str = ""
    strike_price: float = 0.0

    def __post_init__(self) -> None:
        kind = "C" if self.call else "P"
        tail = "" if self.settle == "USDC" else f"-{self.settle}"
        self.symbol = f"{self.coin.name}-{label(self.expiry_ms)}-{text(self.strike)}-{kind}{tail}"
        self.strike_price = float(self.strike)

    @property
    def display_name(self) -> str:
        """The venue's second spelling, which is no topic."""
        kind = "C" if self.call else "P"
        return f"{self.coin.name}{self.settle}-{label(self.expiry_ms)}-{text(self.strike)}-{kind}"

    def next_noise(self) -> int:
        """The next of this contract's own repeatable random numbers, 31 bits."""
        self.noise = (self.noise * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
        return self.noise >> 8
