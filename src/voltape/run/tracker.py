"""`voltape tracker`: the tracker alone, meeting other roles in the store."""

import logging

from voltape.config import Settings

from .beat import beating
from .garbage import freeze_survivors, until_ready
from .keeping import keeping
from .loop import until_stopped

__all__ = ["run_tracker"]

_log = logging.getLogger(__name__)

_READY_CHECK = 1.0
"""Nobody waits for the word here, and looking costs time."""


async def run_tracker(settings: Settings) -> None:
    """Track into the store until stopped, then stop intake, flush and close."""
    async with (
        beating(settings.data_dir, "tracker"),
        keeping(settings, "tracker", settings.store_url, None) as kept,
    ):
        kept.start()
        _log.info("tracking")
        await until_ready(kept.status, _READY_CHECK)
        if settings.gc_tuning:
            freeze_survivors()
        await until_stopped()
