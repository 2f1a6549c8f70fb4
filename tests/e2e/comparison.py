"""Comparing what a running program answers and stores with what the simulated exchange sent."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from valkey.asyncio import Valkey

from tests.e2e.program import Program, eventually
from tests.e2e.truth import State, differences, of_api, of_simulator, of_store
from voltape.sim.handle import SimHandle

CAUGHT_UP_WITHIN = 5.0
FRESH_WITHIN = 15.0

Reader = Callable[[], Awaitable[State]]
"""Gives one view of the market as it is now."""


async def api_state(program: Program) -> State:
    """All contracts by the API."""
    answer = await program.get("/api/v1/tickers", limit=5000)
    assert answer["total"] == len(answer["data"])
    return of_api(answer["data"])


async def received(program: Program) -> int:
    """Messages that have arrived so far."""
    return int((await program.get("/api/v1/status"))["messages"]["received"])


async def all_fresh(program: Program) -> bool:
    """Whether every contract has delivered on its connection and none is stale."""
    status = await program.get("/api/v1/status")
    # The counts of contracts are up to a second old, those of connections are of the moment, trades of each coin included.
    confirmed = sum(link["confirmed"] for link in status["connections"])
    trades = len(status["underlyings"])
    listed = (await program.get("/api/v1/tickers", limit=1))["total"]
    return bool(listed and confirmed == listed + trades and not status["contracts"]["stale"])


async def until_fresh(program: Program) -> None:
    """Wait until every contract is fresh."""
    await eventually(lambda: all_fresh(program), FRESH_WITHIN, "every contract fresh")


async def assert_equal_to_truth(
    sim: SimHandle,
    program: Program,
    *,
    within: float = CAUGHT_UP_WITHIN,
    polled: bool = False,
    **views: Reader,
) -> int:
    """Freeze the exchange, and compare its truth with the API and further views; returns the number of contracts.

    With `polled`, polls may have had to prove values that the socket left in doubt.
    """
    assert await sim.freeze()
    truth = of_simulator(await sim.truth())
    readers: dict[str, Reader] = {"api": lambda: api_state(program)} | views
    found: dict[str, list[str]] = {}

    async def equal() -> bool:
        for name, read in readers.items():
            found[name] = differences(await read(), truth, polled=polled)
        return not any(found.values())

    try:
        await eventually(equal, within, "every view equal to the truth")
    except AssertionError:
        counts = {name: len(lines) for name, lines in found.items()}
        pytest.fail(f"{counts} differences, first: {[lines[:5] for lines in found.values()]}")
    await sim.resume()
    return len(truth)


def embedded_store(home: Path) -> Valkey:
    """A client of the embedded store of a program whose data directory is in `home`."""
    return Valkey(unix_socket_path=str(next((home / "data" / "store").glob("*.sock"))))


def stored(store: Valkey) -> Reader:
    """The view of a store."""
    return lambda: of_store(store)
