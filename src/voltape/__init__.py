"""voltape: the live tape of the Bybit options market on a very small machine.

`voltape.Client` and `voltape.AsyncClient` are loaded when they are first used, so that no role carries them.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voltape.client import AsyncClient, Client

__all__ = ["AsyncClient", "Client", "__version__"]

__version__ = "0.3.0"


def __getattr__(name: str) -> object:
    if name in {"AsyncClient", "Client"}:
        return getattr(importlib.import_module("voltape.client"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
