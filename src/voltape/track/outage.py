"""An outage of REST, told once however many notice it, and once more when it is over."""

import logging

from voltape.clock import Clock
from voltape.errors import VenueError

__all__ = ["Outage"]

_log = logging.getLogger(__name__)


class Outage:
    """Who gets no answer by REST at present.

    Each of those who ask tells of every failure and every success; the number of their names is small and fixed.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._out: dict[str, None] = {}
        self._touched: dict[str, None] = {}
        self._since = 0.0

    def failed(self, who: str, error: VenueError) -> None:
        """A question of `who` was not answered."""
        if not self._out:
            self._since = self._clock.monotonic()
            _log.warning("%s: %s; keeping what is known and trying again", who, error)
        elif who not in self._out:
            _log.debug("%s: %s", who, error)
        self._out[who] = self._touched[who] = None

    def answered(self, who: str) -> None:
        """A question of `who` was answered."""
        if who not in self._out:
            return
        del self._out[who]
        if not self._out:
            lasted = self._clock.monotonic() - self._since
            _log.info("REST answers again after %.1f s: %s", lasted, ", ".join(self._touched))
            self._touched.clear()
