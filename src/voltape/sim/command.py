"""`voltape sim`: the simulated exchange as a program."""

import asyncio
import os
import signal
import stat
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import uvloop

from voltape.sim.certificate import server_context
from voltape.sim.coins import COINS
from voltape.sim.options import SimOptions
from voltape.sim.server import serving
from voltape.sim.venue import OPTION_PATH

__all__ = ["sim"]


class _Coins(click.ParamType[tuple[str, ...]]):
    """A comma list of coins, at least one of which has contracts."""

    name = "coins"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip().upper() for name in str(value).split(",") if name.strip())
        if not set(names) <= set(COINS):
            self.fail(f"allowed are {', '.join(COINS)}", param, ctx)
        if not any(COINS[name].listed for name in names):
            self.fail("at least one coin needs contracts", param, ctx)
        return tuple(dict.fromkeys(names))


class _Moment(click.ParamType[datetime]):
    """An ISO 8601 time; UTC unless it says otherwise."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} is no ISO 8601 time such as 2026-03-27T07:59:00Z", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=0, show_default=True, help="0 takes a free one."
)
@click.option("--tls/--no-tls", default=True, show_default=True, help="wss/https or ws/http.")
@click.option(
    "--ca-out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the certificate to trust.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed and start, same market.")
@click.option("--start", type=_Moment(), help="Venue time at start (ISO 8601); now if left out.")
@click.option(
    "--speed",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Venue seconds per second.",
)
@click.option(
    "--rate",
    type=click.FloatRange(0),
    default=2600.0,
    show_default=True,
    help="Ticker messages per second over all contracts.",
)
@click.option(
    "--burst-ms",
    type=click.FloatRange(0, 100),
    default=0.0,
    show_default=True,
    help="Send in bursts this far apart; 0 spreads evenly.",
)
@click.option(
    "--underlyings", type=_Coins(), default="BTC,ETH,SOL", show_default=True, help="Coins to simulate."
)
@click.option(
    "--contracts",
    "scale",
    type=click.FloatRange(0.02, 12),
    default=1.0,
    show_default=True,
    help="Scale of the number of contracts.",
)
@click.option(
    "--damping/--no-damping",
    "damped",
    default=True,
    show_default=True,
    help="Damp gamma and theta on the last day.",
)
@click.option(
    "--chars-limit",
    type=click.Choice(["connection", "request", "off"]),
    default="connection",
    show_default=True,
    help="Scope of the 21,000-character limit.",
)
@click.option(
    "--max-args", type=click.IntRange(1), default=2000, show_default=True, help="Topics per connection."
)
@click.option(
    "--ping-timeout",
    type=click.FloatRange(0.1),
    default=30.0,
    show_default=True,
    help="Seconds without a JSON ping before the cut.",
)
@click.option(
    "--stall-timeout",
    type=click.FloatRange(0.1),
    default=15.0,
    show_default=True,
    help="Seconds without reading before the cut.",
)
@click.option(
    "--max-connects",
    type=click.IntRange(1),
    default=500,
    show_default=True,
    help="Connections per 5 minutes.",
)
@click.option(
    "--max-requests",
    type=click.IntRange(1),
    default=600,
    show_default=True,
    help="REST requests per 5 seconds.",
)
@click.option(
    "--ban-s",
    "ban",
    type=click.FloatRange(0),
    default=600.0,
    show_default=True,
    help="Seconds of 403 after too many requests.",
)
@click.option(
    "--base-coin-all/--no-base-coin-all",
    default=True,
    show_default=True,
    help="Whether baseCoin=All is understood.",
)
@click.option(
    "--option-base-coins/--no-option-base-coins",
    default=True,
    show_default=True,
    help="Whether that endpoint exists.",
)
@click.option(
    "--null-cursor/--empty-cursor", default=False, show_default=True, help="Form of the last page's cursor."
)
@click.option(
    "--exit-with-stdin/--outlive-stdin",
    default=False,
    show_default=True,
    help="Whether to end when standard input closes, as it does when the starting program ends.",
)
def sim(
    *,
    host: str,
    port: int,
    tls: bool,
    ca_out: Path | None,
    start: datetime | None,
    burst_ms: float,
    underlyings: tuple[str, ...],
    exit_with_stdin: bool,
    **switches: float,
) -> None:
    """Run the simulated exchange until told to stop."""
    if exit_with_stdin and not _stdin_is_pipe():
        raise click.UsageError("--exit-with-stdin needs a pipe as standard input")
    options = SimOptions(
        underlyings=underlyings,
        burst=burst_ms / 1000.0,
        start_ms=int((start.timestamp() if start else time.time()) * 1000),
        **switches,  # type: ignore[arg-type]
    )
    with asyncio.Runner(loop_factory=_loop) as runner:
        try:
            served = runner.run(
                _run(options, host, port, tls=tls, ca_out=ca_out, exit_with_stdin=exit_with_stdin)
            )
        except OSError as error:
            raise click.ClickException(f"cannot serve on {host}:{port}: {_reason(error)}") from error
    if not served:
        raise SystemExit(1)


def _reason(error: OSError) -> str:
    """What the system says; asyncio wraps that in words of its own, with the address and the number twice."""
    known = error.errno is not None and error.errno > 0
    return os.strerror(error.errno or 0) if known else str(error.strerror or error)


def _stdin_is_pipe() -> bool:
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


class _UntilClosed(asyncio.Protocol):
    """Sets an event when what it reads from ends, however the other side ended."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event

    def connection_lost(self, exc: Exception | None) -> None:
        self._event.set()


async def _run(
    options: SimOptions, host: str, port: int, *, tls: bool, ca_out: Path | None, exit_with_stdin: bool
) -> bool:
    """Serve until a signal or the end of standard input; false if the feed broke down instead."""
    stop, failed = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if exit_with_stdin:
        await loop.connect_read_pipe(lambda: _UntilClosed(stop), sys.stdin)

    def fail() -> None:
        failed.set()
        stop.set()

    context = server_context(host, ca_out) if tls else None
    async with serving(options, host=host, port=port, context=context, on_failure=fail) as (_, actual):
        letter = "s" if tls else ""
        click.echo(f"ready ws{letter}://{host}:{actual}{OPTION_PATH} http{letter}://{host}:{actual}")
        await stop.wait()
    return not failed.is_set()


def _loop() -> asyncio.AbstractEventLoop:
    return uvloop.new_event_loop()
