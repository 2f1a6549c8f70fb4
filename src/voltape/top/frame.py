"""One frame: who answers and how it is, the chosen view, and the keys."""

from rich.text import Text

from .chain import chain_lines
from .scene import Scene
from .system import system_lines

__all__ = ["frame"]

_REAL = (".bybit.com", ".bytick.com")
_KEYS = "tab ←→ expiry   ↑↓ strikes   {coins} underlying   v {other}   q quit"


def frame(scene: Scene, width: int, height: int | None, now_ms: int) -> list[Text]:
    """The lines of a frame, each as long as the terminal is wide at most.

    Args:
        scene: what there is to show.
        width: columns of the terminal.
        height: its lines; None for everything, without the line of keys.
        now_ms: wall clock, epoch ms.
    """
    room = None if height is None else max(height - 2, 1)
    on_chain = scene.view == "chain"
    body = chain_lines(scene, width, room, now_ms) if on_chain else system_lines(scene, room)
    lines = [_head(scene, width), *body]
    if height is not None:
        lines = lines[: height - 1]
        lines += [Text() for _ in range(height - 1 - len(lines))]
        lines.append(_foot(scene))
    for line in lines:
        line.no_wrap, line.overflow = True, "crop"
        line.truncate(width)
    return lines


def _head(scene: Scene, width: int) -> Text:
    status = scene.status
    left = Text("voltape", "bold")
    if status is not None:
        left.append(f" {status.version}", "dim")
        host = status.exchange.partition(":")[0]
        if host and not f".{host}".endswith(_REAL):
            left.append(" SIMULATED ", "bold black on yellow")
    state, style = _state(scene)
    right = Text(state, style)
    if status is not None and scene.trouble is None and status.health.ready:
        cpu = status.resources.cpu_percent
        lag = status.lag_ms.p95
        more = f"lag p95 {'·' if lag is None else f'{lag:.0f}'} ms  CPU {'·' if cpu is None else f'{cpu:.1f}'}%  "
        right = Text.assemble((more, "dim"), right)
    gap = width - left.cell_len - right.cell_len
    if gap < 1:
        right.truncate(max(width - left.cell_len - 1, 1), overflow="ellipsis")
        gap = 1
    return Text.assemble(left, " " * gap, right)


def _state(scene: Scene) -> tuple[str, str]:
    if scene.trouble is not None:
        return f"○ {scene.trouble}", "bold red"
    if scene.status is None:
        return "○ waiting", "yellow"
    health = scene.status.health
    if not health.ready:
        return f"○ NOT READY: {'; '.join(health.reasons)}", "bold red"
    return (
        (f"● degraded: {'; '.join(health.degraded)}", "yellow") if health.degraded else ("● ready", "green")
    )


def _foot(scene: Scene) -> Text:
    initials = "/".join(dict.fromkeys(coin[:1].lower() for coin in scene.underlyings)) or "b/e/s"
    return Text(
        _KEYS.format(coins=initials, other="system" if scene.view == "chain" else "chain"), "dim reverse"
    )
