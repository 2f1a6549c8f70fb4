"""Logging set-up, called once by the command line.

Modules log through the standard library; here its records get their two written forms. Records go to standard
error, because standard output belongs to the `ready` line.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TextIO, cast

import msgspec

from voltape.flow.request import request_name


@contextmanager
def _hidden(name: str) -> Iterator[None]:
    """Have a package look as if it were not installed."""
    before = sys.modules.get(name)
    sys.modules[name] = cast("ModuleType", None)
    try:
        yield
    finally:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before


# With it, tracebacks could be coloured in, which we do not want, for 5 MB in every process.
with _hidden("rich"):
    import structlog
    from structlog.stdlib import ExtraAdder, ProcessorFormatter
    from structlog.typing import EventDict, Processor, WrappedLogger

__all__ = ["configure"]

# Libraries that report each request or each connection as news; their warnings are still wanted.
CHATTY = (
    "asyncio",
    "httpcore",
    "httpx",
    "litestar",
    "picows",
    "urllib3",
    "uvicorn",
    "uvicorn.access",
    "uvicorn.error",
)


def configure(level: str, form: str, stream: TextIO | None = None, *, colours: bool = True) -> None:
    """Send all records of at least `level` to `stream`, replacing what was set up before.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        form: `console` for people (coloured on a terminal), `json` for one object per line.
        stream: standard error unless given.
        colours: whether a terminal may get any.
    """
    stream = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(form, colours=colours and stream.isatty()))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name in CHATTY:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(logging.WARNING, logging.getLogger().level))


def _formatter(form: str, *, colours: bool) -> ProcessorFormatter:
    return ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            ExtraAdder(),
            _with_request,
        ],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            _without_colour_twin,
            *(_json() if form == "json" else _console(colours=colours)),
        ],
    )


def _json() -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("message"),
        structlog.processors.JSONRenderer(serializer=_encoded),
    ]


def _console(*, colours: bool) -> list[Processor]:
    # The plain formatter shows a traceback as Python does; the default would print the values of all locals.
    return [
        structlog.dev.ConsoleRenderer(
            colors=colours, pad_event_to=0, pad_level=False, exception_formatter=structlog.dev.plain_traceback
        )
    ]


def _with_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Say which request a record is about."""
    name = request_name.get()
    if name:
        event["request_id"] = name
    return event


def _without_colour_twin(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop the copy of the message that uvicorn attaches with escape sequences in it."""
    event.pop("color_message", None)
    return event


def _encoded(event: EventDict, **_options: object) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
