import logging

import pytest

from tests.alerts.rules import NOW_MS, made
from voltape.alerts.log_sink import LogSink
from voltape.alerts.notice import notice_of


async def test_an_alert_is_a_warning_and_its_end_is_news(caplog: pytest.LogCaptureFixture) -> None:
    """One line each."""
    caplog.set_level(logging.INFO)
    for event, level in (("begin", logging.WARNING), ("end", logging.INFO)):
        caplog.clear()
        notice = notice_of(made(), "begin" if event == "begin" else "end", 1, 101.0, NOW_MS, NOW_MS)
        await LogSink().send(notice)
        ((_, found, text),) = caplog.record_tuples
        assert (found, text) == (level, f"alert {notice.text}")
