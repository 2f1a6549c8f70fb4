import msgspec
import pytest

from tests.alerts.rules import made
from tests.serve.serving import make_status
from voltape.alerts.readings import (
    Answers,
    Contract,
    ExpiryPart,
    Needs,
    SummaryPart,
    UnderlyingPart,
    value_of,
)
from voltape.model.job import JobRecord
from voltape.model.status import Audit, Coverage, LaneCounts, Status, UnderlyingShare

SYMBOL = "BTC-25DEC26-100000-C-USDT"


def read(when: str, answers: Answers, **fields: object) -> float | None:
    """The value of a rule; a level is given where the kind needs one."""
    measures = {"iv_change", "volume_jump", "open_interest_jump", "index_move", "eviction"}
    switches = {"stall", "store_down", "unreachable", "not_ready", "job_failed"}
    given: dict[str, object] = {"above": None, "underlying": None}
    if when in measures:
        given["by"] = 1
    elif when not in switches:
        given["above"] = 1
    return value_of(made(when=when, **(given | fields)), answers)


def contract(**values: float | None) -> Answers:
    """Answers with one contract."""
    made_of = Contract(SYMBOL, stale=False)
    return Answers(contracts={SYMBOL: msgspec.structs.replace(made_of, **values)})


def status(**fields: object) -> Answers:
    """Answers with a status."""
    return Answers(reachable=True, status=msgspec.structs.replace(make_status(), **fields))


def share(coin: str, *, stalled: bool = False, live: int = 10, stale: int = 0) -> UnderlyingShare:
    """One underlying of a status."""
    return UnderlyingShare(coin, LaneCounts(listed=live, live=live, stale=stale), Coverage(), stalled=stalled)


def test_a_contract_is_read_from_its_ticker() -> None:
    """Mark, volatility, spread by mark, volume and open interest."""
    answers = contract(
        bid_price=95.0, ask_price=105.0, mark_price=100.0, mark_iv=0.5, volume_24h=7.0, open_interest=9.0
    )
    kinds = ("price", "iv", "iv_change", "spread", "volume_jump", "open_interest_jump")
    assert [read(kind, answers, symbol=SYMBOL) for kind in kinds] == [100.0, 0.5, 0.5, 0.1, 7.0, 9.0]


@pytest.mark.parametrize("missing", ["bid_price", "ask_price", "mark_price"])
def test_a_spread_needs_both_sides_and_a_mark(missing: str) -> None:
    """Without a bid there is no spread, not a large one."""
    values: dict[str, float | None] = {"bid_price": 1.0, "ask_price": 2.0, "mark_price": 1.5}
    assert read("spread", contract(**(values | {missing: None})), symbol=SYMBOL) is None
    assert read("spread", contract(**(values | {"mark_price": 0.0})), symbol=SYMBOL) is None


def test_what_is_stale_is_absent() -> None:
    """A price of before is no reason to wake somebody, or to let him sleep."""
    answers = Answers(contracts={SYMBOL: Contract(SYMBOL, mark_price=1.0, stale=True)})
    assert read("price", answers, symbol=SYMBOL) is None
    coin = UnderlyingPart("BTC", contracts=2, stale=2, index_price=100.0)
    assert read("index", Answers(underlyings={"BTC": coin}), underlying="BTC") is None


def test_an_underlying_is_read_from_its_sums() -> None:
    """Index, ratios, volume, open interest."""
    coin = UnderlyingPart("BTC", 10, 0, 100.0, 7.0, 9.0, 0.5, 0.6)
    answers = Answers(underlyings={"BTC": coin})
    kinds = ("index", "index_move", "volume_jump", "open_interest_jump", "put_call_ratio")
    assert [read(kind, answers, underlying="BTC") for kind in kinds] == [100.0, 100.0, 7.0, 9.0, 0.6]
    assert read("put_call_ratio", answers, underlying="BTC", of="volume") == 0.5
    assert read("index", answers, underlying="ETH") is None


