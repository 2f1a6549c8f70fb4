import asyncio

import msgspec
import pytest

from tests.model.judged import MEASURED
from tests.model.statuses import at_work
from tests.serve.serving import API, serving
from voltape.clock import ManualClock
from voltape.model.efficiency import Efficiency
from voltape.model.status import Health, Status
from voltape.serve.efficiency import EfficiencyMeter


class System:
    """A system at an even load, and its meter."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.looks = 0
        self.ready = True
        self.looked = asyncio.Event()
        self.meter = EfficiencyMeter(self.clock, self._status, MEASURED)

    def _status(self) -> Status:
        self.looks += 1
        self.looked.set()
        status = at_work(self.clock.monotonic() - 1000, health=Health(ready=self.ready))
        return msgspec.structs.replace(status, ts=self.clock.wall_ms())


async def test_the_figures_are_those_of_the_last_minutes() -> None:
    """One sample each ten seconds."""
    system = System()
    for _ in range(12):
        system.meter.read()
        system.clock.advance(10)
    found = system.meter.read()
    assert found.window_s == 120
    assert found.current.cpu_percent == pytest.approx(10, abs=0.01)
    assert found.baseline.measured == MEASURED.figures


async def test_a_judgement_stands_until_the_next_sample() -> None:
    """So that the status is not looked through for every request."""
    system = System()
    first = system.meter.read()
    system.clock.advance(5)
    assert system.meter.read() is first
    assert system.looks == 1
    system.clock.advance(5)
    assert system.meter.read() is not first


async def test_a_judgement_before_there_is_data_is_not_kept() -> None:
    """The first one that counts is not ten seconds late."""
    system = System()
    system.ready = False
    system.meter.read()
    system.ready = True
    system.clock.advance(1)
    found = system.meter.read()
    assert system.looks == 2
    assert found.ts == system.clock.wall_ms()
    assert system.meter.read() is found


async def test_samples_are_taken_without_being_asked() -> None:
    """From the start on, until it is stopped."""
    system = System()
    task = asyncio.create_task(system.meter.run())
    await system.looked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert system.looks == 1


async def test_the_answer_has_the_shape_that_is_promised() -> None:
    """It can be read back, and what is not known is null."""
    async with serving() as site:
        answer = await site.get("/efficiency")
        assert answer.status_code == 200
        found = msgspec.json.decode(answer.content, type=Efficiency)
        assert found.current.cpu_percent is None
        assert found.improvement.plan["cpu_percent"] is None
        assert found.baseline.plan.cpu_percent == 103
        assert [target.metric for target in found.targets] == [
            *("cpu_percent", "memory_mb", "reconnections_hour", "response_time_ms", "accuracy_percent")
        ]
        assert found.coverage.contracts.listed == 24
        assert found.ts == site.clock.wall_ms()


async def test_an_answer_that_is_known_is_not_sent_again() -> None:
    """Its tag stands until the next sample, and no longer."""
    async with serving() as site:
        tag = (await site.get("/efficiency")).headers["etag"]
        site.clock.advance(3)
        again = await site.get("/efficiency", if_none_match=tag)
        assert (again.status_code, again.content) == (304, b"")
        site.clock.advance(7)
        assert (await site.get("/efficiency", if_none_match=tag)).status_code == 200


async def test_a_token_guards_it_as_it_guards_the_rest() -> None:
    """401 without it."""
    async with serving(token="secret") as site:
        assert (await site.get("/efficiency")).status_code == 401
        assert (await site.get("/efficiency", authorization="Bearer secret")).status_code == 200


async def test_it_takes_no_parameters_and_describes_itself() -> None:
    """In the document of the interface, with every figure."""
    async with serving() as site:
        await site.problem("/efficiency?window=5", 422)
        document = (await site.http.get("/openapi.json")).json()
        answers = document["paths"][f"{API}/efficiency"]["get"]["responses"]
        assert answers["200"]["content"]["application/json"]["schema"]["$ref"].endswith("Efficiency")
        schemas = document["components"]["schemas"]
        assert {"cpu_percent", "memory_mb"} <= set(schemas["Figures"]["properties"])
        assert set(schemas["Target"]["properties"]) >= {"metric", "limit", "unit", "current", "met"}
