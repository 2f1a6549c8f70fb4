"""Commands that run something until they are told to stop, and the question whether it lives."""

# ruff: noqa: PLC0415 - imports wait for the command that needs them, as the package says

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from voltape.errors import SettingError, VoltapeError

from .options import apart, role, started

__all__ = ["MAKERS"]


def up(**flags: object) -> int:
    """Run everything: store, tracker, API and dashboard."""
    settings = started(flags)
    from voltape import run

    return run.up(settings)


def tracker(**flags: object) -> int:
    """Run the tracker alone, writing to the store at --store-url."""
    settings = apart(started(flags))
    from voltape import run

    return run.tracker(settings)


def serve(**flags: object) -> int:
    """Run API and dashboard alone, reading the store at --store-url."""
    settings = apart(started(flags))
    from voltape import run

    return run.serve(settings)


def demo(**flags: object) -> int:
    """Run everything against a simulated exchange; needs no network."""
    switches = {name: flags.pop(SIM_PREFIX + name) for name in SIM_SWITCHES}
    with tempfile.TemporaryDirectory(prefix="voltape-demo-") as scratch:
        # Simulated contracts must never reach the directory of a real board.
        settings = started(flags, {"http_port": 0, "data_dir": Path(scratch)})
        _leave_addresses(flags)
        from voltape import run

        return run.demo(settings, {name: value for name, value in switches.items() if value is not None})


def _leave_addresses(flags: dict[str, object]) -> None:
    """Refuse what would be ignored: the exchange of a demo is its own, whatever the other settings say."""
    for flag, name in (("--ws-url", "ws_url"), ("--rest-url", "rest_url")):
        if flags.get(name) is not None:
            raise SettingError(flag, flags[name], "none in a demo, which has an exchange of its own")


def health(**flags: object) -> int:
    """Tell whether the roles that run here live, for health checks."""
    from voltape.config import load_from_process

    settings = load_from_process(flags)
    from voltape.run.beat import complaints

    found = complaints(settings.data_dir)
    if found:
        raise VoltapeError("; ".join(found))
    return 0


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

MAKERS: dict[str, Callable[[], click.Command]] = {
    "up": role(up),
    "tracker": role(tracker),
    "serve": role(serve),
    "sim": _sim,
    "demo": role(demo, *SIM_SWITCHES.values()),
    "health": role(health, only=("data_dir",)),
}
"""The commands."""
