"""What a serving role apart from the tracker says of itself."""

import os
from pathlib import Path

import pytest

from voltape.clock import SystemClock
from voltape.config import Settings
from voltape.flow.backoff import Backoff
from voltape.model.board import Board
from voltape.model.status import (
    CacheUse,
    Contracts,
    Coverage,
    ExpiryShare,
    Health,
    LagMs,
    LaneCounts,
    Messages,
    Reconnects,
    Resources,
    RoleUse,
    Status,
    StoreStatus,
    UnderlyingShare,
)
from voltape.run.parts import random_source
from voltape.run.resources import ResourceMeter
from voltape.run.serve import _Seen
from voltape.store.address import address_from_url
from voltape.store.follower import Follower


def tracker_status() -> Status:
    """The status of a healthy tracker and its store."""
    return Status(
        version="1",
        uptime_s=9.0,
        profile="plain",
        contracts=Contracts(listed=10, live=4, polled=6, stale=1),
        coverage=Coverage(),
        connections=[],
        messages=Messages(received=5),
        reconnects=Reconnects(),
        gaps=[],
        lag_ms=LagMs(),
        store=StoreStatus(kind="valkey", connected=True),
        cache=CacheUse(),
        resources=Resources(3.0, 300, {"tracker": RoleUse(2.0, 200), "valkey": RoleUse(1.0, 100)}),
        health=Health(ready=True, degraded=["underlying SOL: stalled"]),
        underlyings=[
            UnderlyingShare(
                "BTC",
                LaneCounts(10, 4, 6, 1),
                Coverage(),
                seen=9,
                expiries=[ExpiryShare("2026-12-25", listed=10, seen=9, stale=1)],
            )
        ],
    )


@pytest.fixture
def follower() -> Follower:
    """A follower that has not asked the store for anything."""
    address = address_from_url("valkey://127.0.0.1:1")
    return Follower(Board(), SystemClock(), address.connect, Backoff(0.1, 1.0, random_source()))


@pytest.fixture
def seen(follower: Follower, tmp_path: Path) -> _Seen:
    """What the role says while it follows."""
    clock = SystemClock()
    settings = Settings(data_dir=tmp_path, store_layout="hash")
    return _Seen(follower, settings, ResourceMeter(clock, {"serve": os.getpid}), clock)


def follow(follower: Follower, status: Status) -> None:
    """Let the follower have heard the tracker."""
    follower.status, follower.lost, follower.connected = status, False, True


def test_before_anything_is_known_there_is_nothing_to_serve_from(seen: _Seen) -> None:
    """The role is not ready, says why, and tells what it knows by itself."""
    status = seen.status()
    assert status.health == Health(
        ready=False, reasons=["nothing to serve from: the store has not answered yet"]
    )
    assert (status.profile, status.store.layout, status.contracts.listed) == ("optimized", "hash", 0)
    assert set(status.resources.by_role) == {"serve"}


def test_a_store_that_cannot_be_used_is_the_reason(seen: _Seen, follower: Follower) -> None:
    """The reason is the one that the store's error gave."""
    follower.trouble = "store valkey://db:6379/0: the user name or password is wrong"
    assert seen.status().health.reasons == [f"nothing to serve from: {follower.trouble}"]


def test_a_store_without_a_tracker_is_the_reason(seen: _Seen, follower: Follower) -> None:
    """A store that answers but has no status waits for a tracker."""
    follower.connected = True
    assert seen.status().health.reasons == ["nothing to serve from: no tracker writes to the store"]


def test_the_tracker_s_status_is_passed_on_with_our_own_use(seen: _Seen, follower: Follower) -> None:
    """Everything is as the tracker says, and our process is added to the resources."""
    follow(follower, tracker_status())
    status = seen.status()
    assert status.health == Health(ready=True, degraded=["underlying SOL: stalled"])
    assert (status.profile, status.contracts.stale, status.store.kind) == ("plain", 1, "valkey")
    assert list(status.resources.by_role) == ["tracker", "valkey", "serve"]
    ours = status.resources.by_role["serve"].memory_bytes
    assert ours is not None
    assert status.resources.memory_bytes == 300 + ours


def test_switches_of_our_own_are_told_beside_the_tracker_s(seen: _Seen, follower: Follower) -> None:
    """What this role does differently from the tracker is its own."""
    heard = tracker_status()
    heard.optimisations = {
        "store_layout": "hash",
        "cache": "off",
        "event_loop": "asyncio",
        "gc_tuning": "off",
    }
    follow(follower, heard)
    told = seen.status().optimisations
    assert (told["store_layout"], told["cache"], told["event_loop"]) == ("hash", "on", "uvloop")
    assert heard.optimisations["cache"] == "off"


def test_asking_twice_adds_our_use_once(seen: _Seen, follower: Follower) -> None:
    """The tracker's own status stays as it was heard."""
    heard = tracker_status()
    follow(follower, heard)
    assert seen.status().resources.memory_bytes == seen.status().resources.memory_bytes
    assert heard == tracker_status()


def test_a_lost_tracker_makes_us_unready_and_everything_stale(seen: _Seen, follower: Follower) -> None:
    """The last status is kept but for what nobody vouches for any more."""
    heard = tracker_status()
    follow(follower, heard)
    follower.lost = True
    status = seen.status()
    assert status.health == Health(ready=False, reasons=["no tracker writes to the store"])
    assert (status.contracts.listed, status.contracts.stale) == (10, 10)
    (share,) = status.underlyings
    assert (share.contracts.listed, share.contracts.stale, share.seen) == (10, 10, 0)
    assert [(expiry.stale, expiry.seen) for expiry in share.expiries] == [(10, 0)]
    assert status.messages.received == 5
    assert heard == tracker_status()


def test_a_store_lost_for_long_is_told_as_the_reason(seen: _Seen, follower: Follower) -> None:
    """Where the store is away, nobody can say that of the tracker."""
    follow(follower, tracker_status())
    follower.lost, follower.connected, follower.trouble = True, False, "store valkey://db:6379/0: refused"
    assert seen.status().health.reasons == ["store valkey://db:6379/0: refused"]