def test_an_expiry_is_read_from_the_list_or_the_summary() -> None:
    """Volatility at the money, ratios; the index of volatility besides."""
    part = ExpiryPart("2026-12-25", 0.5, 0.7, 0.8)
    answers = Answers(expiries={"BTC": {"2026-12-25": part}}, summaries={"BTC": SummaryPart(55.0, [part])})
    assert read("iv", answers, underlying="BTC", expiry="2026-12-25") == 0.5
    assert read("put_call_ratio", answers, underlying="BTC", expiry="2026-12-25") == 0.8
    assert read("put_call_ratio", answers, underlying="BTC", expiry="2027-12-25") is None
    assert read("volatility_index", answers, underlying="BTC") == 55.0
    assert read("volatility_index", Answers(), underlying="BTC") is None


def test_the_system_is_read_from_its_status() -> None:
    """Whatever needs no subject, and what takes one."""
    found = make_status()
    found.store.evicted, found.store.connected, found.reconnects.last_hour = 3, False, 4
    answers = Answers(reachable=True, status=found)
    assert read("eviction", answers) == 3
    assert read("store_down", answers) == 1
    assert read("reconnect_rate", answers) == 4
    assert read("not_ready", answers) == float(not found.health.ready)
    assert read("memory", answers) == found.resources.memory_bytes
    role = next(iter(found.resources.by_role))
    assert read("memory", answers, role=role) == found.resources.by_role[role].memory_bytes
    assert read("memory", answers, role="nobody") is None


def test_a_stall_is_of_one_underlying_or_of_any() -> None:
    """One that nobody tracks is neither."""
    answers = status(underlyings=[share("BTC"), share("ETH", stalled=True)])
    assert read("stall", answers) == 1
    assert [read("stall", answers, underlying=coin) for coin in ("BTC", "ETH", "SOL")] == [0, 1, None]


def test_stale_is_a_share_of_what_has_data() -> None:
    """Of one underlying or of all."""
    answers = status(underlyings=[share("BTC", stale=1), share("ETH", live=30)])
    assert read("stale", answers) == pytest.approx(1 / 40)
    assert read("stale", answers, underlying="BTC") == pytest.approx(0.1)
    assert read("stale", status(underlyings=[])) is None


def test_accuracy_is_the_worse_one_unless_one_is_named() -> None:
    """An audit that has compared nothing says nothing."""
    audits = {"store": Audit(accuracy=0.99), "exchange": Audit(accuracy=1.0)}
    answers = status(audits=audits)
    assert read("accuracy", answers, above=None) == 0.99
    assert read("accuracy", answers, above=None, audit="exchange") == 1.0
    assert read("accuracy", status(audits={"store": Audit()}), above=None) is None


def test_a_job_failed_by_its_latest_run() -> None:
    """One that has never run has not failed."""
    jobs = [JobRecord("audit", result="timeout"), JobRecord("sweep", result="ok"), JobRecord("report")]
    answers = status(jobs=jobs)
    assert read("job_failed", answers) == 1
    assert [read("job_failed", answers, job=name) for name in ("audit", "sweep", "report")] == [1, 0, None]


def test_without_a_status_only_reach_is_known() -> None:
    """A system that cannot be read is not one that is well."""
    answers = Answers(reachable=False)
    assert read("unreachable", answers) == 1
    assert read("unreachable", Answers()) is None
    for kind in ("stall", "store_down", "memory", "stale", "job_failed", "not_ready"):
        assert read(kind, answers) is None


def test_only_what_rules_name_is_asked_for() -> None:
    """Each once; the summary, which has to be computed, only where it is needed."""
    level: dict[str, object] = {"above": 1}
    rules = [
        made(name="a", when="price", underlying=None, symbol=SYMBOL),
        made(name="b", when="spread", underlying=None, symbol=SYMBOL),
        made(name="c", when="iv", expiry="2026-12-25", **level),
        made(name="d", when="put_call_ratio"),
        made(name="e", when="stall", above=None),
    ]
    assert Needs.of(rules) == Needs((SYMBOL,), True, ("BTC",), ())
    assert Needs.of(rules[4:]) == Needs((), False, (), ())
    by_expiry = made(name="f", when="put_call_ratio", expiry="2026-12-25")
    index = made(name="g", when="volatility_index", underlying="ETH")
    assert Needs.of([by_expiry, index]).summaries == ("BTC", "ETH")


def test_the_status_that_is_read_is_the_one_that_is_sent() -> None:
    """Through JSON and back."""
    found = make_status()
    assert msgspec.json.decode(msgspec.json.encode(found), type=Status) == found
