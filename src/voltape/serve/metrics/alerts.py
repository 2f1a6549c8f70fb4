"""Metrics of alerts: the rules, and what became of their messages."""

from .family import Family, Samples, Scrape, counter, gauge, single

__all__ = ["ALERTS"]


def _messages(scrape: Scrape) -> Samples:
    return [
        ((sink, result), count)
        for sink, use in scrape.status.alerts.sinks.items()
        for result, count in (("sent", use.sent), ("failed", use.failed), ("dropped", use.dropped))
    ]


ALERTS: tuple[Family, ...] = (
    gauge(
        "alert_rules", "rules", "Rules that are watched.", single(lambda scrape: scrape.status.alerts.rules)
    ),
    gauge(
        "alert_unread_rules",
        "rules",
        "Of these, those without a reading at present.",
        single(lambda scrape: scrape.status.alerts.unread),
    ),
    gauge(
        "alert_firing",
        "0 or 1",
        "1 for each rule whose condition holds.",
        lambda scrape: [((one.rule,), 1.0) for one in scrape.status.alerts.firing],
        "rule",
    ),
    counter(
        "alerts_told",
        "alerts",
        "Alerts that were told, without their ends.",
        single(lambda scrape: scrape.status.alerts.told),
    ),
    counter(
        "alerts_held_back",
        "alerts",
        "Alerts that a cool-down or a bound kept back.",
        single(lambda scrape: scrape.status.alerts.held_back),
    ),
    counter(
        "alert_messages",
        "messages",
        "Messages by sink: sent and confirmed, attempts that failed, and those given up.",
        _messages,
        "sink",
        "result",
    ),
    gauge(
        "alert_messages_waiting",
        "messages",
        "Messages that no sink has confirmed yet.",
        lambda scrape: [((sink,), use.waiting) for sink, use in scrape.status.alerts.sinks.items()],
        "sink",
    ),
    gauge(
        "alert_watch_timestamp_seconds",
        "s",
        "When the watch last told of itself, epoch; absent where nobody watches.",
        single(lambda scrape: scrape.status.alerts.ts / 1000 or None),
    ),
)
"""Metrics of alerts."""
