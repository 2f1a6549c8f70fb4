"""Two ways to keep values in the store behind one interface; readers understand both.

`packed` keeps one hash per series with one packed record per contract: small and cheap. `hash` keeps one hash per
contract with short field names and decimal text, which a person can read in `valkey-cli`. The name of the one in
use stands beside each underlying's data, so that a change of layout loses nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from voltape.model.instrument import Instrument
from voltape.model.row import Change, Row

from .codec import Record
from .command import Command, Reply
from .packed import PackedLayout
from .readable import HashLayout

__all__ = ["LAYOUT_NAMES", "Layout", "layout_named", "other_layouts"]


class Layout(Protocol):
    """Commands to write, drop and read values; composing them needs no connection."""

    @property
    def name(self) -> str:
        """The setting's and the store's word for it."""
        ...

    @property
    def reads_masks(self) -> bool:
        """Whether `write` asks which fields changed."""
        ...

    def prepare(self, rows: Iterable[Row]) -> None:
        """Make what `write` will need of rows that have just changed, while their values are in the processor's cache."""
        ...

    def write(self, changed: Iterable[Change]) -> list[Command]:
        """Commands that store the present state of rows; a layout that writes single fields reads the masks."""
        ...

    def expire(self, instruments: Iterable[Instrument], now_ms: int) -> list[Command]:
        """Commands that give the keys of contracts their life as of `now_ms`; for after their first `write`."""
        ...

    def drop(self, instruments: Iterable[Instrument]) -> list[Command]:
        """Commands that remove the values of contracts."""
        ...

    def fetch(self, instruments: Sequence[Instrument]) -> list[Command]:
        """Commands that read the values of contracts."""
        ...

    def parse(self, instruments: Sequence[Instrument], replies: Sequence[Reply]) -> list[Record | None]:
        """Records of the same contracts from the replies to `fetch`; None where missing or not readable."""
        ...


_LAYOUTS: dict[str, type[PackedLayout] | type[HashLayout]] = {"packed": PackedLayout, "hash": HashLayout}

LAYOUT_NAMES = tuple(_LAYOUTS)
"""Values of the setting."""


def layout_named(name: str) -> Layout:
    """A new layout object of that name; KeyError for a name that is none of `LAYOUT_NAMES`."""
    return _LAYOUTS[name]()


def other_layouts(name: str) -> list[Layout]:
    """Every layout but the named one."""
    return [kind() for other, kind in _LAYOUTS.items() if other != name]
