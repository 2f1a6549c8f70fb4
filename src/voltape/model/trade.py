"""One option trade, as the venue told of it."""

from typing import Literal

import msgspec

__all__ = ["Side", "Trade", "notional_of"]

Side = Literal["buy", "sell"]


class Trade(msgspec.Struct, frozen=True, gc=False):
    """A trade; absent values are None.

    Attributes:
        id: the venue's name for it, unique within the contract.
        symbol, underlying: the contract, and the coin it is on.
        ts_exchange, ts_received: when it took place by the venue's clock and when we heard of it, epoch ms.
        side: what the taker did.
        price: per unit of the underlying, in the settlement coin. size: in units of the underlying.
        notional: size times index price, in US dollars.
        iv: volatility that the price implies. mark_iv: that of the mark price. Fractions.
        mark_price, index_price: at the moment of the trade.
        block: whether it was agreed away from the order book.
        sequence: the venue's number, which trades of one moment may share.
    """

    id: str
    symbol: str
    underlying: str
    ts_exchange: int
    ts_received: int
    side: Side
    price: float
    size: float
    notional: float | None = None
    iv: float | None = None
    mark_price: float | None = None
    mark_iv: float | None = None
    index_price: float | None = None
    block: bool = False
    sequence: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from every other trade; neither time nor sequence number does."""
        return (self.symbol, self.id)

    @property
    def moment(self) -> tuple[int, int]:
        """Its place in time; trades of one moment stay in the order in which the venue told of them."""
        return (self.ts_exchange, self.sequence or 0)


def notional_of(size: float, index_price: float | None) -> float | None:
    """Size times index price, as the venue counts its turnover, to a millionth; None without an index price."""
    return None if index_price is None else round(size * index_price, 6)
