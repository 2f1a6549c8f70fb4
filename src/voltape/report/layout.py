"""The report as lines of plain text that fit 80 columns."""

from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap

from voltape.model.efficiency import Efficiency, MeasuredBaseline, Target
from voltape.model.figures import METRICS, Metric
from voltape.model.machine_cost import Machine
from voltape.report.coverage import coverage_lines

__all__ = ["WIDTH", "lines_of"]

WIDTH = 80

_HEADS = ("", "now", "plan", "before", "vs plan", "vs before", "target", "")
_WIDTHS = (24, 6, 6, 8, 9, 11, 8)
_VERDICTS = {True: "met", False: "MISSED", None: "unknown"}
_KEPT = {True: "kept", False: "BROKEN", None: "unknown"}


def lines_of(report: Efficiency, url: str, *, expiries: bool = False) -> Iterator[str]:
    """Everything in the report, section by section.

    Args:
        report: what the system answered.
        url: where.
        expiries: whether coverage is shown by expiry too.
    """
    yield from _head(report, url)
    yield from _figures(report)
    yield from _promises(report)
    yield from _remarks(report)
    yield ""
    yield from coverage_lines(report.coverage, expiries=expiries)
    yield from _audits(report)
    yield from _roles(report)
    yield from _switches(report)
    yield from _cost(report)


def amount(value: float | None) -> str:
    """A figure, never negative, in at most six characters; `-` where there is none."""
    if value is None:
        return "-"
    if value >= 99_999.5:
        return f"{value / 1000:.0f}k"
    if value >= 99.95:
        return f"{value:,.0f}" if value < 9999.5 else f"{value:.0f}"
    text = f"{value:.1f}" if value >= 9.995 else f"{value:.2f}" if value >= 0.995 else f"{value:.3f}"
    return text.rstrip("0").rstrip(".")


def percent(value: float | None) -> str:
    """An improvement as the change it is, so that -75% is a quarter of what was; `-` where it is not known."""
    if value is None:
        return "-"
    # The last per cent is told more finely: half of it is half of the use.
    return f"{-value:+.1f}%" if 95 < value < 100 else f"{0 - value:+.0f}%"


def _head(report: Efficiency, url: str) -> Iterator[str]:
    yield f"voltape {report.version} at {url}, profile {report.profile}"
    watched = "" if report.since_at is None else f" since {report.since_at}"
    yield f"exchange {report.exchange or 'unknown'}, up {_time(report.uptime_s)}"
    yield f"averages over {_time(report.window_s)}{watched}"
    source = report.baseline.source
    if source is None:
        yield "before: nothing measured (`make report` writes it)"
    else:
        yield from wrap(_provenance(source), WIDTH, subsequent_indent="  ")
    yield ""


def _provenance(source: MeasuredBaseline) -> str:
    load = f"{amount(source.figures.messages_second)} messages/s, {source.contracts:,} contracts"
    note = f"; {source.note}" if source.note else ""
    return f"before: measured {source.measured_at} at {load}, on {source.machine}{note}"


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _figures(report: Efficiency) -> Iterator[str]:
    yield _row(_HEADS)
    targets = {target.metric: target for target in report.targets}
    for metric in METRICS:
        cells = _cells(report, metric, targets.get(metric.name))
        if set(cells[1:]) != {"-", ""}:
            yield _row(cells)


def _cells(report: Efficiency, metric: Metric, target: Target | None) -> tuple[str, ...]:
    name = metric.name
    figures = (report.current, report.baseline.plan, report.baseline.measured)
    values = [amount(None if one is None else getattr(one, name)) for one in figures]
    changes = [percent(one.get(name)) for one in (report.improvement.plan, report.improvement.measured)]
    judged = ("", "") if target is None else (_limit(target), _VERDICTS[target.met])
    return (f"{metric.label}, {metric.unit}", *values, *changes, *judged)


def _limit(target: Target) -> str:
    return f"{'<' if target.relation == 'below' else ''}{target.limit:g}"


def _row(cells: Iterable[str]) -> str:
    label, *figures, verdict = cells
    first, *widths = _WIDTHS
    columns = "".join(f"{cell:>{width}}" for cell, width in zip(figures, widths, strict=True))
    return f"{label:<{first}}{columns} {verdict}".rstrip()


