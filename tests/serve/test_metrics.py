import msgspec
from prometheus_client.parser import text_string_to_metric_families

from tests.serve.serving import make_status, serving
from voltape.model.status import Health
from voltape.push.limits import HubStatistics
from voltape.serve.cache import AnswerCache
from voltape.serve.metrics import metrics_text

Samples = dict[tuple[str, str], float]


def samples_of(text: bytes) -> Samples:
    """Value by name and label value."""
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_the_figures_of_the_status_are_there_under_their_names() -> None:
    """In base units."""
    cache = AnswerCache(1000)
    cache.hits = 3
    found = samples_of(metrics_text(make_status(), cache, HubStatistics(clients=2, conflated=7)))
    expected = {
        ("voltape_ready", ""): 1.0,
        ("voltape_contracts", "live"): 20.0,
        ("voltape_coverage_ratio", "volume"): 0.9,
        ("voltape_connection_health", "c1"): 1.0,
        ("voltape_messages_total", "received"): 5000.0,
        ("voltape_reconnects_total", ""): 3.0,
        ("voltape_lag_seconds", "0.95"): 0.08,
        ("voltape_store_memory_bytes", ""): 7_000_000.0,
        ("voltape_store_written_bytes_total", ""): 123.0,
        ("voltape_role_memory_bytes", "up"): 60_000_000.0,
        ("voltape_response_cache_requests_total", "hit"): 3.0,
        ("voltape_push_clients", ""): 2.0,
        ("voltape_push_conflated_total", ""): 7.0,
    }
    assert expected.items() <= found.items()
    assert all(name.startswith("voltape_") for name, _ in found)


def test_what_is_absent_is_left_out() -> None:
    """A missing figure is not zero."""
    status = msgspec.structs.replace(make_status(), health=Health())
    status.store.memory_bytes = None
    found = samples_of(metrics_text(status, AnswerCache(0), HubStatistics()))
    assert found["voltape_ready", ""] == 0.0
    assert ("voltape_store_memory_bytes", "") not in found
    assert ("voltape_coverage_ratio", "open_interest") not in found
    assert ("voltape_lag_seconds", "0.99") not in found


async def test_they_are_served_in_the_text_format() -> None:
    """Under the media type that Prometheus expects."""
    async with serving() as site:
        answer = await site.http.get("/metrics")
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert samples_of(answer.content)["voltape_contracts", "listed"] == 24.0
