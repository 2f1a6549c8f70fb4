"""What is pushed is proved equal to what the exchange shows on REST, where the two can be compared at all."""

import logging
from random import Random

import pytest

from tests.bybit.exchange import eventually, running_exchange
from tests.track.rig import BTC, ETH, Rig, values
from tests.track.test_tracker import tracking
from voltape.errors import VenueError
from voltape.model.status import Audit
from voltape.sim.contract import Contract
from voltape.sim.ticker import WS_FIELDS
from voltape.track import audit as audit_module
from voltape.track import poller as poller_module
from voltape.track import tracker as tracker_module
from voltape.track.audit import ExchangeAudit

QUIET, OTHERS = BTC[0], BTC[1:]


class AuditedRig(Rig):
    """A rig whose polls are audited."""

    def __init__(self, *coins: str, interval: float = 30.0) -> None:
        super().__init__(*coins)
        self.audit = ExchangeAudit(self.feed, Random(1), interval)
        self.poller._audit = self.audit
        self.polling = False

    async def running(self, count: int, *speaking: str, mark: float = 100.0) -> None:
        """Let seconds pass as in `seconds`, and settle what can be."""
        for _ in range(count):
            await self.seconds(1, *speaking, mark=mark)
            self.poller.settle()

    async def quiet(self) -> None:
        """Everything listed and live, one contract silent for longer than any message is on its way."""
        await self.universe.refresh()
        await self.running(10, *self.board.rows)
        await self.running(6, *(symbol for symbol in self.board.rows if symbol != QUIET))


@pytest.fixture
async def rig() -> AuditedRig:
    """A rig of one coin with one quiet contract."""
    made = AuditedRig("BTC")
    await made.quiet()
    return made


async def test_rows_that_a_poll_shows_as_they_were_pushed_are_equal(rig: AuditedRig) -> None:
    """Busy or quiet; the verdict comes when the grace is over."""
    await rig.poller.poll("BTC")
    await rig.running(3, *OTHERS)
    assert rig.audit.audit == Audit()
    await rig.running(1, *OTHERS)
    assert rig.audit.audit == Audit(compared=len(BTC), equal=len(BTC), accuracy=1.0)
    assert rig.audit.problem is None


async def test_a_silent_contract_that_differs_is_wrong_and_asked_for_anew_after_the_verdict(
    rig: AuditedRig, caplog: pytest.LogCaptureFixture
) -> None:
    """To ask at once would bring a message that hides the error; it is logged once, whatever else is found."""
    rig.venue.rows[QUIET] = values(7.0, bid_price=6.0)
    await rig.poller.poll("BTC")
    await rig.running(3, *OTHERS)
    assert rig.pool.renewed == []
    assert rig.poller.disagreed == 0
    with caplog.at_level(logging.INFO):
        await rig.running(1, *OTHERS)
        assert rig.pool.renewed == [f"tickers.{QUIET}"]
        assert rig.feed.unproven == {QUIET}
        assert rig.poller.disagreed == 1
        found = rig.audit.audit
        assert (found.compared, found.equal) == (len(BTC), len(BTC) - 1)
        assert found.latest_wrong == f"{QUIET}: bid_price, mark_price"
        assert QUIET in str(rig.audit.problem)
        rig.push(QUIET, 7.0)
        rig.venue.rows[QUIET] = values(7.0)
        await rig.running(30, *OTHERS)
        await rig.poller.poll("BTC")
        await rig.running(4, *OTHERS)
    assert rig.audit.problem is None
    assert [record.levelname for record in caplog.records if record.name == audit_module.__name__] == [
        "ERROR",
        "INFO",
    ]


async def test_a_state_that_the_socket_tells_soon_after_the_poll_is_equal(rig: AuditedRig) -> None:
    """REST is a little ahead; the topic is alive, so nobody asks for it anew."""
    rig.venue.rows[QUIET] = values(7.0)
    await rig.poller.poll("BTC")
    rig.push(QUIET, 7.0)
    await rig.running(1, *OTHERS)
    rig.push(QUIET, 8.0)
    await rig.running(4, *OTHERS)
    assert rig.audit.audit.accuracy == 1.0
    assert rig.audit.audit.compared == len(BTC)
    assert rig.pool.renewed == []


