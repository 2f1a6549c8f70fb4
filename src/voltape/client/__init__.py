"""The Python client of a running voltape, with and without an event loop.

`Client` waits for its answers, `AsyncClient` is awaited; both have the same methods. They know the interface only,
nothing of the server.
"""

from voltape.model.efficiency import Efficiency
from voltape.model.status import Gap, Status
from voltape.model.ticker import Ticker
from voltape.push.protocol import Delta, GapNotice, Heartbeat, Hello, Refusal, Snapshot

from .answers import Chain, ChainRow, Expiry, Pin, PinWish, Underlying, UnderlyingWish
from .awaiting import AsyncClient
from .blocking import Client
from .book import Book, View
from .calls import TickerFilters
from .endpoint import DEFAULT_URL
from .pages import AsyncPages, Pages
from .problem import (
    ApiProblem,
    BadAddress,
    BadParameters,
    ChannelRefused,
    ClientError,
    Fault,
    NotFound,
    ServerFault,
    TooManyRequests,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
)
from .session import Interrupted, StreamMessage
from .table import Table

__all__ = [
    "DEFAULT_URL",
    "ApiProblem",
    "AsyncClient",
    "AsyncPages",
    "BadAddress",
    "BadParameters",
    "Book",
    "Chain",
    "ChainRow",
    "ChannelRefused",
    "Client",
    "ClientError",
    "Delta",
    "Efficiency",
    "Expiry",
    "Fault",
    "Gap",
    "GapNotice",
    "Heartbeat",
    "Hello",
    "Interrupted",
    "NotFound",
    "Pages",
    "Pin",
    "PinWish",
    "Refusal",
    "ServerFault",
    "Snapshot",
    "Status",
    "StreamMessage",
    "Table",
    "Ticker",
    "TickerFilters",
    "TooManyRequests",
    "Unauthorized",
    "Underlying",
    "UnderlyingWish",
    "UnexpectedAnswer",
    "Unreachable",
    "View",
]
