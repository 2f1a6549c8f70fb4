"""Open contracts to compute from."""

from hypothesis import strategies as st

from voltape.analytics.position import Position, PositionSlice
from voltape.model.instrument import Kind

__all__ = ["call", "held", "positions", "put", "series"]

_KINDS: tuple[Kind, ...] = ("call", "put")

positions = st.lists(
    st.builds(
        Position,
        strike=st.integers(1, 40).map(lambda number: number * 500.0),
        kind=st.sampled_from(_KINDS),
        open_interest=st.none() | st.integers(0, 1000).map(float),
        volume_24h=st.none() | st.integers(0, 1000).map(float),
        mark_iv=st.none() | st.floats(0.05, 3.0),
        delta=st.none() | st.floats(-1.0, 1.0),
        gamma=st.none() | st.floats(0.0, 0.01),
        vega=st.none() | st.floats(0.0, 500.0),
        theta=st.none() | st.floats(-500.0, 0.0),
    ),
    max_size=40,
)
"""Contracts of one series with whole numbers open, in any order."""


def call(strike: float, interest: float | None, **named: float | None) -> Position:
    """A call."""
    return Position(strike, "call", interest, **named)


def put(strike: float, interest: float | None, **named: float | None) -> Position:
    """A put."""
    return Position(strike, "put", interest, **named)


def series(
    *contracts: Position,
    expiry: str = "2026-12-25",
    years: float = 0.25,
    forward: float | None = 100.0,
    index_price: float | None = 100.0,
    ts: int | None = 1,
) -> PositionSlice:
    """A series of these contracts."""
    return PositionSlice(expiry, years * 365, years, forward, index_price, ts, contracts)


def held(position: Position) -> float:
    """Open interest, 0 where it is absent."""
    return position.open_interest or 0.0
