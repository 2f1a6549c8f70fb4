"""Takes the pictures in docs/screenshots: a seeded demo on free ports, looked at with the system's browser.

Run by `make screenshots`. The market is the same for the same seed, but it moves while it is looked at, so the
pictures differ in digits from one run to the next.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

from tools.palette import reduced

__all__ = ["PICTURES", "main"]

FOLDER = Path("docs/screenshots")
LARGEST_BYTES = 250_000
SEED = 7
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSER = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
READY_MS = 15_000
SETTLE_MS = 1_500


class Picture(NamedTuple):
    """One picture: file name, window, coin, which of its expiries counted from the nearest, and view."""

    name: str
    width: int
    height: int
    coin: str
    expiry: int
    preset: str
    theme: str


PICTURES = (
    Picture("chain-1440", 1440, 860, "BTC", 6, "Price", "dark"),
    Picture("greeks-1440-light", 1440, 860, "ETH", 4, "Greeks", "light"),
    Picture("chain-390", 390, 780, "BTC", 6, "Price", "dark"),
)


def browser_path() -> str:
    """Return the system's Chromium or Chrome.

    Raises:
        SystemExit: there is none.
    """
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    if MAC_BROWSER.exists():
        return str(MAC_BROWSER)
    raise SystemExit(f"screenshots: no browser on PATH ({', '.join(BROWSERS)})")


@contextlib.contextmanager
def demo() -> Iterator[str]:
    """Run the demo while the block lasts; gives the dashboard's address."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOLTAPE_")}
    with tempfile.TemporaryDirectory(prefix="voltape-screenshots-") as scratch:
        command = [sys.executable, "-m", "voltape", "demo", f"--sim-seed={SEED}", f"--data-dir={scratch}"]
        with subprocess.Popen(
            [*command, "--log-level=warning"], env=kept, stdout=subprocess.PIPE, text=True
        ) as process:
            line = process.stdout.readline() if process.stdout is not None else ""
            try:
                ready = re.fullmatch(r"ready (http://\S+)\n", line)
                if ready is None:
                    raise SystemExit(f"screenshots: the demo said {line!r}")
                yield ready[1]
            finally:
                process.terminate()


def expiries(url: str, coin: str) -> list[str]:
    """Return the coin's dates of expiry, nearest first."""
    with urllib.request.urlopen(f"{url}/api/v1/expiries?underlying={coin}") as answer:  # noqa: S310 - our own http
        return [row["expiry"] for row in json.load(answer)["data"]]


def take(browser: Browser, url: str, picture: Picture) -> Path:
    """Open the page as the picture wants it and write the file."""
    date = expiries(url, picture.coin)[picture.expiry]
    choices = json.dumps({"theme": picture.theme})
    page = browser.new_page(viewport={"width": picture.width, "height": picture.height})
    page.add_init_script(f"localStorage.setItem('voltape.choices', {choices!r})")
    page.goto(f"{url}/#/{picture.coin}/{date}")
    page.get_by_test_id("forward-line").wait_for(timeout=READY_MS)
    page.get_by_test_id(f"preset-{picture.preset}").click()
    page.get_by_test_id("simulated").wait_for(timeout=READY_MS)
    page.mouse.move(0, 0)
    page.wait_for_timeout(SETTLE_MS)
    path = FOLDER / f"{picture.name}.png"
    path.write_bytes(reduced(page.screenshot()))
    page.close()
    return path


def main() -> int:
    """Take every picture and return the exit code; 1 where one is too large to live in a repository."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    too_large = False
    with demo() as url, sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=browser_path(), args=arguments)
        for picture in PICTURES:
            path = take(browser, url, picture)
            size = path.stat().st_size
            too_large |= size > LARGEST_BYTES
            print(f"{path}: {size / 1000:.0f} kB")
        browser.close()
    return int(too_large)


if __name__ == "__main__":
    sys.exit(main())
