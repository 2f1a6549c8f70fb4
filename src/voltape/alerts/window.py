"""What a value was within a time: a bounded number of lowest and highest values, whatever the pace of samples."""

from collections.abc import Iterator

import msgspec

from .rule import Move

__all__ = ["BUCKETS", "Bucket", "moved"]

BUCKETS = 60
"""Parts of the time that is looked back; a change is found exact to one of them in time, and exact in size."""


class Bucket(msgspec.Struct, array_like=True):
    """Lowest and highest value of a part of the time; `ts` is its first sample, `last` its newest value."""

    ts: int
    low: float
    high: float
    last: float


def moved(buckets: list[Bucket], value: float, now_ms: int, move: Move) -> float | None:
    """How far a value has moved, not below zero; takes the value into `buckets` and lets go of old ones.

    Returns:
        The largest change in the direction that counts, from any earlier value within the time to `value`. None where
        nothing is known of before, or a share of nothing is asked for.
    """
    if move.counts:
        return _counted(buckets, value, now_ms, move)
    earlier = now_ms - move.within_ms
    while buckets and buckets[0].ts < earlier:
        buckets.pop(0)
    changes = list(_changes(buckets, value, move)) if buckets else []
    _take(buckets, value, now_ms, move.within_ms // BUCKETS)
    return max(changes, default=None)


def _changes(buckets: list[Bucket], value: float, move: Move) -> Iterator[float]:
    low = min(bucket.low for bucket in buckets)
    high = max(bucket.high for bucket in buckets)
    if move.direction != "down":
        yield from _sized(value - low, low, move)
    if move.direction != "up":
        yield from _sized(high - value, high, move)


def _sized(change: float, base: float, move: Move) -> list[float]:
    change = max(change, 0.0)
    if not move.relative:
        return [change]
    return [change / base] if base > 0 else []


def _counted(buckets: list[Bucket], value: float, now_ms: int, move: Move) -> float:
    """Growth of a counter; what it had before it was first seen, or after it began anew, counts as growth."""
    base = 0.0
    if buckets and value < buckets[-1].last:
        buckets.clear()
    while len(buckets) > 1 and buckets[1].ts < now_ms - move.within_ms:
        # The newest one before the time began says where it began.
        buckets.pop(0)
    if buckets:
        outside = buckets[0].ts < now_ms - move.within_ms
        base = buckets[0].last if outside else buckets[0].low
    else:
        buckets.append(Bucket(now_ms, 0.0, value, value))
        return value
    _take(buckets, value, now_ms, move.within_ms // BUCKETS)
    return value - base


def _take(buckets: list[Bucket], value: float, now_ms: int, width_ms: int) -> None:
    if buckets and now_ms - buckets[-1].ts < width_ms:
        newest = buckets[-1]
        newest.low, newest.high, newest.last = min(newest.low, value), max(newest.high, value), value
    else:
        buckets.append(Bucket(now_ms, value, value, value))
