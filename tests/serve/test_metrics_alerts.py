"""Metrics of alerts."""

import msgspec

from tests.serve.serving import make_status
from voltape.model.alert import AlertUse, FiringRule, SinkUse
from voltape.push.limits import HubStatistics
from voltape.serve.metrics import metrics_text


def lines(use: AlertUse) -> list[str]:
    """What is exposed of alerts."""
    status = msgspec.structs.replace(make_status(), alerts=use)
    text = metrics_text(status, HubStatistics()).decode()
    return [line for line in text.splitlines() if line.startswith("voltape_alert")]


def test_the_watch_is_exposed_with_its_rules_and_sinks() -> None:
    """Firing rules by name, messages by sink."""
    use = AlertUse(3, 1, [FiringRule("btc high")], 5, 2, {"webhook": SinkUse(4, 7, 1, 0)}, 1_795_361_400_000)
    found = lines(use)
    for line in (
        "voltape_alert_rules 3.0",
        "voltape_alert_unread_rules 1.0",
        'voltape_alert_firing{rule="btc high"} 1.0',
        "voltape_alerts_told_total 5.0",
        "voltape_alerts_held_back_total 2.0",
        'voltape_alert_messages_total{result="failed",sink="webhook"} 7.0',
        'voltape_alert_messages_waiting{sink="webhook"} 1.0',
        "voltape_alert_watch_timestamp_seconds 1.7953614e+09",
    ):
        assert line in found


def test_where_nobody_watches_there_is_no_time() -> None:
    """An alert of Prometheus on its absence or age is the watch of the watch."""
    assert not [line for line in lines(AlertUse()) if "timestamp" in line]
