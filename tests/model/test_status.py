"""The status object: the names that others read."""

import msgspec

from voltape.model import status
from voltape.model.status import Contracts, Gap, Health, Messages, Status


def names(struct: type[msgspec.Struct]) -> set[str]:
    """Return a struct's field names."""
    return set(struct.__struct_fields__)


def test_the_published_names_are_there() -> None:
    """Everything that the interface contract lists exists; more may."""
    assert names(Status) >= {
        *("version", "uptime_s", "profile", "contracts", "coverage", "connections", "messages", "reconnects"),
        *("gaps", "lag_ms", "store", "cache", "resources"),
    }
    assert names(Contracts) >= {"listed", "wanted", "acknowledged", "live", "polled", "stale"}
    assert names(Messages) >= {"received", "conflated", "decoded", "rejected", "written"}
    assert names(status.ConnectionStatus) >= {
        *("id", "state", "topics", "args_chars", "messages", "age_s", "last_data_age_s", "health"),
    }
    assert names(status.StoreStatus) >= {
        "kind",
        "layout",
        "connected",
        "memory_bytes",
        "bytes_written",
        "pending",
    }
    assert names(status.LagMs) == {"p50", "p95", "p99"}
    assert names(status.Coverage) == {"volume", "open_interest", "contracts"}
    assert names(status.CacheUse) >= {"hits", "misses", "hit_rate"}
    assert names(status.Resources) == {"cpu_percent", "memory_bytes", "by_role"}
    assert names(status.Reconnects) >= {"total", "last_hour"}


def test_a_gap_that_lasts_has_no_end() -> None:
    """Trap 19: an outage is a record with a start, a cause, and an end once it is over."""
    gap = Gap("connection c1", "2026-01-01T00:00:00Z", 1_767_225_600_000, "cut", 500)
    assert (gap.ended_at, gap.ts_ended) == (None, None)


def test_statuses_do_not_share_their_lists() -> None:
    """Filling one object leaves the next one empty."""
    Health().reasons.append("starting")
    assert Health().reasons == []
