"""The dashboard in a real browser, on a real program."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.browsing import NEXT_CHANGE, PATIENCE_MS, PHONE, Visit, expiries_of, origin_of, visit
from tests.e2e.program import Program, eventually, free_port, running
from voltape.sim.handle import SimHandle

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(90),
    pytest.mark.asyncio(loop_scope="module"),
]

SHOWN_WITHIN_MS = 2_000
ABSENT, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
SCALES = {"%": 0.01, "K": 1e3, "M": 1e6, "B": 1e9}


async def test_the_nearest_chain_is_on_screen_at_once(program: Program, browser: Browser) -> None:
    """The first visit shows the nearest BTC expiry within two seconds, calls nobody else and complains of nothing."""
    nearest = (await expiries_of(program, "BTC"))[0]
    async with visit(browser) as visiting:
        answer = await visiting.page.goto(program.url, wait_until="commit", timeout=PATIENCE_MS)
        await expect(visiting.rows.first).to_be_visible(timeout=SHOWN_WITHIN_MS)
        await visiting.shows("BTC", nearest)
        await expect(visiting.state).to_have_text("Live")
        assert visiting.page.url == f"{program.url}/#/BTC/{nearest}"
        assert answer is not None
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        await visiting.page.evaluate(NEXT_CHANGE)
        assert visiting.called == {origin_of(program.url)}
        assert visiting.complaints == []


async def test_prices_change_in_place_and_are_those_of_the_api(
    sim: SimHandle, program: Program, browser: Browser
) -> None:
    """Values move without a reload, and once the market stands still each equals what the API answers."""
    async with visit(browser) as visiting:
        await visiting.page.goto(program.url)
        await visiting.shows("BTC", (await expiries_of(program, "BTC"))[0])
        await visiting.page.evaluate("window.same = true")
        symbol, name = await asyncio.wait_for(visiting.page.evaluate(NEXT_CHANGE), 20)
        assert await sim.freeze()
        try:
            await eventually(lambda: no_wrong_cell(visiting, program), 10, "every cell as the API has it")
            assert [symbol, name] in [cell[:2] for cell in await visiting.cells()]
        finally:
            await sim.resume()
        assert await visiting.page.evaluate("window.same") is True
        assert visiting.complaints == []


async def no_wrong_cell(visiting: Visit, program: Program) -> bool:
    """Whether each cell on screen shows what the API answers, as far as its digits go."""
    rows = (await program.get("/api/v1/tickers", underlying="BTC", limit=5000))["data"]
    answers = {row["symbol"]: row for row in rows}
    cells = await visiting.cells()
    assert len(cells) > 100
    return all(means(text, answers[symbol][name]) for symbol, name, text in cells)


def means(text: str, value: float | None) -> bool:
    """Whether a text such as `1,234.5`, `+0.512`, `54.3%` or `1.2K` stands for a value, rounded."""
    if value is None or text == ABSENT:
        return value is None and text == ABSENT
    if text.startswith("<"):
        return 0 < value < float(text[1:])
    digits, scale = text.replace(MINUS, "-").replace(",", ""), 1.0
    if digits[-1] in SCALES:
        digits, scale = digits[:-1], SCALES[digits[-1]]
    half_of_last_digit = 0.5 * 10.0 ** -len(digits.partition(".")[2])
    return abs(value / scale - float(digits)) <= half_of_last_digit * 1.000_001


async def test_the_strike_at_the_money_is_marked_and_in_view(program: Program, browser: Browser) -> None:
    """One row is marked, it is the API's, and it is on screen although the chain is longer than that."""
    far = (await expiries_of(program, "BTC"))[-1]
    async with visit(browser, size=(1_280, 600)) as visiting:
        await visiting.page.goto(f"{program.url}/#/BTC/{far}")
        await visiting.shows("BTC", far)
        marked = visiting.page.locator("tr[data-atm=true]")
        await expect(marked).to_have_count(1)
        await expect(marked).to_be_in_viewport(ratio=1)
        chain = await program.get(f"/api/v1/chains/BTC/{far}")
        strike = await marked.get_attribute("data-strike")
        assert strike is not None
        assert float(strike) == chain["atm_strike"]
        strikes = [float(one) for one in await visiting.strikes()]
        assert strikes == sorted(strikes)
        assert set(strikes) <= {row["strike"] for row in chain["rows"]}
        assert visiting.complaints == []


