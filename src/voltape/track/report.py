"""The tracker's state in the shape of the status."""

from collections.abc import Iterable

import msgspec

from voltape.bybit.pool import Link, Pool
from voltape.model.status import (
    CacheUse,
    ConnectionStatus,
    LagMs,
    Messages,
    Reconnects,
    Resources,
    Status,
    StoreStatus,
    UnderlyingShare,
)

from .census import Census, Count
from .feed import Feed
from .health import FreshnessKeeper

__all__ = ["tracker_status"]

_GAPS_SHOWN = 200


def tracker_status(
    feed: Feed,
    health: FreshnessKeeper,
    census: Census,
    *,
    version: str,
    profile: str,
    exchange: str,
    uptime: float,
) -> Status:
    """Everything that the tracker knows about itself, as of now."""
    counts = census.by_underlying()
    total = census.total()
    contracts = total.contracts()
    contracts.wanted = feed.pool.wanted
    sessions = [link.session for link in feed.pool.links]
    contracts.acknowledged = sum(session.acknowledged for session in sessions if session is not None)
    contracts.confirmed = sum(len(session.confirmed) for session in sessions if session is not None)
    now = feed.clock.monotonic()
    return Status(
        version=version,
        uptime_s=round(uptime, 3),
        profile=profile,
        contracts=contracts,
        coverage=total.coverage(),
        connections=[_connection(link, now) for link in feed.pool.links],
        messages=_messages(feed),
        reconnects=_reconnects(feed.pool),
        gaps=feed.gaps.recent(_GAPS_SHOWN),
        lag_ms=_lag(feed.intake.lags),
        store=StoreStatus(),
        cache=CacheUse(),
        resources=Resources(),
        health=msgspec.structs.replace(health.health),
        underlyings=[
            _share(health, coin, counts.get(coin, Count()), now) for coin in feed.wanted_underlyings
        ],
        exchange=exchange,
        ts=feed.clock.wall_ms(),
    )


def _share(health: FreshnessKeeper, coin: str, count: Count, now: float) -> UnderlyingShare:
    pulse = health.pulses.get(coin)
    last = None if pulse is None else pulse.last_data
    return UnderlyingShare(
        underlying=coin,
        contracts=count.lanes(),
        coverage=count.coverage(),
        last_data_age_s=None if last is None else round(now - last, 3),
        stalled=pulse is not None and pulse.stalled,
    )


def _connection(link: Link, now: float) -> ConnectionStatus:
    session = link.session
    last = None if session is None else session.last_data
    state = link.state
    if session is not None:
        state = "mute" if session.mute(now) else "live" if not session.pending and last is not None else state
    return ConnectionStatus(
        id=link.id,
        state=state,
        topics=len(link.topics),
        args_chars=link.args_chars,
        messages=link.messages,
        age_s=round(now - link.opened_at, 3) if session is not None else 0.0,
        last_data_age_s=None if last is None else round(now - last, 3),
        health=0.0 if session is None else session.health(now),
        acknowledged=0 if session is None else session.acknowledged,
        confirmed=0 if session is None else len(session.confirmed),
    )


def _messages(feed: Feed) -> Messages:
    counters = feed.intake.counters
    frames = sum(link.frames for link in feed.pool.links)
    return Messages(
        received=feed.pool.frames_before + frames,
        conflated=feed.intake.latest.conflated,
        decoded=counters.decoded,
        rejected=counters.rejected + sum(link.rejected for link in feed.pool.links),
        duplicates=counters.duplicates,
        out_of_order=counters.out_of_order + feed.intake.latest.out_of_order,
        unknown=counters.unknown,
    )


def _reconnects(pool: Pool) -> Reconnects:
    return Reconnects(total=pool.reconnects, last_hour=pool.reconnects_last_hour(), causes=dict(pool.causes))


def _lag(lags: Iterable[int]) -> LagMs:
    ordered = sorted(lags)
    if not ordered:
        return LagMs()
    top = len(ordered) - 1
    return LagMs(*(float(ordered[round(top * q)]) for q in (0.5, 0.95, 0.99)))
