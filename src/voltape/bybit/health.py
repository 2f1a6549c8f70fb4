"""Health of a connection: one number from 0 (useless) to 1 (perfect), from what was measured on it.

It is a product of factors, so that each trouble lowers it whatever else is well, and no virtue makes up for a vice:

    health = 0                                        once the silence is longer than allowed
    health = age · lag · trip · error · heard         else

    age   = 1 - 0.3 · silence / allowed               1 … 0.7; `allowed` follows the connection's own rate
    lag   = min(1, 500 ms / excess)                   excess: its lag beyond the usual one
    trip  = min(1, 1 s / trip), at least 0.4          trip: of the last ping, or the wait for its pong if longer
    error = 1 - 5 · share, at least 0.1               share: of frames that were bad, lately
    heard = 1 - 0.25 · share                          share: of topics that are silent although asked for again

The usual lag is the median of the other connections', or for a lone connection the least it ever had; what delays all
connections alike is not the fault of one. Where a figure is missing its factor is 1. What a quiet market does, long
silence and topics that never speak, leaves a connection above one half; what is wrong with it does not.
"""

from collections.abc import Sequence

import msgspec

__all__ = ["Vitals", "health", "usual_lag"]

_AGE_WEIGHT = 0.3
_EXCUSED_LAG = 500.0
_EXCUSED_TRIP = 1.0
_WORST_TRIP = 0.4
_ERROR_WEIGHT = 5.0
_WORST_ERROR = 0.1
_HEARD_WEIGHT = 0.25


class Vitals(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        silence, allowed: time without data, and after which it counts as mute, s.
        lag, usual_lag: ms, against whatever clock both have in common; None before the first.
        trip: round trip of the last ping or the wait for its pong, s; None before the first ping.
        errors: share (0 to 1) of bad frames lately.
        unheard: share (0 to 1) of topics that were asked for again and are still silent.
    """

    silence: float
    allowed: float
    lag: float | None = None
    usual_lag: float | None = None
    trip: float | None = None
    errors: float = 0.0
    unheard: float = 0.0


def health(vitals: Vitals) -> float:
    """See the module's text."""
    if vitals.silence > vitals.allowed:
        return 0.0
    age = 1.0 - _AGE_WEIGHT * vitals.silence / vitals.allowed if vitals.silence > 0 else 1.0
    error = max(_WORST_ERROR, 1.0 - _ERROR_WEIGHT * vitals.errors)
    heard = 1.0 - _HEARD_WEIGHT * vitals.unheard
    return age * _lag(vitals) * _trip(vitals) * error * heard


def _lag(vitals: Vitals) -> float:
    if vitals.lag is None or vitals.usual_lag is None:
        return 1.0
    excess = vitals.lag - vitals.usual_lag
    return 1.0 if excess <= _EXCUSED_LAG else _EXCUSED_LAG / excess


def _trip(vitals: Vitals) -> float:
    if vitals.trip is None or vitals.trip <= _EXCUSED_TRIP:
        return 1.0
    return max(_WORST_TRIP, _EXCUSED_TRIP / vitals.trip)


def usual_lag(others: Sequence[float], own_lowest: float | None) -> float | None:
    """What the lag of a connection is compared with: the median of the others', or else its own least."""
    if not others:
        return own_lowest
    ordered = sorted(others)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
