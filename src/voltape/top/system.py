"""The running system as lines: coverage, connections, lag, reconnects, store, caches, use, and efficiency lamps."""

from collections.abc import Iterator

from rich.text import Text

from voltape.model.efficiency import Efficiency, Target
from voltape.model.figures import METRICS
from voltape.model.status import ConnectionStatus, Status, UnderlyingShare

from .cells import ABSENT, compact, megabytes, share
from .scene import Scene

__all__ = ["system_lines"]

_CALM = {"live": "green", "connecting": "yellow", "subscribing": "yellow", "closing": "dim", "closed": "dim"}
_MANY_CONNECTIONS = 4
_LAMPS = {True: ("●", "green", "met"), False: ("●", "red", "MISSED"), None: ("○", "yellow", "unknown")}


def system_lines(scene: Scene, height: int | None) -> list[Text]:
    """The system's state in at most `height` lines; all of them where that is None."""
    if scene.status is None:
        return [Text("  waiting for the status …", "dim")]
    lines = [*_coverage(scene.status), *_connections(scene.status), *_flow(scene.status), *_use(scene.status)]
    if scene.efficiency is not None:
        lines += _efficiency(scene.efficiency)
    return lines if height is None else lines[:height]


def _head(text: str) -> Text:
    return Text(text, "bold underline")


def _coverage(status: Status) -> Iterator[Text]:
    yield _head(
        f"{'coverage':<11}{'listed':>7}{'live':>6}{'polled':>7}{'stale':>6}{'seen':>6}{'volume':>8}{'OI':>8}{'last data':>11}"
    )
    for one in status.underlyings:
        yield _underlying(one)
    contracts, coverage = status.contracts, status.coverage
    seen = sum(one.seen for one in status.underlyings)
    yield Text(
        f"{'all':<11}{contracts.listed:>7}{contracts.live:>6}{contracts.polled:>7}{contracts.stale:>6}{seen:>6}"
        f"{share(coverage.volume):>8}{share(coverage.open_interest):>8}",
        "bold",
    )


def _underlying(one: UnderlyingShare) -> Text:
    counts = one.contracts
    line = Text(f"{one.underlying:<11}{counts.listed:>7}{counts.live:>6}{counts.polled:>7}")
    line.append(f"{counts.stale:>6}", "yellow" if counts.stale else "")
    line.append(f"{one.seen:>6}{share(one.coverage.volume):>8}{share(one.coverage.open_interest):>8}")
    age = ABSENT if one.last_data_age_s is None else f"{one.last_data_age_s:.1f} s"
    line.append(f"{'STALLED' if one.stalled else age:>11}", "bold red" if one.stalled else "green")
    return line


def _connections(status: Status) -> Iterator[Text]:
    yield _head(
        f"{'connection':<11}{'state':<12}{'topics':>7}{'messages':>9}{'errors':>7}{'lag':>8}{'ping':>8}{'silent':>8}{'health':>7}"
    )
    for one in status.connections[:_MANY_CONNECTIONS]:
        yield _connection(one)
    if len(status.connections) > _MANY_CONNECTIONS:
        yield Text(f"… and {len(status.connections) - _MANY_CONNECTIONS} more", "dim")
    if not status.connections:
        yield Text("none", "red")


def _connection(one: ConnectionStatus) -> Text:
    line = Text(f"{one.id:<11}")
    line.append(f"{one.state:<12}", _CALM.get(one.state, "bold red"))
    silent = ABSENT if one.last_data_age_s is None else f"{one.last_data_age_s:.1f} s"
    line.append(f"{one.topics:>7}{compact(one.messages):>9}")
    line.append(f"{one.errors:>7}", "yellow" if one.errors else "")
    line.append(f"{_ms(one.lag_ms):>8}{_ms(one.round_trip_ms):>8}{silent:>8}")
    line.append(f"{100 * one.health:>6.0f}%", "green" if one.health >= 0.8 else "red")
    return line


def _ms(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.0f} ms"


def _pair(title: str, text: str, style: str = "") -> Text:
    return Text.assemble((f"{title:<11}", "bold"), (text, style))


def _flow(status: Status) -> Iterator[Text]:
    lag, again, counts = status.lag_ms, status.reconnects, status.messages
    yield _pair("lag", f"p50 {_ms(lag.p50)}  p95 {_ms(lag.p95)}  p99 {_ms(lag.p99)}")
    causes = ", ".join(f"{cause} {count}" for cause, count in again.causes_last_hour.items())
    text = f"{again.total} since start, {again.last_hour} in the last hour{f' ({causes})' if causes else ''}"
    yield _pair(
        "reconnects", f"{text}; gaps {status.gap_counts.open} open", "yellow" if again.last_hour else ""
    )
    yield _pair(
        "messages",
        f"{counts.received:,} received, {counts.conflated:,} conflated, {counts.rejected:,} rejected, "
        f"{counts.written:,} written",
    )


def _use(status: Status) -> Iterator[Text]:
    store, cache, api = status.store, status.cache, status.api
    state = "connected" if store.connected else "NOT CONNECTED"
    yield _pair(
        "store",
        f"{store.kind}, {store.layout}, {state}, {megabytes(store.memory_bytes)}, {store.pending} pending, "
        f"{store.errors} errors",
        "" if store.connected else "bold red",
    )
    yield _pair(
        "cache",
        f"{share(cache.hit_rate)} hits, {megabytes(cache.bytes)}; API {api.requests:,} requests, p95 {_ms(api.p95_ms)}",
    )
    resources = status.resources
    roles = ", ".join(
        f"{name} {_cpu(role.cpu_percent)} {megabytes(role.memory_bytes)}"
        for name, role in resources.by_role.items()
    )
    yield _pair("use", f"CPU {_cpu(resources.cpu_percent)}, {megabytes(resources.memory_bytes)} ({roles})")


def _cpu(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.1f}%"


def _efficiency(report: Efficiency) -> Iterator[Text]:
    labels = {metric.name: metric.label for metric in METRICS}
    yield _head(f"efficiency over {report.window_s / 60:.0f} min against the plan's targets")
    lamps = [_lamp(target, labels) for target in report.targets]
    for first in range(0, len(lamps), 2):
        line = lamps[first]
        if first + 1 < len(lamps):
            line.pad_right(max(0, 39 - line.cell_len))
            line.append_text(lamps[first + 1])
        yield line


def _lamp(target: Target, labels: dict[str, str]) -> Text:
    sign, colour, verdict = _LAMPS[target.met]
    relation = "<" if target.relation == "below" else "≥"
    now = ABSENT if target.current is None else f"{target.current:.4g}"
    label = labels.get(target.metric, target.metric)
    return Text.assemble(
        (f"{sign} ", colour), f"{label} {now} {relation}{target.limit:g} ", (verdict, colour)
    )
