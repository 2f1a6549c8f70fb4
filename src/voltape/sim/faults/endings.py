"""Faults of the connection itself: how it ends, or does not begin."""

import socket
import struct
from typing import Any

from voltape.sim.faults.fault import BadFault, Fault, RestOutcome
from voltape.sim.http import Request, Response, json_response
from voltape.sim.link import Link
from voltape.sim.wire import CLOSE, framed

__all__ = ["Close", "Drop", "HalfOpen", "Maintenance", "Refuse", "Reset"]

_NORMAL_CLOSURE = 1000
_STATUS = "/v5/system/status"
_MARKET_DATA, _OPTION, _PLANNED = 5, 3, "1"


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


class Maintenance(Fault):
    """Everything is away for `outage_s` (10): sockets drop all at once, handshakes get 503 and REST an error.

    With `notice_s` it is announced that long before, in the list of `GET /v5/system/status`, which answers throughout.
    """

    def prepare(self) -> None:
        self._outage = self.real("outage_s", 10.0)
        self._notice = self.real("notice_s", 0.0)
        self._away = False
        if self.spec.duration is not None or self.spec.connection is not None:
            raise BadFault("maintenance is of all connections, and lasts outage_s")

    def begin(self) -> None:
        self._begins_ms = self._host.now_ms() + int(self._notice * 1000)
        if self._notice:
            self._host.later(self._notice, self._go)
        else:
            self._go()

    def end(self) -> None:
        self.over, self._away = True, False

    def _go(self) -> None:
        if self.over:
            return
        self._away = True
        self._host.later(self._outage, self.end)
        for link in self.links():
            if self.strikes():
                link.abort("fault: maintenance")

    def handshake(self, _request: Request, /) -> Response | None:
        return Response(503, b"<html><body>maintenance</body></html>", "text/html") if self._away else None

    def rest(self, request: Request, /) -> RestOutcome | None:
        if not self._away or request.path == _STATUS:
            return None
        error = {"retCode": 10016, "retMsg": "Server error.", "result": {}, "retExtInfo": {}, "time": 0}
        return RestOutcome(response=json_response(error))

    def answer(self, request: Request, envelope: dict[str, Any], /) -> dict[str, Any]:
        if request.path != _STATUS or not (self._notice or self._away):
            return envelope
        row = {
            "id": f"simulated-{self.number}",
            "title": "Maintenance of the simulated exchange",
            "state": "ongoing" if self._away else "scheduled",
            "begin": str(self._begins_ms),
            "end": str(self._begins_ms + int(self._outage * 1000)),
            "href": "",
            "serviceTypes": [_MARKET_DATA],
            "product": [_OPTION],
            "uidSuffix": [],
            "maintainType": _PLANNED,
            "env": "1",
        }
        return {**envelope, "result": {"list": [*envelope["result"]["list"], row]}}
