"""`voltape demo`: the whole product on a simulated exchange of its own."""

import logging
from typing import Any

import msgspec

from voltape.config import Settings
from voltape.sim.handle import running_sim

from .up import run_up

__all__ = ["place_in_use", "run_demo"]

_log = logging.getLogger(__name__)


async def run_demo(settings: Settings, sim_options: dict[str, Any]) -> None:
    """Start a simulated exchange with TLS, and run everything against it until stopped.

    Args:
        settings: as for `up`; the addresses of the exchange are replaced.
        sim_options: options of `voltape sim` by name.

    Raises:
        SimFailed: the simulator does not start.
    """
    async with running_sim(tls=True, **sim_options) as sim:
        _log.info("simulated exchange at %s: no figure on the dashboard is real", sim.rest_url)
        place = place_in_use(settings)
        if place is not None:
            _log.warning("simulated contracts join what is in %s: that must be no place of real ones", place)
        pointed = msgspec.structs.replace(
            settings, ws_url=sim.ws_url, rest_url=sim.rest_url, ca_file=sim.ca_file
        )
        await run_up(pointed)


def place_in_use(settings: Settings) -> str | None:
    """Where a demo with these settings would put simulated contracts beside others; None where it has a place of its own."""
    if settings.store_url != "embedded":
        return "the store of VOLTAPE_STORE_URL"
    home = settings.data_dir / "store"
    return str(settings.data_dir) if home.is_dir() and any(home.iterdir()) else None
