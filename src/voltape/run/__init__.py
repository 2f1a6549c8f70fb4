"""Composition root: puts the parts together into the roles of the command line.

Each function blocks until it is told to stop and returns the exit code.
"""

from typing import Any

from voltape.config import Settings

from .loop import run_until_stopped

__all__ = ["demo", "serve", "tracker", "up"]

# ruff: noqa: PLC0415 - a role loads only what it needs, so that it does not carry another's memory


def up(settings: Settings) -> int:
    """Everything in one process, with the store embedded or apart."""
    from .up import run_up

    return run_until_stopped(run_up, settings)


def tracker(settings: Settings) -> int:
    """The tracker alone, writing to a store apart."""
    from .tracker import run_tracker

    return run_until_stopped(run_tracker, settings)


def serve(settings: Settings) -> int:
    """API and dashboard alone, following a store apart."""
    from .serve import run_serve

    return run_until_stopped(run_serve, settings)


def demo(settings: Settings, sim_options: dict[str, Any]) -> int:
    """A simulated exchange and everything on top of it."""
    from .demo import run_demo

    return run_until_stopped(lambda settings: run_demo(settings, sim_options), settings)
