"""Each probe of requests finds the behaviour that the exchange was set to."""

from typing import Any

import pytest

from tests.doctor.probe.target import probing
from voltape.doctor.probe import requests
from voltape.doctor.probe.requests import bad_topic, batches, duplicate, malformed, one_request
from voltape.doctor.probe.target import DOCUMENTED_ARGS, DOCUMENTED_CHARS
from voltape.sim.options import SimOptions

LARGE: dict[str, Any] = {"scale": 1.2, "rate": 300.0}
"""A market whose topics take more than 21,000 characters."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take half a second of silence for an answer."""
    monkeypatch.setattr(requests, "ANSWER_WITHIN", 0.5)
    monkeypatch.setattr(requests, "PAUSE", 0.0)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (None, "acknowledged"),
        ({"kind": "ack_failed", "ret_msg": "error:no such topic"}, "refused"),
        ({"kind": "ack_partial", "share": 1}, "failed topics"),
        ({"kind": "ack_missing"}, "silence"),
    ],
)
async def test_the_answer_to_a_bad_topic_is_found(fault: dict[str, Any] | None, outcome: str) -> None:
    """With what makes a simulator answer like that, word for word."""
    async with probing() as (exchange, target):
        if fault is not None:
            exchange.venue.faults.start(dict(fault))
        answer = await bad_topic(target)
    assert answer.outcome == outcome
    assert "not repeated" in answer.text
    assert answer.faults == ([] if fault is None else [fault])
    assert bool(answer.evidence) == (outcome != "silence")


async def test_a_duplicate_is_acknowledged_like_the_first() -> None:
    """And brings nothing twice."""
    async with probing() as (_, target):
        answer = await duplicate(target)
    assert answer.outcome == "acknowledged"
    assert answer.text.startswith(f"{target.topics[0]}; 0 of ")
    assert answer.faults == []


async def test_what_comes_twice_is_seen() -> None:
    """By the identity of the messages."""
    async with probing(rate=2000.0) as (exchange, target):
        exchange.fault("duplicate")
        answer = await duplicate(target)
    assert "; 0 of " not in answer.text


async def test_no_answer_to_what_is_no_request_is_told() -> None:
    """The simulator keeps silent, and keeps the connection."""
    async with probing() as (exchange, target):
        # The record of requests cannot read these.
        exchange.venue.hear = exchange._hear  # type: ignore[method-assign]
        answer = await malformed(target)
        assert exchange.rules_broken() == ["malformed request", "unknown request: voltape"]
    assert answer.text == "broken JSON: silence; unknown op: silence"


async def test_many_topics_in_one_request_stay_within_the_documented_limits() -> None:
    """As many as fit, and no rule is broken by asking."""
    async with probing(**LARGE) as (exchange, target):
        answer = await one_request(target)
        (asked,) = [count for _, operation, count in exchange.asked if operation == "subscribe"]
        assert exchange.rules_broken() == []
    assert answer.outcome == "acknowledged"
    assert 500 < asked <= 2_000
    assert answer.text.startswith(f"{asked:,} topics, 20,")
    assert f"{asked:,} topics delivered" in answer.text


async def test_a_refused_request_is_shown_word_for_word() -> None:
    """What the exchange says is the evidence."""
    async with probing(max_args=100, **LARGE) as (_, target):
        answer = await one_request(target)
    assert answer.outcome == "refused"
    assert "args size >100" in answer.evidence[0]
    assert answer.faults == [{"kind": "ack_failed", "ret_msg": "args size >100"}]


@pytest.mark.parametrize(
    ("switches", "options"),
    [
        ({"chars_limit": "connection"}, {"--chars-limit": "connection"}),
        ({"chars_limit": "request"}, {"--chars-limit": "request"}),
        ({"chars_limit": "off"}, {"--chars-limit": "request"}),
        ({"max_args": 300}, {"--max-args": "300"}),
    ],
)
async def test_the_limit_on_a_connection_is_found(switches: dict[str, Any], options: dict[str, str]) -> None:
    """What is beyond the documented limits is not tried, so no limit at all looks like one per request."""
    async with probing(**LARGE, **switches) as (_, target):
        answer = await batches(target)
    assert answer.options == options


async def test_a_small_market_leaves_the_limit_open() -> None:
    """Fewer characters than the limit prove nothing about its scope."""
    async with probing() as (_, target):
        answer = await batches(target)
    assert answer.outcome == "not settled"
    assert "too small" in answer.text


def test_the_simulator_has_the_documented_limits_by_default() -> None:
    """The same figures as the probe's bounds."""
    assert (SimOptions().max_args, SimOptions().max_chars) == (
        DOCUMENTED_ARGS,
        DOCUMENTED_CHARS,
    )
