"""Logging set-up."""

import contextvars
import io
import json
import logging
import re
import warnings
from collections.abc import Iterator

import pytest

from voltape import log
from voltape.flow.request import request_name

ISO_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    """Put the root logger and the libraries' loggers back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in log.CHATTY}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(capture=False)


def configured(
    level: str = "info", form: str = "json", stream: io.StringIO | None = None, *, colours: bool = True
) -> io.StringIO:
    """Set logging up on a stream in memory."""
    stream = io.StringIO() if stream is None else stream
    log.configure(level, form, stream, colours=colours)
    return stream


def test_json_lines_carry_time_level_logger_message_and_extras() -> None:
    """One object per line; arguments are put into the message, extras are fields of their own."""
    stream = configured()
    logging.getLogger("voltape.x").warning("lost %d of %d", 1, 2, extra={"connection": 7})
    record = json.loads(stream.getvalue())
    assert ISO_UTC.fullmatch(record.pop("timestamp"))
    assert record == {"level": "warning", "logger": "voltape.x", "message": "lost 1 of 2", "connection": 7}


def test_json_stays_one_line_whatever_is_logged() -> None:
    """Line breaks, tracebacks and foreign objects are all inside the object."""
    stream = configured()
    try:
        int("first\nsecond")
    except ValueError:
        logging.getLogger("voltape.x").exception("failed\nhere", extra={"thing": object()})
    assert stream.getvalue().count("\n") == 1
    record = json.loads(stream.getvalue())
    assert record["message"] == "failed\nhere"
    assert "ValueError: invalid literal" in record["exception"]
    assert record["thing"].startswith("<object")


def test_console_lines_are_plain_where_nobody_watches() -> None:
    """A pipe or a file gets no escape sequences; the traceback is Python's, without local values."""
    stream = configured(form="console")
    password = "hush"
    try:
        int(password[:0])
    except ValueError:
        logging.getLogger("voltape.x").exception("connection %s failed", "a1")
    text = stream.getvalue()
    assert "\x1b" not in text
    assert re.match(r"\d{4}-\d\d-\d\dT\S+Z \[error\] connection a1 failed +\[voltape\.x\]", text)
    assert "ValueError: invalid literal" in text
    assert "hush" not in text


def test_console_lines_are_coloured_on_a_terminal() -> None:
    """A person at a terminal gets colours."""
    stream = configured(form="console", stream=Terminal())
    logging.getLogger("voltape.x").info("hello")
    assert "\x1b[" in stream.getvalue()


def test_colours_can_be_declined() -> None:
    """A terminal then gets what a file gets."""
    stream = configured(form="console", stream=Terminal(), colours=False)
    logging.getLogger("voltape.x").info("hello")
    assert "\x1b[" not in stream.getvalue()


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_levels_are_honoured(level: str) -> None:
    """Records of the level and above are written, the rest is not."""
    stream = configured(level)
    names = ["debug", "info", "warning", "error"]
    for name in names:
        getattr(logging.getLogger("voltape.x"), name)(name)
    written = [json.loads(line)["level"] for line in stream.getvalue().splitlines()]
    assert written == names[names.index(level) :]


@pytest.mark.parametrize("name", log.CHATTY)
def test_libraries_report_only_trouble(name: str) -> None:
    """What libraries call news is left out even while debugging; their warnings come through once."""
    stream = configured("debug")
    logging.getLogger(name).info("GET /healthz 200")
    logging.getLogger(name).warning("careful", extra={"color_message": "\x1b[1mcareful"})
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["message"] == "careful"
    assert "color_message" not in line


def test_libraries_are_not_louder_than_voltape() -> None:
    """With the level `error`, the libraries' warnings are left out as well."""
    stream = configured("error")
    logging.getLogger("httpx").warning("careful")
    assert stream.getvalue() == ""


def test_warnings_of_python_go_to_the_log() -> None:
    """A deprecation is a record like any other, not loose text on standard error."""
    stream = configured()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        configured(stream=stream)
        warnings.warn("old way", DeprecationWarning, stacklevel=1)
    record = json.loads(stream.getvalue())
    assert record["logger"] == "py.warnings"
    assert "old way" in record["message"]


def test_setting_up_twice_writes_once() -> None:
    """The second set-up replaces the first."""
    first = configured()
    second = configured()
    logging.getLogger("voltape.x").info("hello")
    assert first.getvalue() == ""
    assert len(second.getvalue().splitlines()) == 1


def test_records_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is left to the `ready` line."""
    log.configure("info", "json")
    logging.getLogger("voltape.x").info("hello")
    streams = capsys.readouterr()
    assert streams.out == ""
    assert "hello" in streams.err


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_record_of_a_request_names_it(form: str) -> None:
    """And no other does."""
    stream = io.StringIO()
    log.configure("info", form, stream)
    # Not the one of this test, in which others may have named a request.
    context = contextvars.Context()
    context.run(logging.getLogger("voltape.x").info, "before")
    context.run(request_name.set, "mine-7")
    context.run(logging.getLogger("voltape.x").info, "within")
    before, within = stream.getvalue().splitlines()
    assert "request_id" not in before
    assert "request_id" in within
    assert "mine-7" in within
