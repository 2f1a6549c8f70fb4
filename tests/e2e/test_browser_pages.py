"""Every page of the dashboard in a real browser: deep links, live change, filters, files, outages."""

import asyncio
import csv
import io
import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.browsing import PATIENCE_MS, READY, Visit, addresses, expiries_of, origin_of, visit
from tests.e2e.program import Program, eventually, free_port, running
from voltape.sim.handle import SimHandle, running_sim

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(90),
    pytest.mark.asyncio(loop_scope="module"),
]

TOKEN = "operator"
SMALL = (1000, 600)
PNG = b"\x89PNG\r\n\x1a\n"
CHANGED = """
selector => new Promise(resolve => {
  const told = new MutationObserver(() => { told.disconnect(); resolve(true); });
  told.observe(document.querySelector(selector), { characterData: true, childList: true, subtree: true });
})
"""


async def changes(page: Page, selector: str) -> None:
    """Wait for the next change of what is shown there."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        await page.evaluate(CHANGED, selector)


@pytest.mark.parametrize("page", READY)
async def test_a_page_opens_by_its_deep_link_and_outlives_a_reload(
    page: str, program: Program, browser: Browser
) -> None:
    """Its data comes, nobody else is called, nothing is complained of, and a reload opens the same address again."""
    link = (await addresses(program))[page]
    async with visit(browser) as visiting:
        await visiting.opens(link, page)
        await expect(visiting.state).to_have_text("Live", timeout=PATIENCE_MS)
        await visiting.page.reload()
        await visiting.ready(page)
        assert visiting.page.url == link
        assert visiting.called == {origin_of(program.url)}
        assert visiting.complaints == []


async def test_pages_change_by_themselves(program: Program, browser: Browser) -> None:
    """The flat list, the tape, an open contract and the system move without a reload."""
    links = await addresses(program)
    watched = {
        "contracts": "[data-testid=contracts] tbody.rows",
        "tape": "[aria-rowcount] tbody",
        "contract": "[data-testid=contract]",
        "system": "[data-testid=messages]",
    }
    async with visit(browser) as visiting:
        for page, selector in watched.items():
            await visiting.opens(links[page], page)
            await changes(visiting.page, selector)
        assert visiting.complaints == []


async def test_the_system_page_proves_its_coverage(program: Program, browser: Browser) -> None:
    """The verdict counts what the API lists, expiries unfold into the address, and each indicator has its lamp."""
    listed = (await program.get("/api/v1/status"))["contracts"]["listed"]
    count = len(await expiries_of(program, "ETH"))
    async with visit(browser) as visiting:
        await visiting.opens(f"{program.url}/#/system", "system")
        verdict = visiting.page.get_by_test_id("verdict")
        sentence = f"All {listed:,} listed contracts seen within 60 s."
        await expect(verdict).to_contain_text(sentence, timeout=PATIENCE_MS)
        rows = visiting.page.get_by_test_id("coverage").locator("tbody tr")
        before = await rows.count()
        await visiting.page.get_by_role("button", name="Expiries of ETH").click()
        await expect(rows).to_have_count(before + count)
        assert "open=ETH" in visiting.page.url
        lamps = visiting.page.get_by_test_id("indicators").locator("[data-lamp]")
        assert await lamps.evaluate_all("lamps => lamps.every(lamp => /met|unknown/.test(lamp.textContent))")
        await expect(lamps).to_have_count(5)
        await expect(
            visiting.page.get_by_test_id("connections").locator("tbody td.words").first
        ).to_have_text("live")
        await expect(visiting.page.get_by_test_id("gaps")).to_contain_text("without interruption")
        await expect(visiting.page.get_by_test_id("alerts")).to_contain_text("No alert rules are configured")


async def test_filters_are_in_the_address_and_an_empty_one_says_so(
    program: Program, browser: Browser
) -> None:
    """Calls alone, still so after a reload; a filter that nothing meets has a sentence and a way out."""
    async with visit(browser) as visiting:
        await visiting.opens(f"{program.url}/#/contracts/BTC?kind=call", "contracts")
        symbols = visiting.page.locator("[data-testid=contracts] tbody.rows tr[data-symbol]")
        await visiting.page.get_by_test_id("search").fill("call")
        await expect(visiting.page).to_have_url(re.compile("kind=call.*search=call"))
        for _ in range(2):
            names = await symbols.evaluate_all("rows => rows.map(row => row.dataset.symbol)")
            assert names
            assert all("-C-" in name or name.endswith("-C") for name in names)
            await visiting.page.reload()
            await visiting.ready("contracts")
        await visiting.page.goto(f"{program.url}/#/contracts/BTC?min_strike=99999999")
        await expect(visiting.page.get_by_test_id("empty")).to_contain_text(
            "None of the", timeout=PATIENCE_MS
        )
        await visiting.page.get_by_test_id("empty").get_by_role("button").click()
        await visiting.ready("contracts")
        assert "min_strike" not in visiting.page.url
        assert visiting.complaints == []


async def test_a_link_to_an_expired_contract_says_what_became_of_it(
    program: Program, browser: Browser
) -> None:
    """So does a link to an expired chain, and to one that is not listed."""
    async with visit(browser) as visiting:
        page = visiting.page
        await page.goto(f"{program.url}/#/BTC?contract=BTC-2JAN26-50000-C-USDT")
        await expect(page.get_by_test_id("contract")).to_contain_text("expired on", timeout=PATIENCE_MS)
        await page.goto(f"{program.url}/#/BTC/2026-01-02")
        await expect(visiting.notice).to_contain_text("have expired and were delivered", timeout=PATIENCE_MS)
        await page.goto(f"{program.url}/#/BTC/2049-01-01")
        await expect(visiting.notice).to_contain_text("are listed", timeout=PATIENCE_MS)
        await page.goto(f"{program.url}/#/NOPE")
        await expect(visiting.notice).to_contain_text("NOPE is not tracked", timeout=PATIENCE_MS)


async def test_a_csv_file_has_what_the_api_answers(
    sim: SimHandle, program: Program, browser: Browser
) -> None:
    """While the market stands still the file of the flat list equals the API's own, row by row."""
    async with visit(browser) as visiting:
        await visiting.opens(f"{program.url}/#/contracts/BTC", "contracts")
        menu = visiting.page.get_by_test_id("download")
        await menu.locator("summary").click()

        async def equal() -> bool:
            async with visiting.page.expect_download() as started:
                await menu.get_by_role("button", name="CSV", exact=True).click()
            file = stable_rows((await (await started.value).path()).read_text())
            answer = await program.answer("/api/v1/tickers", underlying="BTC", limit=5000, format="csv")
            assert len(file) > 100
            return file == stable_rows(answer.text)

        assert await sim.freeze()
        try:
            await eventually(equal, 10, "the file of a market that stands still equals the API's")
        finally:
            await sim.resume()


