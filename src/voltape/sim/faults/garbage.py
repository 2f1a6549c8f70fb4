"""Frames that no client should believe, mixed into the stream between the true ones.

They come in addition to the true messages and never count as what was sent. Those that look like a
ticker of a real contract carry wrong prices with a newer time, so that a client that takes one shows
it; the exceptions are a `delta` and a number in place of a string, which repeat the true values.
"""

from collections.abc import Callable

from voltape.sim.faults.fault import BadFault, Fault
from voltape.sim.link import Link
from voltape.sim.ticker import WS_FIELDS
from voltape.sim.topics import TickerTopic
from voltape.sim.wire import compact, framed, ticker_json

__all__ = ["Garbage"]

_PERIOD = 0.05
_LARGE = 65_536
_MARK = WS_FIELDS.index("markPrice")


class Garbage(Fault):
    """Bad frames at `rate` (20) per second and connection; `variants` limits the kinds used."""

    def prepare(self) -> None:
        self._variants: dict[str, Callable[[TickerTopic], bytes]] = {
            "utf8": lambda t: _true(t).replace(b"snapshot", b"snap\xff\xfe"),
            "truncated": lambda t: _true(t)[: self._rng.randrange(20, 400)],
            "infinite": lambda t: self._poisoned(t, b'"1e999"'),
            "infinite_number": lambda t: self._poisoned(t, b"1e999"),
            "nan": lambda t: self._poisoned(t, b'"NaN"'),
            "nan_number": lambda t: self._poisoned(t, b"NaN"),
            "list": lambda t: self._poisoned(t, b"[1]"),
            "boolean": lambda t: self._poisoned(t, b"true"),
            "words": lambda t: self._poisoned(t, b'"a lot"'),
            "number": _as_number,
            "data_type": lambda t: compact(
                {"topic": t.body.topic, "ts": t.ts_ms, "type": "snapshot", "data": "x"}
            ),
            "unknown": lambda t: _true(t).replace(t.contract.symbol.encode(), b"FOO-1JAN30-1-C-USDT"),
            "large": lambda _: compact({"topic": "tickers.LARGE", "pad": "x" * _LARGE}),
            "delta": _delta,
            "array": lambda _: b"[]",
            "empty": lambda _: b"",
        }
        wanted = self.spec.params.get("variants", list(self._variants))
        if not isinstance(wanted, list) or not set(wanted) <= set(self._variants):
            raise BadFault(f"variants must be a list of {', '.join(self._variants)}")
        self._wanted: list[str] = wanted
        self._owed = 0.0

    def begin(self) -> None:
        self._tick()

    def end(self) -> None:
        self.over = True

    def _tick(self) -> None:
        if self.over:
            return
        self._owed += self.real("rate", 20.0) * _PERIOD
        while self._owed >= 1.0 and not self.over:
            self._owed -= 1.0
            for link in self.links():
                self._send(link)
        self._host.later(_PERIOD, self._tick)

    def _send(self, link: Link) -> None:
        known = self._host.feed.tickers
        names = [t.partition(".")[2] for t in link.session.topics]
        real = [known[name] for name in names if name in known and known[name].sent]
        if real and not self._host.feed.frozen and self.strikes():
            variant = self._variants[self._rng.choice(self._wanted)]
            link.send(framed(variant(self._rng.choice(real))))

    def _poisoned(self, ticker: TickerTopic, bad: bytes) -> bytes:
        """A ticker with a newer time, every price wrong, and one value that is none."""
        values = list(ticker.contract.values)
        for place in range(1, _MARK):
            values[place] = "123456.5"
        values[_MARK] = "@"
        text = ticker_json(ticker.body.topic, values, ticker.seq, ticker.ts_ms + 1)
        return text.replace(b'"@"', bad)


def _true(ticker: TickerTopic) -> bytes:
    return ticker_json(ticker.body.topic, ticker.contract.values, ticker.seq, ticker.ts_ms)


def _as_number(ticker: TickerTopic) -> bytes:
    mark = ticker.contract.values[_MARK].encode()
    return _true(ticker).replace(b'"markPrice":"' + mark + b'"', b'"markPrice":' + mark)


def _delta(ticker: TickerTopic) -> bytes:
    values = dict(zip(WS_FIELDS, ticker.contract.values, strict=True))
    data = {name: values[name] for name in ("symbol", "markPrice", "bidPrice")}
    return compact(
        {
            "topic": ticker.body.topic,
            "ts": ticker.ts_ms,
            "type": "delta",
            "id": ticker.message_id,
            "data": data,
        }
    )
