"""A browser on the dashboard: what it opens, what it hears, and what a page has to show."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from tests.e2e.program import Program

SWITCHES = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 20_000
DESK = (1440, 900)
PHONE = (390, 844)
WATCH_POLICY = (
    "addEventListener('securitypolicyviolation', event => console.error('policy: ' + event.blockedURI))"
)
NEXT_CHANGE = """
() => new Promise(resolve => {
  const told = new MutationObserver(changes => {
    const cell = changes[0].target.parentElement.closest('td[data-symbol]');
    if (cell === null) return;
    told.disconnect();
    resolve([cell.dataset.symbol, cell.dataset.field]);
  });
  const chain = document.querySelector('[data-testid="chain"]');
  told.observe(chain, { characterData: true, subtree: true });
})
"""
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
FINDINGS = """
async rules => {
  const runOnly = rules ?? ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
  const found = (await axe.run(document, { resultTypes: ['violations'], runOnly })).violations;
  return found
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | ')}`);
}
"""
WIDER = """
() => [...document.querySelectorAll('body, #app, #app > *, #app > * > *')]
  .filter(one => one.getBoundingClientRect().right > innerWidth + 0.5)
  .map(one => one.outerHTML.slice(0, 120))
"""

READY = {
    "chain": "[data-testid=chain] tr[data-strike]",
    "contracts": "[data-testid=contracts] tbody.rows tr[data-symbol]",
    "contract": "[data-testid=contract] [data-testid=copy-json]",
    "volatility": ".chart canvas",
    "positioning": ".chart canvas",
    "tape": "[data-testid=trade]",
    "system": "[data-testid=scorecard] tbody tr",
}
"""What stands on each page once it has its data, by the page's name."""


@dataclass
class Visit:
    """One page, with everything it complained about and everybody it called."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    called: set[str] = field(default_factory=set)

    def listen(self) -> None:
        """Note what happens on the page from now on."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._called)
        self.page.on("websocket", lambda socket: self.called.add(origin_of(socket.url)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _called(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.called.add(origin_of(request.url))

    @property
    def rows(self) -> Locator:
        """Rows of the chain on screen."""
        return self.page.get_by_test_id("chain").locator("tr[data-strike]")

    @property
    def state(self) -> Locator:
        """What the page says about its connection."""
        return self.page.get_by_test_id("connection-state")

    @property
    def notice(self) -> Locator:
        """Sentences above the page."""
        return self.page.get_by_test_id("notice")

    async def opens(self, url: str, page: str) -> None:
        """Go to an address and wait until its page has its data."""
        await self.page.goto(url)
        await self.ready(page)

    async def ready(self, page: str) -> None:
        """Wait until a page has its data."""
        await expect(self.page.locator(READY[page]).first).to_be_visible(timeout=PATIENCE_MS)

    async def shows(self, underlying: str, expiry: str) -> None:
        """Wait until the page shows a chain, with prices."""
        prefix = re.compile(rf"^{underlying}-")
        cell = self.rows.locator("td[data-field=mark_price]").first
        await expect(cell).to_have_attribute("data-symbol", prefix, timeout=PATIENCE_MS)
        await expect(self.page).to_have_title(f"{underlying} {expiry} voltape", timeout=PATIENCE_MS)
        await expect(cell).to_have_text(re.compile(r"\d"), timeout=PATIENCE_MS)

    async def cells(self) -> list[list[str]]:
        """Symbol, field and text of each cell that shows a value of the API."""
        found: list[list[str]] = await self.rows.locator(
            "td[data-symbol]:not([data-field=spread])"
        ).evaluate_all(
            "cells => cells.map(cell => [cell.dataset.symbol, cell.dataset.field, cell.textContent])"
        )
        return found

    async def strikes(self) -> list[str]:
        """Strikes on screen, from above."""
        found: list[str] = await self.rows.evaluate_all("rows => rows.map(row => row.dataset.strike)")
        return found

    async def findings(self, *rules: str) -> list[str]:
        """Serious and critical findings of axe, by all rules or by these; the visit has to bypass the policy."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.add_script_tag(path=AXE)
        found: list[str] = await self.page.evaluate(FINDINGS, list(rules) or None)
        return found

    async def overflow(self) -> list[str]:
        """What reaches beyond the right edge of the window, and the document if that can be moved sideways."""
        found: list[str] = await self.page.evaluate(WIDER)
        width = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return [*found, *([f"document by {width} px"] if width > 0 else [])]


def origin_of(url: str) -> str:
    """Host and port of an address."""
    return url.partition("//")[2].partition("/")[0]


@asynccontextmanager
async def visit(browser: Browser, size: tuple[int, int] = DESK, **context: Any) -> AsyncIterator[Visit]:
    """An empty page of a browser that has been nowhere yet."""
    own = await browser.new_context(viewport={"width": size[0], "height": size[1]}, **context)
    await own.add_init_script(WATCH_POLICY)
    visiting = Visit(await own.new_page())
    visiting.listen()
    try:
        yield visiting
    finally:
        await own.close()


async def expiries_of(program: Program, underlying: str) -> list[str]:
    """Expiries by the API, nearest first."""
    return [row["expiry"] for row in (await program.get("/api/v1/expiries", underlying=underlying))["data"]]


async def addresses(program: Program) -> dict[str, str]:
    """A deep link to each page of `READY`."""
    date = (await expiries_of(program, "BTC"))[2]
    rows = (await program.get("/api/v1/tickers", underlying="BTC", expiry=date, lane="live"))["data"]
    symbol = rows[len(rows) // 2]["symbol"]
    links = {
        "chain": f"#/BTC/{date}",
        "contracts": f"#/contracts/BTC/{date}",
        "contract": f"#/BTC/{date}?contract={symbol}",
        "volatility": f"#/volatility/BTC/{date}",
        "positioning": f"#/positioning/BTC/{date}",
        "tape": f"#/tape/BTC/{date}",
        "system": f"#/system/BTC/{date}?open=BTC",
    }
    return {page: f"{program.url}/{link}" for page, link in links.items()}
