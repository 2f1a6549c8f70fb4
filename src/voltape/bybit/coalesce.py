"""Fewer wake-ups: let the kernel collect some milliseconds of a socket's bytes before it tells us.

When messages arrive evenly, each one wakes the event loop by itself, and the wake-ups cost more than everything
that is done with the message. `SO_RCVLOWAT` sets how many bytes must wait before the socket counts as readable.
Lowering the mark makes Linux signal at once whatever waits, which gives the rhythm:

* The marks are so high that they are hardly reached at a steady rate. Whoever owns the sockets releases them every
  `READ_EVERY` seconds: all are read in one wake-up, and no message waits for longer than that.
* Where more arrives than expected, the first socket that reaches its mark lowers the marks of the others, so that one
  wake-up serves all of them; each raises its mark again when it has been read.
* Where so little arrives that reading plainly wakes the loop hardly more often, reading is plain.

Elsewhere than on Linux the option exists without that effect, so reading stays plain there.
"""

import socket
import struct
import sys
from fcntl import ioctl
from termios import FIONREAD

__all__ = ["READ_EVERY", "ReadCoalescer"]

READ_EVERY = 0.025
"""Longest time for which a message waits in the kernel, s, but for the delays of the machine."""

_SUPPORTED = sys.platform == "linux"
_EXPECTED = 2 * READ_EVERY
_LEAST = 2_048
_MOST = 65_536
_WEIGHT = 0.5
_MEASURED_OVER = 0.2
_INT = struct.calcsize("i")


class ReadCoalescer:
    """The read mark of one socket.

    Attributes:
        mark: bytes that must wait before the socket is readable; 1 is plain reading.
    """

    __slots__ = ("_group", "_rate", "_seen", "_seen_at", "_socket", "_target", "mark")

    def __init__(
        self, sock: socket.socket | None, now: float, group: "set[ReadCoalescer] | None" = None
    ) -> None:
        """Without a socket, or where the option has no effect, every method does nothing.

        Args:
            sock: the socket.
            now: present time (monotonic).
            group: marks of the sockets that are read together; this one joins them.
        """
        self._socket = sock if _SUPPORTED else None
        self._group = set() if group is None else group
        if self._socket is not None:
            self._group.add(self)
        self._rate = 0.0
        self._seen = 0
        self._seen_at = now
        self._target = 1
        self.mark = 1

    def measure(self, received: int, now: float) -> None:
        """Tell how many bytes the socket has brought so far; the mark follows."""
        elapsed = now - self._seen_at
        if elapsed < _MEASURED_OVER:
            return
        self._rate += _WEIGHT * ((received - self._seen) / elapsed - self._rate)
        self._seen, self._seen_at = received, now
        wanted = int(self._rate * _EXPECTED)
        self._target = min(wanted, _MOST) if wanted >= _LEAST else 1

    def waiting(self) -> bool:
        """Whether the kernel holds bytes back."""
        if self._socket is None or self.mark == 1:
            return False
        try:
            return any(ioctl(self._socket, FIONREAD, bytes(_INT)))
        except OSError:
            return True

    @property
    def collects(self) -> bool:
        """Whether there is anything to release."""
        return self.mark != 1

    def release(self) -> None:
        """Have everything that waits signalled now."""
        if self.mark != 1:
            self._set(1)

    def drained(self) -> None:
        """All that waited has been read: let the others be read with it, or collect again."""
        if self.mark == 1:
            self.restore()
            return
        for other in self._group:
            if other is not self:
                other.release()

    def leave(self) -> None:
        """The socket is gone."""
        self._group.discard(self)
        self._socket = None

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