def stable_rows(text: str) -> dict[str, dict[str, str]]:
    """Rows by symbol without what depends on when it was asked."""
    rows = csv.DictReader(io.StringIO(text))
    moving = {"days_to_expiry", "ts_received", "ts_exchange"}
    return {row["symbol"]: {k: v for k, v in row.items() if k not in moving} for row in rows}


@pytest.mark.parametrize("page", ["volatility", "positioning", "system"])
async def test_a_chart_can_be_saved_as_a_picture(page: str, program: Program, browser: Browser) -> None:
    """The file is a PNG of more than a few pixels."""
    async with visit(browser) as visiting:
        await visiting.opens((await addresses(program))[page], page)
        async with visiting.page.expect_download() as started:
            await visiting.page.get_by_role("button", name=re.compile("as PNG$")).first.click()
        saved = await started.value
        content = (await saved.path()).read_bytes()
        assert saved.suggested_filename.endswith(".png")
        assert content.startswith(PNG)
        assert len(content) > 2_000


async def test_a_contract_is_pinned_with_the_token(sim: SimHandle, browser: Browser, tmp_path: Path) -> None:
    """The page asks for the token, keeps it for the tab, and a pin that was set there is set in the API."""
    async with (
        running("up", sim, tmp_path, underlyings="SOL", api_token=TOKEN) as program,
        visit(browser) as visiting,
    ):
        page = visiting.page
        await page.goto(f"{program.url}/#/contracts/SOL")
        await page.get_by_test_id("token-form").locator("input").fill("wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("token-form")).to_contain_text(
            "does not accept", timeout=PATIENCE_MS
        )
        await page.get_by_test_id("token-form").locator("input").fill(TOKEN)
        await page.keyboard.press("Enter")
        await visiting.ready("contracts")
        await page.locator("[data-testid=contracts] tbody.rows tr[data-symbol] td").first.click()
        pin = page.get_by_test_id("pin")
        await pin.click()
        await expect(pin).to_have_text("Pinned", timeout=PATIENCE_MS)
        headers = (
            f"fetch('/api/v1/pins', {{headers: {{Authorization: 'Bearer {TOKEN}'}}}}).then(one => one.json())"
        )
        pins = (await page.evaluate(headers))["data"]
        symbol = await page.evaluate("new URLSearchParams(location.hash.split('?')[1]).get('contract')")
        assert [(one["symbol"], one["decided"]) for one in pins] == [(symbol, True)]


