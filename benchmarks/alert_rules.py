"""Alert rules of every kind, and somebody who takes the messages, for the measurement of whoever watches them."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec

from voltape.model.instrument import instrument_from_symbol

__all__ = ["SECRET", "Receiver", "receiving", "rules_for"]

SECRET = "for-benchmarks-only"  # noqa: S105 - of nothing
_OFTEN = {"cool_down": "10s", "at_most": 60}

_OF_A_CONTRACT: Mapping[str, dict[str, object]] = {
    "price": {"above": 1e9},
    "iv": {"above": "500%"},
    "iv_change": {"by": "50%"},
    "spread": {"above": "900%"},
    "volume_jump": {"by": "900%"},
    "open_interest_jump": {"by": "90%"},
}
_OF_A_COIN: Mapping[str, dict[str, object]] = {
    "index": {"above": 0.001},
    "index_move": {"by": "0.001%", "within": "1m", **_OFTEN},
    "volatility_index": {"above": 900},
    "volume_jump": {"by": "900%"},
    "open_interest_jump": {"by": "90%"},
    "put_call_ratio": {"above": 90, "of": "volume"},
    "stall": {"for": "30s"},
}
_OF_AN_EXPIRY: Mapping[str, dict[str, object]] = {
    "iv": {"above": "500%"},
    "put_call_ratio": {"above": 90},
}
_OF_THE_SYSTEM: Mapping[str, dict[str, object]] = {
    "unreachable": {},
    "not_ready": {},
    "store_down": {},
    "reconnect_rate": {"above": 20},
    "eviction": {},
    "memory": {"above": "400 MB"},
    "accuracy": {},
    "stale": {"above": "5%"},
    "job_failed": {},
}


def rules_for(symbols: Sequence[str]) -> tuple[str, int]:
    """Rules about some contracts, their expiries and their underlyings, and about the system: as TOML, and how many."""
    rules: dict[str, dict[str, object]] = {}
    for symbol in symbols:
        contract = instrument_from_symbol(symbol)
        assert contract is not None
        coin = {"underlying": contract.underlying}
        about = {
            symbol: (_OF_A_CONTRACT, {"symbol": symbol}),
            f"{contract.underlying} {contract.expiry}": (_OF_AN_EXPIRY, coin | {"expiry": contract.expiry}),
            contract.underlying: (_OF_A_COIN, coin),
        }
        for name, (kinds, subject) in about.items():
            rules |= {f"{name} {kind}": {"when": kind, **subject, **level} for kind, level in kinds.items()}
    rules |= {kind: {"when": kind, **level} for kind, level in _OF_THE_SYSTEM.items()}
    return "\n".join(_table(name, rule) for name, rule in rules.items()), len(rules)


def _table(name: str, rule: Mapping[str, object]) -> str:
    # Texts and numbers are written alike in JSON and TOML.
    lines = (f"{key} = {json.dumps(value)}" for key, value in {"name": name, **rule}.items())
    return "\n".join(["[[alert]]", *lines, ""])


class Receiver:
    """Takes messages.

    Attributes:
        port: where it listens. taken: messages so far.
    """

    def __init__(self) -> None:
        self.port = 0
        self.taken = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one message."""
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r", 1)[0])
            msgspec.json.decode(await reader.readexactly(length))
            self.taken += 1
            writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
            await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Somebody who takes messages while the block lasts."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
