"""The client that asks for everything twice in a row."""

import msgspec

from benchmarks.program import lines_of
from tests.push.boards import SYMBOLS, change
from tests.serve.serving import API, serving


async def test_answers_from_the_cache_are_told_from_those_made_anew() -> None:
    """By their tags; each is read to its end."""
    async with serving() as site:
        path = f"{API}/tickers"
        expected = await site.http.get(path, headers={"accept-encoding": "identity"})
        change(site.board, SYMBOLS[0], bid_price=77.25)
        words = [site.server.url, path, "3", "0"]
        (line,) = [line async for line in lines_of("benchmarks.clients.pair_asker", *words)]
    answer = msgspec.json.decode(line)
    assert (len(answer["cold"]), len(answer["cached"])) == (1, 5)
    assert min(answer["cold"] + answer["cached"]) > 0
    assert abs(answer["bytes"] - len(expected.content)) < 10
    assert answer["failed"] == 0


async def test_what_is_no_answer_is_counted() -> None:
    """A benchmark of refusals is none."""
    async with serving() as site:
        words = [site.server.url, f"{API}/nothing", "1", "0"]
        (line,) = [line async for line in lines_of("benchmarks.clients.pair_asker", *words)]
    assert msgspec.json.decode(line)["failed"] == 2
