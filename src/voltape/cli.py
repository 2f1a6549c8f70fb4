"""The command `voltape`: from words on a command line to one call and an exit code.

Nothing heavy is imported before the command that needs it is known, so that `voltape --version` is instant and
no role carries another role's libraries in memory.

Exit codes: 0 done, 1 something stands in the way, 2 wrong use or a setting that is not allowed.
"""

# ruff: noqa: PLC0415 - imports wait for the command that needs them, see above

import logging
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, cast

import click

from voltape import __version__
from voltape.errors import SettingError, VoltapeError

if TYPE_CHECKING:
    from voltape.config import Setting, Settings
    from voltape.export.order import Form

__all__ = ["main"]

logger = logging.getLogger(__name__)


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Run the command in `words` (the process's arguments unless given) and exit with its code."""
    # Until a role listens to signals itself there is nothing to flush, so that a stop is just an end.
    signal.signal(signal.SIGTERM, _stop_early)
    sys.exit(_exit_code(words))


def _stop_early(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _exit_code(words: Sequence[str] | None) -> int:
    try:
        code = voltape.main(words, prog_name="voltape", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        return _complain(error.format_message(), error.exit_code)
    except SettingError as error:
        return _complain(str(error), 2)
    except (VoltapeError, OSError) as error:
        logger.debug("stopped by", exc_info=True)
        return _complain(str(error), 1)
    except click.Abort:
        return 0
    return code if isinstance(code, int) else 0


def _complain(text: str, code: int) -> int:
    """Say what is wrong in one line on standard error; returns `code`."""
    click.echo("voltape: " + " ".join(text.split()), err=True)
    return code


class LazyGroup(click.Group):
    """A group whose commands are made when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        make = COMMANDS.get(cmd_name)
        return None if make is None else make()


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="voltape", message="%(prog)s %(version)s")
def voltape() -> None:
    """Live tape of the Bybit options market on a very small machine."""


def up(**flags: object) -> int:
    """Run everything: store, tracker, API and dashboard."""
    settings = _started(flags)
    from voltape import run

    return run.up(settings)


def tracker(**flags: object) -> int:
    """Run the tracker alone, writing to the store at --store-url."""
    settings = _apart(_started(flags))
    from voltape import run

    return run.tracker(settings)


def serve(**flags: object) -> int:
    """Run the API and the dashboard alone, reading the store at --store-url."""
    settings = _apart(_started(flags))
    from voltape import run

    return run.serve(settings)


def demo(**flags: object) -> int:
    """Run everything against a simulated exchange; needs no network."""
    switches = {name: flags.pop(SIM_PREFIX + name) for name in SIM_SWITCHES}
    with tempfile.TemporaryDirectory(prefix="voltape-demo-") as scratch:
        # Simulated contracts must never reach the directory of a real board.
        settings = _started(flags, {"http_port": 0, "data_dir": Path(scratch)})
        from voltape import run

        return run.demo(settings, {name: value for name, value in switches.items() if value is not None})


def doctor(**flags: object) -> int:
    """Check settings, store and exchange, and say what to do."""
    from voltape import doctor

    report = doctor.examine(flags)
    for finding in report:
        click.echo(str(finding))
    return 1 if any(finding.failed for finding in report) else 0


def report(**flags: object) -> int:
    """Show what the running system uses, against what was there before."""
    url, as_json, expiries = (flags.pop(name) for name in ("url", "as_json", "expiries"))
    from voltape.config import load_from_process

    settings = load_from_process(flags)
    from voltape import report

    where = report.address_of(settings.http_host, settings.http_port) if url is None else str(url)
    found, text = report.ask(report.Enquiry(where, settings.api_token, settings.ca_file))
    if as_json:
        click.echo(text.decode())
    else:
        for line in report.lines_of(found, where, expiries=bool(expiries)):
            click.echo(line)
    return 1 if any(target.met is False for target in found.targets) else 0


def top(**flags: object) -> int:
    """Watch the running system: a live chain, and how the system is."""
    names = ("url", "underlying", "expiry", "view", "once")
    given: dict[str, Any] = {name: flags.pop(name) for name in names}
    from voltape.config import load_from_process

    settings = load_from_process(flags)
    from voltape import report, top

    url = given.pop("url") or report.address_of(settings.http_host, settings.http_port)
    return top.top(top.Wish(url=str(url), token=settings.api_token, ca_file=settings.ca_file, **given))


def export(**flags: object) -> int:
    """Write the running system's tickers to a file, or to standard output."""
    from voltape.export.order import FILTERS, Order, form_for

    filters = {name: str(value) for name in FILTERS if (value := flags.pop(name)) is not None}
    url, named, place, force = (flags.pop(name) for name in ("url", "form", "out", "force"))
    from voltape.config import load_from_process

    settings = load_from_process(flags)
    from voltape import report
    from voltape.client.problem import BadParameters, NotFound
    from voltape.export.command import export

    where = report.address_of(settings.http_host, settings.http_port) if url is None else str(url)
    out = None if place == "-" else Path(str(place))
    form = form_for(cast("Form | None", named), out)
    try:
        export(Order(form, filters, where, settings.api_token, settings.ca_file), out, force=bool(force))
    except (BadParameters, NotFound) as error:
        return _complain(str(error), 2)
    except BrokenPipeError:
        # Who reads has seen enough; what is still buffered must not complain once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _started(flags: dict[str, object], defaults: dict[str, object] | None = None) -> "Settings":
    """Settings of a role, and its log set up."""
    from voltape.config import load_from_process

    settings = load_from_process(flags, defaults or {})
    from voltape import log

    log.configure(settings.log_level, settings.log_format)
    return settings


def _apart(settings: "Settings") -> "Settings":
    """Settings of a role that runs alone, which needs a store that others can reach."""
    if settings.store_url == "embedded":
        allowed = "the URL of a shared store for a role that runs alone (`voltape up` embeds one)"
        raise SettingError("VOLTAPE_STORE_URL", settings.store_url, allowed)
    return settings


def _role(
    callback: Callable[..., int], *more: click.Parameter, only: Container[str] | None = None
) -> Callable[[], click.Command]:
    """Maker of the command that calls `callback`; every setting (or `only` some) is one of its flags, and so is `more`."""

    def make() -> click.Command:
        from voltape.config import SETTINGS, as_flag

        options: list[click.Parameter] = [
            click.Option([*map(as_flag, setting.names)], metavar=_metavar(setting), help=_help(setting))
            for setting in SETTINGS
            if only is None or setting.field in only
        ]
        options.append(click.Option(["--config"], metavar="FILE", help="Settings file. [VOLTAPE_CONFIG]"))
        options += more
        return click.Command(callback.__name__, callback=callback, params=options, help=callback.__doc__)

    return make


def _metavar(setting: "Setting") -> str:
    return "|".join(setting.choices) or setting.unit.upper().replace(" ", "-") or "VALUE"


def _help(setting: "Setting") -> str:
    default = "" if setting.default is None else f", default {setting.default_text}"
    return f"{setting.description} [{setting.env}{default}]"


def _sim() -> click.Command:
    from voltape.sim.command import sim

    return sim


def _sim_switch(name: str, kind: click.ParamType[Any], meaning: str) -> click.Option:
    return click.Option([f"--sim-{name}"], type=kind, metavar=kind.name.upper(), help=f"Simulator: {meaning}")


# What of `voltape sim` makes sense in a demo; its default holds where nothing is given.
SIM_PREFIX = "sim_"
SIM_SWITCHES: dict[str, click.Option] = {
    "port": _sim_switch(
        "port", click.IntRange(0, 65_535), "port to listen on; 0, the default, takes a free one."
    ),
    "seed": _sim_switch("seed", click.INT, "same seed and start, same market."),
    "rate": _sim_switch("rate", click.FloatRange(0), "ticker messages per second over all contracts."),
    "speed": _sim_switch("speed", click.FloatRange(0, min_open=True), "its seconds per second of ours."),
    "start": _sim_switch("start", click.STRING, "its time at the start, ISO 8601; now if left out."),
    "contracts": _sim_switch("contracts", click.FloatRange(0.02, 3), "scale of the number of contracts."),
}

REPORT_SETTINGS = ("http_host", "http_port", "ca_file")
REPORT_SWITCHES = (
    click.Option(
        ["--url"], metavar="URL", help="Where the system answers, if not at the settings' host and port."
    ),
    click.Option(
        ["--api-token", "--token", "api_token"], metavar="TOKEN", help="Its token. [VOLTAPE_API_TOKEN]"
    ),
    click.Option(["--json", "as_json"], is_flag=True, help="The answer as it came, for programs."),
    click.Option(["--expiries"], is_flag=True, help="Coverage by expiry too."),
)

TOP_SWITCHES = (
    *REPORT_SWITCHES[:2],
    click.Option(["--underlying"], metavar="COIN", default="BTC", help="Whose chain, BTC unless given."),
    click.Option(["--expiry"], metavar="DATE", help="Which series, 2026-12-25 or 25DEC26; else the nearest."),
    click.Option(
        ["--view"], type=click.Choice(["chain", "system"]), default="chain", help="What to begin with."
    ),
    click.Option(["--once"], is_flag=True, help="Print one frame and exit."),
)


def _export() -> click.Command:
    from voltape.export.order import FILTERS, FORMATS

    formats = "csv unless the file's name ends in another one"
    switches = (
        *REPORT_SWITCHES[:2],
        click.Option(["--format", "form"], type=click.Choice(FORMATS), help=f"Format; {formats}."),
        click.Option(
            ["--out"], metavar="FILE", default="-", help="File to write, - for standard output (default)."
        ),
        click.Option(["--force"], is_flag=True, help="Replace the file if it is there."),
        *(
            click.Option([f"--{name.replace('_', '-')}"], metavar=kind, help=meaning)
            for name, (kind, meaning) in FILTERS.items()
        ),
    )
    return _role(export, *switches, only=REPORT_SETTINGS)()


COMMANDS: dict[str, Callable[[], click.Command]] = {
    "up": _role(up),
    "tracker": _role(tracker),
    "serve": _role(serve),
    "sim": _sim,
    "demo": _role(demo, *SIM_SWITCHES.values()),
    "doctor": _role(doctor),
    "report": _role(report, *REPORT_SWITCHES, only=REPORT_SETTINGS),
    "top": _role(top, *TOP_SWITCHES, only=REPORT_SETTINGS),
    "export": _export,
}
