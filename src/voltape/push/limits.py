"""Bounds of the push hub, and what became of that which went over them."""

import msgspec

from voltape.errors import VoltapeError

__all__ = ["HubFull", "HubLimits", "HubStatistics"]


class HubFull(VoltapeError):
    """No further client is taken now.

    Attributes:
        limit: how many there may be.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"{self.limit} clients are connected, which is the limit"


class HubLimits(msgspec.Struct, frozen=True):
    """Bounds of the hub.

    Attributes:
        clients: connections in all; one more is refused.
        channels: channels of one client; one more is refused.
        message_bytes: size of a client's message; a longer one is refused.
        queue_bytes: unsent deltas of one client; over it they give way to a snapshot.
        lag_s: how long a client may lag without once catching up before it is closed with 1013.
        heartbeat_s: interval of heartbeats.
        linger_s: how long a channel can be resumed.
        recent_bytes: latest deltas of all channels, kept to be told again.
    """

    clients: int = 2048
    channels: int = 256
    message_bytes: int = 16_384
    queue_bytes: int = 1_048_576
    lag_s: float = 10.0
    heartbeat_s: float = 5.0
    linger_s: float = 15.0
    recent_bytes: int = 4_194_304


class HubStatistics(msgspec.Struct):
    """Counters since start, and the present numbers of clients and feeds.

    Attributes:
        clients, feeds: present numbers; a feed is one channel at one rate in one encoding.
        joined: clients ever taken.
        frames: messages queued for clients, each client counted.
        encoded_bytes: size of the deltas as made, before sharing.
        conflated: messages that gave way to a newer snapshot or notice.
        closed_slow: clients closed with 1013.
        refused_clients, refused_channels, refused_messages: what went over a limit or could not be understood.
        peak_queue_bytes: most that any client had queued.
    """

    clients: int = 0
    feeds: int = 0
    joined: int = 0
    frames: int = 0
    encoded_bytes: int = 0
    conflated: int = 0
    closed_slow: int = 0
    refused_clients: int = 0
    refused_channels: int = 0
    refused_messages: int = 0
    peak_queue_bytes: int = 0
