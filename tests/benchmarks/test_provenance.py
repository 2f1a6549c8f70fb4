"""What a result says about its origin."""

from pathlib import Path

import pytest

from benchmarks.provenance import commit_of, source_digest, this_machine

DIGEST = "2986cdb0123456789abcdef0123456789abcdef0"


def checkout(folder: Path, **files: str) -> Path:
    """A checkout whose `.git` holds these files; `__` stands for a slash."""
    for name, text in files.items():
        path = folder / ".git" / name.replace("__", "/").replace("_", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    return folder


@pytest.mark.parametrize(
    "files",
    [
        {"HEAD": f"{DIGEST}\n"},
        {"HEAD": "ref: refs/heads/main\n", "refs__heads__main": f"{DIGEST}\n"},
        {
            "HEAD": "ref: refs/heads/main\n",
            "packed_refs": f"# pack-refs\n{'0' * 40} refs/x\n{DIGEST} refs/heads/main\n",
        },
    ],
)
def test_the_commit_is_read_without_git(tmp_path: Path, files: dict[str, str]) -> None:
    """Detached, on a branch, and on a branch whose reference is packed."""
    assert commit_of(checkout(tmp_path, **files)) == DIGEST


@pytest.mark.parametrize("files", [{}, {"HEAD": "ref: refs/heads/main\n"}])
def test_a_tree_without_commits_has_an_unknown_one(tmp_path: Path, files: dict[str, str]) -> None:
    """An unpacked archive, and a repository before its first commit."""
    assert commit_of(checkout(tmp_path, **files)) == "unknown"


def test_the_digest_follows_the_source(tmp_path: Path) -> None:
    """Another text or another name is another program; other files do not count."""
    module = tmp_path / "a.py"
    module.write_text("1\n")
    first = source_digest(tmp_path)
    (tmp_path / "a.txt").write_text("1\n")
    assert source_digest(tmp_path) == first
    module.write_text("2\n")
    second = source_digest(tmp_path)
    module.rename(tmp_path / "b.py")
    assert len({first, second, source_digest(tmp_path)}) == 3


def test_the_machine_is_told_without_its_paths_or_names() -> None:
    """Processor, cores, memory, system and interpreter; nothing that identifies the host."""
    machine = this_machine()
    assert machine.cores > 0
    assert machine.memory_mb > 0
    assert "/" not in machine.system + machine.python
