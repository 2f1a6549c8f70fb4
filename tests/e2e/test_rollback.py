"""Going back: every optimisation off, one by one and all at once, on data that is already there, and forth again."""

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from valkey.asyncio import Valkey

from tests.e2e.comparison import (
    api_state,
    assert_equal_to_truth,
    embedded_store,
    stored,
    until_fresh,
)
from tests.e2e.program import NOWHERE, Program, eventually, free_port, ready_url, running, started
from tests.e2e.shared_store import SharedStore, shared_store
from tests.e2e.truth import State, differences, of_simulator, of_store
from voltape.clock import SystemClock
from voltape.sim.handle import SimHandle, running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(60)]
with_the_fleet = pytest.mark.asyncio(loop_scope="module")

Settings = dict[str, str]

ALL_LIVE: Settings = {"filter": "all"}
PLAIN: Settings = {"profile": "plain"}
READABLE: Settings = {"filter": "all", "store_layout": "hash"}
PLAIN_BUT_PACKED: Settings = {"profile": "plain", "store_layout": "packed"}
CAUGHT_UP = 7.0
"""Seconds within which a follower has seen a tracker that ended and came back, on a busy machine."""


IN_THE_MIDDLE = {"packed", "hash", "moving"}
KINDS = {"chain": "packed", "o": "hash", "moving": "moving"}


async def places(store: Valkey) -> set[str]:
    """The layouts of which any key exists, and the mark of an unfinished move."""
    found = {key.decode().split(":")[2] async for key in store.scan_iter(match="vt:{*", count=5000)}
    return {KINDS[kind] for kind in found & KINDS.keys()}


async def named_layouts(store: Valkey) -> set[str]:
    """What the store says of where values are."""
    keys = [key async for key in store.scan_iter(match="vt:*:layout", count=5000)]
    return {value.decode() for value in await store.mget(keys)}


def layout_of(settings: Settings) -> str:
    """The layout that a run with these settings writes."""
    return settings.get("store_layout", "hash" if settings.get("profile") == "plain" else "packed")


async def until_moved(store: Valkey, settings: Settings) -> None:
    """Wait until the store has values in the layout of these settings and in no other, and says so."""
    wanted = {layout_of(settings)}

    async def moved() -> bool:
        return await places(store) == wanted == await named_layouts(store)

    await eventually(moved, CAUGHT_UP, f"values in {wanted} only")


@asynccontextmanager
async def nothing_vanishes(program: Program) -> AsyncIterator[None]:
    """While the block lasts, the program answers with as many contracts as at its start, each with a mark price."""
    rows = (await program.get("/api/v1/tickers", limit=5000))["data"]
    assert rows
    whole = len(rows)
    seen: list[tuple[int, int]] = []

    async def look() -> None:
        while True:
            rows = (await program.get("/api/v1/tickers", limit=5000))["data"]
            seen.append((len(rows), sum(row["mark_price"] is not None for row in rows)))
            await asyncio.sleep(0.05)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
    assert len(seen) > 5
    assert set(seen) == {(whole, whole)}


async def test_a_follower_goes_on_through_every_change_of_profile_and_layout(tmp_path: Path) -> None:
    """The tracker ends and comes back with other settings: serve keeps every contract, follows, and has the truth."""
    home = tmp_path / "serve"
    home.mkdir()
    async with (
        running_sim(contracts=0.1, rate=200) as sim,
        shared_store(tmp_path) as store,
        started("serve", None, home, store_url=store.url(), http_port=free_port()) as serve,
    ):
        await tracked(sim, serve, store, tmp_path, ALL_LIVE)
        async with nothing_vanishes(serve):
            for settings in (PLAIN, READABLE, ALL_LIVE):
                await tracked(sim, serve, store, tmp_path, settings)


async def tracked(sim: SimHandle, serve: Program, store: SharedStore, home: Path, settings: Settings) -> None:
    """Run the tracker with these settings until serve and the store have the truth, in the layout that was asked for."""
    since = SystemClock().wall_ms()
    async with started("tracker", sim, home, store_url=store.url(), **settings), store.client() as client:
        await until_moved(client, settings)
        await eventually(lambda: follows(serve, since), CAUGHT_UP, "the follower sees this tracker")
        await until_fresh(serve)
        await assert_equal_to_truth(sim, serve, store=stored(client), within=CAUGHT_UP)


async def follows(serve: Program, since: int) -> bool:
    """Whether serve is ready, and shows a tracker that started after `since`."""
    if await serve.status_code("/readyz") != 200:
        return False
    status = await serve.get("/api/v1/status")
    return bool(status["ts"] - status["uptime_s"] * 1000 > since)


async def test_the_embedded_store_is_read_back_whatever_wrote_it(tmp_path: Path) -> None:
    """With the exchange away, each start has only what the one before stored, and stores it in its own layout."""
    async with (
        running_sim(contracts=0.1, rate=200) as sim,
        running("up", sim, tmp_path, **ALL_LIVE) as program,
    ):
        await until_fresh(program)
        assert await sim.freeze()
        truth = of_simulator(await sim.truth())
        await eventually(lambda: has(program, truth), CAUGHT_UP, "everything on the board")
    for settings in (PLAIN, PLAIN_BUT_PACKED):
        async with started(
            "up", None, tmp_path, **(NOWHERE | settings | {"http_port": str(free_port())})
        ) as program:
            await eventually(lambda: program.status_code("/healthz"), CAUGHT_UP, "it answers")
            assert differences(await api_state(program), truth) == []
            async with embedded_store(tmp_path) as client:
                await until_moved(client, settings)
                assert differences(await of_store(client), truth) == []


