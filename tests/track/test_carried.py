"""Which rows each connection carries."""

from tests.track.rig import BTC, ETH, Rig
from voltape.track.carried import Carried


async def test_rows_follow_the_plan_and_the_board() -> None:
    """Rows on the socket are found by their connection, all others apart, also after a change."""
    rig = Rig("BTC", "ETH")
    carried = Carried(rig.feed)
    assert carried.apart() == []
    await rig.universe.refresh()
    link = rig.pool.link
    assert {row.instrument.symbol for row in carried.by(link)} == {*BTC, *ETH}
    assert carried.apart() == []
    rig.feed.remove([BTC[0]])
    assert {row.instrument.symbol for row in carried.by(link)} == {*BTC[1:], *ETH}
    link.topics.popitem()
    assert len(carried.by(link)) + len(carried.apart()) == len(rig.board.rows)
    assert len(carried.apart()) == 1
