"""One run of one job, here and now."""

from collections.abc import Awaitable, Callable

from voltape.errors import VoltapeError
from voltape.model.job import Outcome

from .place import Place

__all__ = ["work"]

# ruff: noqa: PLC0415 - a run loads what its job needs


def _work_of(name: str) -> Callable[[Place], Awaitable[Outcome]]:
    match name:
        case "universe":
            from .universe import universe

            return universe
        case "sweep":
            from .sweep import sweep

            return sweep
        case "audit":
            from .audit import audit

            return audit
        case "report":
            from .report import report

            return report
        case "retention":
            from .retention import retention

            return retention
    raise KeyError(name)


async def work(name: str, place: Place) -> Outcome:
    """Do it; whatever stands in its way is the outcome.

    Raises:
        KeyError: there is no such job.
    """
    do = _work_of(name)
    try:
        return await do(place)
    except (VoltapeError, OSError) as error:
        return Outcome(ok=False, said=" ".join(str(error).split()) or type(error).__name__)
