"""Supervision: services live until they are closed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from voltape.flow import supervise
from voltape.flow.backoff import Backoff
from voltape.flow.supervise import Supervisor


class Recorded(Backoff):
    """A backoff that tells the delays it would have made, and makes none."""

    delays: list[float] = []  # noqa: RUF012 - replaced by the fixture

    def next(self) -> float:
        self.delays.append(super().next())
        return 0.0


class Top(Random):
    """A generator whose every draw is as good as one, so that a delay is the step itself."""

    def random(self) -> float:
        return 1.0


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the list of delays that supervisors make from now on, none of which is waited for."""
    made: list[float] = []
    monkeypatch.setattr(Recorded, "delays", made)
    monkeypatch.setattr(supervise, "Backoff", Recorded)
    return made


def failing(
    times: int, then: asyncio.Event, error: Callable[[], BaseException]
) -> Callable[[], Awaitable[None]]:
    """Return a service that fails `times` times, then says so and runs for ever."""
    left = [times]

    async def service() -> None:
        if left[0]:
            left[0] -= 1
            raise error()
        then.set()
        await asyncio.Event().wait()

    return service


async def test_a_failed_service_is_started_again_with_growing_delays(
    delays: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    """Trap 23: an exception costs a delay and is logged with its traceback, never the service."""
    supervisor = Supervisor(Top(0), first_delay=0.5, longest_delay=2.0)
    running = asyncio.Event()
    with caplog.at_level(logging.ERROR):
        supervisor.start("poller", failing(4, running, lambda: ValueError("odd")))
        await asyncio.wait_for(running.wait(), 5)
    assert supervisor.restarts == {"poller": 4}
    assert delays == [0.5, 1.0, 2.0, 2.0]
    assert [record.exc_info is not None for record in caplog.records] == [True] * 4
    await supervisor.close()


async def test_a_service_that_returns_is_started_again(
    delays: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    """Ending by itself is an error too, and counted."""
    supervisor = Supervisor(Top(0))
    calls, twice = [0], asyncio.Event()

    async def service() -> None:
        calls[0] += 1
        if calls[0] == 2:
            twice.set()
            await asyncio.Event().wait()

    supervisor.start("flush", service)
    await asyncio.wait_for(twice.wait(), 5)
    assert (supervisor.restarts, delays) == ({"flush": 1}, [0.5])
    assert "flush ended by itself" in caplog.text
    await supervisor.close()


async def test_a_service_that_ran_long_starts_again_soon(delays: list[float]) -> None:
    """Failures far apart do not add up: after a run longer than the longest delay the first step comes again."""
    supervisor = Supervisor(Top(0), first_delay=0.001, longest_delay=0.008)
    calls, over = [0], asyncio.Event()
    loop = asyncio.get_running_loop()

    async def service() -> None:
        calls[0] += 1
        if calls[0] == 6:
            over.set()
            await asyncio.Event().wait()
        if calls[0] == 5:
            later = asyncio.Event()
            loop.call_later(0.01, later.set)
            await later.wait()
        raise OSError

    supervisor.start("universe", service)
    await asyncio.wait_for(over.wait(), 5)
    assert delays == [0.001, 0.002, 0.004, 0.008, 0.001]
    await supervisor.close()


async def test_one_service_failing_leaves_the_others_alone(delays: list[float]) -> None:
    """The neighbour is not restarted."""
    supervisor = Supervisor(Top(0))
    bad, good = asyncio.Event(), asyncio.Event()
    supervisor.start("good", failing(0, good, ValueError))
    supervisor.start("bad", failing(2, bad, ValueError))
    await asyncio.wait_for(asyncio.gather(bad.wait(), good.wait()), 5)
    assert supervisor.restarts == {"good": 0, "bad": 2}
    assert len(delays) == 2
    await supervisor.close()


async def test_services_end_in_reverse_order_one_after_the_other() -> None:
    """The last one started is over, clean-up included, before the one before it is told to end."""
    supervisor = Supervisor(Random(1))
    ended: list[str] = []

    def service(name: str, started: asyncio.Event) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                ended.append(name)

        return run

    for name in ("first", "second", "third"):
        started = asyncio.Event()
        supervisor.start(name, service(name, started))
        await asyncio.wait_for(started.wait(), 5)
    await supervisor.close()
    assert ended == ["third", "second", "first"]


async def test_closing_again_or_with_nothing_started_does_nothing() -> None:
    """Close is idempotent."""
    supervisor = Supervisor(Random(1))
    await supervisor.close()
    started = asyncio.Event()
    supervisor.start("one", failing(0, started, ValueError))
    await asyncio.wait_for(started.wait(), 5)
    await supervisor.close()
    await supervisor.close()


async def test_closing_ends_a_service_that_waits_to_be_started_again() -> None:
    """A long delay does not hold up the end."""
    supervisor = Supervisor(Random(1), first_delay=3_600.0, longest_delay=3_600.0)
    failed = asyncio.Event()

    async def service() -> None:
        failed.set()
        raise ValueError

    supervisor.start("one", service)
    await asyncio.wait_for(failed.wait(), 5)
    await asyncio.wait_for(supervisor.close(), 5)
    assert supervisor.restarts == {"one": 1}


async def test_a_cancellation_that_nobody_asked_for_is_a_failure() -> None:
    """A service that awaits something cancelled must not end in silence."""
    calls = 0
    again = asyncio.Event()

    async def service() -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            gone = asyncio.get_running_loop().create_future()
            gone.cancel()
            await gone
        again.set()
        await asyncio.Event().wait()

    supervisor = Supervisor(Random(1), first_delay=0.001)
    supervisor.start("fragile", service)
    await again.wait()
    assert supervisor.restarts == {"fragile": 1}
    await supervisor.close()
    assert calls == 2
