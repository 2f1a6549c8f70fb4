import asyncio
import gzip
from collections.abc import Iterator
from threading import Event

import pytest

from voltape.serve import forms
from voltape.serve.cache import Answer, compressed
from voltape.serve.forms import Forms

SHORT = b"a" * 2000
LONG = b"a" * 100_000


@pytest.fixture
def made() -> Iterator[Forms]:
    """Forms that are closed at the end."""
    found = Forms()
    yield found
    found.close()


class Compressor:
    """Compresses once it is let, and counts."""

    def __init__(self) -> None:
        self.calls = 0
        self.go = Event()

    def __call__(self, body: bytes, coding: str, *, lasting: bool) -> bytes:
        self.calls += 1
        assert self.go.wait(5)
        return compressed(body, coding, lasting=lasting)


@pytest.mark.parametrize("body", [SHORT, LONG])
async def test_a_form_is_made_once_and_held(made: Forms, body: bytes) -> None:
    """In this thread or another one."""
    answer = Answer(body)
    assert await made.of(answer, "identity") is body
    packed = await made.of(answer, "gzip")
    assert gzip.decompress(packed) == body
    assert await made.of(answer, "gzip") is packed
    assert made.joined == 0


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_what_stays_is_compressed_well(made: Forms, coding: str) -> None:
    """It is compressed once and sent often."""
    body = b"".join(b"function f%d(a){return a*%d}" % (number % 701, number) for number in range(4000))
    assert len(await made.of(Answer(body, lasting=True), coding)) < len(await made.of(Answer(body), coding))


async def test_who_asks_for_a_form_that_is_being_made_waits_for_it(
    made: Forms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three ask, one compression; each of the two that waited is counted, other codings are not theirs."""
    compressor = Compressor()
    monkeypatch.setattr(forms, "compressed", compressor)
    answer = Answer(LONG)
    tasks = [asyncio.create_task(made.of(answer, "gzip")) for _ in range(3)]
    await asyncio.sleep(0)
    assert made.joined == 2
    compressor.go.set()
    first, *others = await asyncio.gather(*tasks)
    assert all(other is first for other in others)
    assert answer.held("gzip") is first
    assert answer.held("zstd") is None
    assert compressor.calls == 1


async def test_a_client_that_goes_away_takes_the_form_from_nobody(
    made: Forms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others get it."""
    compressor = Compressor()
    monkeypatch.setattr(forms, "compressed", compressor)
    answer = Answer(LONG)
    leaving, staying = (asyncio.create_task(made.of(answer, "gzip")) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    compressor.go.set()
    assert gzip.decompress(await staying) == LONG
    assert leaving.cancelled()


async def test_a_fault_is_told_to_all_who_wait_and_the_next_one_tries_again(
    made: Forms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is held then."""
    answer = Answer(LONG)

    def broken(_body: bytes, _coding: str, *, lasting: bool) -> bytes:
        raise ArithmeticError

    monkeypatch.setattr(forms, "compressed", broken)
    found = await asyncio.gather(*(made.of(answer, "gzip") for _ in range(2)), return_exceptions=True)
    assert [type(one) for one in found] == [ArithmeticError, ArithmeticError]
    monkeypatch.undo()
    assert gzip.decompress(await made.of(answer, "gzip")) == LONG
