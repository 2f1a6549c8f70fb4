"""Messages to a web server of yours, signed, so that it can tell them from anybody else's and from old ones."""

import hashlib
import hmac
from collections.abc import Callable

import msgspec

from .notice import Notice
from .sink import Line, failure_of

__all__ = ["ID_HEADER", "SIGNATURE_HEADER", "TIME_HEADER", "Webhook", "signature"]

ID_HEADER = "voltape-id"
TIME_HEADER = "voltape-timestamp"
SIGNATURE_HEADER = "voltape-signature"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """What stands in the header: `v1=` and the HMAC-SHA256 of `timestamp.body` in hexadecimal.

    Args:
        secret: shared with the receiver.
        timestamp: of this attempt, epoch s.
        body: as it is sent.
    """
    return "v1=" + hmac.new(secret.encode(), b"%d." % timestamp + body, hashlib.sha256).hexdigest()


class Webhook:
    """An address that takes JSON by POST."""

    def __init__(self, line: Line, url: str, secret: str, wall_ms: Callable[[], int]) -> None:
        """Send to `url`, signed with `secret`; `wall_ms` tells the time of each attempt."""
        self._line = line
        self._url = url
        self._secret = secret
        self._wall_ms = wall_ms

    async def send(self, notice: Notice) -> None:
        body = msgspec.json.encode(notice)
        timestamp = self._wall_ms() // 1000
        headers = {
            "content-type": "application/json",
            "user-agent": "voltape",
            ID_HEADER: notice.id,
            TIME_HEADER: str(timestamp),
            SIGNATURE_HEADER: signature(self._secret, timestamp, body),
        }
        failure = failure_of(await self._line.post(self._url, body, headers))
        if failure is not None:
            raise failure
