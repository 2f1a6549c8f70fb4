"""Plots as SVG text that can be read on a light and on a dark page: horizontal bars in groups, and lines.

Written by hand rather than by a library, because a page's plots have to follow its reader's colours, need no script,
and change in as few lines as the figures do.
"""

from collections.abc import Iterator, Sequence
from math import ceil, floor, log10
from typing import NamedTuple
from xml.etree import ElementTree as ET

from .wording import number

__all__ = ["Bars", "Lines"]

_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2933 }
.title { font-weight: 600; font-size: 15px }
.faint { fill: #52606d; font-size: 12px }
.page { fill: #ffffff }
.grid { stroke: #d9dee4 }
.s0 { fill: #1d4ed8; stroke: #1d4ed8 } .s1 { fill: #c2410c; stroke: #c2410c }
.s2 { fill: #0f766e; stroke: #0f766e } .s3 { fill: #7e22ce; stroke: #7e22ce }
.line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #e4e7eb } .faint { fill: #9aa5b1 } .page { fill: #14181d } .grid { stroke: #323f4b }
.s0 { fill: #7aa5ff; stroke: #7aa5ff } .s1 { fill: #ffa366; stroke: #ffa366 }
.s2 { fill: #4fd1c0; stroke: #4fd1c0 } .s3 { fill: #d0a2ff; stroke: #d0a2ff }
.line { fill: none }
}
"""
_WIDTH = 760
_TOP = 62
_RIGHT = 24
_BAR = 15
_GAP = 14
_BAR_LEFT = 230
_LINE_LEFT = 64
_LINE_HEIGHT = 260
_MARGIN = 0.08


class _Scale:
    """From values to pixels; logarithmic if wanted, and then from tick to tick unless it is to be `tight`."""

    def __init__(
        self, low: float, high: float, start: float, end: float, *, log: bool, tight: bool = False
    ) -> None:
        self._log = log
        self.ticks: list[float] = []
        if tight:
            self._low, self._high = log10(low) - _MARGIN, log10(high) + _MARGIN
        elif log:
            first = floor(log10(low))
            last = max(ceil(log10(high)), first + 1)
            self._low, self._high = float(first), float(last)
            self.ticks = [10.0**power for power in range(first, last + 1)]
        else:
            step = _step(high)
            self._low, self._high = 0.0, step * max(ceil(high / step), 1)
            self.ticks = [step * i for i in range(round(self._high / step) + 1)]
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        place = log10(max(value, 10.0**self._low)) if self._log else value
        share = (place - self._low) / (self._high - self._low)
        return round(self._start + min(max(share, 0.0), 1.0) * (self._end - self._start), 1)


def _step(high: float) -> float:
    """A round distance of ticks, so that there are about five."""
    rough = max(high, 1e-9) / 5
    power = 10.0 ** floor(log10(rough))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= rough)


class Bars(NamedTuple):
    """Horizontal bars in groups.

    Attributes:
        title: with the unit. series: name of each bar within a group.
        groups: for each its label and a value per series, None where there is none.
        log: whether the axis is logarithmic.
    """

    title: str
    series: Sequence[str]
    groups: Sequence[tuple[str, Sequence[float | None]]]
    log: bool = False

    def svg(self) -> str:
        """The plot."""
        rows = [[value for value in values if value is not None] for _, values in self.groups]
        values = [value for row in rows for value in row if value > 0]
        height = _TOP + sum(len(row) * _BAR + _GAP for row in rows) + 30
        root = _page(self.title, self.series, height)
        scale = _Scale(min(values), max(values), _BAR_LEFT, _WIDTH - _RIGHT - 50, log=self.log)
        bottom = height - 30
        for tick in scale.ticks:
            x = scale(tick)
            _line(root, x, _TOP - 6, x, bottom)
            _text(root, x, bottom + 16, number(tick), "faint", anchor="middle")
        y = _TOP
        for label, found in self.groups:
            drawn = [(i, value) for i, value in enumerate(found) if value is not None]
            middle = y + len(drawn) * _BAR / 2 + 4
            _text(root, _BAR_LEFT - 10, middle, label, "", anchor="end")
            for i, value in drawn:
                width = max(scale(value) - _BAR_LEFT, 1.0)
                place = {"x": _BAR_LEFT, "y": y, "width": round(width, 1), "height": _BAR - 2}
                _add(root, "rect", {**place, "class": f"s{i % 4}"})
                _text(root, _BAR_LEFT + width + 5, y + _BAR - 4, number(value), "faint")
                y += _BAR
            y += _GAP
        return _written(root)


class Lines(NamedTuple):
    """Lines over a logarithmic axis.

    Attributes:
        title: with the unit. across: what the horizontal axis is.
        series: for each its name and its points, x ascending.
        log: whether the vertical axis is logarithmic too.
    """

    title: str
    across: str
    series: Sequence[tuple[str, Sequence[tuple[float, float]]]]
    log: bool = False

    def svg(self) -> str:
        """The plot."""
        height = _TOP + _LINE_HEIGHT + 46
        root = _page(self.title, [name for name, _ in self.series], height)
        points = [point for _, found in self.series for point in found]
        left, right, bottom = _LINE_LEFT, _WIDTH - _RIGHT - 20, _TOP + _LINE_HEIGHT
        xs = _Scale(min(x for x, _ in points), max(x for x, _ in points), left, right, log=True, tight=True)
        low = min((y for _, y in points if y > 0), default=1.0)
        ys = _Scale(low, max(low, *(y for _, y in points)), bottom, _TOP, log=self.log)
        for tick in ys.ticks:
            _line(root, left, ys(tick), right, ys(tick))
            _text(root, left - 8, ys(tick) + 4, number(tick), "faint", anchor="end")
        for x in sorted({x for x, _ in points}):
            _line(root, xs(x), _TOP, xs(x), bottom)
            _text(root, xs(x), bottom + 17, number(x), "faint", anchor="middle")
        _text(root, (left + right) / 2, bottom + 38, self.across, "faint", anchor="middle")
        for i, (_, found) in enumerate(self.series):
            path = " ".join(f"{xs(x)},{ys(y)}" for x, y in found)
            _add(root, "polyline", {"points": path, "class": f"s{i % 4} line", "style": "fill:none"})
            for x, y in found:
                _add(root, "circle", {"cx": xs(x), "cy": ys(y), "r": 3.5, "class": f"s{i % 4}"})
        return _written(root)


def _page(title: str, series: Sequence[str], height: float) -> ET.Element:
    size = {"viewBox": f"0 0 {_WIDTH} {round(height)}", "width": str(_WIDTH), "height": str(round(height))}
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size})
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "style").text = _STYLE
    _add(root, "rect", {"width": _WIDTH, "height": round(height), "class": "page"})
    _text(root, 16, 24, title, "title")
    for i, (x, name) in enumerate(_legend(series)):
        _add(root, "rect", {"x": x, "y": 35, "width": 11, "height": 11, "class": f"s{i % 4}"})
        _text(root, x + 16, 45, name, "faint")
    return root


def _legend(series: Sequence[str]) -> Iterator[tuple[float, str]]:
    x = 16.0
    for name in series:
        yield x, name
        # About what the text takes: no font is asked.
        x += 34 + 6.2 * len(name)


def _add(parent: ET.Element, tag: str, attributes: dict[str, object]) -> ET.Element:
    return ET.SubElement(parent, tag, {name: str(value) for name, value in attributes.items()})


def _line(root: ET.Element, x1: float, y1: float, x2: float, y2: float) -> None:
    _add(root, "line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "class": "grid"})


def _text(root: ET.Element, x: float, y: float, text: str, kind: str, *, anchor: str = "start") -> None:
    place: dict[str, object] = {"x": round(x, 1), "y": round(y, 1), "text-anchor": anchor}
    _add(root, "text", {**place, "class": kind} if kind else place).text = text


def _written(root: ET.Element) -> str:
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode") + "\n"
