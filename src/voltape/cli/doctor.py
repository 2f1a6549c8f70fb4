"""`voltape doctor`: what is wrong here, and what the exchange does not tell."""

# ruff: noqa: PLC0415 - imports wait for the command that needs them, as the package says

from collections.abc import Callable

import click

from .options import role

__all__ = ["MAKERS"]


def doctor(**flags: object) -> int:
    """Check settings, machine, store and exchange, and say what to do."""
    from voltape.doctor.command import doctor

    return doctor(flags)


DOCTOR_SWITCHES = (
    click.Option(["--json", "as_json"], is_flag=True, help="The findings, or the report, for programs."),
    click.Option(["--probe"], is_flag=True, help="Ask the live exchange, gently, what is not documented."),
    click.Option(
        ["--probe-seconds"],
        type=click.FloatRange(1, 480),
        metavar="S",
        help="Longest wait of each probe, or 120.",
    ),
    click.Option(["--at-expiry"], is_flag=True, help="Wait for the next expiry, and watch it."),
    click.Option(
        ["--probe-out"], metavar="FILE", help="Its reports, without suffix; ./voltape-probe unless given."
    ),
)

MAKERS: dict[str, Callable[[], click.Command]] = {"doctor": role(doctor, *DOCTOR_SWITCHES)}
"""The command."""
