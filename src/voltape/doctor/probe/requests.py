"""Probes of requests: a bad topic, a topic twice, text that is no request, and many topics at once and in turns."""

import asyncio

from voltape.bybit.topics import args_chars
from voltape.doctor.probe.answer import Answer
from voltape.doctor.probe.line import Line, Reply, reply_from
from voltape.doctor.probe.target import DOCUMENTED_ARGS, DOCUMENTED_CHARS, Target, first_topics

__all__ = ["bad_topic", "batches", "duplicate", "malformed", "one_request"]

ANSWER_WITHIN = 3.0
BATCH = 100
BATCH_CHARS = 8_000
PAUSE = 0.1
SHOWN = 300
MARGIN = 100


def shown(text: bytes | None) -> list[str]:
    """An answer as evidence."""
    return [] if text is None else [text[:SHOWN].decode(errors="replace")]


def fate(line: Line, text: bytes | None, topics: list[str]) -> str:
    """What became of a request for these topics."""
    if text is None:
        return f"closed, {line.how}" if line.closed else "silence"
    reply = reply_from(text)
    if reply is None or reply.success is None:
        return "an unknown answer"
    if not reply.success:
        return "refused"
    failed = set() if reply.data is None else set(reply.data.failTopics)
    if failed & set(topics):
        return "failed topics"
    return "acknowledged"


def faults_for(outcome: str, text: bytes | None) -> list[dict[str, str | float]]:
    """What makes the simulator answer like that; nothing where it does anyway."""
    if outcome == "refused":
        reply = (None if text is None else reply_from(text)) or Reply()
        return [{"kind": "ack_failed", "ret_msg": reply.ret_msg or ""}]
    known: dict[str, dict[str, str | float]] = {
        "failed topics": {"kind": "ack_partial", "share": 1},
        "silence": {"kind": "ack_missing"},
    }
    return [known[outcome]] if outcome in known else []


async def bad_topic(target: Target) -> Answer:
    """Subscribe a contract that does not exist, with a request id that an answer may repeat."""
    topic = f"tickers.{target.contracts[0].underlying}-1JAN21-1-C-USDT"
    async with target.lines.open() as (line, _):
        line.ask("subscribe", [topic], req_id="voltape-1")
        text = await line.answer(ANSWER_WITHIN)
        outcome = fate(line, text, [topic])
        reply = None if text is None else reply_from(text)
        echoed = reply is not None and reply.req_id is not None
        said = f"{topic}; the request's id is {'' if echoed else 'not '}repeated"
        return Answer("bad topic", outcome, said, shown(text), faults=faults_for(outcome, text))


async def duplicate(target: Target) -> Answer:
    """Subscribe a topic that is subscribed already, and see whether it comes twice then."""
    topic = target.topics[0]
    async with target.lines.open() as (line, _):
        line.ask("subscribe", [topic])
        first = await line.answer(ANSWER_WITHIN)
        await line.until(lambda: line.data, ANSWER_WITHIN)
        line.ask("subscribe", [topic])
        second = await line.answer(ANSWER_WITHIN)
        outcome = fate(line, second, [topic])
        seen = line.data
        await line.until(lambda: line.data > seen + 2, ANSWER_WITHIN)
        twice = f"{line.repeated} of {line.data} messages came twice"
        if first is not None and second is not None and first == second:
            twice += "; both answers are equal"
        faults = faults_for(outcome, second) if fate(line, first, [topic]) != outcome else []
        return Answer("duplicate topic", outcome, f"{topic}; {twice}", shown(second), faults=faults)


async def malformed(target: Target) -> Answer:
    """Send text that is no JSON, then a request that does not exist."""
    outcomes, evidence = [], []
    async with target.lines.open() as (line, _):
        for text in (b'{"op":"subscribe","args":[', b'{"op":"voltape","args":[]}'):
            line.say(text)
            reply = await line.answer(ANSWER_WITHIN)
            ended = f"closed, {line.how}" if line.closed else "silence"
            outcomes.append(ended if reply is None else "answered")
            evidence += shown(reply)
    return Answer(
        "no request", outcomes[0], f"broken JSON: {outcomes[0]}; unknown op: {outcomes[1]}", evidence
    )


async def one_request(target: Target) -> Answer:
    """Subscribe in one request as many topics as both limits allow."""
    topics = first_topics(target.topics, DOCUMENTED_ARGS, DOCUMENTED_CHARS - MARGIN)
    size = f"{len(topics):,} topics, {sum(map(args_chars, topics)):,} characters"
    async with target.lines.open() as (line, _):
        line.ask("subscribe", topics)
        text = await line.answer(ANSWER_WITHIN)
        outcome = fate(line, text, topics)
        if outcome == "acknowledged":
            await line.until(lambda: len(line.topics) == len(topics), ANSWER_WITHIN)
            size += f"; {len(line.topics):,} topics delivered within {ANSWER_WITHIN:g} s"
        faults = [] if outcome == "acknowledged" or text is None else faults_for(outcome, text)
        return Answer("one request", outcome, size, shown(text), faults=faults)


async def batches(target: Target) -> Answer:
    """Subscribe on one connection, in small requests, up to the documented number of topics."""
    left = target.topics[:DOCUMENTED_ARGS]
    accepted: list[str] = []
    async with target.lines.open() as (line, _):
        while left:
            batch = first_topics(left, BATCH, BATCH_CHARS)
            line.ask("subscribe", batch)
            text = await line.answer(ANSWER_WITHIN)
            outcome = fate(line, text, batch)
            if outcome != "acknowledged":
                return _stopped(accepted, batch, outcome, text)
            accepted += batch
            del left[: len(batch)]
            await asyncio.sleep(PAUSE)
        await line.until(lambda: len(line.topics) == len(accepted), ANSWER_WITHIN)
        return _all_taken(accepted, len(line.topics))


def _all_taken(accepted: list[str], delivered: int) -> Answer:
    chars = sum(map(args_chars, accepted))
    text = f"{len(accepted):,} topics, {chars:,} characters on one connection; {delivered:,} delivered"
    if chars <= DOCUMENTED_CHARS:
        return Answer("batches", "not settled", f"{text}; the market is too small for the limit to show")
    return Answer("batches", "all acknowledged", text, options={"--chars-limit": "request"})


def _stopped(accepted: list[str], batch: list[str], outcome: str, text: bytes | None) -> Answer:
    chars, more = sum(map(args_chars, accepted)), sum(map(args_chars, batch))
    said = (
        f"after {len(accepted):,} topics, {chars:,} characters: {len(batch)} topics more, {more:,} characters"
    )
    by_chars = chars + more > DOCUMENTED_CHARS
    options: dict[str, str | None] = (
        {"--chars-limit": "connection"} if by_chars else {"--max-args": str(max(1, len(accepted)))}
    )
    return Answer("batches", outcome, said, shown(text), options)
