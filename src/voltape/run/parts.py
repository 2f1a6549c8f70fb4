"""Parts of a role, made from the settings."""

import ssl
from random import Random

from voltape.bybit.plan import Limits
from voltape.bybit.pool import PoolOptions
from voltape.bybit.session import SessionOptions
from voltape.bybit.succession import SuccessionOptions
from voltape.config import Settings, proxy_of_process
from voltape.store.address import Address, address_from_url
from voltape.tls import client_context
from voltape.track.lanes import LanePolicy
from voltape.track.money import Windows
from voltape.track.thresholds import Target
from voltape.track.tracker import TrackerOptions

__all__ = ["lane_policy", "random_source", "store_address", "tracker_options"]


def random_source() -> Random:
    """Source of jitter: the machine's randomness, since several of us must not come back at once."""
    return Random()  # noqa: S311 - jitter, not a secret


def store_address(settings: Settings, url: str) -> Address:
    """Where the store at `url` is, with the settings' certificates."""
    return address_from_url(url, None if settings.ca_file is None else str(settings.ca_file))


def tracker_options(settings: Settings) -> TrackerOptions:
    """How the settings want contracts tracked."""

    def verify() -> ssl.SSLContext:
        return client_context(settings.ca_file)

    return TrackerOptions(
        pool=_pool_options(settings),
        rest_url=settings.rest_url,
        verify=verify,
        underlyings=settings.underlyings,
        lanes=lane_policy(settings),
        poll_interval=settings.poll_interval,
        stale_after=settings.ws_stale_after,
        flush_interval=settings.flush_interval,
        batch_size=settings.flush_batch_size,
        conflate=settings.conflate,
        adaptive_flush=settings.adaptive_flush,
        audit_interval=settings.audit_interval,
        profile=settings.profile,
        proxy=proxy_of_process(settings, settings.rest_url),
    )


def lane_policy(settings: Settings) -> LanePolicy:
    """What the settings want to be live."""

    def target(underlying: str) -> Target:
        return Target(settings.filter_target_oi, round(settings.filter_target_count.of(underlying)))

    return LanePolicy(
        live_all=settings.live_all,
        min_volume=settings.filter_min_volume.of,
        min_open_interest=settings.filter_min_oi.of,
        last_trade_hours=settings.filter_last_trade_hours.of,
        target=target if settings.filter == "auto" else None,
        leave=settings.filter_leave,
        windows=Windows(
            settings.filter_moneyness, settings.filter_nearest_expiries, settings.filter_atm_strikes
        ),
        pinned=frozenset(settings.filter_pins),
        watched=settings.filter_watched,
        dwell=settings.filter_dwell,
    )


def _pool_options(settings: Settings) -> PoolOptions:
    return PoolOptions(
        url=settings.ws_url,
        limits=Limits(
            topics=settings.ws_topics_per_connection,
            chars=settings.ws_args_chars_per_connection,
            connections=settings.ws_max_connections,
        ),
        session=SessionOptions(
            chunk_size=settings.ws_subscription_chunk_size,
            chunk_delay=settings.ws_subscription_delay,
            ping_interval=settings.ws_ping_interval,
            stale_after=settings.ws_stale_after,
        ),
        succession=SuccessionOptions(
            replace_below=settings.ws_replace_below, rotate_after=settings.ws_rotate_after
        ),
        reconnect_delay=settings.ws_reconnect_delay,
        coalesce=settings.coalesce,
        proxy=proxy_of_process(settings, settings.ws_url),
    )
