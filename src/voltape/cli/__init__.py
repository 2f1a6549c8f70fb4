"""The command `voltape`: from words on a command line to one call and an exit code.

Nothing heavy is imported before the command that needs it is known, so that `voltape --version` is instant and
no role carries another role's libraries in memory. Each module of this package holds some commands, and is itself imported
when one of them is asked for.

Exit codes: 0 done, 1 something stands in the way, 2 wrong use or a setting that is not allowed.
"""

import logging
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from types import FrameType
from typing import NoReturn, cast

import click

from voltape import __version__
from voltape.errors import SettingError, VoltapeError

__all__ = ["COMMANDS", "main"]

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


def _kept_in(module: str, name: str) -> Callable[[], click.Command]:
    """Maker of a command, which a module of this package has under its name."""

    def make() -> click.Command:
        makers = import_module(f"{__name__}.{module}").MAKERS
        return cast("dict[str, Callable[[], click.Command]]", makers)[name]()

    return make


COMMANDS: dict[str, Callable[[], click.Command]] = {
    name: _kept_in(module, name)
    for name, module in (
        ("up", "roles"),
        ("tracker", "roles"),
        ("serve", "roles"),
        ("jobs", "jobs"),
        ("alerts", "alerts"),
        ("sim", "roles"),
        ("demo", "roles"),
        ("doctor", "doctor"),
        ("health", "roles"),
        ("report", "asking"),
        ("top", "asking"),
        ("export", "asking"),
    )
}
"""Every command, in the order of the help."""
