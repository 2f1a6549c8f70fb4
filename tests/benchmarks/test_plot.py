"""Plots as SVG."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.plot import Bars, Lines

SVG = "{http://www.w3.org/2000/svg}"


def bars_of(plot: Bars) -> list[float]:
    """Widths of the bars, in order."""
    root = ET.fromstring(plot.svg())  # noqa: S314 - our own text
    left = max(float(rect.get("x", 0)) for rect in root.iter(f"{SVG}rect"))
    return [
        float(rect.get("width", 0)) for rect in root.iter(f"{SVG}rect") if float(rect.get("x", 0)) == left
    ]


def test_a_bar_is_as_long_as_its_value() -> None:
    """Twice as much is twice as long on a plain axis; a value that is not there has no bar."""
    one, two = bars_of(Bars("t", ["a", "b"], [("x", [10.0, None]), ("y", [None, 20.0])]))
    assert two == pytest.approx(2 * one)


def test_a_logarithmic_bar_grows_by_the_same_for_each_factor() -> None:
    """One decade is one step."""
    first, second, third = bars_of(
        Bars("t", ["a"], [("x", [10.0]), ("y", [100.0]), ("z", [1_000.0])], log=True)
    )
    assert third - second == pytest.approx(second - first, abs=1.1)


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=8), st.booleans())
def test_no_bar_leaves_the_plot(values: list[float], log: bool) -> None:
    """Whatever the values."""
    plot = Bars("t", ["a"], [(str(i), [value]) for i, value in enumerate(values)], log=log)
    assert all(0 < width <= 760 - 230 for width in bars_of(plot))


def test_a_plot_can_be_read_on_dark_and_light_pages() -> None:
    """It has colours for both, an own ground, a title, and the values as text."""
    text = Bars("how much, ms", ["a"], [("x", [12.5])]).svg()
    assert "prefers-color-scheme: dark" in text
    assert 'class="page"' in text
    assert "<title>how much, ms</title>" in text
    assert ">12.5<" in text


def test_names_with_special_characters_stay_text() -> None:
    """Nothing of a label becomes markup."""
    text = Lines("a < b & c", "x", [("s<1>", [(1.0, 2.0), (10.0, 4.0)])]).svg()
    assert ET.fromstring(text).find(f"{SVG}title").text == "a < b & c"  # type: ignore[union-attr]  # noqa: S314


def test_a_line_rises_with_its_values() -> None:
    """Larger values are further up, larger x further right."""
    root = ET.fromstring(Lines("t", "x", [("s", [(500.0, 2.0), (20_000.0, 8.0)])]).svg())  # noqa: S314
    first, second = [(float(c.get("cx", 0)), float(c.get("cy", 0))) for c in root.iter(f"{SVG}circle")]
    assert second[0] > first[0]
    assert second[1] < first[1]
