"""Probes that wait: no ping, no reads, compression, and the rate and size of messages."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from statistics import median

from voltape.bybit.plan import Limits, plan
from voltape.bybit.topics import chunks
from voltape.doctor.probe.answer import Answer
from voltape.doctor.probe.line import Line
from voltape.doctor.probe.target import Target, first_topics
from voltape.errors import VenueError, VenueRefused

__all__ = ["compression", "no_ping", "no_reads", "rate"]

WARM_UP = 5.0
FEW = Limits(topics=600, chars=20_000, connections=4)
CHUNK = 200
CHUNK_CHARS = 8_000
PAUSE = 0.1
LOOK_EVERY = 0.5
STILL_THERE = 5.0
FULL = 20_000
OFFER = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}


async def subscribe(line: Line, topics: list[str]) -> None:
    """Ask for topics at a gentle pace, whatever the answers."""
    for chunk in chunks(topics, CHUNK, CHUNK_CHARS):
        line.ask("subscribe", chunk)
        await asyncio.sleep(PAUSE)


async def compression(target: Target) -> Answer:
    """Offer permessage-deflate in a handshake."""
    try:
        async with target.lines.open(headers=OFFER) as (_, headers):
            answered = headers.get("sec-websocket-extensions", "")
    except VenueRefused:
        raise
    except VenueError as error:
        return Answer("compression", "handshake failed", str(error))
    if "permessage-deflate" in answered:
        return Answer("compression", "accepted", "permessage-deflate was offered", [answered])
    return Answer(
        "compression", "not accepted", "permessage-deflate was offered", [answered or "no such header"]
    )


async def no_ping(target: Target) -> Answer:
    """Keep a connection with data but without any ping, until it is cut or the time is up."""
    async with target.lines.open(pings=False) as (line, _):
        await subscribe(line, target.topics[:20])
        cut = not await line.until(lambda: False, target.seconds) and line.closed
        if cut:
            text = f"{line.lasted:.1f} s after it opened, {line.how}, {line.data:,} messages with data before"
            return Answer("no ping", "cut", text, options={"--ping-timeout": f"{line.lasted:.1f}"})
        text = f"still open after {line.lasted:.0f} s, {line.data:,} messages with data"
        return Answer("no ping", "not cut", text, options={"--ping-timeout": f"{line.lasted + 1:.1f}"})


async def no_reads(target: Target) -> Answer:
    """Stop reading a busy connection, though pinging it, until it is cut or the time is up."""
    topics = first_topics(target.topics, FEW.topics, FULL)
    async with target.lines.open(pings=False) as (line, _):
        await subscribe(line, topics)
        await asyncio.sleep(min(WARM_UP, target.seconds / 4))
        before, began = line.data, target.clock.monotonic()
        line.stop_reading()
        while not line.closed and target.clock.monotonic() - began < target.seconds:
            # A cut shows only with the next text that is sent to who has hung up.
            line.ping()
            await asyncio.sleep(LOOK_EVERY)
        waited = target.clock.monotonic() - began
        if not line.closed:
            line.read_again()
            pongs = line.pongs
            line.ping()
            await line.until(lambda: line.pongs > pongs, STILL_THERE)
        missed = f"{len(topics)} topics, {before:,} messages before it"
        if line.closed:
            text = f"{waited:.1f} s after the last read, {line.how}; {missed}"
            return Answer("no reads", "cut", text, options={"--stall-timeout": f"{waited:.1f}"})
        text = f"still open after {waited:.0f} s without a read; {missed}, {line.data - before:,} after it"
        return Answer("no reads", "not cut", text, options={"--stall-timeout": f"{waited + 1:.1f}"})


async def rate(target: Target) -> Answer:
    """Take every contract for a while, on as few connections as the limits need."""
    groups = plan(target.topics, [], FEW).groups
    async with AsyncExitStack() as stack:
        lines = []
        for group in groups:
            line, _ = await stack.enter_async_context(target.lines.open())
            await subscribe(line, group)
            lines.append(line)
        await asyncio.sleep(min(WARM_UP, target.seconds / 4))
        before = [(line.data, line.payload) for line in lines]
        began = target.clock.monotonic()
        await asyncio.sleep(target.seconds / 2)
        took = target.clock.monotonic() - began
        messages = sum(line.data - data for line, (data, _) in zip(lines, before, strict=True))
        payload = sum(line.payload - size for line, (_, size) in zip(lines, before, strict=True))
        return _measured(lines, sum(map(len, groups)), messages / took, payload / took)


def _measured(lines: list[Line], topics: int, messages: float, payload: float) -> Answer:
    sizes, kinds, busiest = Counter[int](), Counter[str](), Counter[str]()
    for line in lines:
        sizes += line.sizes
        kinds += line.kinds
        busiest += line.topics
    if not sizes:
        return Answer("rate and size", "not settled", f"no data of {topics:,} topics")
    middle = median(sizes.elements())
    text = (
        f"{messages:,.0f} messages/s and {payload / 1000:,.0f} kB/s of {topics:,} topics on {len(lines)} connections; "
        f"{middle:,.0f} bytes in the middle, {max(sizes):,} at most"
    )
    evidence = [
        f"types: {', '.join(f'{kind} {count:,}' for kind, count in sorted(kinds.items()))}",
        f"{len(busiest):,} topics delivered; the busiest: {', '.join(f'{t} {n:,}' for t, n in busiest.most_common(3))}",
    ]
    outcome = "snapshots only" if set(kinds) == {"snapshot"} else "not only snapshots"
    return Answer("rate and size", outcome, text, evidence, {"--rate": f"{max(1, messages):.0f}"})
