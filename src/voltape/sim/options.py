"""Switches of the simulated venue."""

from dataclasses import dataclass

__all__ = ["CharsLimit", "SimOptions"]

CharsLimit = str
"""Scope of the 21,000-character limit: `connection`, `request` or `off`."""


@dataclass(frozen=True, slots=True)
class SimOptions:
    """How the venue behaves; durations in seconds, rate in messages per second over all topics."""

    seed: int = 1
    underlyings: tuple[str, ...] = ("BTC", "ETH", "SOL")
    rate: float = 2600.0
    burst: float = 0.0
    speed: float = 1.0
    start_ms: int = 0
    scale: float = 1.0
    damped: bool = True
    chars_limit: CharsLimit = "connection"
    max_args: int = 2000
    max_chars: int = 21_000
    ping_timeout: float = 30.0
    stall_timeout: float = 15.0
    buffer_limit: int = 8 * 1024 * 1024
    max_connects: int = 500
    max_requests: int = 600
    ban: float = 600.0
    base_coin_all: bool = True
    option_base_coins: bool = True
    null_cursor: bool = False
