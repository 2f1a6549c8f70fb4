"""Takes the pictures in docs/screenshots: a seeded demo on free ports, looked at with the system's browser.

Run by `make screenshots`. The market is the same for the same seed, but it moves while it is looked at, so the
pictures differ in digits from one run to the next.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, sync_playwright

from tools.browser import NO_BROWSER, browser_arguments, find_browser
from tools.palette import reduced

__all__ = ["PICTURES", "main"]

FOLDER = Path("docs/screenshots")
LARGEST_BYTES = 250_000
SEED = 7
READY_MS = 20_000
SETTLE_MS = 2_500
WATCHED_S = 60.0
"""Efficiency is told once the system has been watched for so long."""
MONTH = 30
NARROW = 719


class Picture(NamedTuple):
    """One picture.

    Attributes:
        name: of the file. width, height: of the window.
        path: the page's address after `#/`; `{date}` is an expiry, `{symbol}` one of its contracts near the money.
        ready: what stands on the page once it has its data. preset: columns of the chain, None elsewhere.
    """

    name: str
    width: int
    height: int
    path: str
    ready: str
    theme: str = "dark"
    preset: str | None = None


CHAIN = "[data-testid=forward-line]"
CHART = ".chart canvas"
PAGES = (
    ("chain", "BTC/{date}", CHAIN, "Price"),
    (
        "contracts",
        "contracts/BTC?kind=call&sort=-open_interest",
        "[data-testid=contracts] tr[data-symbol]",
        None,
    ),
    ("contract", "BTC/{date}?contract={symbol}", "[data-testid=contract] canvas", None),
    ("volatility", "volatility/BTC/{date}", CHART, None),
    ("positioning", "positioning/BTC/{date}", CHART, None),
    ("tape", "tape/BTC?coins=all", "[data-testid=trade]", None),
    ("system", "system/BTC", "[data-testid=scorecard] tbody tr", None),
)
"""Every page: name, address, what it waits for, and columns."""

PICTURES = (
    *(Picture(f"{name}-1440", 1440, 900, path, ready, "dark", preset) for name, path, ready, preset in PAGES),
    Picture("greeks-1440-light", 1440, 860, "ETH/{date}", CHAIN, "light", "Greeks"),
    *(Picture(f"{name}-390", 390, 780, path, ready, "dark", preset) for name, path, ready, preset in PAGES),
)


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


def asked(url: str, path: str) -> list[dict[str, Any]]:
    """Return the rows of an answer."""
    with urllib.request.urlopen(f"{url}/api/v1/{path}") as answer:  # noqa: S310 - our own http
        rows: list[dict[str, Any]] = json.load(answer)["data"]
    return rows


def places(url: str, coin: str) -> dict[str, str]:
    """Return the date and the symbol that stand in addresses: a month or more ahead, a call near the money."""
    expiry = next(row for row in asked(url, f"expiries?underlying={coin}") if row["days_to_expiry"] > MONTH)
    date = expiry["expiry"]
    calls = asked(url, f"tickers?underlying={coin}&expiry={date}&kind=call&settle=USDT")
    symbol = min(calls, key=lambda row: abs(row["strike"] - expiry["atm_strike"]))["symbol"]
    return {"date": date, "symbol": symbol}


def take(browser: Browser, url: str, picture: Picture) -> Path:
    """Open the page as the picture wants it and write the file."""
    coin = "ETH" if picture.path.startswith("ETH") else "BTC"
    choices = json.dumps({"theme": picture.theme})
    page = browser.new_page(viewport={"width": picture.width, "height": picture.height})
    page.add_init_script(f"localStorage.setItem('voltape.choices', {choices!r})")
    page.goto(f"{url}/#/{picture.path.format(**places(url, coin))}")
    page.locator(picture.ready).first.wait_for(timeout=READY_MS)
    if picture.preset is not None and picture.width > NARROW:
        page.get_by_test_id(f"preset-{picture.preset}").click()
    page.get_by_test_id("simulated").first.wait_for(timeout=READY_MS)
    page.mouse.move(0, 0)
    # Lines need a few samples, and what has changed just now is coloured.
    page.wait_for_timeout(SETTLE_MS)
    path = FOLDER / f"{picture.name}.png"
    path.write_bytes(reduced(page.screenshot()))
    page.close()
    return path


def main() -> int:
    """Take every picture and return the exit code; 1 where one is too large to live in a repository."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    too_large = False
    path_of_browser = find_browser()
    if path_of_browser is None:
        raise SystemExit(f"screenshots: {NO_BROWSER}")
    arguments = browser_arguments(os.geteuid())
    with demo() as url, sync_playwright() as playwright:
        time.sleep(WATCHED_S)
        browser = playwright.chromium.launch(executable_path=path_of_browser, args=arguments)
        for picture in PICTURES:
            path = take(browser, url, picture)
            size = path.stat().st_size
            too_large |= size > LARGEST_BYTES
            print(f"{path}: {size / 1000:.0f} kB")
        browser.close()
    return int(too_large)


if __name__ == "__main__":
    sys.exit(main())
