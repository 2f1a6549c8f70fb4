"""The dashboard for everybody: by keyboard, on a phone, in light colours, and by the rules of accessibility."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.browsing import AXE, PATIENCE_MS, PHONE, READY, addresses, expiries_of, visit
from tests.e2e.program import Program

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(90),
    pytest.mark.asyncio(loop_scope="module"),
]

LOW = (1440, 420)
"""A window with few rows: each is checked like the others."""


@pytest.mark.parametrize("page", READY)
async def test_no_page_has_a_serious_finding_of_axe(page: str, program: Program, browser: Browser) -> None:
    """Neither in dark nor in light colours."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run make web")
    link = (await addresses(program))[page]
    async with visit(browser, size=LOW, bypass_csp=True, reduced_motion="reduce") as visiting:
        await visiting.opens(link, page)
        dark = await visiting.findings()
        await visiting.page.evaluate("document.documentElement.dataset.theme = 'light'")
        assert (dark, await visiting.findings("color-contrast")) == ([], [])


@pytest.mark.parametrize("page", READY)
async def test_no_page_is_wider_than_a_phone(page: str, program: Program, browser: Browser) -> None:
    """At 390 and 360 pixels nothing reaches beyond the right edge."""
    link = (await addresses(program))[page]
    async with visit(browser, size=PHONE) as visiting:
        await visiting.opens(link, page)
        wide = await visiting.overflow()
        await visiting.page.set_viewport_size({"width": 360, "height": 780})
        assert (wide, await visiting.overflow()) == ([], [])
        assert visiting.complaints == []


async def test_light_colours_are_chosen_and_remembered(program: Program, browser: Browser) -> None:
    """The ground turns light at once, and is light from the start at the next visit."""
    async with visit(browser) as visiting:
        page = visiting.page
        await visiting.opens(f"{program.url}/#/system", "system")
        await page.get_by_test_id("settings").locator("summary").click()
        await page.get_by_test_id("theme-light").click()
        for _ in range(2):
            ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert min(int(part) for part in re.findall(r"\d+", ground)[:3]) > 200
            await page.reload()
            await visiting.ready("system")
        assert visiting.complaints == []


async def test_the_chain_is_moved_by_keys(program: Program, browser: Browser) -> None:
    """Expiries, coins, rows, the contract, search, help: each by its key, and Escape closes what is open."""
    dates = await expiries_of(program, "BTC")
    async with visit(browser) as visiting:
        page = visiting.page
        press = page.keyboard.press
        await page.goto(f"{program.url}/#/BTC/{dates[2]}")
        await visiting.shows("BTC", dates[2])
        await press("]")
        await visiting.shows("BTC", dates[3])
        await press("[")
        await visiting.shows("BTC", dates[2])
        await press("e")
        await visiting.shows("ETH", (await expiries_of(program, "ETH"))[2])
        await press("b")
        await visiting.shows("BTC", dates[2])
        await press("ArrowDown")
        await press("ArrowDown")
        await press("Enter")
        await expect(page.get_by_test_id("contract")).to_be_visible(timeout=PATIENCE_MS)
        assert "contract=BTC-" in page.url
        await press("Escape")
        await expect(page.get_by_test_id("contract")).to_have_count(0)
        await press("/")
        await expect(page.get_by_test_id("strike-search")).to_be_focused()
        await press("Escape")
        await expect(page.get_by_test_id("strike-search")).not_to_be_visible()
        await expect(page.get_by_test_id("strike-search")).not_to_be_focused()
        await press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        await press("Escape")
        await expect(page.get_by_role("dialog", name="Keys")).not_to_be_visible()
        assert visiting.complaints == []


async def test_the_flat_list_is_moved_by_keys(program: Program, browser: Browser) -> None:
    """Search takes the focus and gives it back to the rows; arrows mark, Enter opens, Escape closes."""
    async with visit(browser) as visiting:
        page = visiting.page
        await visiting.opens(f"{program.url}/#/contracts/BTC", "contracts")
        await page.keyboard.press("/")
        await expect(page.get_by_test_id("search")).to_be_focused()
        await page.keyboard.type("put")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("search")).not_to_be_focused()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("contract")).to_contain_text("P", timeout=PATIENCE_MS)
        assert re.search(r"contract=BTC-[^&]*-P", page.url)
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("contract")).to_have_count(0)
        assert visiting.complaints == []