async def test_a_state_that_was_pushed_before_the_answer_came_is_equal(rig: AuditedRig) -> None:
    """The row is of the poll's beginning, the board has gone on since."""
    plain = rig.venue.tickers

    async def slow(underlying: str) -> object:
        page = await plain(underlying)
        await rig.running(1, *BTC, mark=77.0)
        return page

    rig.venue.tickers = slow  # type: ignore[method-assign, assignment]
    await rig.poller.poll("BTC")
    await rig.running(4, *OTHERS, mark=78.0)
    assert rig.audit.audit == Audit(compared=len(BTC), equal=len(BTC), accuracy=1.0)


async def test_a_contract_that_moves_is_undecided_where_no_state_fits(rig: AuditedRig) -> None:
    """What the poll shows may have been conflated away."""
    rig.venue.rows = dict.fromkeys(BTC, values(55.0))
    await rig.poller.poll("BTC")
    await rig.running(4, *BTC)
    assert rig.audit.audit == Audit(undecided=len(BTC))


async def test_another_poll_before_the_verdict_does_not_hide_the_error(rig: AuditedRig) -> None:
    """Its suspicion waits for the same verdict."""
    rig.venue.rows[QUIET] = values(7.0)
    await rig.poller.poll("BTC")
    await rig.running(2, *OTHERS)
    await rig.poller.poll("BTC")
    assert rig.pool.renewed == []
    await rig.running(2, *OTHERS)
    assert rig.audit.audit.latest_wrong == f"{QUIET}: mark_price"
    assert rig.pool.renewed == [f"tickers.{QUIET}"]


async def test_a_message_after_the_grace_does_not_excuse(rig: AuditedRig) -> None:
    """Nobody waits for ever."""
    rig.venue.rows[QUIET] = values(7.0)
    await rig.poller.poll("BTC")
    await rig.seconds(3, *OTHERS)
    rig.clock.advance(0.5)
    rig.push(QUIET, 7.0)
    await rig.running(1, *OTHERS)
    assert rig.audit.audit.latest_wrong == f"{QUIET}: mark_price"


async def test_a_contract_pushed_shortly_before_the_poll_is_undecided(rig: AuditedRig) -> None:
    """The answer may be older than that."""
    await rig.running(1, *BTC)
    rig.venue.rows[QUIET] = values(7.0)
    await rig.poller.poll("BTC")
    await rig.running(4, *OTHERS)
    assert rig.audit.audit.undecided == 1
    assert rig.audit.audit.accuracy == 1.0


async def test_values_that_another_poll_fills_in_are_no_message(rig: AuditedRig) -> None:
    """They prove nothing about the socket."""
    rig.venue.rows[QUIET] = values(7.0)
    await rig.poller.poll("BTC")
    await rig.running(1, *OTHERS)
    rig.board.poll(rig.row(QUIET), values(7.0), rig.venue.now_ms, rig.venue.now_ms)
    await rig.running(3, *OTHERS)
    assert rig.audit.audit.latest_wrong == f"{QUIET}: mark_price"


async def test_an_outage_that_is_known_is_no_error(rig: AuditedRig) -> None:
    """Nobody vouches for what a cut connection brought; it becomes stale, which is said elsewhere."""
    rig.venue.rows[QUIET] = values(7.0)
    await rig.poller.poll("BTC")
    rig.pool.disconnect()
    await rig.running(4)
    assert rig.audit.audit == Audit(compared=len(BTC) - 1, equal=len(BTC) - 1, undecided=1, accuracy=1.0)
    assert rig.pool.renewed == [f"tickers.{QUIET}"]


