"""Faults of the connection itself: how it ends, or does not begin."""

import socket
import struct

from voltape.sim.faults.fault import Fault
from voltape.sim.http import Request, Response
from voltape.sim.link import Link
from voltape.sim.wire import CLOSE, framed

__all__ = ["Close", "Drop", "HalfOpen", "Refuse", "Reset"]

_NORMAL_CLOSURE = 1000


class _Ending(Fault):
    """Ends each connection it covers, once or whenever one opens while the fault lasts."""

    def begin(self) -> None:
        for link in self.links():
            self._strike(link)
        if self.spec.duration is None:
            self.over = True

    def opened(self, link: Link, /) -> None:
        if not self.over:
            self._host.later(self.real("after_s", 0.0), lambda: self._strike(link))

    def _strike(self, link: Link) -> None:
        if link.closed_at is None and self.strikes():
            self.finish(link)

    def finish(self, link: Link) -> None:
        """End the connection in the way of this fault."""
        raise NotImplementedError


class Drop(_Ending):
    """Ends without a close frame."""

    def finish(self, link: Link) -> None:
        link.abort("fault: drop")


class Reset(_Ending):
    """Ends with a TCP reset."""

    def finish(self, link: Link) -> None:
        sock = link.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.abort("fault: reset")


class Close(_Ending):
    """Ends with a close frame; parameter `code`."""

    def finish(self, link: Link) -> None:
        link.cause = link.cause or "fault: close"
        link.reply(framed(struct.pack("!H", int(self.real("code", _NORMAL_CLOSURE))), CLOSE))
        link.transport.close()


class HalfOpen(Fault):
    """Keeps the socket open but neither reads nor writes any more; when it ends, so does the socket."""

    def prepare(self) -> None:
        self._held: list[Link] = []

    def begin(self) -> None:
        for link in self.links():
            if self.strikes():
                link.half_open = True
                link.transport.pause_reading()
                self._held.append(link)

    def end(self) -> None:
        for link in self._held:
            link.abort("fault: half_open")


class Refuse(Fault):
    """Refuses handshakes; parameters `status` (502) and `body`."""

    def handshake(self, _request: Request, /) -> Response | None:
        if not self.strikes():
            return None
        body = self.text("body", "<html><body>refused</body></html>").encode()
        return Response(int(self.real("status", 502)), body, "text/html")
