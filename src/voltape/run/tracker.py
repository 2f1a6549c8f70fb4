"""`voltape tracker`: the tracker alone, meeting other roles in the store."""

import asyncio
import logging

from voltape.config import Settings

from .keeping import keeping

__all__ = ["run_tracker"]

_log = logging.getLogger(__name__)


async def run_tracker(settings: Settings, stop: asyncio.Event) -> None:
    """Track into the store until `stop`, then stop intake, flush and close."""
    async with keeping(settings, "tracker", settings.store_url, None):
        _log.info("tracking")
        await stop.wait()
