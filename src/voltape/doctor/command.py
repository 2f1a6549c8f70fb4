"""`voltape doctor`, with and without `--probe`: from flags to lines and an exit code."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from voltape import doctor as package
from voltape.config import load_from_process
from voltape.doctor import probe

__all__ = ["doctor"]

SECONDS = 120.0
OUT = "voltape-probe"
OF_THE_PROBE = ("probe_seconds", "at_expiry", "probe_out")


class Wish(Struct, frozen=True):
    """What was asked for beside the settings; see the command's help."""

    as_json: bool = False
    probe: bool = False
    probe_seconds: float | None = None
    at_expiry: bool = False
    probe_out: str | None = None


def doctor(flags: dict[str, Any]) -> int:
    """Examine, or probe, and print; returns the exit code.

    Args:
        flags: settings as they were given, and the switches of `Wish`.

    Raises:
        UsageError: a switch of the probe without the probe.
        VenueError: the exchange cannot be probed.
    """
    wish = Wish(**{name: flags.pop(name) for name in Wish.__struct_fields__})
    if wish.probe:
        return _probe(flags, wish)
    if any(getattr(wish, name) for name in OF_THE_PROBE):
        raise click.UsageError("--probe-seconds, --at-expiry and --probe-out belong to --probe")
    report = package.examine(flags)
    for line in [package.as_json(report)] if wish.as_json else map(str, report):
        click.echo(line)
    return 1 if any(finding.failed for finding in report) else 0


def _probe(flags: Mapping[str, object], wish: Wish) -> int:
    settings = load_from_process(flags)
    # Progress must not mix with a report on standard output.
    tell = partial(click.echo, err=wish.as_json)
    seconds = SECONDS if wish.probe_seconds is None else wish.probe_seconds
    found = asyncio.run(probe.probe(settings, seconds, tell, expiring=wish.at_expiry))
    out = Path(wish.probe_out or OUT)
    for suffix, content in ((".json", probe.as_json(found)), (".txt", probe.as_text(found).encode())):
        out.with_name(out.name + suffix).write_bytes(content)
    if wish.as_json:
        click.echo(probe.as_json(found), nl=False)
    else:
        click.echo(f"\n{found.sim}\nwritten: {out}.txt and {out}.json")
    return 1 if all(answer.outcome == "not settled" for answer in found.answers) else 0
