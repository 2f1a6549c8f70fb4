"""The dashboard in a real browser: how soon there is a chain, how old its prices are, and what a long run costs."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, CDPSession, Page, ViewportSize, async_playwright

from tools.browser import NO_BROWSER, browser_arguments, find_browser
from voltape.serve.dashboard import STATIC_DIR

from .bench import Bench
from .contestants import running_up
from .figures import quantile
from .under_load import RATE

__all__ = ["browser", "soak"]

_VISITS = 5
_PATIENCE_MS = 20_000
_SETTLE = 5.0
_AFTER_COLLECTION = 1.0
_SIZE: ViewportSize = {"width": 1440, "height": 900}
_FIRST_CHAIN = """
window.firstChain = new Promise(resolve => new MutationObserver((_, observer) => {
  const cell = document.querySelector('[data-testid="chain"] td[data-field="mark_price"]');
  if (cell === null || !/[0-9]/.test(cell.textContent)) return;
  observer.disconnect();
  // A task that was asked for in a frame runs once that frame has been drawn.
  requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
}).observe(document, { childList: true, subtree: true, characterData: true }));
"""
_TASKS = """
window.longTasks = [];
new PerformanceObserver(list => {
  for (const one of list.getEntries()) window.longTasks.push(one.duration);
}).observe({ type: 'longtask' });
"""
_TIMES = """
window.told = new Map();
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', event => {
      const message = JSON.parse(event.data);
      if (message.type !== 'delta') return;
      for (const one of message.data) if (one.ts_exchange) window.told.set(one.symbol, one.ts_exchange);
    });
  }
};
"""
_AGES = """
() => {
  window.ages = [];
  new MutationObserver(changes => {
    const now = Date.now();
    const symbols = new Set(changes.map(one => one.target.parentElement?.closest('td[data-symbol]')?.dataset.symbol));
    for (const symbol of symbols) {
      const told = window.told.get(symbol);
      if (told === undefined) continue;
      window.told.delete(symbol);
      window.ages.push(now - told);
    }
  }).observe(document.querySelector('[data-testid="chain"]'), { characterData: true, subtree: true });
}
"""


async def browser(bench: Bench) -> None:
    """Visits with an empty cache to a chain; at the last of them the age of its cells and the longest task."""
    options = bench.options
    async with _browser(bench) as found:
        if found is None:
            return
        async with bench.exchange(RATE) as exchange, running_up(exchange, options, bench.home) as up:
            for _ in range(_VISITS):
                page = await _page(found, _FIRST_CHAIN)
                bench.sample("browser.first_chain", await _first_chain(page, up.url))
                await page.context.close()
            page = await _page(found, _FIRST_CHAIN, _TASKS, _TIMES)
            await _first_chain(page, up.url)
            await asyncio.sleep(_SETTLE)
            for _ in range(options.repeats):
                await _watch(bench, page, exchange.offset_ms)
            await page.context.close()


async def _first_chain(page: Page, url: str) -> float:
    """Go there; time from navigation until a chain with prices was drawn, ms."""
    await page.goto(url, wait_until="commit")
    async with asyncio.timeout(_PATIENCE_MS / 1000):
        return float(await page.evaluate("window.firstChain"))


async def _watch(bench: Bench, page: Page, offset_ms: float) -> None:
    await page.evaluate("window.longTasks.length = 0")
    await page.evaluate(_AGES)
    await asyncio.sleep(bench.options.listen)
    ages = sorted(await page.evaluate("window.ages"))
    longest = await page.evaluate("Math.max(0, ...window.longTasks)")
    bench.sample("browser.longest_task", longest)
    bench.detail("browser", cells=len(ages), offset_ms=offset_ms, longest_task=longest)
    if not ages:
        bench.note("No cell of the chain changed while it was watched in the browser.")
        return
    for name, share in {"p50": 0.50, "p95": 0.95, "p99": 0.99}.items():
        bench.sample(f"browser.cell_{name}", quantile(ages, share) - offset_ms)
    bench.say(f"browser: {len(ages)} changed cells, p95 {quantile(ages, 0.95) - offset_ms:.0f} ms")


async def soak(bench: Bench) -> None:
    """The flat list of every contract for a long time: what stays in memory, and the longest task."""
    options = bench.options
    async with _browser(bench) as found:
        if found is None:
            return
        async with bench.exchange(RATE) as exchange, running_up(exchange, options, bench.home) as up:
            page = await _page(found, _TASKS)
            coin = options.underlyings[0]
            await page.goto(f"{up.url}/#/contracts/{coin}?coins=all")
            await page.wait_for_selector("[data-testid=contracts] tr[data-symbol]", timeout=_PATIENCE_MS)
            # Code is compiled and buffers of a fixed size are filled in the first part.
            await asyncio.sleep(max(_SETTLE, options.soak / 10))
            session = await page.context.new_cdp_session(page)
            before = await _heap(session)
            # The collection that we asked for is none of the page's tasks.
            await asyncio.sleep(_AFTER_COLLECTION)
            await page.evaluate("window.longTasks.length = 0")
            await asyncio.sleep(options.soak)
            tasks = await page.evaluate("window.longTasks")
            grown = (await _heap(session) - before) / 1e6
            longest = max(tasks, default=0.0)
            bench.sample("soak.heap_growth", grown)
            bench.sample("soak.longest_task", longest)
            bench.detail("soak", seconds=options.soak, heap_before=before, grown_mb=grown, tasks=tasks)
            bench.note(f"The browser showed the flat list for {options.soak:g} s.")
            bench.say(f"soak: heap grew by {grown:.2f} MB, longest task {longest:.0f} ms")
            await page.context.close()


async def _heap(session: CDPSession) -> float:
    """Bytes of live objects, after a collection."""
    await session.send("HeapProfiler.collectGarbage")
    usage = await session.send("Runtime.getHeapUsage")
    return float(usage["usedSize"])


@asynccontextmanager
async def _browser(bench: Bench) -> AsyncIterator[Browser | None]:
    """The system's browser; None, with a note, where there is none or nothing to show in it."""
    path = find_browser()
    if path is None or not (STATIC_DIR / "index.html").is_file():
        bench.note(
            f"Not measured in a browser: {NO_BROWSER if path is None else 'the dashboard was not built'}."
        )
        yield None
        return
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=path, args=browser_arguments(os.geteuid()))
        yield found
        await found.close()


async def _page(found: Browser, *scripts: str) -> Page:
    """A page of a browser that has been nowhere yet, with scripts that run before its own."""
    context = await found.new_context(viewport=_SIZE)
    for script in scripts:
        await context.add_init_script(script)
    return await context.new_page()
