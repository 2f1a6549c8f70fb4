import logging

import pytest

from voltape.store.watch import MemoryWatch


def replies(used: int, evicted: int) -> list[bytes]:
    """What the server would tell."""
    return [
        f"# Memory\r\nused_memory:{used}\r\nmaxmemory:1000\r\n".encode(),
        f"# Stats\r\nevicted_keys:{evicted}\r\n".encode(),
    ]


def test_evictions_are_counted_from_the_first_look_on(caplog: pytest.LogCaptureFixture) -> None:
    """What was evicted before we came is not ours; what is evicted later is counted and logged."""
    watch = MemoryWatch()
    assert watch.read(replies(900, 7)) is False
    with caplog.at_level(logging.WARNING):
        assert watch.read(replies(950, 10)) is True
    assert watch.read(replies(940, 10)) is False
    assert (watch.evicted, watch.memory_bytes) == (3, 940)
    assert "evicted 3 keys" in caplog.text


def test_another_server_starts_from_its_own_count() -> None:
    """After a reconnect a different total is no eviction."""
    watch = MemoryWatch()
    watch.read(replies(900, 2))
    watch.forget()
    assert watch.read(replies(900, 50)) is False
    assert watch.read(replies(900, 3)) is False
    assert watch.evicted == 0


def test_a_server_that_tells_nothing_is_no_error() -> None:
    """Without figures there are none."""
    watch = MemoryWatch()
    assert watch.read([None, None]) is False
    assert watch.memory_bytes is None
