"""Types of the ASGI interface between server and application."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

__all__ = ["Headers", "Message", "Receive", "Scope", "Send"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
