"""What serving costs clients: requests, faults, bytes, and how long the latest ones took."""

from array import array
from math import ceil

from voltape.model.status import ApiUse, Traffic

__all__ = ["RequestMeter"]

_LATEST = 1_000


class RequestMeter:
    """Counts requests, and keeps the times of the latest ones.

    Attributes:
        requests, failed, limited: since start; failed are those answered with 5xx, or not at all, limited those of
            clients that make too many.
        sent, received: bytes of bodies and of WebSocket messages.
    """

    def __init__(self) -> None:
        self.requests = 0
        self.failed = 0
        self.limited = 0
        self.sent = 0
        self.received = 0
        self._seconds = array("d", bytes(8 * _LATEST))

    def take(self, seconds: float, *, failed: bool) -> None:
        """Count a request that took so long."""
        self._seconds[self.requests % _LATEST] = seconds
        self.requests += 1
        self.failed += failed

    def use(self) -> ApiUse:
        """Figures for the status; no quantiles before the first request."""
        ordered = sorted(self._seconds[: self.requests])
        p50, p95, p99 = (_quantile_ms(ordered, share) for share in (0.5, 0.95, 0.99))
        return ApiUse(self.requests, self.failed, p50, p95, p99, self.sent, limited=self.limited)

    def traffic(self) -> Traffic:
        """Bytes exchanged with clients."""
        return Traffic(self.sent, self.received)


def _quantile_ms(ordered: list[float], share: float) -> float | None:
    """Nearest rank."""
    return round(ordered[ceil(share * len(ordered)) - 1] * 1000, 3) if ordered else None
