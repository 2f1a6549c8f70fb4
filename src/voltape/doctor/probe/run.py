"""The whole probe: its order, its bounds, and the report.

It is gentle: public data only, at most six connections at once and some twenty in all, nothing beyond the documented
limits, and an end as soon as the exchange refuses us.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from voltape.bybit.rest import RestClient
from voltape.clock import SystemClock
from voltape.config import Settings, proxy_of_process
from voltape.doctor.probe import expiry, requests, waits
from voltape.doctor.probe.answer import Answer, ProbeReport
from voltape.doctor.probe.line import Lines
from voltape.doctor.probe.target import Target
from voltape.errors import VenueError, VenueRefused
from voltape.model.instrument import Instrument
from voltape.tls import client_context

__all__ = ["probe"]

QUICK = (
    ("compression", waits.compression),
    ("bad topic", requests.bad_topic),
    ("duplicate topic", requests.duplicate),
    ("no request", requests.malformed),
    ("one request", requests.one_request),
    ("batches", requests.batches),
)
SLOW = (("no reads", waits.no_reads), ("rate and size", waits.rate))


async def probe(
    settings: Settings, seconds: float, tell: Callable[[str], None], *, expiring: bool = False
) -> ProbeReport:
    """Ask the exchange of `settings` what its documentation leaves open.

    Args:
        settings: addresses, proxy, certificates and coins.
        seconds: longest time for which each probe waits for something to happen.
        tell: gets one line per step and finding.
        expiring: wait for the next expiry, too, and watch it.

    Raises:
        VenueError: the list of contracts cannot be had, so that nothing could be asked.
    """
    clock = SystemClock()
    began, started_at = clock.monotonic(), datetime.now(UTC)
    context = client_context(settings.ca_file)
    rest = RestClient(
        settings.rest_url, context, clock=clock, proxy=proxy_of_process(settings, settings.rest_url)
    )
    lines = Lines(settings.ws_url, context, clock, proxy_of_process(settings, settings.ws_url))
    try:
        contracts = await _contracts(rest, settings.underlyings)
        tell(f"{len(contracts):,} contracts are listed")
        target = Target(lines, rest, clock, contracts, seconds)
        answers = await Questions(target, tell).all(expiring=expiring)
    finally:
        await rest.close()
    return ProbeReport(
        exchange=[settings.ws_url, settings.rest_url],
        started_at=started_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        took_s=round(clock.monotonic() - began, 1),
        connections=lines.opened,
        requests=lines.requests + rest.requests,
        answers=answers,
        sim=_command(answers),
        faults=[fault for answer in answers for fault in answer.faults],
    )


async def _contracts(rest: RestClient, underlyings: tuple[str, ...]) -> list[Instrument]:
    """Everything listed for these coins, or for all of them, nearest expiries first."""
    found: list[Instrument] = []
    for coin in underlyings or await rest.base_coins():
        found += (await rest.listing(coin)).instruments.values()
    if not found:
        raise VenueError("list of contracts", "it is empty")
    return sorted(found, key=lambda one: (one.expiry_ms, one.strike, one.symbol))


class Questions:
    """The probes of one target, and what they have answered so far."""

    def __init__(self, target: Target, tell: Callable[[str], None]) -> None:
        self._target = target
        self._tell = tell
        self._answers: list[Answer] = []
        self._refused = False

    async def all(self, *, expiring: bool) -> list[Answer]:
        """Ask everything; a connection that is not to be pinged lasts meanwhile."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ask("no ping", waits.no_ping))
            for name, question in (*QUICK, *SLOW):
                await self._ask(name, question)
        if expiring:
            await self._ask("at expiry", lambda target: expiry.at_expiry(target, self._tell))
        return self._answers

    async def _ask(self, name: str, question: Callable[[Target], Awaitable[Answer]]) -> None:
        if self._refused:
            answer = Answer(name, "not settled", "not asked after a refusal")
        else:
            self._tell(f"{name} …")
            answer = await self._answered(name, question)
        self._answers.append(answer)
        self._tell(str(answer))

    async def _answered(self, name: str, question: Callable[[Target], Awaitable[Answer]]) -> Answer:
        try:
            return await question(self._target)
        except VenueRefused as error:
            self._refused = True
            return Answer(name, "not settled", f"{error}; nothing else is asked")
        except VenueError as error:
            return Answer(name, "not settled", str(error))


def _command(answers: list[Answer]) -> str:
    options = {name: value for answer in answers for name, value in answer.options.items()}
    return " ".join(
        ["voltape sim", *(name if value is None else f"{name} {value}" for name, value in options.items())]
    )
