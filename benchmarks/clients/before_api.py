"""The data API of the program before: KEYS, then one HGETALL per key, for each request.

`/chain/BTC/25DEC26` gives the contracts of an underlying whose symbol has that expiry. The keys of the underlying
are looked for with KEYS, each is read with a HGETALL of its own, and what is not asked for is thrown away. Nothing is
cached. A thread answers each connection, as the old API's server did.

Run by the harness with the store's URL and a port; prints 0 when it listens. SIGTERM ends it.
"""

import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis

__all__ = ["handler_of", "rows_of"]


def rows_of(store: "redis.Redis", underlying: str, expiry: str) -> list[dict[str, str]]:
    """Records of one chain, strike by strike."""
    found = []
    for key in store.keys(f"option:{underlying}-*"):
        record = {str(name): str(value) for name, value in store.hgetall(key).items()}
        if record and record["symbol"].split("-")[1] == expiry:
            found.append(record)
    return sorted(found, key=lambda record: record["symbol"])


def handler_of(store: "redis.Redis") -> type[BaseHTTPRequestHandler]:
    """What answers the requests of one connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            _, _, underlying, expiry = self.path.split("/")
            body = json.dumps(rows_of(store, underlying, expiry)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    return Handler


def _run(store_url: str, port: int) -> None:
    store = redis.Redis.from_url(store_url.replace("valkey://", "redis://"), decode_responses=True)
    server = ThreadingHTTPServer(("127.0.0.1", port), handler_of(store))
    server.daemon_threads = True

    def end(*_: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    print(0, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _run(sys.argv[1], int(sys.argv[2]))
