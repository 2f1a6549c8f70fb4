"""An HTTP client that asks at fixed times, whether or not earlier answers have come.

Each thread has one kept connection and its share of the times. An answer's latency counts from the time at which its
request was due, so a slow answer makes the ones that had to wait behind it slow as well, as real clients would see
it. Threads that sleep keep time to a tenth of a millisecond, where an event loop's timers round to one.

Paths come as a JSON list on standard input; prints one line of JSON: latencies in ms, and the number of failures.
"""

import http.client
import json
import sys
import threading
import time
from urllib.parse import urlsplit

__all__: list[str] = []

_THREADS = 16
_START_IN = 0.2


class _Asker(threading.Thread):
    """Asks every `_THREADS`-th of the planned requests."""

    def __init__(
        self, number: int, address: str, paths: list[str], rate: float, start: float, until: float
    ) -> None:
        super().__init__()
        self.latencies: list[float] = []
        self.failed = 0
        self._number = number
        self._connection = http.client.HTTPConnection(address, timeout=10)
        self._paths = paths
        self._rate = rate
        self._start = start
        self._until = until

    def run(self) -> None:
        self._connection.connect()
        planned = self._number
        while (due := self._start + planned / self._rate) < self._until:
            time.sleep(max(due - time.monotonic(), 0.0))
            self._ask(self._paths[planned % len(self._paths)], due)
            planned += _THREADS
        self._connection.close()

    def _ask(self, path: str, due: float) -> None:
        try:
            self._connection.request("GET", path)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self.failed += 1
            return
        self.latencies.append((time.monotonic() - due) * 1000.0)
        self.failed += answer.status != 200


def _run(url: str, rate: float, seconds: float) -> None:
    paths = json.load(sys.stdin)
    address = urlsplit(url).netloc
    start = time.monotonic() + _START_IN
    askers = [_Asker(n, address, paths, rate, start, start + seconds) for n in range(_THREADS)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    latencies = [latency for asker in askers for latency in asker.latencies]
    print(json.dumps({"ms": latencies, "failed": sum(asker.failed for asker in askers)}))


if __name__ == "__main__":
    _run(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
