"""Every metric, in the order of exposition."""

from .alerts import ALERTS
from .family import Family
from .market import MARKET
from .serving import SERVING
from .system import SYSTEM
from .upkeep import UPKEEP
from .venue import VENUE

__all__ = ["FAMILIES"]

FAMILIES: tuple[Family, ...] = (*MARKET, *VENUE, *SYSTEM, *UPKEEP, *ALERTS, *SERVING)
"""What `/metrics` exposes and the reference lists."""
