"""Messages in the log."""

import logging

from .notice import Notice

__all__ = ["LogSink"]

_log = logging.getLogger(__name__)


class LogSink:
    """The log of this process; it always takes what it is given."""

    async def send(self, notice: Notice) -> None:
        level = logging.WARNING if notice.event == "begin" else logging.INFO
        _log.log(level, "alert %s", notice.text, extra={"alert": notice.rule, "event_id": notice.id})
