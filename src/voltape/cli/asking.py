"""Commands that ask the running system: `report`, `top` and `export`."""

# ruff: noqa: PLC0415 - imports wait for the command that needs them, as the package says

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from .options import ADDRESS_SETTINGS, ADDRESS_SWITCHES, role

if TYPE_CHECKING:
    from voltape.export.order import Form

__all__ = ["MAKERS"]


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
    """Write the running system's tickers to a file or a pipe."""
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
        raise click.UsageError(str(error)) from error
    except BrokenPipeError:
        # Who reads has seen enough; what is still buffered must not complain once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


REPORT_SWITCHES = (
    *ADDRESS_SWITCHES,
    click.Option(["--json", "as_json"], is_flag=True, help="The answer as it came, for programs."),
    click.Option(["--expiries"], is_flag=True, help="Coverage by expiry too."),
)
TOP_SWITCHES = (
    *ADDRESS_SWITCHES,
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
        *ADDRESS_SWITCHES,
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
    return role(export, *switches, only=ADDRESS_SETTINGS)()


MAKERS: dict[str, Callable[[], click.Command]] = {
    "report": role(report, *REPORT_SWITCHES, only=ADDRESS_SETTINGS),
    "top": role(top, *TOP_SWITCHES, only=ADDRESS_SETTINGS),
    "export": _export,
}
"""The commands."""
