"""Faults of single frames: what is right in them, but for its wrapping or for the time it bears."""

from collections.abc import Sequence
from json import loads
from typing import Any

from voltape.sim.faults.fault import BadFault, Fault
from voltape.sim.link import Link
from voltape.sim.wire import PING, TEXT, compact, fragment, framed, unframed

__all__ = ["BookGap", "Fragments", "WrongTime"]

_TICKERS = "tickers."
_BOOKS = "orderbook."
_TIMES = ("future", "past", "stuck")


class Fragments(Fault):
    """Messages come in `pieces` (3) WebSocket fragments, with a native ping in their midst."""

    taps = True
    delivers = True

    def prepare(self) -> None:
        self._pieces = int(self.real("pieces", 3))
        if self._pieces < 2:
            raise BadFault("pieces must be 2 or more")

    def push(self, _link: Link, _topic: str, frame: bytes, /) -> Sequence[bytes] | None:
        if not self.strikes():
            return None
        payload = unframed(frame)
        size = -(-len(payload) // self._pieces)
        parts = [payload[at : at + size] for at in range(0, len(payload), size)]
        last = len(parts) - 1
        frames = [fragment(part, 0 if at else TEXT, final=at == last) for at, part in enumerate(parts)]
        frames.insert(1, framed(b"", PING))
        return (b"".join(frames),)


class WrongTime(Fault):
    """Tickers bear a wrong time, in `mode` (`future`): `offset_s` (3600) ahead or in the `past`, or `stuck`.

    A stuck time is that of the topic's first message under the fault, whatever the later ones say. Nobody should
    believe these messages, and they never count as what was sent.
    """

    taps = True

    def prepare(self) -> None:
        self._mode = self.text("mode", "future")
        if self._mode not in _TIMES:
            raise BadFault(f"mode must be one of {', '.join(_TIMES)}")
        self._offset_ms = int(self.real("offset_s", 3600.0) * 1000) * (-1 if self._mode == "past" else 1)
        self._stopped: dict[tuple[int, str], int] = {}

    def push(self, link: Link, topic: str, frame: bytes, /) -> Sequence[bytes] | None:
        if not topic.startswith(_TICKERS) or not self.strikes():
            return None
        message: dict[str, Any] = loads(unframed(frame))
        if self._mode == "stuck":
            ts = self._stopped.setdefault((link.id, topic), message["ts"])
        else:
            ts = message["ts"] + self._offset_ms
        sequence = message["id"].rpartition("-")[0]
        return (framed(compact({**message, "ts": ts, "id": f"{sequence}-{ts}"})),)


class BookGap(Fault):
    """Deltas of order books are left out, so that the next one does not follow on what is known."""

    taps = True

    def push(self, _link: Link, topic: str, frame: bytes, /) -> Sequence[bytes] | None:
        is_delta = topic.startswith(_BOOKS) and b'"type":"delta"' in frame
        return () if is_delta and self.strikes() else None
