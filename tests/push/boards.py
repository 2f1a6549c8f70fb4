"""Boards to push from, random changes of them, and a client that believes only what it is sent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from hypothesis import strategies as st

from voltape.model.board import Board
from voltape.model.instrument import instrument_from_symbol
from voltape.model.row import Row
from voltape.model.ticker import VALUE_FIELDS, Values

NOW_MS = 1_790_424_000_000
COINS = ("BTC", "ETH")
EXPIRIES = ("25DEC26", "26MAR27")
SYMBOLS = [
    f"{coin}-{expiry}-{strike}-{kind}{settle}"
    for coin in COINS
    for expiry in EXPIRIES
    for strike in ("2000", "100000", "0.5")
    for kind in "CP"
    for settle in ("", "-USDT")
]
CHANNELS = ["tickers.BTC", "chain.BTC.2026-12-25", "ticker.BTC-25DEC26-0.5-C-USDT", "chain.ETH.2027-03-26"]


def values(seed: float | None = 1.0, **named: float | None) -> Values:
    """A tuple of values that are all `seed`, except those named."""
    return tuple(named.get(name, seed) for name in VALUE_FIELDS)


def list_contract(board: Board, symbol: str) -> Row:
    """Put a contract on the board."""
    contract = instrument_from_symbol(symbol)
    assert contract is not None
    return board.add(contract)


def make_board(symbols: Sequence[str] = SYMBOLS, *, filled: bool = True) -> Board:
    """A committed board; `filled` gives every contract different values."""
    board = Board()
    for number, symbol in enumerate(symbols):
        row = list_contract(board, symbol)
        if filled:
            board.push(row, values(float(number + 1)), NOW_MS - 100, 1, NOW_MS - 50)
            board.set_stale(row, stale=False)
    board.commit()
    return board


def change(board: Board, symbol: str, **named: float | None) -> None:
    """Push new values for one contract and commit."""
    row = board.rows[symbol]
    now = dict(zip(VALUE_FIELDS, row.values, strict=True)) | named
    board.push(row, tuple(now.values()), row.pushed_ts + 1, 1, NOW_MS)
    board.commit()


@dataclass(frozen=True)
class Step:
    """One random event: what happens to which contract."""

    action: str
    symbol: str
    number: float | None


steps = st.builds(
    Step,
    st.sampled_from(["push", "push", "push", "list", "remove", "stale", "lane", "commit", "tick"]),
    st.sampled_from(SYMBOLS),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
)


def perform(board: Board, step: Step) -> None:
    """Do what a step says, if the contract is there to do it to."""
    row = board.rows.get(step.symbol)
    if step.action == "list":
        list_contract(board, step.symbol)
    elif step.action == "commit":
        board.commit()
    elif row is None:
        return
    elif step.action == "push":
        board.push(row, values(step.number, bid_price=1.0), row.pushed_ts + 1, 1, NOW_MS)
    elif step.action == "remove":
        board.remove(step.symbol)
    elif step.action == "stale":
        board.set_stale(row, stale=not row.stale)
    elif step.action == "lane":
        board.set_lane(row, "live" if row.lane == "polled" else "polled")


def truth(board: Board, channel: str) -> dict[str, dict[str, Any]]:
    """What a client of a channel should know, straight from the board."""
    kind, _, rest = channel.partition(".")
    rows = [
        row
        for row in board.rows.values()
        if (kind == "tickers" and row.instrument.underlying == rest)
        or (kind == "ticker" and row.instrument.symbol == rest)
        or (kind == "chain" and ".".join(row.instrument.series) == rest)
    ]
    return {row.instrument.symbol: timeless(msgspec.to_builtins(row.ticker(NOW_MS))) for row in rows}


def timeless(ticker: dict[str, Any]) -> dict[str, Any]:
    """A ticker without the days to expiry, which clients count themselves."""
    return {name: value for name, value in ticker.items() if name != "days_to_expiry"}


@dataclass
class Replica:
    """State of a channel as a client rebuilds it; a number out of turn is a failure."""

    seq: int | None = None
    tickers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take(self, message: dict[str, Any]) -> None:
        """Apply a snapshot or a delta."""
        if message["type"] == "snapshot":
            self.tickers = {ticker["symbol"]: timeless(ticker) for ticker in message["data"]}
        else:
            assert self.seq is not None, "a delta before any snapshot"
            assert message["seq"] == self.seq + 1, f"{message['seq']} after {self.seq}"
            for symbol in message.get("removed", []):
                self.tickers.pop(symbol, None)
            for fields in message["data"]:
                known = self.tickers.get(fields["symbol"])
                assert known is not None or "strike" in fields, "a change of an unknown contract"
                self.tickers[fields["symbol"]] = timeless({**(known or {}), **fields})
        self.seq = message["seq"]


def decoded(frame: bytes) -> dict[str, Any]:
    """A JSON message."""
    message = json.loads(frame)
    assert isinstance(message, dict)
    return message
