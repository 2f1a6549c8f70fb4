"""`voltape demo`: the whole product on a simulated exchange of its own."""

import logging
from typing import Any

import msgspec

from voltape.config import Settings
from voltape.sim.handle import running_sim

from .up import run_up

__all__ = ["run_demo"]

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
        pointed = msgspec.structs.replace(
            settings, ws_url=sim.ws_url, rest_url=sim.rest_url, ca_file=sim.ca_file
        )
        await run_up(pointed)
