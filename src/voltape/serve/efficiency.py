"""The efficiency of the running system: samples taken in time, and one judgement per sample."""

import asyncio
from collections.abc import Callable

from voltape.clock import Clock
from voltape.model.efficiency import Efficiency, MeasuredBaseline
from voltape.model.optimization_metrics import efficiency_of
from voltape.model.status import Status
from voltape.model.usage_window import SAMPLE_S, UsageWindow

__all__ = ["EfficiencyMeter"]


class EfficiencyMeter:
    """Watches the status and judges it.

    Once data flows a judgement is made per sample, so that its answer keeps its tag for as long.
    """

    def __init__(self, clock: Clock, status: Callable[[], Status], measured: MeasuredBaseline | None) -> None:
        """Watch `status`, to be compared with the `measured` baseline where there is one."""
        self._clock = clock
        self._status = status
        self._measured = measured
        self._window = UsageWindow()
        self._latest: Efficiency | None = None

    def read(self) -> Efficiency:
        """The newest judgement; `SAMPLE_S` old at most."""
        now = self._clock.monotonic()
        if self._latest is not None and not self._window.is_due(now):
            return self._latest
        ts, status = self._clock.wall_ms(), self._status()
        self._window.add(now, ts, status)
        found = efficiency_of(status, self._window, ts, self._measured)
        # What a system is before it has data is over with the next look.
        self._latest = found if status.health.ready else None
        return found

    async def run(self) -> None:
        """Take samples until cancelled."""
        while True:
            self.read()
            await asyncio.sleep(SAMPLE_S)
