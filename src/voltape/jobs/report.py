"""The efficiency report of the day, kept as a file for people and one for programs."""

import asyncio
from datetime import UTC, datetime

from voltape.flow.whole_file import replace_file
from voltape.model.job import Outcome
from voltape.report import Enquiry, ask, lines_of

from .place import PREFIX, Place

__all__ = ["report"]


async def report(place: Place) -> Outcome:
    """Ask the running system and write its answer.

    Raises:
        NoReport: it gives none. OSError: it cannot be written.
    """
    enquiry = Enquiry(place.api_url, place.api_token, place.ca_file)
    found, text = await asyncio.to_thread(ask, enquiry)
    day = datetime.fromtimestamp(place.clock.wall_ms() / 1000, UTC).date().isoformat()
    place.reports.mkdir(parents=True, exist_ok=True)
    for suffix, content in (
        (".json", text + b"\n"),
        (".txt", "".join(f"{line}\n" for line in lines_of(found, place.api_url)).encode()),
    ):
        await asyncio.to_thread(replace_file, place.reports / f"{PREFIX}{day}{suffix}", content, 0o644)
    missed = [target.metric for target in found.targets if target.met is False]
    judged = [target for target in found.targets if target.met is not None]
    said = f"{len(judged) - len(missed)} of {len(judged)} targets met"
    if missed:
        said += f"; missed: {', '.join(missed)}"
    figures = {"targets": float(len(judged)), "missed": float(len(missed))}
    return Outcome(ok=True, said=f"{said}; {place.reports / (PREFIX + day)}.txt", figures=figures)