@pytest.mark.timeout(180)
async def test_every_page_outlives_its_server(sim: SimHandle, browser: Browser, tmp_path: Path) -> None:
    """While it is away each says so in a sentence and keeps what it shows; started again, each goes on by itself."""
    settings = {"underlyings": "BTC", "filter": "all", "http_port": free_port()}
    async with AsyncExitStack() as stack:
        visits: dict[str, Visit] = {}
        async with running("up", sim, tmp_path, **settings) as program:
            for page, link in (await addresses(program)).items():
                visits[page] = await stack.enter_async_context(visit(browser, size=SMALL))
                await visits[page].opens(link, page)
                await visits[page].page.evaluate("window.same = true")
        for page, visiting in visits.items():
            await expect(visiting.state).to_have_text("Disconnected", timeout=PATIENCE_MS)
            await expect(visiting.notice).to_contain_text(re.compile("does not answer|Not connected"))
            await visiting.ready(page)
        async with running("up", sim, tmp_path, **settings):
            for page, visiting in visits.items():
                await expect(visiting.state).to_have_text("Live", timeout=PATIENCE_MS)
                await expect(visiting.notice).to_have_count(0, timeout=PATIENCE_MS)
                await visiting.ready(page)
                assert await visiting.page.evaluate("window.same") is True


@pytest.mark.timeout(180)
async def test_an_outage_of_the_exchange_is_told_and_goes_by_itself(browser: Browser, tmp_path: Path) -> None:
    """The chain says that its prices are old, the system page why; afterwards the gap is in the ledger."""
    async with (
        running_sim(contracts=0.1, rate=200) as sim,
        running("up", sim, tmp_path, underlyings="BTC", filter="all") as program,
        visit(browser, size=SMALL) as chain,
        visit(browser, size=SMALL) as system,
    ):
        date = (await expiries_of(program, "BTC"))[0]
        await chain.opens(f"{program.url}/#/BTC/{date}", "chain")
        await system.opens(f"{program.url}/#/system", "system")
        verdict = system.page.get_by_test_id("verdict")
        await expect(verdict).to_contain_text("listed contracts seen", timeout=PATIENCE_MS)
        for fault in ("refuse", "drop"):
            await sim.fault(fault)
        await sim.fault("rest_error", status=502)
        await expect(verdict).to_contain_text("Data does not flow", timeout=40_000)
        await expect(chain.notice).to_contain_text("Prices are old", timeout=40_000)
        await sim.clear_faults()
        await expect(chain.state).to_have_text("Live", timeout=PATIENCE_MS)
        await expect(chain.notice).to_have_count(0)
        await expect(verdict).to_contain_text("listed contracts seen", timeout=PATIENCE_MS)
        ledger = system.page.get_by_test_id("gaps").locator("tbody tr")
        await expect(ledger.first).to_be_visible(timeout=PATIENCE_MS)
