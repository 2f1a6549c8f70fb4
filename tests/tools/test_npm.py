"""The Node.js that builds the dashboard is one its tools run on."""

from pathlib import Path

import pytest

from tools import npm


@pytest.mark.parametrize(
    ("version", "good"),
    [
        ("v18.20.4", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.0.0\n", True),
        ("", False),
        ("node: not found", False),
    ],
)
def test_a_version_is_judged_by_what_the_bundler_needs(version: str, good: bool) -> None:
    """The ranges are those of the bundler's own requirement."""
    assert npm.supported(version) is good


def program(folder: Path, name: str, answer: str) -> None:
    """Put a program on a PATH folder that prints `answer`."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho {answer}\n")
    path.chmod(0o755)


def test_npm_on_path_is_used_with_a_good_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is fetched where the machine has what is needed."""
    program(tmp_path, "node", "v22.12.0")
    program(tmp_path, "npm", "10.0.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert npm.on_path()


def test_an_old_node_on_path_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundler would fail on it halfway."""
    program(tmp_path, "node", "v18.20.4")
    program(tmp_path, "npm", "10.0.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not npm.on_path()


def test_a_node_without_npm_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Distributions package the two apart."""
    program(tmp_path, "node", "v22.12.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not npm.on_path()
