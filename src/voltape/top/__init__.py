"""`voltape top`: the running system in a terminal: a live chain, and how the system is."""

from .program import Wish, top

__all__ = ["Wish", "top"]
