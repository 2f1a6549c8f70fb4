"""When option series expire: the ladder of listed expiries for any moment.

Everything happens at 08:00 UTC. Three daily series are always listed, three weekly ones (a fourth
from Thursday to Friday), the last Fridays of two months, and those of four quarters.
"""

from datetime import UTC, datetime, timedelta

__all__ = ["DAY_MS", "YEAR_MS", "label", "ladder", "settlement_window", "years_to"]

DAY_MS = 86_400_000
YEAR_MS = 365 * DAY_MS
_HOUR = 8
_FRIDAY = 4
_WINDOW_MS = 1_800_000
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def ladder(now_ms: int, *, long: bool = True) -> tuple[int, ...]:
    """Expiries listed at `now_ms`, epoch milliseconds in order.

    A short ladder ends with the nearest monthly series, as the smaller coins' does.
    """
    first = _next_expiry(now_ms)
    days = {first + timedelta(days=i) for i in range(3)}
    friday = first + timedelta(days=(_FRIDAY - first.weekday()) % 7)
    weeks = 4 if first.weekday() == _FRIDAY else 3
    days.update(friday + timedelta(weeks=i) for i in range(weeks))
    months = _month_ends(first, step=1, count=2)
    days.update(months if long else months[:1])
    if long:
        days.update(_month_ends(first, step=3, count=4))
    return tuple(sorted(_to_ms(day) for day in days))


def label(expiry_ms: int) -> str:
    """The date inside a symbol: day without a leading zero, English month, two-digit year."""
    day = datetime.fromtimestamp(expiry_ms / 1000, UTC)
    return f"{day.day}{_MONTHS[day.month - 1]}{day.year % 100:02d}"


def years_to(expiry_ms: int, now_ms: int) -> float:
    """Time to expiry in years of 365 days, never less than one second."""
    return max(expiry_ms - now_ms, 1000) / YEAR_MS


def settlement_window(expiry_ms: int, now_ms: int) -> bool:
    """Whether the settlement price is being averaged: the last 30 minutes before expiry."""
    return expiry_ms - _WINDOW_MS <= now_ms < expiry_ms


def _next_expiry(now_ms: int) -> datetime:
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    today = now.replace(hour=_HOUR, minute=0, second=0, microsecond=0)
    return today if now < today else today + timedelta(days=1)


def _month_ends(first: datetime, *, step: int, count: int) -> list[datetime]:
    """Last Fridays from `first` on, of every `step`-th month of the year."""
    found: list[datetime] = []
    year, month = first.year, first.month
    while len(found) < count:
        if month % step == 0:
            day = _last_friday(year, month)
            if day >= first:
                found.append(day)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found


def _last_friday(year: int, month: int) -> datetime:
    after = datetime(year + month // 12, month % 12 + 1, 1, _HOUR, tzinfo=UTC)
    last = after - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - _FRIDAY) % 7)


def _to_ms(day: datetime) -> int:
    return int(day.timestamp()) * 1000
