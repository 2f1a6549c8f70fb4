"""The value of each rule, from answers of the data API. What is stale or not there is absent."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from voltape.model.status import Status

from .rule import Rule, Subject

__all__ = [
    "READERS",
    "Answers",
    "Contract",
    "ExpiryPart",
    "Needs",
    "SummaryPart",
    "UnderlyingPart",
    "value_of",
]


class Contract(msgspec.Struct, frozen=True):
    """What rules read of a contract."""

    symbol: str
    bid_price: float | None = None
    ask_price: float | None = None
    mark_price: float | None = None
    mark_iv: float | None = None
    open_interest: float | None = None
    volume_24h: float | None = None
    stale: bool = True


class UnderlyingPart(msgspec.Struct, frozen=True):
    """What rules read of an underlying."""

    underlying: str
    contracts: int = 0
    stale: int = 0
    index_price: float | None = None
    volume_24h: float | None = None
    open_interest: float | None = None
    put_call_ratio_volume: float | None = None
    put_call_ratio_open_interest: float | None = None


class ExpiryPart(msgspec.Struct, frozen=True):
    """What rules read of an expiry."""

    expiry: str
    atm_iv: float | None = None
    put_call_ratio_volume: float | None = None
    put_call_ratio_open_interest: float | None = None


class SummaryPart(msgspec.Struct, frozen=True):
    """What rules read of the summary of an underlying."""

    volatility_index: float | None = None
    expiries: list[ExpiryPart] = []


class Answers(msgspec.Struct):
    """What was answered at one moment; None and missing keys where an answer did not come.

    Attributes:
        reachable: whether anybody answered; None where nobody was asked.
        expiries: by underlying. summaries: the same.
    """

    reachable: bool | None = None
    status: Status | None = None
    underlyings: dict[str, UnderlyingPart] = {}
    expiries: dict[str, dict[str, ExpiryPart]] = {}
    contracts: dict[str, Contract] = {}
    summaries: dict[str, SummaryPart] = {}


class Needs(msgspec.Struct, frozen=True):
    """What has to be asked for some rules; the status is asked for always."""

    symbols: tuple[str, ...]
    underlyings: bool
    expiries: tuple[str, ...]
    summaries: tuple[str, ...]

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> "Needs":
        """Needs of these rules, each once."""
        symbols, expiries, summaries = dict[str, None](), dict[str, None](), dict[str, None]()
        coins = False
        for rule in rules:
            subject, coin = rule.subject, rule.subject.underlying or ""
            if subject.symbol is not None:
                symbols[subject.symbol] = None
            elif rule.kind == "volatility_index" or (rule.kind == "put_call_ratio" and subject.expiry):
                summaries[coin] = None
            elif rule.kind in {"iv", "iv_change"}:
                expiries[coin] = None
            elif coin and rule.kind != "stall":
                coins = True
        return cls(tuple(symbols), coins, tuple(expiries), tuple(summaries))


def value_of(rule: Rule, answers: Answers) -> float | None:
    """What the rule compares, or follows for a move."""
    return READERS[rule.kind](rule.subject, answers)


def _contract(subject: Subject, answers: Answers) -> Contract | None:
    found = answers.contracts.get(subject.symbol or "")
    return None if found is None or found.stale else found


def _coin(subject: Subject, answers: Answers) -> UnderlyingPart | None:
    return answers.underlyings.get(subject.underlying or "")


def _price(subject: Subject, answers: Answers) -> float | None:
    contract = _contract(subject, answers)
    return None if contract is None else contract.mark_price


def _iv(subject: Subject, answers: Answers) -> float | None:
    if subject.symbol is not None:
        contract = _contract(subject, answers)
        return None if contract is None else contract.mark_iv
    expiry = answers.expiries.get(subject.underlying or "", {}).get(subject.expiry or "")
    return None if expiry is None else expiry.atm_iv


def _spread(subject: Subject, answers: Answers) -> float | None:
    contract = _contract(subject, answers)
    if contract is None or contract.bid_price is None or contract.ask_price is None:
        return None
    return (contract.ask_price - contract.bid_price) / contract.mark_price if contract.mark_price else None


def _traded(name: str) -> Callable[[Subject, Answers], float | None]:
    def read(subject: Subject, answers: Answers) -> float | None:
        part = _contract(subject, answers) if subject.symbol is not None else _coin(subject, answers)
        return None if part is None else getattr(part, name)

    return read


def _put_call_ratio(subject: Subject, answers: Answers) -> float | None:
    name = f"put_call_ratio_{'volume' if subject.of == 'volume' else 'open_interest'}"
    part: UnderlyingPart | ExpiryPart | None = _coin(subject, answers)
    if subject.expiry is not None:
        summary = answers.summaries.get(subject.underlying or "", SummaryPart())
        part = next((one for one in summary.expiries if one.expiry == subject.expiry), None)
    return None if part is None else getattr(part, name)


def _index(subject: Subject, answers: Answers) -> float | None:
    coin = _coin(subject, answers)
    # The index comes with the tickers: where all of these are stale, so is it.
    return None if coin is None or coin.stale >= coin.contracts else coin.index_price


def _volatility_index(subject: Subject, answers: Answers) -> float | None:
    summary = answers.summaries.get(subject.underlying or "")
    return None if summary is None else summary.volatility_index


def _of_status(
    read: Callable[[Subject, Status], float | None],
) -> Callable[[Subject, Answers], float | None]:
    def reader(subject: Subject, answers: Answers) -> float | None:
        return None if answers.status is None else read(subject, answers.status)

    return reader


def _stall(subject: Subject, status: Status) -> float | None:
    asked = [one.stalled for one in status.underlyings if subject.underlying in {None, one.underlying}]
    return float(any(asked)) if asked else None


def _memory(subject: Subject, status: Status) -> float | None:
    resources = status.resources
    if subject.role is None:
        return resources.memory_bytes
    role = resources.by_role.get(subject.role)
    return None if role is None else role.memory_bytes


def _accuracy(subject: Subject, status: Status) -> float | None:
    found = [audit.accuracy for name, audit in status.audits.items() if subject.audit in {None, name}]
    return min((share for share in found if share is not None), default=None)


def _stale(subject: Subject, status: Status) -> float | None:
    counts = [one.contracts for one in status.underlyings if subject.underlying in {None, one.underlying}]
    whole = sum(one.live + one.polled for one in counts)
    return sum(one.stale for one in counts) / whole if whole else None


def _job_failed(subject: Subject, status: Status) -> float | None:
    asked = [one.result for one in status.jobs if subject.job in {None, one.job} and one.result != "never"]
    return float(any(result != "ok" for result in asked)) if asked else None


READERS: Mapping[str, Callable[[Subject, Answers], float | None]] = {
    "price": _price,
    "iv": _iv,
    "iv_change": _iv,
    "spread": _spread,
    "volume_jump": _traded("volume_24h"),
    "open_interest_jump": _traded("open_interest"),
    "put_call_ratio": _put_call_ratio,
    "index": _index,
    "index_move": _index,
    "volatility_index": _volatility_index,
    "unreachable": lambda _, answers: None if answers.reachable is None else float(not answers.reachable),
    "not_ready": _of_status(lambda _, status: float(not status.health.ready)),
    "stall": _of_status(_stall),
    "reconnect_rate": _of_status(lambda _, status: status.reconnects.last_hour),
    "store_down": _of_status(lambda _, status: float(not status.store.connected)),
    "eviction": _of_status(lambda _, status: status.store.evicted),
    "memory": _of_status(_memory),
    "accuracy": _of_status(_accuracy),
    "stale": _of_status(_stale),
    "job_failed": _of_status(_job_failed),
}
"""How each kind is read."""
