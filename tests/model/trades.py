"""Trades to test with."""

from hypothesis import strategies as st

from voltape.model.trade import Side, Trade, notional_of

__all__ = ["CALL", "PUT", "START", "series_of_trades", "trade", "trades"]

CALL = "BTC-25DEC26-100000-C-USDT"
PUT = "BTC-25DEC26-100000-P-USDT"
START = 1_790_424_000_000


def trade(
    number: int,
    *,
    ts: int | None = None,
    symbol: str = CALL,
    size: float = 0.5,
    side: Side = "buy",
    sequence: int | None = None,
    index_price: float | None = 100_000.0,
) -> Trade:
    """The trade of this number; higher numbers are later unless `ts` says otherwise."""
    return Trade(
        id=f"id-{number}",
        symbol=symbol,
        underlying=symbol.partition("-")[0],
        ts_exchange=START + number if ts is None else ts,
        ts_received=START + number + 40,
        side=side,
        price=1_000.0 + number,
        size=size,
        notional=notional_of(size, index_price),
        iv=0.55,
        mark_price=990.0,
        mark_iv=0.54,
        index_price=index_price,
        sequence=sequence,
    )


def series_of_trades(count: int, first: int = 0) -> list[Trade]:
    """Trades one after the other."""
    return [trade(number) for number in range(first, first + count)]


_amounts = st.floats(1e-9, 1e9)
_optional = st.none() | st.floats(-1e12, 1e12)


@st.composite
def trades(draw: st.DrawFn) -> Trade:
    """Any trade that may be."""
    size, index_price = draw(_amounts), draw(st.none() | _amounts)
    return Trade(
        id=draw(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)),
        symbol=draw(st.sampled_from([CALL, PUT, "BTC-1JAN27-0.5-C"])),
        underlying="BTC",
        ts_exchange=draw(st.integers(1, 1 << 45)),
        ts_received=draw(st.integers(1, 1 << 45)),
        side=draw(st.sampled_from(["buy", "sell"])),
        price=draw(_amounts),
        size=size,
        notional=notional_of(size, index_price),
        iv=draw(_optional),
        mark_price=draw(_optional),
        mark_iv=draw(_optional),
        index_price=index_price,
        block=draw(st.booleans()),
        sequence=draw(st.none() | st.integers(0, 1 << 62)),
    )
