"""The chain as lines: calls on the left, strikes in the middle, puts on the right, the strike at the money marked."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from rich.text import Text

from voltape.model.ticker import Ticker

from .cells import ABSENT, compact, days, delta, per_cent, places, price
from .scene import FLASH_MS, Scene, Strike

__all__ = ["chain_lines"]

_STRIKE = 10
_BETWEEN = "CALLS│PUTS"
_IV_ABOVE_ATM = 0.1


class _Look(NamedTuple):
    """What the cells of a series have in common: ATM IV, decimals of its prices, and the time of the frame."""

    atm_iv: float | None
    decimals: int
    now_ms: int


class _Column(NamedTuple):
    """A column of one side.

    Attributes:
        head: its title. width: characters with the gap before it.
        text: the cell's, given the market's decimals. style: its colour, given the ATM IV.
        field: the price whose moves colour it, if any.
    """

    head: str
    width: int
    text: Callable[[Ticker, int], str]
    style: Callable[[Ticker, float | None], str]
    field: str = ""


def _plain(_ticker: Ticker, _atm_iv: float | None) -> str:
    return ""


def _iv_style(ticker: Ticker, atm_iv: float | None) -> str:
    steep = ticker.mark_iv is not None and atm_iv is not None and ticker.mark_iv - atm_iv > _IV_ABOVE_ATM
    return "yellow" if steep else "cyan"


def _delta_style(ticker: Ticker, _atm_iv: float | None) -> str:
    return "magenta" if ticker.kind == "put" else "blue"


def _change_style(ticker: Ticker, _atm_iv: float | None) -> str:
    change = ticker.change_24h or 0.0
    return "green" if change > 0 else "red" if change < 0 else "dim"


def _quantity_style(value: float | None) -> str:
    return "dim" if not value else "bold" if value >= 100 else ""


_NARROW = (
    _Column("bid", 7, lambda one, places: price(one.bid_price, places), _plain, "bid_price"),
    _Column("ask", 7, lambda one, places: price(one.ask_price, places), _plain, "ask_price"),
    _Column("IV", 5, lambda one, _: per_cent(one.mark_iv), _iv_style),
    _Column("Δ", 6, lambda one, _: delta(one.delta), _delta_style),
    _Column(
        "OI", 5, lambda one, _: compact(one.open_interest), lambda one, _: _quantity_style(one.open_interest)
    ),
    _Column("vol", 5, lambda one, _: compact(one.volume_24h), lambda one, _: _quantity_style(one.volume_24h)),
)
_WIDE = (
    *_NARROW[:2],
    _Column("mark", 8, lambda one, places: price(one.mark_price, places + 1), _plain, "mark_price"),
    *_NARROW[2:4],
    _Column("24h", 7, lambda one, _: _change(one.change_24h), _change_style),
    *_NARROW[4:],
)
_WIDE_FROM = 2 * sum(column.width for column in _WIDE) + _STRIKE


def _change(value: float | None) -> str:
    if value is None:
        return ABSENT
    return f"{100 * value:+.0f}%" if abs(value) < 9.995 else ">999%" if value > 0 else "<-999%"


def chain_lines(scene: Scene, width: int, height: int | None, now_ms: int) -> list[Text]:
    """The chosen series in at most `height` lines (all of it where that is None), heads first.

    Args:
        scene: what there is.
        width: columns of the terminal.
        height: lines to fill.
        now_ms: wall clock, epoch ms.
    """
    columns = _WIDE if width >= _WIDE_FROM else _NARROW
    lines = [_expiries(scene, width), _summary(scene, width), _heads(columns)]
    strikes = scene.strikes()
    if not strikes:
        return [
            *lines,
            Text("  waiting for the series …" if scene.expiry else "  no series is listed", "dim"),
        ]
    atm = scene.atm_row(strikes)
    first, last = _window(len(strikes), atm, None if height is None else height - len(lines), scene)
    quotes = (price for one in scene.tickers.values() for price in (one.bid_price, one.ask_price))
    look = _Look(None if scene.chosen is None else scene.chosen.atm_iv, places(quotes), now_ms)
    lines += [_line(strikes[row], columns, scene, look, at_money=row == atm) for row in range(first, last)]
    return lines


def _window(count: int, atm: int | None, room: int | None, scene: Scene) -> tuple[int, int]:
    """Rows that fit, around the money unless moved; the offset is held within what there is."""
    if room is None or count <= room:
        scene.offset = 0
        return 0, count
    middle = (count // 2 if atm is None else atm) - room // 2
    first = max(0, min(middle + scene.offset, count - room))
    scene.offset = first - middle
    return first, first + room


def _expiries(scene: Scene, width: int) -> Text:
    """The list of series with the chosen one marked, as far as it fits around that."""
    names = [_short_date(one.expiry) for one in scene.expiries]
    here = next((at for at, one in enumerate(scene.expiries) if one.expiry == scene.expiry), 0)
    first = 0
    while first < here and len(f"{scene.underlying} " + "  ".join(names[first : here + 2])) + 6 > width:
        first += 1
    line = Text(f"{scene.underlying} ", "bold")
    line.append("< " if first else "  ", "dim")
    for at, name in enumerate(names[first:], first):
        if line.cell_len + len(name) + 4 > width:
            line.append(">", "dim")
            break
        line.append(f"[{name}]" if at == here else f" {name} ", "bold reverse" if at == here else "dim")
    return line


def _short_date(expiry: str) -> str:
    day = date.fromisoformat(expiry)
    return f"{day.day}{day:%b%y}"


def _summary(scene: Scene, width: int) -> Text:
    chosen = scene.chosen
    if chosen is None:
        return Text()
    index = next((one.index_price for one in scene.tickers.values() if one.index_price is not None), None)
    stale = sum(one.stale for one in scene.tickers.values())
    parts = [
        (f" {chosen.expiry}", "bold"),
        (f"  {days(chosen.days_to_expiry)}", ""),
        (f"  fwd {_amount(scene.forward)}", ""),
        (f"  index {_amount(index)}", ""),
        (f"  ATM IV {per_cent(chosen.atm_iv)}%", "cyan"),
        (f"  {stale} stale" if stale else "", "yellow"),
        (f"  {len(scene.tickers)} contracts", "dim"),
    ]
    line = Text.assemble(*parts)
    line.truncate(width)
    return line


def _amount(value: float | None) -> str:
    return ABSENT if value is None else f"{value:,.2f}"


def _heads(columns: Sequence[_Column]) -> Text:
    calls = "".join(f"{column.head:>{column.width}}" for column in reversed(columns))
    puts = "".join(f"{column.head:>{column.width}}" for column in columns)
    return Text(f"{calls}{_BETWEEN}{puts}", "bold underline")


def _line(
    strike: Strike,
    columns: Sequence[_Column],
    scene: Scene,
    look: _Look,
    *,
    at_money: bool,
) -> Text:
    line = Text(no_wrap=True, overflow="crop")
    for column in reversed(columns):
        line.append(*_cell(strike.call, column, scene, look))
    name = f"{strike.strike:g}"
    line.append(
        f"▸{name}◂".center(_STRIKE) if at_money else name.center(_STRIKE),
        "bold reverse" if at_money else "bold",
    )
    for column in columns:
        line.append(*_cell(strike.put, column, scene, look))
    return line


def _cell(ticker: Ticker | None, column: _Column, scene: Scene, look: _Look) -> tuple[str, str]:
    if ticker is None:
        return " " * column.width, ""
    text = f"{column.text(ticker, look.decimals):>{column.width}}"
    move = scene.moves.get((ticker.symbol, column.field)) if column.field else None
    if move is not None and look.now_ms - move.at_ms < FLASH_MS:
        return text, "bold green" if move.rose else "bold red"
    if ticker.stale:
        return text, "dim italic"
    return text, "dim" if text.endswith(ABSENT) else column.style(ticker, look.atm_iv)
