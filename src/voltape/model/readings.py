"""The present figures of the running system, each with what keeps it from being known."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from voltape.model.figures import MEGABYTE
from voltape.model.status import Audit, Status
from voltape.model.usage_window import Growth, UsageWindow

__all__ = ["Reading", "readings"]

_HOUR_S = 3600.0
_SETTLED_S = 60.0
_FEW_REQUESTS = 20
_SILENT_MS = 30_000
_STREAM = "exchange socket"
_TRUTH = "exchange"
_STORE_ROLE = "valkey"
_OF_THE_SERVER = ("response_time_ms",)


class Reading(msgspec.Struct, frozen=True):
    """A figure as far as it is known.

    Attributes:
        value: None where nothing is known.
        why: what keeps it from being judged; None where nothing does.
        lower_bound: whether the true figure can only be larger.
    """

    value: float | None
    why: str | None = None
    lower_bound: bool = False


def readings(status: Status, window: UsageWindow, now_ms: int) -> dict[str, Reading]:
    """Every figure by its name in `Figures`.

    Args:
        status: the present one.
        window: of the same system.
        now_ms: epoch ms, to notice a tracker that no longer tells.
    """
    found = {
        **_by_time(status, window),
        **_by_message(status, window),
        "memory_mb": _memory(status),
        "reconnections_hour": _reconnections(status),
        "response_time_ms": _response_time(status),
        "accuracy_percent": _accuracy(status.audits),
        "network_gb": _network_total(status),
        "store_memory_mb": _store_memory(status),
    }
    silent_ms = now_ms - status.ts if status.ts else 0
    if silent_ms <= _SILENT_MS:
        return found
    why = f"the tracker has not been heard for {silent_ms // 1000} s"
    return {name: one if name in _OF_THE_SERVER else Reading(one.value, why) for name, one in found.items()}


def _by_time(status: Status, window: UsageWindow) -> dict[str, Reading]:
    short = _too_short(window)
    messages = window.grown("messages").get("")
    return {
        "cpu_percent": _sum_of_roles(window.grown("cpu"), 100.0, 1, status, short),
        "disk_mb_hour": _sum_of_roles(window.grown("disk"), _HOUR_S / MEGABYTE, 1, status, short),
        "network_mb_hour": _network(status, short, lambda growth: growth.per(_HOUR_S / MEGABYTE), window),
        "messages_second": Reading(None if messages is None else messages.per(1), short),
    }


def _by_message(status: Status, window: UsageWindow) -> dict[str, Reading]:
    short = _too_short(window)
    messages = window.grown("messages").get("", Growth(0, 0)).amount
    if messages <= 0:
        none = Reading(None, short or "no message came")
        names = ("cpu_ms_message", "network_bytes_message", "disk_bytes_message", "store_bytes_message")
        return dict.fromkeys(names, none)

    def each(growth: Growth) -> float:
        return growth.amount / messages

    store = window.grown("store").get("", Growth(0, 0))
    return {
        "cpu_ms_message": _sum_of_roles(window.grown("cpu"), 1000 / messages, None, status, short),
        "network_bytes_message": _network(status, short, each, window),
        "disk_bytes_message": _sum_of_roles(window.grown("disk"), 1 / messages, None, status, short),
        "store_bytes_message": Reading(each(store), short),
    }


def _too_short(window: UsageWindow) -> str | None:
    if window.seconds >= _SETTLED_S - 1:
        return None
    return f"watched for {window.seconds:.0f} s of the {_SETTLED_S:.0f} s that it takes"


def _sum_of_roles(
    growth: dict[str, Growth], factor: float, per_s: int | None, status: Status, short: str | None
) -> Reading:
    """Sum over the roles of growth times `factor`, by time where `per_s` is set."""
    if not growth:
        return Reading(None, short or "the system does not tell")
    parts = [one.amount if per_s is None else one.per(per_s) or 0.0 for one in growth.values()]
    value = factor * sum(parts)
    if short:
        return Reading(value, short)
    missing = _missing(status, set(status.resources.by_role) - growth.keys())
    return Reading(value, missing, lower_bound=missing is not None)


def _missing(status: Status, untold: Iterable[str]) -> str | None:
    """What a sum over the roles lacks."""
    names = sorted(untold)
    if names:
        return f"the system does not tell it of {', '.join(names)}"
    if not status.resources.by_role.keys() & {"up", "tracker"}:
        return "no tracker is heard"
    if _STORE_ROLE not in status.resources.by_role:
        return "without the store, whose process is not seen from here"
    return None


def _memory(status: Status) -> Reading:
    roles = status.resources.by_role
    known = [use.memory_bytes for use in roles.values() if use.memory_bytes is not None]
    if not known:
        return Reading(None, "the system does not tell")
    missing = _missing(status, [role for role, use in roles.items() if use.memory_bytes is None])
    return Reading(sum(known) / MEGABYTE, missing, lower_bound=missing is not None)


def _reconnections(status: Status) -> Reading:
    count = float(status.reconnects.last_hour)
    if status.uptime_s >= _HOUR_S:
        return Reading(count)
    return Reading(count, f"counted over {status.uptime_s / 60:.0f} of 60 minutes", lower_bound=True)


def _response_time(status: Status) -> Reading:
    api = status.api
    if api.p95_ms is None:
        return Reading(None, "no request was timed yet")
    if api.requests < _FEW_REQUESTS:
        return Reading(api.p95_ms, f"{api.requests} of the {_FEW_REQUESTS} requests that it takes")
    return Reading(api.p95_ms)


def _accuracy(audits: dict[str, Audit]) -> Reading:
    compared = sum(audit.compared for audit in audits.values())
    if not compared:
        return Reading(None, "nothing was compared yet")
    equal = sum(audit.equal for audit in audits.values())
    # One wrong contract in a million is not 100 %.
    percent = 100.0 if equal == compared else min(100 * equal / compared, 99.9999)
    if _TRUTH in audits and audits[_TRUTH].compared:
        return Reading(percent)
    return Reading(percent, "nothing was compared with the exchange yet")


def _network(
    status: Status, short: str | None, measure: Callable[[Growth], float | None], window: UsageWindow
) -> Reading:
    growth = [*window.grown("sent").values(), *window.grown("received").values()]
    known = [value for value in map(measure, growth) if value is not None]
    if not known:
        return Reading(None, short or "bytes exchanged are not counted")
    missing = _uncounted(status)
    return Reading(sum(known), short or missing, lower_bound=short is None and missing is not None)


def _network_total(status: Status) -> Reading:
    if not status.traffic:
        return Reading(None, "bytes exchanged are not counted")
    missing = _uncounted(status)
    total = sum(_bytes_of(status))
    return Reading(total / 1000 / MEGABYTE, missing, lower_bound=missing is not None)


def _bytes_of(status: Status) -> Iterator[int]:
    for traffic in status.traffic.values():
        yield traffic.sent
        yield traffic.received


def _uncounted(status: Status) -> str | None:
    stream = status.traffic.get(_STREAM)
    return None if stream is not None and stream.received else "bytes of the stream are not counted"


def _store_memory(status: Status) -> Reading:
    memory = status.store.memory_bytes
    return Reading(None, "the store does not tell") if memory is None else Reading(memory / MEGABYTE)
