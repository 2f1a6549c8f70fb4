from pathlib import Path

from voltape.bybit.rest import RestClient
from voltape.clock import ManualClock
from voltape.jobs.place import Place
from voltape.jobs.retention import retention
from voltape.jobs.work import work
from voltape.store.address import address_from_url

NOW = 1_795_373_272_547  # 2026-11-22
KEPT = [
    "efficiency-2026-08-24.json",
    "efficiency-2026-11-22.txt",
    "efficiency-2024-01-01.json.bak",
    "notes.txt",
]
OLD = ["efficiency-2026-08-23.json", "efficiency-2025-01-01.txt"]


def place_in(folder: Path) -> Place:
    """A place without store and exchange."""
    return Place(
        ManualClock(NOW),
        address_from_url("valkey://127.0.0.1:1/0"),
        lambda: RestClient("http://127.0.0.1:1"),
        folder,
        "http://127.0.0.1:1",
    )


async def test_old_reports_go_and_everything_else_stays(tmp_path: Path) -> None:
    """After 90 days, by the date in the name."""
    for name in (*KEPT, *OLD):
        (tmp_path / name).touch()
    outcome = await retention(place_in(tmp_path))
    assert {file for file in OLD + KEPT if (tmp_path / file).exists()} == set(KEPT)
    assert (outcome.ok, outcome.said) == (True, "2 files of before 2026-08-24 removed")


async def test_without_reports_there_is_nothing_to_do(tmp_path: Path) -> None:
    """Not even a folder."""
    assert (await retention(place_in(tmp_path / "reports"))).figures == {"removed": 0.0}


async def test_what_stands_in_the_way_is_the_outcome(tmp_path: Path) -> None:
    """A store or a server that is away ends no run with a traceback."""
    for name in ("universe", "sweep", "audit", "report"):
        outcome = await work(name, place_in(tmp_path))
        assert not outcome.ok
        assert "127.0.0.1:1" in outcome.said
