"""The probe around an expiry finds what the exchange does then."""

import asyncio

import pytest

from tests.bybit.exchange import MORNING
from tests.doctor.probe.target import probing
from voltape.doctor.probe import expiry
from voltape.doctor.probe.expiry import at_expiry

SHORTLY_BEFORE = MORNING + 5 * 3_600_000 - 3_000
"""Three seconds before 08:00 UTC."""


async def test_what_expires_falls_silent_and_leaves_the_lists() -> None:
    """Messages are counted on both sides of 08:00, and REST is asked when its lists let go."""
    async with probing(6.0, start_ms=SHORTLY_BEFORE, rate=1500.0) as (exchange, target):
        told: list[str] = []
        # The list calls them trading for a while longer.
        asyncio.get_running_loop().call_later(4.0, exchange.jump, 1_800.0)
        answer = await at_expiry(target, told.append)
    assert told == []
    assert answer.outcome == "falls silent"
    assert " contracts: " in answer.text
    assert " 0 messages before" not in answer.text
    assert [line.split(":")[0] for line in answer.evidence] == ["list of contracts", "tickers by REST"]
    assert "without them" in answer.evidence[0]


async def test_the_wait_for_the_expiry_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """It begins a while before the instant, by the exchange's clock."""
    monkeypatch.setattr(expiry, "LEAD", 1.0)
    async with probing(0.5, start_ms=SHORTLY_BEFORE, rate=1500.0) as (_, target):
        told: list[str] = []
        answer = await at_expiry(target, told.append)
    assert told == ["waiting 0 minutes, until two minutes before the nearest expiry"]
    assert answer.outcome in {"falls silent", "goes on"}


async def test_an_expiry_without_any_data_is_left_open() -> None:
    """Silence before it proves nothing."""
    async with probing(0.3, start_ms=SHORTLY_BEFORE + 2_500) as (exchange, target):
        exchange.fault("mute")
        answer = await at_expiry(target, lambda _: None)
    assert answer.outcome == "not settled"
