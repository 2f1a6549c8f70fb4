"""How many requests a client may make: a bucket of tokens for each, in a table of bounded size.

A bucket is one number, the time at which it would be full again if nothing more were taken (the generic cell rate
algorithm), so a request costs a look-up and a sum. Clients that were not seen for longest are forgotten when the table
is full; theirs are full buckets unless there are more clients than the table holds.
"""

import ipaddress
from functools import lru_cache

__all__ = ["RateLimit", "client_name"]

_BURST_S = 2.0
_MOST_CLIENTS = 8192


class RateLimit:
    """Limits requests per client.

    Attributes:
        refused: requests that had to wait, since start.
    """

    def __init__(self, per_second: float, most_clients: int = _MOST_CLIENTS) -> None:
        """Allow `per_second` requests to each client, and what it saved up in two seconds at once.

        Args:
            per_second: 0 for no limit.
            most_clients: how many are remembered at most.
        """
        self.refused = 0
        self._interval = 1 / per_second if per_second else 0.0
        # However slow the pace, one request is always possible.
        self._slack = max(_BURST_S - self._interval, 0.0)
        self._half = most_clients // 2
        self._young: dict[str, float] = {}
        self._old: dict[str, float] = {}

    def wait(self, client: str, now: float) -> float:
        """Take a token of `client` at `now` (monotonic).

        Returns:
            0 where there was one, else the seconds until there is.
        """
        if not self._interval:
            return 0.0
        full_at = self._young.get(client) or self._old.get(client, now)
        ahead = full_at - now - self._slack
        # The least that a clock can tell is no reason to refuse anybody.
        is_refused = ahead > 1e-9
        self._young[client] = full_at if is_refused else max(full_at, now) + self._interval
        if len(self._young) > self._half:
            self._old, self._young = self._young, {}
        self.refused += is_refused
        return ahead if is_refused else 0.0

    def __len__(self) -> int:
        """Clients remembered now."""
        return len(self._young.keys() | self._old.keys())


@lru_cache(4096)
def client_name(host: str) -> str:
    """Whose requests count together: those of an address, or of an IPv6 network, of which each client has a whole one."""
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return address.packed[:8].hex()
