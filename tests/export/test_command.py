import asyncio
from pathlib import Path

import pytest

from tests.serve.serving import serving
from voltape.client.problem import NotFound
from voltape.errors import SettingError
from voltape.export.command import export
from voltape.export.order import Order


async def test_a_file_has_what_was_ordered(tmp_path: Path) -> None:
    """And is not written twice by mistake."""
    out = tmp_path / "board.csv"
    async with serving() as site:
        order = Order("csv", {"underlying": "BTC", "fields": "symbol"}, site.server.url)
        await asyncio.to_thread(export, order, out, force=False)
        assert len(out.read_text().splitlines()) == 25
        with pytest.raises(SettingError, match="--force"):
            export(order, out, force=False)
        other = Order("csv", {"limit": "1", "fields": "symbol"}, site.server.url)
        await asyncio.to_thread(export, other, out, force=True)
        assert len(out.read_text().splitlines()) == 2


async def test_nothing_is_left_of_an_order_that_fails(tmp_path: Path) -> None:
    """Neither a file nor a part of one."""
    async with serving() as site:
        order = Order("csv", {"underlying": "DOGE"}, site.server.url)
        with pytest.raises(NotFound):
            await asyncio.to_thread(export, order, tmp_path / "board.csv", force=False)
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - nothing else runs
