"""Real recordings of the exchange, beside the checkout where they are at hand."""

from pathlib import Path

import msgspec
import pytest

__all__ = ["recorded_messages", "recorded_rest_tickers", "recorded_symbols"]

RECORDED = Path(__file__).parents[1].parent / "shared/data/recorded"


class _Dump(msgspec.Struct):
    symbols: list[str]


class _Result(msgspec.Struct):
    list: list[msgspec.Raw]


class _Answer(msgspec.Struct):
    result: _Result


def _bytes(name: str) -> bytes:
    path = RECORDED / name
    if not path.exists():
        pytest.skip(f"no recordings beside the checkout ({name})")
    return path.read_bytes()


def recorded_symbols() -> list[str]:
    """Return the symbols of every contract listed on 2025-09-01; skip the test where they are not at hand."""
    return msgspec.json.decode(_bytes("symbols_2025-09-01.json"), type=_Dump).symbols


def recorded_messages() -> list[bytes]:
    """Return messages of the option socket as sent; skip the test where they are not at hand."""
    return _bytes("ws_option_messages.jsonl").splitlines()


def recorded_rest_tickers() -> list[msgspec.Raw]:
    """Return rows of a REST ticker answer; skip the test where they are not at hand."""
    return msgspec.json.decode(_bytes("rest_docs_tickers_option.json"), type=_Answer).result.list
