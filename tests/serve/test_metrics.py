"""Figures for Prometheus."""

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.serve.serving import make_status, serving
from voltape.model.status import (
    Ages,
    ApiUse,
    Audit,
    CacheUse,
    ConnectionStatus,
    Coverage,
    ExpiryShare,
    GapCounts,
    Health,
    LaneCounts,
    PollUse,
    Reconnects,
    Resources,
    RoleUse,
    Status,
    Traffic,
    UnderlyingShare,
)
from voltape.push.limits import HubStatistics
from voltape.serve.metrics import FAMILIES, metrics_text

Samples = dict[tuple[str, ...], float]


def samples_of(text: bytes) -> Samples:
    """Value by name and label values, in the order in which the labels are declared."""
    labels = {family.name: family.labels for family in FAMILIES}
    for family in FAMILIES:
        if family.kind == "histogram":
            labels[f"{family.name}_bucket"] = family.labels
            labels[f"{family.name}_count"] = family.labels[:-1]
    return {
        (sample.name, *(sample.labels[label] for label in labels[sample.name])): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def full_status() -> Status:
    """A status in which every figure is there."""
    share = UnderlyingShare(
        "BTC",
        LaneCounts(10, 4, 6, 1),
        Coverage(0.7, 0.8, 0.4),
        last_data_age_s=0.5,
        stalled=True,
        wanted=5,
        acknowledged=4,
        confirmed=3,
        seen=9,
        min_volume=25.0,
        min_open_interest=2.5,
        ages=Ages([3, 1, 0, 0, 0, 0, 0], [0, 0, 2, 3, 0, 0, 1]),
        expiries=[ExpiryShare("2026-12-25", 10, 5, 4, 3, 9, 4, 6, 1, 0.7, None)],
    )
    connection = ConnectionStatus(
        "c1",
        "live",
        600,
        18_000,
        5000,
        12.0,
        0.1,
        0.9,
        599,
        598,
        lag_ms=30.0,
        round_trip_ms=8.0,
        errors=2,
        bytes=99,
    )
    return msgspec.structs.replace(
        make_status(),
        underlyings=[share],
        connections=[connection],
        reconnects=Reconnects(3, 1, {"cut": 2, "no_ping": 1}, {"cut": 1}, 1, 0, 7, 4, 5, 6),
        gap_counts=GapCounts(recorded=9, open=1, forgotten=2),
        polls=PollUse(11, 12, 13, 14, 15, 16, 17),
        traffic={"exchange socket": Traffic(1, 2), "clients": Traffic(3, 4)},
        audits={"store": Audit(compared=10, equal=9, undecided=3, accuracy=0.9)},
        api=ApiUse(100, 1, 2.0, 5.0, 15.0, 6_000),
        cache=CacheUse(3, 1, 0.75, joined=2, bytes=4_000, evicted=8),
        resources=Resources(3.5, 60_000_000, {"up": RoleUse(3.5, 60_000_000, 12.5, 4_096)}),
        optimisations={"cache": "on", "store_layout": "packed"},
    )


def test_the_figures_of_the_status_are_there_under_their_names() -> None:
    """In base units, and every one with the name that the reference gives it."""
    found = samples_of(metrics_text(full_status(), HubStatistics(clients=2, conflated=7)))
    expected: Samples = {
        ("voltape_ready",): 1.0,
        ("voltape_contracts", "live"): 20.0,
        ("voltape_coverage_ratio", "volume"): 0.9,
        ("voltape_messages_total", "received"): 5000.0,
        ("voltape_lag_seconds", "0.95"): 0.08,
        ("voltape_store_memory_bytes",): 7_000_000.0,
        ("voltape_store_written_bytes_total",): 123.0,
        ("voltape_role_memory_bytes", "up"): 60_000_000.0,
        ("voltape_role_cpu_seconds_total", "up"): 12.5,
        ("voltape_role_disk_written_bytes_total", "up"): 4_096.0,
        ("voltape_traffic_bytes_total", "exchange socket", "received"): 2.0,
        ("voltape_polls_total", "failed"): 12.0,
        ("voltape_polled_rows_total", "disagreed"): 14.0,
        ("voltape_listings_total", "failed"): 17.0,
        ("voltape_gaps_total", "forgotten"): 2.0,
        ("voltape_gaps_open",): 1.0,
        ("voltape_audit_contracts_total", "store", "different"): 1.0,
        ("voltape_audit_accuracy_ratio", "store"): 0.9,
        ("voltape_api_duration_seconds", "0.95"): 0.005,
        ("voltape_api_sent_bytes_total",): 6_000.0,
        ("voltape_response_cache_requests_total", "joined"): 2.0,
        ("voltape_optimisation_info", "store_layout", "packed"): 1.0,
        ("voltape_push_clients",): 2.0,
        ("voltape_push_conflated_total",): 7.0,
    }
    assert {name: found.get(name) for name in expected} == expected


def test_connections_and_what_ended_them_are_told() -> None:
    """Health, lag and round trip of each; reconnects by cause, and the changes that were no reconnects."""
    found = samples_of(metrics_text(full_status(), HubStatistics()))
    expected: Samples = {
        ("voltape_connection_state", "c1", "live"): 1.0,
        ("voltape_connection_health", "c1"): 0.9,
        ("voltape_connection_topics", "c1", "confirmed"): 598.0,
        ("voltape_connection_lag_seconds", "c1"): 0.03,
        ("voltape_connection_round_trip_seconds", "c1"): 0.008,
        ("voltape_connection_received_bytes_total", "c1"): 99.0,
        ("voltape_reconnects_total",): 3.0,
        ("voltape_reconnects_by_cause_total", "cut"): 2.0,
        ("voltape_reconnects_by_cause_total", "no_ping"): 1.0,
        ("voltape_reconnects_by_cause_total", "over_limit"): 0.0,
        ("voltape_reconnects_self_inflicted_total",): 1.0,
        ("voltape_reconnects_last_hour", "any"): 1.0,
        ("voltape_connections_changed_total", "rotation"): 7.0,
        ("voltape_connections_changed_total", "replacement"): 4.0,
        ("voltape_topics_refused_total",): 5.0,
        ("voltape_topics_retried_total",): 6.0,
    }
    assert {name: found.get(name) for name in expected} == expected


def test_coverage_is_proved_by_underlying_and_by_expiry() -> None:
    """Counts by state, shares, thresholds, and ages in classes that hold those before them."""
    found = samples_of(metrics_text(full_status(), HubStatistics()))
    expected: Samples = {
        ("voltape_underlying_contracts", "BTC", "listed"): 10.0,
        ("voltape_underlying_contracts", "BTC", "seen"): 9.0,
        ("voltape_underlying_coverage_ratio", "BTC", "contracts"): 0.4,
        ("voltape_underlying_threshold", "BTC", "open_interest"): 2.5,
        ("voltape_underlying_stalled", "BTC"): 1.0,
        ("voltape_expiry_contracts", "BTC", "2026-12-25", "confirmed"): 3.0,
        ("voltape_expiry_coverage_ratio", "BTC", "2026-12-25", "volume"): 0.7,
        ("voltape_contract_age_seconds_bucket", "BTC", "live", "1"): 3.0,
        ("voltape_contract_age_seconds_bucket", "BTC", "live", "5"): 4.0,
        ("voltape_contract_age_seconds_bucket", "BTC", "polled", "300"): 5.0,
        ("voltape_contract_age_seconds_bucket", "BTC", "polled", "+Inf"): 6.0,
        ("voltape_contract_age_seconds_count", "BTC", "polled"): 6.0,
    }
    assert {name: found.get(name) for name in expected} == expected
    assert ("voltape_expiry_coverage_ratio", "BTC", "2026-12-25", "open_interest") not in found


def test_what_is_absent_is_left_out() -> None:
    """A missing figure is not zero."""
    status = msgspec.structs.replace(make_status(), health=Health())
    status.store.memory_bytes = None
    found = samples_of(metrics_text(status, HubStatistics()))
    assert found["voltape_ready",] == 0.0
    assert ("voltape_store_memory_bytes",) not in found
    assert ("voltape_coverage_ratio", "open_interest") not in found
    assert ("voltape_lag_seconds", "0.99") not in found
    assert ("voltape_api_duration_seconds", "0.5") not in found


def test_every_family_is_exposed_as_it_is_declared() -> None:
    """Names by the conventions: prefix, `_total` for counters, units as they are written out."""
    text = metrics_text(full_status(), HubStatistics()).decode()
    exposed = {family.name: family for family in text_string_to_metric_families(text)}
    for family in FAMILIES:
        shown = exposed.pop(family.name.removesuffix("_total"))
        assert (shown.type, shown.documentation) == (family.kind, family.meaning)
        assert all(sample.labels.keys() | {"le"} == {*family.labels, "le"} for sample in shown.samples)
        assert family.name.startswith("voltape_")
        assert family.name.endswith("_total") == (family.kind == "counter")
        assert family.unit != "ms"
        assert ("_seconds" in family.name) == (family.unit == "s")
        assert ("_bytes" in family.name) == (family.unit == "bytes")
    assert not exposed


async def test_they_are_served_in_the_text_format() -> None:
    """Under the media type that Prometheus expects."""
    async with serving() as site:
        answer = await site.http.get("/metrics")
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert samples_of(answer.content)["voltape_contracts", "listed"] == 24.0


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_they_are_compressed_for_who_asks(coding: str) -> None:
    """As everything that is served often and is long."""
    async with serving() as site:
        answer = await site.http.get("/metrics", headers={"accept-encoding": coding})
        assert answer.headers["content-encoding"] == coding
        assert int(answer.headers["content-length"]) < len(answer.content) / 3
        assert samples_of(answer.content)["voltape_contracts", "listed"] == 24.0
