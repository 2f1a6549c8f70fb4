"""The probe around 08:00 UTC: what comes on the topics of contracts that expire, and when the lists let go of them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from voltape.bybit.topics import ticker_topic
from voltape.doctor.probe.answer import Answer
from voltape.doctor.probe.line import Line
from voltape.doctor.probe.target import Target
from voltape.doctor.probe.waits import subscribe
from voltape.errors import VenueError

__all__ = ["at_expiry"]

LEAD = 120.0
MOST = 200
LOOK_EVERY = 15.0


async def at_expiry(target: Target, tell: Callable[[str], None]) -> Answer:
    """Wait for the nearest expiry, and watch its contracts before and after it.

    It begins two minutes before, or now if that is past, and goes on for the target's seconds after it.
    """
    instant = target.contracts[0].expiry_ms
    dying = [contract for contract in target.contracts if contract.expiry_ms == instant][:MOST]
    ahead = instant - await target.rest.server_time()
    wait = ahead / 1000 - LEAD
    if wait > 0:
        tell(f"waiting {wait / 60:.0f} minutes, until two minutes before the nearest expiry")
        await asyncio.sleep(wait)
        ahead = instant - await target.rest.server_time()
    due = target.clock.monotonic() + ahead / 1000
    coin = dying[0].underlying
    async with target.lines.open() as (line, _):
        await subscribe(line, [ticker_topic(contract.symbol) for contract in dying])
        await line.until(lambda: False, max(0.0, due - target.clock.monotonic()))
        before = line.data
        gone = await _gone(target, coin, {contract.symbol for contract in dying}, due)
        return _seen(line, len(dying), before, instant, gone)


async def _gone(target: Target, coin: str, symbols: set[str], due: float) -> list[str]:
    """When the list of contracts and the tickers by REST had none of the symbols any more."""
    missing = {"list of contracts": "", "tickers by REST": ""}
    mine = {symbol for symbol in symbols if symbol.startswith(f"{coin}-")}
    while (late := target.clock.monotonic() - due) < target.seconds:
        listed = shown = mine
        with suppress(VenueError):
            listed = set((await target.rest.listing(coin)).instruments)
            shown = set((await target.rest.tickers(coin)).rows)
        for name, present in (("list of contracts", listed), ("tickers by REST", shown)):
            if not missing[name] and not mine & present:
                missing[name] = f"{name}: without them {max(0.0, late):.0f} s after"
        if all(missing.values()):
            break
        await asyncio.sleep(min(LOOK_EVERY, target.seconds / 4))
    late = max(0.0, target.clock.monotonic() - due)
    return [told or f"{name}: still with them {late:.0f} s after" for name, told in missing.items()]


def _seen(line: Line, count: int, before: int, instant: int, gone: list[str]) -> Answer:
    after = line.data - before
    latest = max(line.latest_ts.values(), default=None)
    if latest is None:
        return Answer("at expiry", "not settled", f"no data of {count} contracts that expired", gone)
    off = (latest - instant) / 1000
    text = (
        f"{count} contracts: {before:,} messages before, {after:,} after; the last one's time is "
        f"{abs(off):.1f} s {'after' if off > 0 else 'before'} expiry"
    )
    return Answer("at expiry", "goes on" if after and off > 1 else "falls silent", text, gone)
