"""The coins the simulated venue can list, with the venue's ticks and lots where they are known."""

from dataclasses import dataclass

__all__ = ["COINS", "Coin"]

_USDT_START_MS = 1_739_952_000_000
_STOCK_START_MS = 1_789_675_200_000


@dataclass(frozen=True, slots=True)
class Coin:
    """One underlying: prices in the settle coin per unit, volatility as a fraction per year.

    `share` is the number of contracts in a full-size universe, `twins` the number of strikes that
    also exist settled in USDC, `activity` the scale of 24-hour volume in units of the coin.
    `underlying_type` is the venue's code (0 crypto, 1 commodity, 2 stock). A `quiet` underlying is
    one whose market is closed for most of the time: it hardly moves.
    """

    name: str
    index: float
    decimals: int
    vol: float
    carry: float
    tick: str
    max_price: str
    lot: str
    max_quantity: str
    fee: str
    strike_step: str
    share: int
    activity: float
    long_ladder: bool = False
    twins: int = 0
    underlying_type: int = 0
    online_ms: int = _USDT_START_MS
    quiet: bool = False
    listed: bool = True


COINS: dict[str, Coin] = {
    coin.name: coin
    for coin in (
        Coin(
            "BTC",
            108_400.0,
            2,
            0.42,
            0.06,
            "5",
            "1110000",
            "0.01",
            "500",
            "0.00015",
            "500",
            790,
            30.0,
            long_ladder=True,
            twins=10,
        ),
        Coin(
            "ETH",
            4_380.0,
            2,
            0.68,
            0.055,
            "0.1",
            "60000",
            "0.1",
            "5000",
            "0.00015",
            "25",
            834,
            400.0,
            long_ladder=True,
            twins=14,
        ),
        Coin("SOL", 202.6, 3, 0.78, 0.05, "0.01", "5000", "1", "50000", "0.0002", "2.5", 386, 2500.0),
        Coin("XRP", 2.7815, 4, 0.75, 0.05, "0.0001", "100", "10", "400000", "0.0002", "0.05", 326, 60_000.0),
        Coin(
            "DOGE",
            0.21534,
            5,
            0.85,
            0.05,
            "0.00001",
            "10",
            "100",
            "4000000",
            "0.0002",
            "0.005",
            260,
            300_000.0,
        ),
        Coin(
            "XAUT",
            3_446.2,
            2,
            0.16,
            0.04,
            "0.1",
            "50000",
            "0.1",
            "2000",
            "0.0002",
            "10",
            220,
            60.0,
            underlying_type=1,
        ),
        Coin(
            "NVDA",
            174.18,
            2,
            0.38,
            0.04,
            "0.01",
            "5000",
            "1",
            "20000",
            "0.0002",
            "2.5",
            160,
            200.0,
            underlying_type=2,
            online_ms=_STOCK_START_MS,
            quiet=True,
        ),
        Coin(
            "SPCX",
            212.0,
            2,
            0.55,
            0.04,
            "0.01",
            "5000",
            "1",
            "20000",
            "0.0002",
            "2.5",
            0,
            100.0,
            underlying_type=2,
            online_ms=0,
            listed=False,
        ),
    )
}
"""Every coin by name. `SPCX` is announced but has no contracts: its `hasSymbol` is 0."""
