"""Metrics of the serving role: requests, kept answers, and the push stream."""

from collections.abc import Callable

from voltape.model.status import ApiUse, CacheUse
from voltape.push.limits import HubStatistics

from .family import Family, Samples, Scrape, counter, gauge, summary

__all__ = ["SERVING"]


def _of_api(read: Callable[[ApiUse], float | None]) -> Callable[[Scrape], Samples]:
    return lambda scrape: [((), read(scrape.status.api))]


def _of_cache(read: Callable[[CacheUse], float | None]) -> Callable[[Scrape], Samples]:
    return lambda scrape: [((), read(scrape.status.cache))]


def _of_push(read: Callable[[HubStatistics], float | None]) -> Callable[[Scrape], Samples]:
    return lambda scrape: [((), read(scrape.push))]


def _durations(scrape: Scrape) -> Samples:
    api = scrape.status.api
    quantiles = (("0.5", api.p50_ms), ("0.95", api.p95_ms), ("0.99", api.p99_ms))
    return [((quantile,), None if value is None else round(value / 1000, 6)) for quantile, value in quantiles]


def _cached(scrape: Scrape) -> Samples:
    cache = scrape.status.cache
    return [(("hit",), cache.hits), (("miss",), cache.misses), (("joined",), cache.joined)]


def _refused(scrape: Scrape) -> Samples:
    push = scrape.push
    return [
        (("client",), push.refused_clients),
        (("channel",), push.refused_channels),
        (("message",), push.refused_messages),
    ]


SERVING: tuple[Family, ...] = (
    counter("api_requests", "requests", "Requests answered.", _of_api(lambda api: api.requests)),
    counter(
        "api_failed", "requests", "Of these, those that failed by our fault.", _of_api(lambda api: api.failed)
    ),
    counter("api_sent_bytes", "bytes", "Bytes of answers.", _of_api(lambda api: api.sent)),
    summary("api_duration_seconds", "s", "Time that the latest answers took, by quantile.", _durations),
    counter(
        "api_limited",
        "requests",
        "Of the requests, those refused because their client makes too many.",
        _of_api(lambda api: api.limited),
    ),
    counter(
        "api_downloads",
        "downloads",
        "Tickers in formats other than JSON, sent whole or not.",
        lambda scrape: [
            (("complete",), scrape.status.api.downloads),
            (("failed",), scrape.status.api.downloads_failed),
        ],
        "result",
    ),
    counter(
        "response_cache_requests",
        "requests",
        "Cacheable answers by where they came from; `joined` waited for one under way.",
        _cached,
        "result",
    ),
    gauge("response_cache_bytes", "bytes", "Size of the kept answers.", _of_cache(lambda cache: cache.bytes)),
    counter(
        "response_cache_evicted",
        "answers",
        "Answers that gave way for want of room.",
        _of_cache(lambda cache: cache.evicted),
    ),
    gauge("push_clients", "clients", "Connected clients.", _of_push(lambda push: push.clients)),
    gauge("push_feeds", "feeds", "Channels with subscribers.", _of_push(lambda push: push.feeds)),
    counter("push_joined", "clients", "Clients ever taken.", _of_push(lambda push: push.joined)),
    counter("push_frames", "messages", "Messages queued for clients.", _of_push(lambda push: push.frames)),
    counter(
        "push_encoded_bytes",
        "bytes",
        "Deltas as made, before they are shared.",
        _of_push(lambda push: push.encoded_bytes),
    ),
    counter(
        "push_conflated",
        "messages",
        "Messages that gave way to newer ones.",
        _of_push(lambda push: push.conflated),
    ),
    counter(
        "push_closed_slow", "clients", "Clients closed for lagging.", _of_push(lambda push: push.closed_slow)
    ),
    counter("push_refused", "refusals", "What went over a limit.", _refused, "what"),
    gauge(
        "push_peak_queue_bytes",
        "bytes",
        "Most that any client had queued.",
        _of_push(lambda push: push.peak_queue_bytes),
    ),
)
"""Metrics of the serving role."""
