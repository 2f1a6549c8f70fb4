"""The system's Chromium or Chrome: nothing here downloads a browser."""

import shutil
from pathlib import Path

__all__ = ["NO_BROWSER", "browser_arguments", "find_browser"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC_BROWSER = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

NO_BROWSER = f"no browser on PATH ({', '.join(_NAMES)})"
"""What to say where there is none."""


def find_browser() -> str | None:
    """Return the path of the browser, None where there is none."""
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    return str(_MAC_BROWSER) if _MAC_BROWSER.exists() else None


def browser_arguments(user: int) -> list[str]:
    """Return what the browser has to be started with; run by root (user 0) it refuses to have a sandbox."""
    return ["--disable-gpu", *(["--no-sandbox"] if user == 0 else [])]