def _promises(report: Efficiency) -> Iterator[str]:
    yield ""
    labels = {metric.name: f"{metric.label}, {metric.unit}" for metric in METRICS}
    yield "promised by the plan"
    for one in report.promises:
        if one.limit is not None:
            promised, now = f"at most {one.limit:g}", amount(one.current)
        else:
            promised, now = f"-{one.reduction_percent:g}%", percent(one.current)
        yield f"  {labels[one.metric]:<24}{promised:>12}{now:>10}  {_KEPT[one.kept]}"


def _remarks(report: Efficiency) -> Iterator[str]:
    yield from _list("not known yet, or in part", report.unknown)
    yield from _list("notes", report.notes)


def _list(title: str, texts: Mapping[str, str]) -> Iterator[str]:
    """Texts by figure, figures of one text together."""
    by_text: dict[str, list[str]] = {}
    for metric in METRICS:
        if metric.name in texts:
            by_text.setdefault(texts[metric.name], []).append(f"{metric.label}, {metric.unit}")
    if by_text:
        yield ""
        yield title
    for text, labels in by_text.items():
        yield from wrap(f"  {'; '.join(labels)}: {text}", WIDTH, subsequent_indent="    ")


def _audits(report: Efficiency) -> Iterator[str]:
    yield ""
    if not report.audits:
        yield "audits: none yet"
    for name, audit in report.audits.items():
        if not audit.compared:
            yield f"audit against the {name}: nothing compared yet, {audit.undecided:,} undecided"
            continue
        wrong = audit.compared - audit.equal
        yield f"audit against the {name}: {audit.equal:,} of {audit.compared:,} equal, {wrong:,} wrong"
        if audit.latest_wrong is not None:
            yield from wrap(f"  newest that differed: {audit.latest_wrong}", WIDTH, subsequent_indent="    ")


def _roles(report: Efficiency) -> Iterator[str]:
    yield ""
    yield f"{'by process':<24}{'CPU, %':>8}{'MB':>8}{'disk MB/h':>11}"
    for name, role in report.roles.items():
        figures = f"{amount(role.cpu_percent):>8}{amount(role.memory_mb):>8}{amount(role.disk_mb_hour):>11}"
        yield f"  {name:<22}{figures}"
    if report.traffic:
        yield f"{'by peer, since start':<24}{'sent, MB':>12}{'received, MB':>14}"
    for peer, traffic in report.traffic.items():
        yield f"  {peer:<22}{traffic.sent / 1e6:>12.2f}{traffic.received / 1e6:>14.2f}"


def _switches(report: Efficiency) -> Iterator[str]:
    yield ""
    if not report.optimisations:
        yield "optimisations: not told"
        return
    listed = ", ".join(f"{name}={setting}" for name, setting in report.optimisations.items())
    yield from wrap(f"optimisations: {listed}", WIDTH, subsequent_indent="  ")


def _cost(report: Efficiency) -> Iterator[str]:
    yield ""
    cost = report.cost
    if cost.load is None or cost.machine is None:
        yield from wrap(f"smallest machine: unknown: {cost.reason}", WIDTH, subsequent_indent="  ")
    else:
        peak = f"busiest minute {amount(cost.load.cpu_percent)} % of a core, {amount(cost.load.memory_mb)} MB"
        room = f"at most {cost.head_room.cpu_percent:g} % of its CPU and {cost.head_room.memory_percent:g} % of its memory"
        yield from wrap(
            f"smallest machine: {_size(cost.machine)} ({peak}; {room})", WIDTH, subsequent_indent="  "
        )
    others = [
        f"{name} {_size(machine)}"
        for name, machine in (("plan's baseline", cost.plan_machine), ("before", cost.measured_machine))
        if machine is not None
    ]
    yield from wrap(f"by the same rule: {', '.join(others)}", WIDTH, subsequent_indent="  ")
    before, after = cost.plan.before, cost.plan.after
    yield from wrap(
        f"the plan's figures: {_size(before.machine)} at ${before.usd_month[0]}-{before.usd_month[1]} a month before, "
        f"{_size(after.machine)} at ${after.usd_month[0]}-{after.usd_month[1]} after",
        WIDTH,
        subsequent_indent="  ",
    )


def _size(machine: Machine) -> str:
    return f"{machine.cores:g} CPU, {machine.memory_mb:,} MB"
