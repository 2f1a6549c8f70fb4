"""Fewer wake-ups: let the kernel collect a few milliseconds of a socket's bytes before it tells us.

When messages arrive evenly, each one wakes the event loop by itself, and the wake-ups cost more than everything
that is done with the message. `SO_RCVLOWAT` sets how many bytes must wait before the socket counts as readable.
The mark follows the byte rate, so that the delay it adds stays about the same at any rate, and `release` lowers
it for a moment: on Linux that makes the kernel signal at once whatever waits, so a caller that releases once per
flush bounds the delay in a quiet market by the flush interval, without a timer per socket.

Elsewhere than on Linux the option exists without that effect, so reading stays plain there.
"""

import socket
import sys

__all__ = ["ReadCoalescer"]

_SUPPORTED = sys.platform == "linux"
_DELAY = 0.018
_LEAST = 2_048
_MOST = 65_536
_WEIGHT = 0.3


class ReadCoalescer:
    """The read mark of one socket.

    Attributes:
        mark: bytes that must wait before the socket is readable; 1 is plain reading.
    """

    __slots__ = ("_rate", "_seen", "_seen_at", "_socket", "_target", "mark")

    def __init__(self, sock: socket.socket | None, now: float) -> None:
        """Without a socket, or where the option has no effect, every method does nothing."""
        self._socket = sock if _SUPPORTED else None
        self._rate = 0.0
        self._seen = 0
        self._seen_at = now
        self._target = 1
        self.mark = 1

    def measure(self, received: int, now: float) -> None:
        """Tell how many bytes the socket has brought so far; the mark follows."""
        elapsed = now - self._seen_at
        if elapsed <= 0:
            return
        self._rate += _WEIGHT * ((received - self._seen) / elapsed - self._rate)
        self._seen, self._seen_at = received, now
        wanted = int(self._rate * _DELAY)
        self._target = min(wanted, _MOST) if wanted >= _LEAST else 1

    def release(self) -> None:
        """Have everything that waits signalled now."""
        if self.mark != 1:
            self._set(1)

    def restore(self) -> None:
        """Go back to collecting, after the event loop has had its chance to read."""
        if self.mark != self._target:
            self._set(self._target)

    def _set(self, mark: int) -> None:
        if self._socket is None:
            return
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, mark)
        except OSError:
            self._socket = None
            mark = 1
        self.mark = mark
