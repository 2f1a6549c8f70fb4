import pytest

from voltape.model.board import Board
from voltape.store import catalogue, keys
from voltape.store.catalogue import Listing
from voltape.store.codec import CodecError
from voltape.store.command import Command, Reply

from .conftest import instrument


def stored(commands: list[Command]) -> dict[str, list[Reply]]:
    """What HGETALL would answer after the HSET commands."""
    hashes: dict[str, list[Reply]] = {}
    for name, key, *fields in commands:
        if name == "HSET":
            encoded = [part.encode() if isinstance(part, str) else part for part in fields]
            hashes.setdefault(str(key), []).extend(encoded)
    return hashes


def test_what_is_listed_is_read_back_with_its_slot(board: Board) -> None:
    """Instruments and slots of an underlying survive the store exactly."""
    rows = list(board.rows_of("BTC"))
    hashes = stored(catalogue.list_rows(rows, now_ms=0))
    series = catalogue.parse_series(hashes[keys.series("BTC")])
    assert list(series) == [found.expiry for found in board.expiries("BTC")]
    replies = [hashes[str(key)] for _, key in catalogue.fetch("BTC", series)]
    assert catalogue.parse("BTC", series, replies) == [Listing(row.instrument, row.slot) for row in rows]


def test_a_series_lives_a_day_longer_than_its_contracts(board: Board) -> None:
    """Every hash of contracts gets the end of its life with the first entry."""
    first = instrument()
    row = board.rows[first.symbol]
    commands = catalogue.list_rows([row], now_ms=0)
    assert ("PEXPIREAT", keys.instruments("BTC", first.expiry), first.expiry_ms + 86_400_000) in commands


def test_a_series_leaves_with_its_last_contract() -> None:
    """While others remain only the contract goes."""
    contract = instrument()
    key = keys.instruments("BTC", contract.expiry)
    assert catalogue.unlist([contract], {contract.series: None}) == [("HDEL", key, "100000-C-USDT")]
    assert catalogue.unlist([contract], {}) == [
        ("HDEL", key, "100000-C-USDT"),
        ("HDEL", keys.series("BTC"), contract.expiry),
    ]


def test_foreign_entries_are_refused() -> None:
    """Whatever somebody else put there raises our error, naming the entry."""
    with pytest.raises(CodecError):
        catalogue.parse_series([b"2026-12-25", b"hello"])
    series = catalogue.parse_series([b"2026-12-25", b'[1798185600000,"BTC-25DEC26-"]'])
    with pytest.raises(CodecError, match="BTC-25DEC26-100000-C"):
        catalogue.parse("BTC", series, [[b"100000-C", b'[1,"x"]']])
