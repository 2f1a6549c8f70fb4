"""`voltape alerts`: try the sinks, check the rules, list their state."""

# ruff: noqa: PLC0415 - imports wait for the command that needs them, as the package says

from collections.abc import Callable
from typing import cast

import click

from voltape.errors import VoltapeError

from .options import role, started

__all__ = ["MAKERS"]


def alerts(**flags: object) -> int:
    """Try the sinks of alerts, check the rules, or list their state.

    `alerts test [SINK]` sends a message, `alerts check` reads the rules, `alerts list` tells their state.
    The rules are watched by `up` and by `jobs`.
    """
    words = cast("tuple[str, ...]", flags.pop("words"))
    from voltape.config import load_from_process

    match words:
        case ("test",) | ("test", _):
            return _test(flags, words[1] if len(words) > 1 else None)
        case ("check",):
            from voltape import run

            lines, missing = run.check_alerts(load_from_process(flags))
            _echo(lines)
            if missing is not None:
                raise VoltapeError(missing)
            return 0
        case ("list",):
            from voltape import run

            _echo(run.list_alerts(load_from_process(flags)))
            return 0
    raise click.UsageError("`alerts` takes `test [SINK]`, `check` or `list`")


def _test(flags: dict[str, object], sink: str | None) -> int:
    settings = started(flags)
    from voltape import run

    failed = False
    for name, why in run.try_alerts(settings, sink):
        failed = failed or why is not None
        click.echo(f"{name}: {'ok' if why is None else why}")
    return 1 if failed else 0


def _echo(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)


ALERTS_WORDS = (click.Argument(["words"], nargs=-1, metavar="test [SINK] | check | list"),)

MAKERS: dict[str, Callable[[], click.Command]] = {"alerts": role(alerts, *ALERTS_WORDS)}
"""The command."""
