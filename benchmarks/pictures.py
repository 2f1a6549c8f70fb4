"""The plots of the page: which figures each shows."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from .budgets import COUNTS, LAYOUTS, LOADS, PACES, PROGRAMS, RATES
from .figures import Figure
from .plot import Bars, Lines

__all__ = ["PICTURES", "Picture"]

_Figures = Mapping[str, Figure]
_SHORT = {"even": "even", "bursts": "bursts"}


class Picture(NamedTuple):
    """One plot: the name of its file, what it shows in words, and how it is drawn; None without its figures."""

    name: str
    text: str
    plot: Callable[[_Figures], Bars | Lines | None]

    def drawn(self, figures: _Figures) -> str | None:
        """Its SVG, or None where nothing of it was measured."""
        plot = self.plot(figures)
        return None if plot is None else plot.svg()


def _values(figures: _Figures, names: Iterable[str]) -> list[float | None]:
    return [figures[name].median if name in figures else None for name in names]


def _plain(label: str) -> str:
    return label.replace("`", "")


def _bars(title: str, series: list[str], groups: dict[str, list[float | None]], *, log: bool) -> Bars | None:
    found = [(label, values) for label, values in groups.items() if any(v is not None for v in values)]
    return Bars(title, series, found, log=log) if found else None


def _lines(
    title: str, across: str, figures: _Figures, series: dict[str, dict[float, str]], *, log: bool
) -> Lines | None:
    found = [
        (label, [(x, figures[name].median) for x, name in names.items() if name in figures])
        for label, names in series.items()
    ]
    found = [(label, points) for label, points in found if points]
    return Lines(title, across, found, log=log) if found else None


def _per_message(figures: _Figures) -> Bars | None:
    groups = {
        _plain(label): _values(figures, (f"{load}.{name}.message" for load in LOADS))
        for name, label in PROGRAMS.items()
    }
    series = ["2,600/s even", "2,600/s in bursts", "20,000/s even", "20,000/s in bursts"]
    return _bars("CPU per message received, µs (logarithmic)", series, groups, log=True)


def _by_contracts(figures: _Figures) -> Lines | None:
    series = {
        PROGRAMS[name]: {float(count): f"contracts.{name}.core_{count}" for count in COUNTS}
        for name in ("tracker", "floor")
    }
    title = "CPU at 2,600 messages/s, % of a core, by number of contracts"
    return _lines(title, "contracts", figures, series, log=False)


def _coalescing_cpu(figures: _Figures) -> Lines | None:
    series = {
        f"{kind}, {_SHORT[pace]}": {float(rate): f"coalescing.{pace}.{kind}_{rate}" for rate in RATES}
        for pace in PACES
        for kind in ("on", "off")
    }
    title = "CPU of the tracker with coalescing on and off, µs per message (logarithmic)"
    return _lines(title, "messages per second", figures, series, log=True)


def _coalescing_delay(figures: _Figures) -> Bars | None:
    groups = {
        f"{rate:,} messages/s, {_SHORT[pace]}": _values(
            figures,
            (f"coalescing.{pace}.{what}_{rate}" for what in ("p50_on", "p50_off", "p99_on", "p99_off")),
        )
        for pace in PACES
        for rate in RATES
    }
    series = ["p50 on", "p50 off", "p99 on", "p99 off"]
    return _bars("Exchange to tracker with coalescing on and off, ms", series, groups, log=False)


def _layouts(figures: _Figures) -> Bars | None:
    short = {"packed": "packed", "hash": "hash, short names", "long": "hash, long names"}
    groups = {
        short[name]: _values(figures, (f"layouts.{name}.memory", f"layouts.{name}.bytes")) for name in LAYOUTS
    }
    series = ["memory of all contracts, kB", "bytes to the store per record"]
    return _bars("Layouts of the store", series, groups, log=False)


PICTURES = (
    Picture("cpu-per-message", "CPU per message of each program under each load", _per_message),
    Picture("cost-by-contracts", "CPU of the tracker by the number of contracts", _by_contracts),
    Picture("coalescing-cpu", "CPU per message with and without receive coalescing", _coalescing_cpu),
    Picture("coalescing-delay", "Delay with and without receive coalescing", _coalescing_delay),
    Picture("store-layouts", "Memory and bytes of each layout of the store", _layouts),
)
"""In the order of the page."""
