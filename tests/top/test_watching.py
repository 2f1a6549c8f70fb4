import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.push.boards import SYMBOLS, change
from tests.serve.serving import Site, serving
from voltape.client import AsyncClient, NotFound, Unreachable
from voltape.clock import SystemClock
from voltape.top.scene import Scene
from voltape.top.watching import Watching, first_look


class Watched:
    """A scene that is kept, and a way to wait for what it shows."""

    def __init__(self, site: Site, scene: Scene, watching: Watching) -> None:
        self.site = site
        self.scene = scene
        self.watching = watching
        self.frames = 0

    def draw(self) -> None:
        """Note a frame."""
        self.frames += 1


@asynccontextmanager
async def watched() -> AsyncIterator[Watched]:
    """A scene kept from a served board."""
    async with serving() as site, AsyncClient(site.server.url) as client:
        scene = Scene(url=site.server.url, underlying="BTC")
        await first_look(client, scene, None)
        found = Watched(site, scene, Watching(client, scene, SystemClock()))
        task = asyncio.create_task(found.watching.run(found.draw))
        yield found
        found.watching.over.set()
        async with asyncio.timeout(5):
            await task


async def until(found: Watched, check: Callable[[], object]) -> None:
    """Wait until the scene is as wanted."""
    async with asyncio.timeout(10):
        while not check():
            await found.watching.changed.wait()
            await asyncio.sleep(0)


async def test_the_first_look_fills_everything() -> None:
    """The nearest series, unless another is named in either form."""
    async with serving() as site, AsyncClient(site.server.url) as client:
        scene = Scene(url=site.server.url, underlying="btc")
        await first_look(client, scene, None)
        assert (scene.underlying, scene.expiry, len(scene.tickers)) == ("BTC", "2026-12-25", 12)
        assert scene.status is not None
        assert scene.efficiency is not None
        await first_look(client, scene, "26MAR27")
        assert (scene.expiry, len(scene.tickers)) == ("2027-03-26", 12)
        with pytest.raises(NotFound):
            await first_look(client, scene, "2031-01-01")
    async with AsyncClient("http://127.0.0.1:1") as client:
        with pytest.raises(Unreachable):
            await first_look(client, scene, None)


async def test_a_change_of_the_board_is_a_change_of_the_scene() -> None:
    """By the stream, and drawn."""
    async with watched() as found:
        symbol = SYMBOLS[0]
        before = found.scene.tickers
        await until(found, lambda: found.scene.tickers is not before)
        change(found.site.board, symbol, bid_price=77.0)
        await until(found, lambda: found.scene.tickers[symbol].bid_price == 77.0)
        assert found.scene.moves[symbol, "bid_price"].rose
        assert found.frames > 0


async def test_keys_choose_what_is_shown() -> None:
    """Series, coin, view and strikes."""
    async with watched() as found:
        scene, press = found.scene, found.watching.press
        press("next")
        assert (scene.expiry, scene.tickers) == ("2027-03-26", {})
        await until(found, lambda: len(scene.tickers) == 12)
        press("e")
        assert scene.underlying == "ETH"
        await until(found, lambda: any(one.startswith("ETH-25DEC26") for one in scene.tickers))
        press("v")
        press("down")
        assert (scene.view, scene.offset) == ("system", 1)
        press("home")
        press("x")
        press("v")
        assert (scene.view, scene.offset, scene.underlying) == ("chain", 0, "ETH")


async def test_leaving_is_immediate_whatever_is_being_waited_for() -> None:
    """The key that leaves asks for a frame too, which must not hold it up."""
    for _ in range(5):
        async with watched() as found:
            await until(found, lambda: found.frames > 0)
            found.watching.press("q")
            assert found.watching.over.is_set()


async def test_a_server_that_goes_away_is_told() -> None:
    """And what was known stays on the screen."""
    async with watched() as found:
        await until(found, lambda: found.scene.trouble is None and found.scene.tickers)
        await found.site.server.__aexit__(None, None, None)
        await until(found, lambda: found.scene.trouble is not None)
        assert len(found.scene.tickers) == 12
