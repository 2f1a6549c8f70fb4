"""Figures as short texts of bounded width; an absent one is a dot, never a zero."""

from collections.abc import Iterable

__all__ = ["ABSENT", "compact", "days", "delta", "megabytes", "per_cent", "places", "price", "share"]

ABSENT = "·"

_DECIMALS = ((0, 9_999.95), (1, 999.995), (2, 99.9995), (3, 9.99995))


def places(prices: Iterable[float | None]) -> int:
    """Decimals that the prices of a market have, four at most."""
    texts = {f"{price:.4f}".rstrip("0") for price in prices if price is not None}
    return max((len(text.partition(".")[2]) for text in texts), default=0)


def price(value: float | None, decimals: int) -> str:
    """At most six characters where the price is below a million: `decimals`, or as many of them as fit."""
    if value is None:
        return ABSENT
    fitting = next((digits for digits, bound in _DECIMALS if abs(value) >= bound), 4)
    return f"{value:.{min(fitting, decimals)}f}"


def compact(value: float | None) -> str:
    """At most four characters, with `k` and `M` for thousands and millions."""
    if value is None:
        return ABSENT
    for unit, size in (("", 1.0), ("k", 1e3), ("M", 1e6)):
        scaled = value / size
        if scaled < 999.5:
            return _short(scaled) + unit if unit else _short(scaled, room=4)
    return f"{value / 1e9:.0f}G"


def _short(value: float, room: int = 3) -> str:
    """The value with as many decimals as `room` characters hold."""
    if value == 0 or value >= 99.5:
        return f"{value:.0f}"
    if value >= 9.95:
        return f"{value:.{1 if room > 3 else 0}f}"
    return f"{value:.{2 if room > 3 else 1}f}"


def per_cent(value: float | None, digits: int = 1) -> str:
    """A fraction as per cent, without the sign for it."""
    return ABSENT if value is None else f"{100 * value:.{digits}f}"


def share(value: float | None) -> str:
    """A share with its sign."""
    return ABSENT if value is None else f"{100 * value:.1f}%"


def delta(value: float | None) -> str:
    """Two decimals and always a sign, as far as there is anything to sign."""
    return ABSENT if value is None else f"{value + 0.0:+.2f}"


def megabytes(value: int | None) -> str:
    """Bytes as megabytes."""
    return ABSENT if value is None else f"{value / 1e6:.1f} MB"


def days(value: float) -> str:
    """Days, or hours on the last one."""
    return f"{value:.1f}d" if value >= 1 else f"{24 * value:.1f}h"
