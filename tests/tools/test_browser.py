"""The system's browser."""

import shutil
from pathlib import Path

import pytest

from tools import browser
from tools.browser import browser_arguments, find_browser


def test_the_first_browser_on_the_path_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chromium comes before Chrome; a name that is not there is passed over."""
    there = {"google-chrome": "/usr/bin/google-chrome", "chromium-browser": "/usr/bin/chromium-browser"}
    monkeypatch.setattr(shutil, "which", there.get)
    assert find_browser() == "/usr/bin/chromium-browser"


def test_without_a_browser_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is downloaded instead."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(browser, "_MAC_BROWSER", Path("/nowhere"))
    assert find_browser() is None


def test_only_root_goes_without_a_sandbox() -> None:
    """The browser would not start for root otherwise, and is safer for everybody else."""
    assert "--no-sandbox" in browser_arguments(0)
    assert "--no-sandbox" not in browser_arguments(1000)
