"""What every test may use."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tools.browser import NO_BROWSER, find_browser

# A slow machine is not a wrong program; CI repeats the same examples, developers look for new ones.
settings.register_profile("developer", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "developer")

ALONE = ("e2e", "docs")
"""Folders whose tests run whole programs: several of those at once would measure the machine."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file on one worker, and all whole programs too, where tests run in parallel; the longest go first."""
    folder = Path(__file__).parent
    for item in items:
        parts = item.path.relative_to(folder).parts
        item.add_marker(pytest.mark.xdist_group("programs" if parts[0] in ALONE else "/".join(parts)))
    items.sort(key=lambda item: item.path.relative_to(folder).parts[0] not in ALONE)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the system's Chromium or Chrome; without one the test is skipped, and in CI it fails."""
    if found := find_browser():
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(NO_BROWSER)
    pytest.skip(NO_BROWSER)
