"""Metrics of the ways to the venue: connections, messages, reconnects, polls and gaps."""

from collections.abc import Callable

from voltape.bybit.causes import CAUSES
from voltape.model.status import ConnectionStatus

from .family import Family, Samples, Scrape, counter, fields, gauge, single, summary

__all__ = ["VENUE"]


def _of_connections(read: Callable[[ConnectionStatus], float | None]) -> Callable[[Scrape], Samples]:
    return lambda scrape: [((one.id,), read(one)) for one in scrape.status.connections]


def _connection_topics(scrape: Scrape) -> Samples:
    return [
        ((one.id, state), count)
        for one in scrape.status.connections
        for state, count in (
            ("wanted", one.topics),
            ("acknowledged", one.acknowledged),
            ("confirmed", one.confirmed),
        )
    ]


def _causes(scrape: Scrape) -> Samples:
    # A cause that has not occurred yet is told as 0, else its first occurrence would not show as growth.
    counts = dict.fromkeys(CAUSES, 0) | scrape.status.reconnects.causes
    return [((cause,), count) for cause, count in counts.items()]


def _lag(scrape: Scrape) -> Samples:
    lag = scrape.status.lag_ms
    return [
        ((quantile,), _seconds(value))
        for quantile, value in (("0.5", lag.p50), ("0.95", lag.p95), ("0.99", lag.p99))
    ]


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds / 1000, 6)


def _polls(scrape: Scrape) -> Samples:
    polls = scrape.status.polls
    return [(("answered",), polls.polls), (("failed",), polls.failures)]


def _refreshes(scrape: Scrape) -> Samples:
    polls = scrape.status.polls
    return [(("complete",), polls.refreshes), (("failed",), polls.refresh_failures)]


VENUE: tuple[Family, ...] = (
    gauge(
        "connection_state",
        "1",
        "1 for the state that a socket is in.",
        lambda scrape: [((one.id, one.state), 1) for one in scrape.status.connections],
        "connection",
        "state",
    ),
    gauge(
        "connection_health",
        "0 to 1",
        "Health of each socket.",
        _of_connections(lambda one: one.health),
        "connection",
    ),
    gauge("connection_topics", "topics", "Topics of each socket.", _connection_topics, "connection", "state"),
    gauge(
        "connection_age_seconds",
        "s",
        "Time since it opened.",
        _of_connections(lambda one: one.age_s),
        "connection",
    ),
    gauge(
        "connection_last_data_age_seconds",
        "s",
        "Time since it last brought data.",
        _of_connections(lambda one: one.last_data_age_s),
        "connection",
    ),
    gauge(
        "connection_lag_seconds",
        "s",
        "Arrival minus venue time, smoothed.",
        _of_connections(lambda one: _seconds(one.lag_ms)),
        "connection",
    ),
    gauge(
        "connection_round_trip_seconds",
        "s",
        "Time from the last ping to its answer.",
        _of_connections(lambda one: _seconds(one.round_trip_ms)),
        "connection",
    ),
    counter(
        "connection_messages",
        "messages",
        "Data messages of each socket.",
        _of_connections(lambda one: one.messages),
        "connection",
    ),
    counter(
        "connection_received_bytes",
        "bytes",
        "Payload that it brought.",
        _of_connections(lambda one: one.bytes),
        "connection",
    ),
    counter(
        "connection_errors",
        "errors",
        "What the connection or the venue got wrong on it.",
        _of_connections(lambda one: one.errors),
        "connection",
    ),
    counter(
        "messages",
        "messages",
        "Messages from the venue by what became of them.",
        lambda scrape: fields(scrape.status.messages),
        "outcome",
    ),
    summary("lag_seconds", "s", "Arrival minus venue time of the latest messages, by quantile.", _lag),
    counter(
        "reconnects",
        "connections",
        "Connections that had to be made again.",
        single(lambda scrape: scrape.status.reconnects.total),
    ),
    counter(
        "reconnects_by_cause",
        "connections",
        "The same by what had ended them, and attempts that a limit refused.",
        _causes,
        "cause",
    ),
    counter(
        "reconnects_self_inflicted",
        "connections",
        "Of these, those for which we are to blame.",
        single(lambda scrape: scrape.status.reconnects.self_inflicted),
    ),
    gauge(
        "reconnects_last_hour",
        "connections",
        "Connections made again within the last hour, in all and by our own fault.",
        lambda scrape: [
            (("any",), scrape.status.reconnects.last_hour),
            (("self_inflicted",), scrape.status.reconnects.self_inflicted_last_hour),
        ],
        "cause",
    ),
    counter(
        "connections_changed",
        "connections",
        "Connections changed for a new one before they failed, by age (`rotation`) or health (`replacement`).",
        lambda scrape: [
            (("rotation",), scrape.status.reconnects.rotations),
            (("replacement",), scrape.status.reconnects.replacements),
        ],
        "reason",
    ),
    counter(
        "topics_refused",
        "topics",
        "Topics that the venue refused.",
        single(lambda scrape: scrape.status.reconnects.failed_topics),
    ),
    counter(
        "topics_retried",
        "topics",
        "Topics asked for again because they did not deliver.",
        single(lambda scrape: scrape.status.reconnects.retried_topics),
    ),
    counter("polls", "requests", "REST polls of tickers.", _polls, "result"),
    counter(
        "polled_rows",
        "rows",
        "Rows of polls by what became of them; the rest was known already.",
        lambda scrape: fields(scrape.status.polls, "filled", "disagreed", "rejected"),
        "outcome",
    ),
    counter(
        "trades",
        "trades",
        "Trades of the tapes by what became of them.",
        lambda scrape: fields(
            scrape.status.trades, "received", "duplicates", "rejected", "backfilled", "missed", "outdated"
        ),
        "outcome",
    ),
    gauge("trades_kept", "trades", "Trades on the tapes.", single(lambda scrape: scrape.status.trades.kept)),
    counter(
        "trade_checks",
        "requests",
        "Questions for the latest trades.",
        lambda scrape: [
            (("answered",), scrape.status.trades.checks),
            (("failed",), scrape.status.trades.failures),
        ],
        "result",
    ),
    counter("listings", "lists", "Readings of the lists of contracts.", _refreshes, "result"),
    gauge(
        "gaps_open",
        "gaps",
        "Intervals without data that last.",
        single(lambda scrape: scrape.status.gap_counts.open),
    ),
    counter(
        "gaps",
        "gaps",
        "Intervals in which data may have been missed, and those forgotten because the ledger is full.",
        lambda scrape: fields(scrape.status.gap_counts, "recorded", "forgotten"),
        "what",
    ),
)
"""Metrics of the ways to the venue."""
