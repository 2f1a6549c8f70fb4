"""Hand-written messages in the exchange's shapes."""

import json
from pathlib import Path

__all__ = ["CALL", "PUT", "TOPIC", "answers", "pushed", "rest_rows", "ticker"]

DATA = Path(__file__).parents[1] / "data/bybit"

CALL = "BTC-25DEC26-100000-C-USDT"
PUT = "XRP-30OCT26-0.4-P-USDT"
TOPIC = f"tickers.{CALL}"


def ticker(symbol: str = CALL, /, **fields: object) -> dict[str, object]:
    """Return a whole ticker object of the socket, with some fields as given; `...` leaves a field out."""
    data: dict[str, object] = json.loads((DATA / "ticker_push.json").read_bytes())["data"]
    data.update(symbol=symbol)
    data.update(fields)
    return {name: value for name, value in data.items() if value is not ...}


def pushed(
    data: object = None,
    ts: object = 1_790_000_000_123,
    sequence: int = 1,
    symbol: str = CALL,
    **envelope: object,
) -> bytes:
    """Return a pushed frame: a whole ticker unless `data` is given, envelope fields as given."""
    frame = {
        "topic": f"tickers.{symbol}",
        "ts": ts,
        "type": "snapshot",
        "id": f"tickers.{symbol}-{sequence}-{ts}",
        "data": ticker(symbol) if data is None else data,
        **envelope,
    }
    return json.dumps(frame).encode()


def rest_rows() -> list[bytes]:
    """Return rows of a ticker answer: a liquid contract, and one where everything is zero."""
    rows: list[object] = json.loads((DATA / "rest_tickers.json").read_bytes())
    return [json.dumps(row).encode() for row in rows]


def answers() -> list[bytes]:
    """Return acknowledgements and pongs in every shape that has been seen."""
    found: list[object] = json.loads((DATA / "answers.json").read_bytes())
    return [json.dumps(answer).encode() for answer in found]
