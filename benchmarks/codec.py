"""CPU time and size of one stored ticker: the packed record beside what else could be stored.

Every encoding gives the same doubles back, and is checked to. The tickers are drawn from a fixed seed in the shape of
the venue's: prices on a tick, IVs to four places, greeks to eight, a third of the contracts without a bid.

    python benchmarks/codec.py [--json]
"""

import json
import platform
import statistics
import struct
import sys
import time
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

import msgspec
import zstandard

from voltape.model.ticker import VALUE_FIELDS, Values
from voltape.store.codec import Record, pack, unpack

COUNT = 1978
ROUNDS = 15
SEED = 20_261_225
TS = 1_790_000_000_000
DOUBLES = struct.Struct(f"<B2Q{len(VALUE_FIELDS)}d")
NAN = float("nan")

Encoder = Callable[[Record], bytes]
Decoder = Callable[[bytes], Record]


class Result(NamedTuple):
    """Median CPU time of one record each way, in microseconds, its spread, and mean bytes."""

    encoding: str
    bytes: float
    encode_us: float
    encode_spread_us: float
    decode_us: float


def ticker(random: Random) -> Values:
    """One contract's values."""
    forward = random.choice((110_000.0, 4_300.0, 200.0)) * random.uniform(0.98, 1.02)
    tick = 5.0 if forward > 20_000 else 0.1 if forward > 1_000 else 0.01
    mark = forward * random.uniform(0.0005, 0.3)
    iv = random.uniform(0.3, 1.2)
    bid, ask, traded = (random.random() < share for share in (0.67, 0.8, 0.5))

    def price(value: float) -> float:
        return round(round(value / tick) * tick, 2)

    def size() -> float:
        return round(random.uniform(0.01, 200), 2)

    return (
        price(mark * 0.98) if bid else None,
        size() if bid else None,
        round(iv * 0.98, 4) if bid else None,
        price(mark * 1.02) if ask else None,
        size() if ask else None,
        round(iv * 1.02, 4) if ask else None,
        price(mark) if traded else None,
        price(mark * 1.1) if traded else None,
        price(mark * 0.9) if traded else None,
        round(mark, 8),
        round(iv, 4),
        round(forward * 0.999, 2),
        round(forward, 2),
        size(),
        size() if traded else 0.0,
        round(random.uniform(0, 2e6), 4) if traded else 0.0,
        size(),
        round(random.uniform(0, 2e7), 4),
        round(random.uniform(-1, 1), 8),
        round(random.uniform(0, 1e-3), 8),
        round(random.uniform(0, 200), 8),
        round(random.uniform(-200, 0), 8),
        None,
        round(random.uniform(-1, 1), 8) if traded else 0.0,
    )


def to_doubles(record: Record) -> bytes:
    """Fixed 64-bit fields; absent is NaN."""
    assert record.ts_exchange is not None
    assert record.ts_received is not None
    values = [NAN if value is None else value for value in record.values]
    return DOUBLES.pack(1, record.ts_exchange, record.ts_received, *values)


def from_doubles(data: bytes) -> Record:
    """The record of fixed fields."""
    _, ts_exchange, ts_received, *values = DOUBLES.unpack(data)
    back = tuple([None if value != value else value for value in values])  # noqa: PLR0124 - NaN alone differs
    return Record(back, ts_exchange, ts_received, True, "live", False)


def to_msgpack(record: Record) -> bytes:
    """A MessagePack list."""
    return msgspec.msgpack.encode(record)


def from_msgpack(data: bytes) -> Record:
    """The record of a MessagePack list."""
    return msgspec.msgpack.decode(data, type=Record)


def to_json(record: Record) -> bytes:
    """A JSON list."""
    return msgspec.json.encode(record)


def from_json(data: bytes) -> Record:
    """The record of a JSON list."""
    return msgspec.json.decode(data, type=Record)


def with_zstd(
    encode: Encoder, decode: Decoder, trained: zstandard.ZstdCompressionDict | None
) -> tuple[Encoder, Decoder]:
    """The same encoding, each record compressed by itself."""
    compress = zstandard.ZstdCompressor(level=1, dict_data=trained, write_content_size=True).compress
    decompress = zstandard.ZstdDecompressor(dict_data=trained).decompress
    return lambda record: compress(encode(record)), lambda data: decode(decompress(data))


def cpu_us(work: Callable[[], object]) -> tuple[float, float]:
    """Median and spread (half the interquartile range) of the CPU time per record."""
    samples = []
    for _ in range(ROUNDS):
        before = time.process_time_ns()
        work()
        samples.append((time.process_time_ns() - before) / 1000 / COUNT)
    low, middle, high = statistics.quantiles(samples, n=4)
    return middle, (high - low) / 2


def measure(name: str, encode: Encoder, decode: Decoder, records: Sequence[Record]) -> Result:
    """One encoding on all records."""
    encoded = [encode(record) for record in records]
    assert [decode(data) for data in encoded] == list(records)
    encode_us, spread = cpu_us(lambda: [encode(record) for record in records])
    decode_us, _ = cpu_us(lambda: [decode(data) for data in encoded])
    return Result(name, statistics.mean(map(len, encoded)), encode_us, spread, decode_us)


def results() -> list[Result]:
    """Every encoding, on the same records."""
    random = Random(SEED)
    records = [Record(ticker(random), TS + i, TS + i + 40, True, "live", False) for i in range(COUNT)]
    sample: list[bytes | bytearray | memoryview[int]] = [
        to_json(Record(ticker(random), TS, TS + 40, True, "live", False)) for _ in range(COUNT)
    ]
    trained = zstandard.train_dictionary(4096, sample)
    found = [
        measure("packed record (ours)", pack, unpack, records),
        measure("64-bit doubles, struct", to_doubles, from_doubles, records),
        measure("MessagePack list", to_msgpack, from_msgpack, records),
        measure("JSON list", to_json, from_json, records),
        measure("doubles + zstd", *with_zstd(to_doubles, from_doubles, None), records),
        measure("JSON + zstd", *with_zstd(to_json, from_json, None), records),
        measure("JSON + zstd with a trained dictionary", *with_zstd(to_json, from_json, trained), records),
    ]
    return sorted(found, key=lambda result: result.bytes)


def main() -> None:
    """Print a table, or JSON."""
    found = results()
    if "--json" in sys.argv:
        machine = {"python": platform.python_version(), "machine": platform.machine(), "seed": SEED}
        print(
            json.dumps(
                {**machine, "records": COUNT, "results": [result._asdict() for result in found]}, indent=1
            )
        )
        return
    print(f"Python {platform.python_version()}, {platform.machine()}, {COUNT} records, seed {SEED}")
    print(f"{'encoding':40} {'bytes':>6} {'encode us':>10} {'spread':>7} {'decode us':>10}")
    for row in found:
        print(
            f"{row.encoding:40} {row.bytes:6.0f} {row.encode_us:10.2f} {row.encode_spread_us:7.2f} {row.decode_us:10.2f}"
        )


if __name__ == "__main__":
    main()
