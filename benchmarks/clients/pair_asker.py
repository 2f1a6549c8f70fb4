"""An HTTP client that asks for one path twice in a row, again and again, and takes little time itself.

It reads into room that it has already, on a kept connection: of a large answer, a client that collects pieces and
decodes them would measure mostly itself. The first answer of a pair may come from the cache as well, so answers are
told apart by their tags: one with the tag of the answer before was not made anew.

Prints one line of JSON: ms of answers made `cold` and of `cached` ones, the `bytes` of the last, and how many `failed`.
"""

import http.client
import json
import sys
import time
from urllib.parse import urlsplit

__all__: list[str] = []

_ROOM = 8_000_000


def _run(url: str, path: str, pairs: int, apart: float) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.connect()
    room = memoryview(bytearray(_ROOM))
    found: dict[str, list[float]] = {"cold": [], "cached": []}
    tag, size, failed = None, 0, 0
    for _ in range(pairs):
        time.sleep(apart)
        for _ in range(2):
            began = time.monotonic()
            connection.request("GET", path)
            answer = connection.getresponse()
            size = 0
            while count := answer.readinto(room[size:]):
                size += count
            milliseconds = (time.monotonic() - began) * 1000.0
            before, tag = tag, answer.getheader("etag")
            failed += answer.status != 200 or str(size) != answer.getheader("content-length")
            found["cached" if tag == before else "cold"].append(milliseconds)
    connection.close()
    print(json.dumps(found | {"bytes": size, "failed": failed}))


if __name__ == "__main__":
    _run(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