async def test_expiries_are_in_date_order_with_time_left(program: Program, browser: Browser) -> None:
    """Each tab names its date and the days, hours or minutes to delivery."""
    listed = (await program.get("/api/v1/expiries", underlying="BTC"))["data"]
    async with visit(browser) as visiting:
        await visiting.page.goto(program.url)
        tabs = visiting.page.locator("[data-testid^=expiry-]")
        await expect(tabs).to_have_count(len(listed), timeout=PATIENCE_MS)
        names = await tabs.evaluate_all("tabs => tabs.map(tab => tab.dataset.testid.slice(7))")
        assert names == sorted(row["expiry"] for row in listed)
        for text, row in zip(await tabs.all_inner_texts(), listed, strict=True):
            left = re.search(r"\((\d+)([dhm])\)", text)
            assert left is not None, text
            days = float(left[1]) / {"d": 1, "h": 24, "m": 1_440}[left[2]]
            assert days <= row["days_to_expiry"] <= days + 1.01


async def test_choices_are_in_the_address_and_a_deep_link_opens_the_same_view(
    program: Program, browser: Browser
) -> None:
    """Another coin, another expiry, and the way back."""
    dates = await expiries_of(program, "ETH")
    async with visit(browser) as first, visit(browser) as second:
        await first.page.goto(program.url)
        nearest = (await expiries_of(program, "BTC"))[0]
        await first.shows("BTC", nearest)
        await first.page.get_by_test_id("underlying-ETH").click()
        await first.shows("ETH", dates[0])
        await first.page.get_by_test_id(f"expiry-{dates[2]}").click()
        await first.shows("ETH", dates[2])
        assert first.page.url == f"{program.url}/#/ETH/{dates[2]}"
        await second.page.goto(first.page.url)
        await second.shows("ETH", dates[2])
        common = set(await second.strikes()) & set(await first.strikes())
        assert len(common) > 10
        await first.page.go_back()
        await first.shows("ETH", dates[0])
        assert first.complaints == second.complaints == []


async def test_a_phone_needs_no_sideways_scrolling(program: Program, browser: Browser) -> None:
    """At 390 pixels the page is as wide as the screen, the chain is there and can be turned to puts."""
    async with visit(browser, size=PHONE) as visiting:
        await visiting.page.goto(program.url)
        await visiting.shows("BTC", (await expiries_of(program, "BTC"))[0])
        width = await visiting.page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE[0]
        await expect(visiting.page.locator("tr[data-atm=true]")).to_be_in_viewport()
        await visiting.page.get_by_test_id("side-put").click()
        put = visiting.rows.locator("td[data-field=mark_price]").first
        await expect(put).to_have_attribute("data-symbol", re.compile(r"-P-"))
        assert await visiting.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        assert visiting.complaints == []


async def test_the_page_outlives_its_server(sim: SimHandle, browser: Browser, tmp_path: Path) -> None:
    """Stopped, it is told at once; started again on the same port, the page is live again without a reload."""
    port = free_port()
    async with visit(browser) as visiting:
        async with running("up", sim, tmp_path, underlyings="BTC", http_port=port) as program:
            await visiting.page.goto(program.url)
            await expect(visiting.state).to_have_text("Live", timeout=PATIENCE_MS)
            await visiting.page.evaluate("window.same = true")
        await expect(visiting.state).to_have_text("Disconnected", timeout=PATIENCE_MS)
        await expect(visiting.rows.first).to_be_visible()
        async with running("up", sim, tmp_path, underlyings="BTC", http_port=port):
            await expect(visiting.state).to_have_text("Live", timeout=PATIENCE_MS)
            await visiting.page.evaluate(NEXT_CHANGE)
            assert await visiting.page.evaluate("window.same") is True
        assert visiting.called == {f"127.0.0.1:{port}"}
