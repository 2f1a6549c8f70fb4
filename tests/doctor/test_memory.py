"""Check of memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from voltape.doctor.memory import check_memory

MB = 1_000_000
NONE = -1


def machine(root: Path, **files: str) -> Path:
    """A tree with these files of the system; in their names `__` is a slash and `_dot_` a dot."""
    for name, content in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def meminfo(free_mb: int) -> str:
    """What the kernel tells of a machine with so much to spare."""
    return f"MemTotal: 4000000 kB\nMemAvailable: {free_mb * MB // 1024} kB\n"


def test_a_machine_with_enough_is_fine(tmp_path: Path) -> None:
    """What is told is the least of all limits."""
    root = machine(
        tmp_path,
        proc__meminfo=meminfo(900),
        proc__self__cgroup="0::/\n",
        sys__fs__cgroup__memory_dot_max="max\n",
    )
    finding = check_memory(root, NONE)
    assert (finding.state, finding.text) == ("ok", "899 MB are free on this machine")
    assert check_memory(tmp_path / "nothing", NONE).state == "ok"


@pytest.mark.parametrize(("limit", "state"), [(64, "fail"), (128, "warn"), (256, "ok")])
def test_a_small_container_is_told(limit: int, state: str, tmp_path: Path) -> None:
    """The limit of the control group counts, that of version 2 and that of version 1."""
    second = machine(
        tmp_path / "v2",
        proc__meminfo=meminfo(900),
        proc__self__cgroup="0::/app/web\n",
        sys__fs__cgroup__app__memory_dot_max=str(limit * MB),
        sys__fs__cgroup__app__web__memory_dot_max="max",
    )
    first = machine(
        tmp_path / "v1",
        proc__self__cgroup="5:cpu,cpuacct:/\n4:memory:/docker/12\n0::/\n",
        sys__fs__cgroup__memory__memory_dot_limit_in_bytes=str(limit * MB),
        sys__fs__cgroup__memory__docker__12__memory_dot_limit_in_bytes="9223372036854771712",
    )
    for root in (second, first):
        finding = check_memory(root, NONE)
        assert finding.state == state
        assert finding.text == f"the control group allows {limit} MB"
        assert bool(finding.advice) == (state != "ok")


@pytest.mark.parametrize(("limit", "state"), [(48, "fail"), (60, "warn"), (67, "ok")])
def test_a_role_apart_needs_less(limit: int, state: str, tmp_path: Path) -> None:
    """The containers of the compose file are no cause of complaint."""
    events = str(limit * MB)
    root = machine(tmp_path, proc__self__cgroup="0::/\n", sys__fs__cgroup__memory_dot_max=events)
    assert check_memory(root, NONE, apart=True).state == state


@pytest.mark.parametrize(
    ("group", "events"),
    [
        ("0::/app\n", "sys__fs__cgroup__app__memory_dot_events"),
        ("4:memory:/app\n", "sys__fs__cgroup__memory__app__memory_dot_oom_control"),
        # A container that sees its own group as the top, but is told the path that the host has for it.
        ("0::/host/app\n", "sys__fs__cgroup__memory_dot_events"),
    ],
)
def test_processes_that_were_killed_for_want_of_memory_are_told(
    group: str, events: str, tmp_path: Path
) -> None:
    """Whatever the limit; where none was killed nothing is said of it."""
    texts = "low 0\nmax 31\noom 2\noom_kill {}\noom_group_kill 0\n"
    root = machine(
        tmp_path, proc__meminfo=meminfo(900), proc__self__cgroup=group, **{events: texts.format(2)}
    )
    finding = check_memory(root, NONE)
    assert (finding.state, "in this control group: 2" in finding.text) == ("fail", True)
    machine(tmp_path, **{events: texts.format(0)})
    assert check_memory(root, NONE).state == "ok"


def test_a_machine_that_is_full_is_told(tmp_path: Path) -> None:
    """Without any limit, too."""
    finding = check_memory(machine(tmp_path, proc__meminfo=meminfo(50)), NONE)
    assert finding.failed
    assert "free on this machine" in finding.text


def test_a_limited_address_space_is_told_by_a_process_that_has_one() -> None:
    """`ulimit -v` is mistaken for a limit on memory; the advice says so."""
    script = (
        "import resource, sys\n"
        "from voltape.doctor.memory import check_memory\n"
        "from voltape.doctor.finding import as_json\n"
        "resource.setrlimit(resource.RLIMIT_AS, (600_000_000, 600_000_000))\n"
        "print(as_json([check_memory()]))\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    (finding,) = json.loads(told)["findings"]
    assert finding["state"] == "fail"
    assert "RLIMIT_AS" in finding["text"]
    assert "ulimit -v unlimited" in finding["advice"]
