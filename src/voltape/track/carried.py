"""Which rows each connection carries, kept between the looks of the freshness keeper.

Freshness is judged once a second over all contracts; finding each row by its topic every time would cost more than
the judgement.
"""

from voltape.bybit.link import Link
from voltape.bybit.topics import symbol_of
from voltape.model.row import Row

from .feed import Feed

__all__ = ["Carried"]


class Carried:
    """Rows by connection, found anew whenever the board or the plan has changed."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._known: tuple[object, ...] = ()
        self._by_link: dict[str, list[Row]] = {}
        self._apart: list[Row] = []

    def by(self, link: Link) -> list[Row]:
        """Rows whose topics the connection is to carry."""
        self._refresh()
        return self._by_link.get(link.id, [])

    def apart(self) -> list[Row]:
        """Rows that no connection carries."""
        self._refresh()
        return self._apart

    def _refresh(self) -> None:
        links = self._feed.pool.links
        known = (
            self._feed.plans,
            len(self._feed.board.rows),
            *((link.id, len(link.topics)) for link in links),
        )
        if known == self._known:
            return
        rows = dict(self._feed.board.rows)
        self._by_link = {}
        for link in links:
            found = (rows.pop(symbol_of(topic), None) for topic in link.topics)
            self._by_link[link.id] = [row for row in found if row is not None]
        self._apart = list(rows.values())
        self._known = known
