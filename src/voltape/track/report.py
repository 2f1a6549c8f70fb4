"""The tracker's state in the shape of the status."""

from collections.abc import Iterable

import msgspec

from voltape.bybit.causes import SELF_INFLICTED
from voltape.bybit.link import Link
from voltape.bybit.pool import Pool
from voltape.bybit.rest import RestClient
from voltape.model.status import (
    CacheUse,
    ConnectionStatus,
    GapCounts,
    LagMs,
    Messages,
    PollUse,
    Reconnects,
    Resources,
    Status,
    StoreStatus,
    Traffic,
    UnderlyingShare,
)

from .census import Census
from .coverage import SEEN_WITHIN_S, Count
from .feed import Feed
from .health import FreshnessKeeper
from .poller import Poller
from .universe import UniverseKeeper

__all__ = ["tracker_status"]

_GAPS_SHOWN = 200


def tracker_status(
    feed: Feed,
    health: FreshnessKeeper,
    census: Census,
    poller: Poller,
    universe: UniverseKeeper,
    rest: RestClient,
    *,
    version: str,
    profile: str,
    exchange: str,
    uptime: float,
) -> Status:
    """Everything that the tracker knows about itself, as of now."""
    total = census.total()
    now = feed.clock.monotonic()
    scores = feed.pool.health(now)
    return Status(
        version=version,
        uptime_s=round(uptime, 3),
        profile=profile,
        contracts=total.contracts(),
        coverage=total.coverage(),
        connections=[_connection(link, scores[link.id], now) for link in feed.pool.links],
        messages=_messages(feed),
        reconnects=_reconnects(feed.pool, now),
        gaps=feed.gaps.recent(_GAPS_SHOWN),
        lag_ms=_lag(feed.intake.lags),
        store=StoreStatus(),
        cache=CacheUse(),
        resources=Resources(),
        health=msgspec.structs.replace(health.health),
        underlyings=[_share(feed, health, census, coin, now) for coin in feed.wanted_underlyings],
        exchange=exchange,
        ts=feed.clock.wall_ms(),
        seen_within_s=SEEN_WITHIN_S,
        traffic=_traffic(feed.pool, rest),
        polls=_polls(poller, universe),
        gap_counts=GapCounts(feed.gaps.opened, len(feed.gaps.open), feed.gaps.forgotten),
    )


def _share(feed: Feed, health: FreshnessKeeper, census: Census, coin: str, now: float) -> UnderlyingShare:
    count = census.by_underlying().get(coin, Count())
    pulse = health.pulses.get(coin)
    last = None if pulse is None else pulse.last_data
    thresholds = feed.lanes.thresholds(coin)
    return UnderlyingShare(
        underlying=coin,
        contracts=count.lanes(),
        coverage=count.coverage(),
        last_data_age_s=None if last is None else round(now - last, 3),
        stalled=pulse is not None and pulse.stalled,
        wanted=count.wanted,
        acknowledged=count.acknowledged,
        confirmed=count.confirmed,
        seen=count.seen,
        min_volume=None if thresholds is None else thresholds.min_volume,
        min_open_interest=None if thresholds is None else thresholds.min_open_interest,
        ages=count.ages(),
        expiries=census.expiries(coin),
    )


def _polls(poller: Poller, universe: UniverseKeeper) -> PollUse:
    return PollUse(
        polls=poller.polls,
        failures=poller.failures,
        filled=poller.filled,
        disagreed=poller.disagreed,
        rejected=poller.rejected,
        refreshes=universe.refreshes,
        refresh_failures=universe.failures,
    )


def _traffic(pool: Pool, rest: RestClient) -> dict[str, Traffic]:
    counts = pool.counts
    return {
        "exchange socket": Traffic(sent=counts.sent, received=counts.received),
        "exchange rest": Traffic(received=rest.bytes_received),
    }


def _connection(link: Link, health: float, now: float) -> ConnectionStatus:
    session = link.session
    last = None if session is None else session.last_data
    state = link.state
    if session is not None:
        state = "mute" if session.mute(now) else "live" if not session.pending and link.is_back else state
    counts = link.counts
    return ConnectionStatus(
        id=link.id,
        state=state,
        topics=len(link.topics),
        args_chars=link.args_chars,
        messages=counts.messages,
        age_s=round(now - link.opened_at, 3) if session is not None else 0.0,
        last_data_age_s=None if last is None else round(now - last, 3),
        health=round(health, 3),
        acknowledged=0 if session is None else session.acknowledged,
        confirmed=0 if session is None else len(session.confirmed),
        lag_ms=None if link.lag_ms is None else round(link.lag_ms, 1),
        round_trip_ms=None
        if session is None or session.round_trip is None
        else round(session.round_trip * 1000, 3),
        errors=counts.errors,
        bytes=counts.received,
    )


def _messages(feed: Feed) -> Messages:
    counters = feed.intake.counters
    counts = feed.pool.counts
    return Messages(
        received=counts.frames,
        conflated=feed.intake.latest.conflated,
        decoded=counters.decoded,
        rejected=counters.rejected + counts.rejected,
        duplicates=counters.duplicates,
        out_of_order=counters.out_of_order + feed.intake.latest.out_of_order,
        unknown=counters.unknown,
    )


def _reconnects(pool: Pool, now: float) -> Reconnects:
    endings, succession, counts = pool.endings, pool.succession, pool.counts
    lately = endings.causes_last_hour(now)
    return Reconnects(
        total=endings.total,
        last_hour=endings.last_hour(now),
        causes=dict(endings.causes),
        causes_last_hour=dict(lately),
        self_inflicted=sum(endings.causes[cause] for cause in SELF_INFLICTED),
        self_inflicted_last_hour=sum(lately[cause] for cause in SELF_INFLICTED),
        rotations=succession.rotations,
        replacements=succession.replacements,
        failed_topics=counts.failures,
        retried_topics=counts.retries,
    )


def _lag(lags: Iterable[int]) -> LagMs:
    ordered = sorted(lags)
    if not ordered:
        return LagMs()
    top = len(ordered) - 1
    return LagMs(*(float(ordered[round(top * q)]) for q in (0.5, 0.95, 0.99)))