@pytest.mark.parametrize("how", ["unlisted", "polled", "missing"])
async def test_a_contract_that_left_the_lane_or_the_answer_is_undecided(how: str, rig: AuditedRig) -> None:
    """It is no longer, or was not, there to compare."""
    rig.venue.rows[QUIET] = values(7.0)
    if how == "missing":
        del rig.venue.rows[QUIET]
    await rig.poller.poll("BTC")
    if how == "unlisted":
        rig.feed.remove([QUIET])
    elif how == "polled":
        rig.board.set_lane(rig.row(QUIET), "polled")
    await rig.running(4, *OTHERS)
    assert rig.audit.audit.undecided == 1
    assert rig.audit.audit.accuracy == 1.0
    assert (QUIET in rig.feed.unproven) is (how == "polled")


async def test_what_the_socket_does_not_vouch_for_is_not_sampled(rig: AuditedRig) -> None:
    """Polled, stale and unconfirmed rows are somebody else's concern."""
    rig.board.set_lane(rig.row(OTHERS[0]), "polled")
    rig.board.set_stale(rig.row(OTHERS[1]), stale=True)
    rig.row(OTHERS[2]).confirmed -= 60.0
    rig.venue.rows = dict.fromkeys(BTC, values(55.0))
    await rig.poller.poll("BTC")
    assert rig.audit._windows["BTC"].watches.keys() == {QUIET, *OTHERS[3:]}


