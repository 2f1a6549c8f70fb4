"""Removing reports that nobody will look at any more."""

import re
from datetime import UTC, date, datetime, timedelta

from voltape.model.job import Outcome

from .place import PREFIX, Place

__all__ = ["KEPT_DAYS", "retention"]

KEPT_DAYS = 90

_NAME = re.compile(rf"{re.escape(PREFIX)}(\d{{4}}-\d\d-\d\d)\.(json|txt)(\.new)?")


async def retention(place: Place) -> Outcome:
    """Remove reports older than `KEPT_DAYS`; files of other names are nobody's business here."""
    today = datetime.fromtimestamp(place.clock.wall_ms() / 1000, UTC).date()
    oldest = today - timedelta(days=KEPT_DAYS)
    removed = 0
    for file in place.reports.iterdir() if place.reports.is_dir() else ():
        named = _NAME.fullmatch(file.name)
        if named is not None and date.fromisoformat(named[1]) < oldest:
            file.unlink(missing_ok=True)
            removed += 1
    return Outcome(
        ok=True, said=f"{removed} files of before {oldest} removed", figures={"removed": float(removed)}
    )
