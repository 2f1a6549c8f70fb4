from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from tests.model.statuses import at_work
from tests.top.scenes import NOW_MS, scene, ticker
from voltape.model.status import Health
from voltape.top.frame import frame
from voltape.top.scene import Move, Scene


def drawn(shown: Scene, width: int = 80, height: int | None = 24) -> list[str]:
    """A frame's lines without colours."""
    return [line.plain for line in frame(shown, width, height, NOW_MS)]


@pytest.mark.parametrize("view", ["chain", "system"])
@given(width=st.integers(20, 200), height=st.integers(5, 60), offset=st.integers(-99, 99))
def test_a_frame_fits_its_terminal(view: Any, width: int, height: int, offset: int) -> None:
    """Whatever its size, and however far one has gone up or down."""
    lines = drawn(scene(view=view, offset=offset), width, height)
    assert len(lines) == height
    assert max(map(len, lines)) <= width


def test_the_chain_is_calls_then_strikes_then_puts() -> None:
    """Both sides are mirrored, and the strike at the money is marked and in the middle."""
    lines = drawn(scene())
    assert lines[3].split() == [
        "vol",
        "OI",
        "Δ",
        "IV",
        "ask",
        "bidCALLS│PUTS",
        "bid",
        "ask",
        "IV",
        "Δ",
        "OI",
        "vol",
    ]
    money = next(line for line in lines if "▸" in line)
    assert money[35:45] == " ▸103000◂ "
    assert money[:35].split() == ["·", "·", "+0.50", "49.0", "1300.0", "1234.5"]
    assert abs(lines.index(money) - 13) <= 1


def test_a_wide_terminal_shows_more() -> None:
    """Marks and the change of a day."""
    heads = drawn(scene(), 120, 40)[3]
    assert heads.count("mark") == heads.count("24h") == 2


def test_the_strikes_move_with_the_arrows() -> None:
    """To the ends and no further."""
    lowest = drawn(scene(offset=-99))
    assert "84000" in lowest[4]
    highest = drawn(scene(offset=99))
    assert "123000" in highest[-2]


def test_without_a_height_everything_is_shown() -> None:
    """As for a script, which has no use for keys."""
    lines = drawn(scene(), height=None)
    assert len(lines) == 4 + 40
    assert "quit" not in lines[-1]


def style_at(line: Text, text: str) -> str:
    """The style of a piece of a line."""
    start = line.plain.index(text)
    return " ".join(str(span.style) for span in line.spans if span.start <= start < span.end)


def test_moves_staleness_and_sides_have_their_colours() -> None:
    """A bid that rose is green, one that fell red; what is stale is neither."""
    rising, falling = ticker(100_000.0, bid_price=11.0), ticker(101_000.0, bid_price=22.0)
    stale = ticker(102_000.0, bid_price=33.0, stale=True)
    shown = scene(
        tickers={one.symbol: one for one in (rising, falling, stale)},
        moves={
            (rising.symbol, "bid_price"): Move(rose=True, at_ms=NOW_MS - 100),
            (falling.symbol, "bid_price"): Move(rose=False, at_ms=NOW_MS - 100),
            (stale.symbol, "bid_price"): Move(rose=False, at_ms=NOW_MS - 9000),
        },
    )
    lines = frame(shown, 80, 24, NOW_MS)
    styles = [style_at(line, bid) for line, bid in zip(lines[4:7], ("11", "22", "33"), strict=True)]
    assert styles == ["bold green", "bold red", "dim italic"]


def test_the_system_view_tells_each_part() -> None:
    """Coverage, connections, lag, reconnects, store, cache, use and lamps."""
    text = "\n".join(drawn(scene(view="system"), 100, 40))
    for part in (
        "coverage",
        "BTC",
        "c1",
        "lag",
        "reconnects",
        "store",
        "cache",
        "use",
        "efficiency",
        "● CPU",
    ):
        assert part in text
    assert "90.0%" in text
    assert "MISSED" in text or "met" in text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "● ready"),
        ({"trouble": "connection lost"}, "○ connection lost"),
        ({"status": None}, "○ waiting"),
        ({"status": at_work(health=Health(False, ["stalled: SOL"]))}, "○ NOT READY: stalled: SOL"),
        ({"status": at_work(health=Health(True, [], ["store lost"]))}, "● degraded: store lost"),
    ],
)
def test_the_first_line_says_how_it_is(changes: dict[str, Any], told: str) -> None:
    """In words, not by colour alone."""
    assert told in drawn(scene(**changes))[0]


@pytest.mark.parametrize(
    ("exchange", "simulated"),
    [
        ("127.0.0.1:9000", True),
        ("stream.bybit.com", False),
        ("bybit.com.example", True),
        ("stream.bytick.com", False),
    ],
)
def test_a_simulated_market_is_marked(exchange: str, simulated: bool) -> None:
    """Nobody takes it for the real one."""
    shown = scene(status=at_work(exchange=exchange))
    assert ("SIMULATED" in drawn(shown)[0]) is simulated


@pytest.mark.parametrize("view", ["chain", "system"])
def test_a_scene_of_nothing_is_drawn_too(view: Any) -> None:
    """Before anything has come, and where nothing is listed."""
    empty = scene(view=view, status=None, efficiency=None, tickers={}, expiries=[], expiry=None)
    assert len(drawn(empty)) == 24
    waiting = scene(view=view, tickers={})
    assert len(drawn(waiting)) == 24


def test_a_side_that_is_not_listed_is_empty() -> None:
    """It is not a side without prices."""
    call = ticker(103_000.0, bid_price=5.0)
    (line,) = [line for line in drawn(scene(tickers={call.symbol: call})) if "103000" in line]
    assert line[45:].strip() == ""


def test_figures_far_out_of_range_do_not_shift_columns() -> None:
    """A cell is as wide as its column."""
    wild = ticker(103_000.0, change_24h=123.0, bid_price=1e6, delta=-1.0, mark_iv=9.99, open_interest=1e12)
    lines = drawn(scene(tickers={wild.symbol: wild}), 120, 40)
    assert len(lines[4].rstrip()) <= 120
    tame = msgspec.structs.replace(wild, change_24h=-123.0)
    assert "<-999%" in drawn(scene(tickers={tame.symbol: tame}), 120, 40)[4]