async def test_suspicions_outside_the_sample_are_acted_on_at_once(
    rig: AuditedRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit holds up nothing but what it is about to decide."""
    monkeypatch.setattr(audit_module, "_SAMPLE", 0)
    rig.venue.rows[QUIET] = values(7.0)
    await rig.poller.poll("BTC")
    assert rig.pool.renewed == [f"tickers.{QUIET}"]


async def test_an_underlying_is_audited_no_more_often_than_asked_for() -> None:
    """Polls in a hurry are not audited again; one that failed is made up for by the next."""
    rig = AuditedRig("BTC", "ETH")
    await rig.quiet()
    await rig.poller.poll("BTC")
    await rig.poller.poll("BTC")
    await rig.running(4, *OTHERS, *ETH)
    await rig.poller.poll("BTC")
    await rig.running(4, *OTHERS, *ETH)
    assert rig.audit.audit.compared == len(BTC)
    rig.venue.failing["tickers ETH"] = VenueError("tickers", "answered 502")
    await rig.poller.poll("ETH")
    await rig.running(4, *OTHERS, *ETH)
    rig.venue.failing.clear()
    await rig.poller.poll("ETH")
    await rig.running(4, *OTHERS, *ETH)
    assert rig.audit.audit.compared == len(BTC) + len(ETH)
    await rig.running(30, *OTHERS, *ETH)
    await rig.poller.poll("BTC")
    await rig.running(4, *OTHERS, *ETH)
    assert rig.audit.audit == Audit(compared=16, equal=16, accuracy=1.0)


async def test_a_wrong_contract_is_in_the_next_sample_and_others_stay_wrong_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An audit of one underlying acquits nobody of another."""
    rig = AuditedRig("BTC", "ETH")
    await rig.quiet()
    rig.venue.rows[QUIET] = values(7.0)
    await rig.poller.poll("BTC")
    await rig.running(4, *OTHERS, *ETH)
    await rig.poller.poll("ETH")
    await rig.running(4, *OTHERS, *ETH)
    assert rig.audit.wrong == {QUIET: ["mark_price"]}
    monkeypatch.setattr(audit_module, "_SAMPLE", 0)
    rig.push(QUIET, 7.0)
    await rig.running(30, *OTHERS, *ETH)
    await rig.poller.poll("BTC")
    await rig.running(4, *OTHERS, *ETH)
    assert rig.audit.wrong == {}
    assert rig.audit.audit.compared == len(BTC) + len(ETH) + 1


async def test_a_sample_of_a_coin_that_is_tracked_no_more_is_given_up(rig: AuditedRig) -> None:
    """Its poll was not answered and never will be; nothing is kept of it, and no flush looks at it."""
    rig.venue.failing["tickers"] = VenueError("tickers", "answered 502")
    await rig.poller.poll("BTC")
    await rig.running(5, *OTHERS)
    assert rig.audit._windows
    rig.feed.wanted_underlyings = []
    rig.poller.settle()
    assert (rig.audit._windows, rig.audit.audit) == ({}, Audit())


async def test_states_are_kept_within_bounds(rig: AuditedRig) -> None:
    """A poll that never ends costs a fixed number of states per contract, the newest."""
    rig.poller._begin_audit("BTC", rig.clock.monotonic(), rig.venue.now_ms)
    for second in range(100):
        await rig.running(1, *BTC, mark=float(second))
    states = rig.audit._windows["BTC"].watches[QUIET].states
    assert len(states) == 64
    assert states[-1] == values(99.0)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the usual patience."""
    monkeypatch.setattr(tracker_module, "_LOOK_EVERY", 0.1)
    monkeypatch.setattr(poller_module, "_MARGIN", 0.5)
    monkeypatch.setattr(poller_module, "_MARGIN_MS", 500)
    monkeypatch.setattr(audit_module, "_GRACE", 0.3)


@pytest.mark.parametrize("fault", [None, "reorder", "garbage", "delay"])
async def test_under_load_and_faults_that_spoil_nothing_the_accuracy_is_one(
    fault: str | None, quick: None
) -> None:
    """The simulated exchange with a busy market: many can be compared, and all of these are equal."""
    async with (
        running_exchange() as exchange,
        tracking(exchange, audit_interval=0.1, poll_interval=0.5) as tracker,
    ):
        await eventually(tracker.complete)
        if fault is not None:
            exchange.fault(fault, **({"delay_s": 0.1} if fault == "delay" else {}))
        audit = tracker.audit
        assert audit is not None
        start = audit.audit.compared
        await eventually(lambda: audit.audit.compared - start >= 50)
        assert audit.audit.latest_wrong is None
        assert audit.audit.accuracy == 1.0


async def test_lost_topics_are_found_and_the_accuracy_shows_them(quick: None) -> None:
    """The exchange goes on and does not tell us: some of the lost contracts are named, and are right again soon."""
    async with (
        running_exchange(rate=800.0) as exchange,
        tracking(exchange, audit_interval=0.1, poll_interval=0.5) as tracker,
    ):
        await eventually(tracker.complete)
        before = exchange.delivering()
        exchange.fault("lost_topics", topics=10)
        lost = before - exchange.delivering()
        audit = tracker.audit
        assert audit is not None
        await eventually(lambda: audit.audit.latest_wrong is not None)
        assert f"tickers.{str(audit.audit.latest_wrong).partition(':')[0]}" in lost
        assert (audit.audit.accuracy or 1.0) < 1.0
        await eventually(lambda: audit.problem is None)


async def test_a_wrong_value_on_either_side_is_named_with_its_field(quick: None) -> None:
    """The market stands still, and REST shows another bid of one contract than was pushed."""
    async with (
        running_exchange() as exchange,
        tracking(exchange, audit_interval=0.1, poll_interval=0.5) as tracker,
    ):
        await eventually(tracker.complete)
        feed = exchange.venue.feed
        feed.frozen = True
        spoilt = next(c for c in exchange.venue.market.contracts.values() if c.values[1] != "0")
        plain, place = feed.current, WS_FIELDS.index("bidPrice")

        def current(contract: Contract) -> tuple[str, ...]:
            shown = list(plain(contract))
            if contract is spoilt:
                shown[place] = "123.5"
            return tuple(shown)

        feed.current = current  # type: ignore[method-assign]
        audit = tracker.audit
        assert audit is not None
        await eventually(lambda: audit.audit.latest_wrong is not None)
        assert audit.audit.latest_wrong == f"{spoilt.symbol}: bid_price"
