"""`voltape serve`: API and dashboard alone, on what the tracker keeps in the store."""

import os
from typing import TypeVar

import msgspec

from voltape import __version__
from voltape.clock import SystemClock
from voltape.config import Settings
from voltape.flow.backoff import Backoff
from voltape.flow.supervise import Supervisor
from voltape.model.board import Board
from voltape.model.history import Histories
from voltape.model.status import (
    CacheUse,
    Contracts,
    Coverage,
    Health,
    LagMs,
    LaneCounts,
    Messages,
    Reconnects,
    Resources,
    Status,
    StoreStatus,
    UnderlyingShare,
)
from voltape.model.tape import Tapes
from voltape.store.control import RequestSender
from voltape.store.follower import Follower
from voltape.store.history import HistoryReader
from voltape.store.trades import TradeReader

from .beat import beating
from .loop import until_stopped
from .parts import random_source, store_address
from .remote_control import RemoteControl
from .resources import ResourceMeter
from .serving import announce_when_ready, serving
from .switches import SERVING, optimisations

__all__ = ["run_serve"]

_Counts = TypeVar("_Counts", Contracts, LaneCounts)


async def run_serve(settings: Settings) -> None:
    """Serve what the store has until stopped."""
    clock = SystemClock()
    board = Board()
    rng = random_source()
    connect = store_address(settings, settings.store_url).connect
    tapes = Tapes() if settings.trades else None
    trades = None if tapes is None else TradeReader(tapes)
    histories = Histories()
    history = HistoryReader(histories, clock)
    follower = Follower(board, clock, connect, Backoff(0.2, 5.0, rng), trades=trades, history=history)
    control = RemoteControl(follower, RequestSender(clock, connect), clock)
    seen = _Seen(follower, settings, ResourceMeter(clock, {"serve": os.getpid}), clock)
    supervisor = Supervisor(rng)
    supervisor.start("store follower", follower.run)
    try:
        async with (
            beating(settings.data_dir, "serve"),
            serving(settings, board, clock, seen.status, follower.watch, control, tapes, histories) as server,
        ):
            await announce_when_ready(server.url, seen.status, freeze=settings.gc_tuning)
            await until_stopped()
    finally:
        await supervisor.close()


class _Seen:
    """The tracker's status as found in the store, with what this role knows better."""

    def __init__(
        self, follower: Follower, settings: Settings, meter: ResourceMeter, clock: SystemClock
    ) -> None:
        self._follower = follower
        self._settings = settings
        self._switches = optimisations(settings)
        self._meter = meter
        self._clock = clock
        self._started = clock.monotonic()

    def status(self) -> Status:
        follower = self._follower
        if follower.status is None:
            return self._empty(f"nothing to serve from: {self._why()}")
        status = msgspec.structs.replace(
            follower.status,
            resources=self._resources(follower.status.resources),
            optimisations=self._optimisations(follower.status.optimisations),
        )
        if follower.lost:
            status.contracts = _all_stale(status.contracts)
            status.underlyings = [_nothing_seen(share) for share in status.underlyings]
            status.health = Health(ready=False, reasons=[self._why()])
        return status

    def _why(self) -> str:
        if not self._follower.connected:
            return self._follower.trouble or "the store has not answered yet"
        return "no tracker writes to the store"

    def _resources(self, theirs: Resources) -> Resources:
        ours = self._meter.read()
        by_role = theirs.by_role | ours.by_role
        cpu = [use.cpu_percent for use in by_role.values() if use.cpu_percent is not None]
        memory = [use.memory_bytes for use in by_role.values() if use.memory_bytes is not None]
        return Resources(round(sum(cpu), 2) if cpu else None, sum(memory) if memory else None, by_role)

    def _optimisations(self, theirs: dict[str, str]) -> dict[str, str]:
        return theirs | {name: self._switches[name] for name in SERVING}

    def _empty(self, reason: str) -> Status:
        return Status(
            version=__version__,
            uptime_s=round(self._clock.monotonic() - self._started, 3),
            profile=self._settings.profile,
            contracts=Contracts(),
            coverage=Coverage(),
            connections=[],
            messages=Messages(),
            reconnects=Reconnects(),
            gaps=[],
            lag_ms=LagMs(),
            store=StoreStatus(layout=self._settings.store_layout),
            cache=CacheUse(),
            resources=self._resources(Resources()),
            health=Health(ready=False, reasons=[reason]),
            ts=self._clock.wall_ms(),
            optimisations=self._optimisations({}),
        )


def _nothing_seen(share: UnderlyingShare) -> UnderlyingShare:
    replace = msgspec.structs.replace
    expiries = [replace(expiry, stale=expiry.listed, seen=0) for expiry in share.expiries]
    return replace(share, contracts=_all_stale(share.contracts), seen=0, expiries=expiries)


def _all_stale(counts: _Counts) -> _Counts:
    return msgspec.structs.replace(counts, stale=counts.listed)
