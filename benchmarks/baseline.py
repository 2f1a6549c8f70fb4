"""The measured baseline that the product carries: what the program before used in the newest complete run."""

from collections.abc import Mapping

from voltape.model.efficiency import MeasuredBaseline
from voltape.model.figures import MEGABYTE
from voltape.model.figures import Figures as Efficiency

from .result import Result

__all__ = ["baseline_of"]

_HOUR = 3_600
_KILO = 1_000


def baseline_of(result: Result, name: str) -> MeasuredBaseline | None:
    """The baseline from a run whose file is called `name`; None where the program before was not measured."""
    medians = {figure.name: figure.median for figure in result.figures}
    received = medians.get("even.before.received")
    if not received:
        return None
    machine = result.machine
    return MeasuredBaseline(
        figures=_figures(medians, received),
        result=name,
        measured_at=result.started_at.replace("+00:00", "Z"),
        commit=result.commit,
        machine=f"{machine.cpu}, {machine.cores} cores, {machine.python}",
        contracts=result.contracts,
        note=(
            f"It got {received:,.0f} of {medians['even.rate']:,.0f} messages/s. Its turn was too short to tell "
            "reconnects by the hour."
        ),
    )


def _figures(medians: Mapping[str, float], received: float) -> Efficiency:
    cpu = medians["even.before.system_core"]
    stored = medians["even.before.store_bytes"]
    # Both sockets of the tracker: what the exchange sends, and what goes on to the store.
    network = medians["even.before.wire"] * _KILO + stored * received
    disk = medians.get("even.before.disk")
    return Efficiency(
        cpu_percent=_rounded(cpu),
        memory_mb=_rounded(medians["even.before.memory"]),
        response_time_ms=_rounded(medians.get("api.before_p95")),
        messages_second=_rounded(received),
        cpu_ms_message=_rounded(cpu / 100 * _KILO / received),
        network_mb_hour=_rounded(network * _HOUR / MEGABYTE),
        network_bytes_message=_rounded(network / received),
        disk_mb_hour=None if disk is None else _rounded(disk * _KILO * _HOUR / MEGABYTE),
        disk_bytes_message=None if disk is None else _rounded(disk * _KILO / received),
        store_bytes_message=_rounded(stored),
        store_memory_mb=_rounded(medians["even.before.store_memory"] * _KILO / MEGABYTE),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
