"""Check of the kernel's settings."""

from pathlib import Path

import pytest

from voltape.doctor.kernel import HUGE_PAGES, OVERCOMMIT, check_kernel, is_here


def machine(root: Path, overcommit: str, pages: str) -> Path:
    """A tree with these settings."""
    for name, content in ((OVERCOMMIT, overcommit), (HUGE_PAGES, pages)):
        path = root / name
        path.parent.mkdir(parents=True)
        path.write_text(content + "\n")
    return root


@pytest.mark.parametrize(
    ("overcommit", "pages", "state", "advice"),
    [
        ("1", "always [madvise] never", "ok", ""),
        ("0", "always madvise [never]", "warn", "vm.overcommit_memory=1"),
        ("1", "[always] madvise never", "warn", "transparent_hugepage"),
        ("0", "[always] madvise never", "warn", "transparent_hugepage"),
        ("2", "always [madvise] never", "fail", "sysctl vm.overcommit_memory=1"),
    ],
)
def test_old_settings_are_told(overcommit: str, pages: str, state: str, advice: str, tmp_path: Path) -> None:
    """What keeps the store from saving fails; what only costs memory, or fails when it is short, warns."""
    finding = check_kernel("embedded", machine(tmp_path, overcommit, pages))
    assert finding.state == state
    assert f"vm.overcommit_memory is {overcommit}" in finding.text
    assert advice in finding.advice


def test_a_store_elsewhere_has_a_kernel_of_its_own(tmp_path: Path) -> None:
    """Its settings cannot be seen from here."""
    root = machine(tmp_path, "2", "[always] madvise never")
    assert check_kernel("valkey://store.example:6379", root).state == "skip"
    assert check_kernel("valkey://127.0.0.1:6379/0", root).state == "fail"
    assert [
        is_here(url) for url in ("unix:///run/store", "redis://localhost", "redis://[::1]:1", "redis://a")
    ] == [
        True,
        True,
        True,
        False,
    ]


def test_other_systems_have_no_such_settings(tmp_path: Path) -> None:
    """Nothing is said about them."""
    assert check_kernel("embedded", tmp_path).state == "skip"
