"""Which contracts connected clients look at, by the channels of the push stream that they follow."""

from collections.abc import Iterable

from voltape.model.board import Board
from voltape.push.protocol import Channel, channel_from_name

__all__ = ["Watched"]


class Watched:
    """Channels that somebody follows, as told by each source: our own hub, or that of a role apart."""

    def __init__(self) -> None:
        self._told: dict[str, frozenset[str]] = {}
        self._channels: list[Channel] = []

    def tell(self, source: str, channels: Iterable[str]) -> bool:
        """Replace what a source has told; True where that changes what is watched altogether."""
        before = self._names()
        self._told[source] = frozenset(channels)
        after = self._names()
        if after == before:
            return False
        found = map(channel_from_name, sorted(after))
        self._channels = [channel for channel in found if channel is not None]
        return True

    def _names(self) -> frozenset[str]:
        return frozenset().union(*self._told.values())

    def symbols(self, board: Board, underlying: str) -> set[str]:
        """Contracts of an underlying on the board that are watched."""
        found: set[str] = set()
        for channel in self._channels:
            if channel.kind == "ticker":
                row = board.rows.get(channel.symbol)
                if row is not None and row.instrument.underlying == underlying:
                    found.add(channel.symbol)
            elif channel.underlying == underlying:
                found.update(_symbols_of(channel, board))
        return found


def _symbols_of(channel: Channel, board: Board) -> Iterable[str]:
    if channel.kind == "tickers":
        return (row.instrument.symbol for row in board.rows_of(channel.underlying))
    series = board.series.get((channel.underlying, channel.expiry))
    return () if series is None else series.rows
