"""The optimisations in force, as words for the status."""

from voltape.config import Settings

__all__ = ["SERVING", "optimisations"]

_NAMES = (
    "profile",
    "filter",
    "store_layout",
    "conflate",
    "coalesce",
    "adaptive_flush",
    "cache",
    "event_loop",
    "gc_tuning",
)

SERVING = ("cache", "event_loop", "gc_tuning")
"""Those that a serving role apart from the tracker has of its own."""


def optimisations(settings: Settings) -> dict[str, str]:
    """Each switch by its name in the settings, as one would write it there."""
    return {name: _word(getattr(settings, name)) for name in _NAMES}


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
