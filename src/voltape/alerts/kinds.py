"""Kinds of rules: what each is about, what it reads, and how its readings are put into words."""

from typing import Literal

import msgspec

from .rule import Direction

__all__ = ["KINDS", "Kind", "Measure", "Unit"]

Measure = Literal["level", "move", "switch"]
Unit = Literal["price", "share", "ratio", "percent", "count", "bytes", "switch"]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of rule.

    Attributes:
        meaning: what it reads.
        needs: subjects by which it can be told what to read; one set of them has to be there, in full.
        takes: subjects that may be there besides.
        measure: `level` compares the value, `move` its change, `switch` is on or off.
        unit: of the value; a `share` is a fraction, shown in per cent.
        above, below, by: default level, where there is an obvious one.
        within_s, direction: defaults of a move.
        counts: the value is a counter.
        slack: default hysteresis, a share of the level.
        on, off: what to say of a switch.
    """

    meaning: str
    needs: tuple[tuple[str, ...], ...] = ((),)
    takes: tuple[str, ...] = ()
    measure: Measure = "level"
    unit: Unit = "count"
    above: float | None = None
    below: float | None = None
    by: float | None = None
    within_s: float = 900.0
    direction: Direction = "either"
    counts: bool = False
    slack: float = 0.02
    on: str = ""
    off: str = ""

    @property
    def subjects(self) -> tuple[str, ...]:
        """Every subject that it knows."""
        return tuple(dict.fromkeys([name for need in self.needs for name in need] + list(self.takes)))


_CONTRACT = (("symbol",),)
_VOLATILITY = (("symbol",), ("underlying", "expiry"))
_TRADED = (("symbol",), ("underlying",))
_COIN = (("underlying",),)

KINDS: dict[str, Kind] = {
    "price": Kind(meaning="mark price of a contract", needs=_CONTRACT, unit="price"),
    "iv": Kind(
        meaning="implied volatility: of a contract's mark, or at the money of an expiry",
        needs=_VOLATILITY,
        unit="share",
    ),
    "iv_change": Kind(
        meaning="change of an implied volatility", needs=_VOLATILITY, measure="move", unit="share"
    ),
    "spread": Kind(
        meaning="ask minus bid of a contract, as a share of its mark price", needs=_CONTRACT, unit="share"
    ),
    "volume_jump": Kind(
        meaning="rise of the volume of 24 h of a contract or an underlying",
        needs=_TRADED,
        measure="move",
        direction="up",
    ),
    "open_interest_jump": Kind(
        meaning="change of the open interest of a contract or an underlying", needs=_TRADED, measure="move"
    ),
    "put_call_ratio": Kind(
        meaning="puts by calls of an underlying or one expiry, by open interest or volume",
        needs=_COIN,
        takes=("expiry", "of"),
        unit="ratio",
    ),
    "index": Kind(meaning="index price of an underlying", needs=_COIN, unit="price"),
    "index_move": Kind(
        meaning="change of the index price of an underlying", needs=_COIN, measure="move", unit="price"
    ),
    "volatility_index": Kind(
        meaning="30-day volatility index of an underlying, per cent a year", needs=_COIN, unit="percent"
    ),
    "unreachable": Kind(
        meaning="the data API does not answer",
        measure="switch",
        unit="switch",
        on="the data API does not answer",
        off="the data API answers again",
    ),
    "not_ready": Kind(
        meaning="data does not flow (`health.ready` is false)",
        measure="switch",
        unit="switch",
        on="data does not flow",
        off="data flows again",
    ),
    "stall": Kind(
        meaning="data of an underlying, or of any, has stopped",
        takes=("underlying",),
        measure="switch",
        unit="switch",
        on="data has stopped",
        off="data flows again",
    ),
    "reconnect_rate": Kind(meaning="connections made again within the last hour"),
    "store_down": Kind(
        meaning="the store does not answer",
        measure="switch",
        unit="switch",
        on="the store does not answer",
        off="the store answers again",
    ),
    "eviction": Kind(
        meaning="keys that the store threw away",
        measure="move",
        by=1.0,
        within_s=600.0,
        direction="up",
        counts=True,
        slack=0.0,
    ),
    "memory": Kind(meaning="memory of all roles, or of one", takes=("role",), unit="bytes"),
    "accuracy": Kind(
        meaning="share of equal contracts in the audits, the worse one or the one named",
        takes=("audit",),
        unit="share",
        below=1.0,
        slack=0.0,
    ),
    "stale": Kind(meaning="share of contracts that are stale", takes=("underlying",), unit="share"),
    "job_failed": Kind(
        meaning="the latest run of a job, or of any, did not go well",
        takes=("job",),
        measure="switch",
        unit="switch",
        on="its latest run did not go well",
        off="it goes well again",
    ),
}
"""Every kind by its name in `when`."""