async def has(program: Program, truth: State) -> bool:
    """Whether the API answers the truth."""
    return not differences(await api_state(program), truth)


@pytest.mark.parametrize(("first", "second"), [(ALL_LIVE, PLAIN), (PLAIN, ALL_LIVE)], ids=["there", "back"])
async def test_a_tracker_killed_while_it_moves_the_values_loses_none(
    tmp_path: Path, first: Settings, second: Settings
) -> None:
    """`kill -9` in the middle leaves a store from which the next start has everything, in either layout."""
    async with (
        running_sim(contracts=1.0, rate=500) as sim,
        shared_store(tmp_path) as store,
        store.client() as client,
    ):
        async with started("tracker", sim, tmp_path, store_url=store.url(), **first):
            await eventually(lambda: all_delivered(sim, client), 20, "every contract delivered")
            assert await sim.freeze()
            truth = of_simulator(await sim.truth())
            await eventually(lambda: holds(client, truth), CAUGHT_UP, "the truth stored")
        async with started("tracker", None, tmp_path, store_url=store.url(), **(NOWHERE | second)) as tracker:
            async with asyncio.timeout(CAUGHT_UP):
                while not await stopped_in_the_middle(tracker, client):
                    tracker.process.send_signal(signal.SIGCONT)
            await tracker.kill()
        assert await places(client) == IN_THE_MIDDLE
        assert differences(await of_store(client), truth) == []
        for settings in (first, second):
            async with started("tracker", None, tmp_path, store_url=store.url(), **(NOWHERE | settings)):
                await until_moved(client, settings)
            assert differences(await of_store(client), truth) == []


async def stopped_in_the_middle(tracker: Program, client: Valkey) -> bool:
    """Stop the tracker when values are in both layouts; false where it had finished one coin's by then."""
    while await places(client) != IN_THE_MIDDLE:
        pass
    tracker.process.send_signal(signal.SIGSTOP)
    return await places(client) == IN_THE_MIDDLE


async def all_delivered(sim: SimHandle, client: Valkey) -> bool:
    """Whether every contract that the exchange lists has come by the stream, as the tracker's status in the store says."""
    status = json.loads(await client.get("vt:status") or '{"connections": [], "underlyings": []}')
    confirmed: int = sum(link["confirmed"] for link in status["connections"])
    # One topic of each coin brings its trades.
    return confirmed == len(await sim.truth()) + len(status["underlyings"])


async def holds(client: Valkey, truth: State) -> bool:
    """Whether the store has the truth."""
    return not differences(await of_store(client), truth)


SWITCHES: dict[str, Settings] = {
    "conflate": {"conflate": "off"},
    "coalesce": {"coalesce": "off"},
    "cache": {"cache": "off"},
    "adaptive_flush": {"adaptive_flush": "off"},
    "event_loop": {"event_loop": "asyncio"},
    "gc_tuning": {"gc_tuning": "off"},
    "store_layout": {"store_layout": "hash"},
    "filter": {},
    "profile": {"profile": "plain"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[SimHandle, dict[str, Program]]]:
    """One exchange behind TLS, and a program for each switch that is off, side by side and all of them fresh."""
    async with AsyncExitStack() as stack:
        sim = await stack.enter_async_context(running_sim(tls=True, contracts=0.1, rate=150))
        programs: dict[str, Program] = {}
        for name, settings in SWITCHES.items():
            home = tmp_path_factory.mktemp(name)
            programs[name] = await stack.enter_async_context(
                started("up", sim, home, **(ALL_LIVE | settings))
            )
        for program in programs.values():
            program.url = await ready_url(program.process, program.log)
        for program in programs.values():
            await until_fresh(program)
        assert await sim.freeze()
        yield sim, programs


@with_the_fleet
@pytest.mark.parametrize("switch", SWITCHES)
async def test_with_one_switch_off_the_program_still_has_the_truth(
    fleet: tuple[SimHandle, dict[str, Program]], switch: str
) -> None:
    """Every field of every contract, in the API and in the store, without a message that was not understood."""
    sim, programs = fleet
    program = programs[switch]
    truth = timeless(of_simulator(await sim.truth()))
    assert len(truth) > 150

    async def is_shown() -> bool:
        return timeless(await api_state(program)) == truth

    await eventually(is_shown, CAUGHT_UP, "the truth in the API")
    async with embedded_store(program.log.parent) as client:

        async def is_stored() -> bool:
            return timeless(await of_store(client)) == truth

        await eventually(is_stored, CAUGHT_UP, "the truth in the store")
        assert await places(client) == {layout_of(SWITCHES[switch])}
    status = await program.get("/api/v1/status")
    assert status["messages"]["rejected"] == 0
    assert status["contracts"]["stale"] == 0
    assert program.log.read_text() == ""
    shown = status["optimisations"]
    assert shown == shown | ALL_LIVE | SWITCHES[switch]
    if shown["conflate"] == "off":
        assert status["messages"]["conflated"] == 0


def timeless(state: State) -> State:
    """A state without times: the exchange's is that of its last push to anybody, which may be the snapshot of another."""
    return {symbol: {**values, "ts_exchange": None} for symbol, values in state.items()}
