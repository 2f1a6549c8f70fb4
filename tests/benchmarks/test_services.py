import os
from pathlib import Path

import msgspec
import pytest
import yaml

from benchmarks.cgroups import cgroup_of
from benchmarks.containers import COMPOSE, services_of
from benchmarks.figures import figures_of
from benchmarks.services import FIGURES, SERVICES, rendered_services
from tests.benchmarks.results import made_up


def test_commands_and_limits_are_those_of_the_compose_file() -> None:
    """What is measured is what is shipped, and the table says so."""
    found = services_of(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))
    assert {name: (one.memory >> 20, round(one.cpus * 100)) for name, one in found.items()} == SERVICES
    assert found["tracker"].command == ("tracker",)
    assert found["valkey"].command[0] == "valkey-server"


def test_a_compose_file_without_limits_is_an_error() -> None:
    """Nothing is measured without them."""
    with pytest.raises(KeyError):
        services_of({"services": {"valkey": {"command": "valkey-server"}}})


def test_the_table_judges_the_largest_sample() -> None:
    """A service that once went beyond its limit has missed it, whatever the middle of the samples."""
    samples = {f"{name}.memory": [50.0, 60.0] for name in SERVICES} | {
        "stale": [0.0, 0.0, 3.0],
        "rate": [2600.0],
    }
    made = msgspec.structs.replace(
        made_up(), figures=figures_of(samples, FIGURES), options={"seconds": 600, "rate": 2600.0, "seed": 1}
    )
    text = rendered_services(made, "containers.json")
    rows = {line.split(" | ")[0].strip("| "): line for line in text.splitlines() if line.startswith("|")}
    assert "**55** (to 60)" in rows["tracker"].replace(".0", "")
    assert "missed" not in rows["tracker"]
    assert "missed: 0" in rows["stale contracts"]
    assert "10 minutes at 2,600 messages/s" in text


def test_our_own_group_has_accounts() -> None:
    """In whichever version this machine has."""
    if not Path("/sys/fs/cgroup").is_dir():
        pytest.skip("no control groups here")
    try:
        group = cgroup_of(os.getpid())
        used = group.memory_bytes()
    except (OSError, KeyError) as error:
        pytest.skip(f"the group's files are not to be seen from here: {error}")
    assert used > 0
    assert group.killed() >= 0
    assert group.cpu_seconds() > 0
