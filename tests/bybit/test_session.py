"""Protocol state of one connection, on a virtual clock, against a server that remembers."""

import json
from collections.abc import Iterable
from itertools import pairwise
from math import inf

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.bybit.payloads import answers
from voltape.bybit.messages import Command
from voltape.bybit.session import Session, SessionOptions
from voltape.bybit.topics import args_chars

START = 5_000.0
TOPICS = [f"tickers.T{number}" for number in range(12)]
DEFAULT = SessionOptions()


class Exchange:
    """A server of one connection: its subscriptions by order of requests, and what it sends back.

    Attributes:
        subscribed: topics subscribed now.
        silent: topics that are acknowledged and never deliver, though subscribed.
        refused: topics that are named as failed and not subscribed.
        acks: how requests are answered: `at once`, `twice`, `late` (kept in `held`) or `never`.
    """

    def __init__(self) -> None:
        self.subscribed: set[str] = set()
        self.silent: set[str] = set()
        self.refused: set[str] = set()
        self.acks = "at once"
        self.held: list[bytes] = []

    def answer(self, text: bytes) -> list[bytes]:
        """Take one text; return frames to send back: acknowledgements, pongs, and first data as topics."""
        message = json.loads(text)
        if message["op"] == "ping":
            return [b'{"args":["1672916271846"],"op":"pong"}']
        args = message["args"]
        assert len(set(args)) == len(args) > 0
        failed = []
        if message["op"] == "subscribe":
            failed = [topic for topic in args if topic in self.refused]
            self.subscribed |= set(args) - set(failed)
        else:
            assert message["op"] == "unsubscribe"
            self.subscribed -= set(args)
        good = [topic for topic in args if topic not in failed]
        return self._acknowledge(good, failed)

    def _acknowledge(self, good: list[str], failed: list[str]) -> list[bytes]:
        data = {"successTopics": good, "failTopics": failed}
        ack = json.dumps({"success": True, "conn_id": "c", "data": data, "type": "COMMAND_RESP"}).encode()
        if self.acks == "late":
            self.held.append(ack)
        return [ack] * {"at once": 1, "twice": 2}.get(self.acks, 0)

    def delivering(self) -> set[str]:
        """Return topics that have data to send."""
        return self.subscribed - self.silent


class Wire:
    """A session and an exchange joined without a network, and a record of what was sent when."""

    def __init__(
        self, topics: Iterable[str] = (), options: SessionOptions = DEFAULT, *, quiet: bool = False
    ) -> None:
        self.now = START
        self.options = options
        self.session = Session(options, topics, self.now)
        self.exchange = Exchange()
        self.sent: list[tuple[float, str, list[str]]] = []
        self.messages = 0
        self.quiet = quiet

    def command(self, frame: bytes) -> None:
        """Hand an answer to the session, as the driver does."""
        self.session.command(msgspec.json.decode(frame, type=Command), self.now)

    def data(self, topic: str) -> None:
        """Hand a data message to the session, as the driver does."""
        self.messages += 1
        if topic in self.session.pending:
            self.session.heard(topic)

    def step(self) -> None:
        """Send what is to be sent now and take the answers, first data unless `quiet`."""
        for text in self.session.texts(self.now):
            message = json.loads(text)
            self.sent.append((self.now - START, message["op"], message.get("args", [])))
            for frame in self.exchange.answer(text):
                self.command(frame)
        if not self.quiet:
            for topic in sorted(self.exchange.delivering() & self.session.pending.keys()):
                self.data(topic)
        self.session.traffic(self.messages, self.now)

    def run(self, seconds: float, every: float | None = None) -> "Wire":
        """Let time pass, stepping whenever the session is due; with `every`, data comes that often."""
        end = self.now + seconds
        next_data = inf if every is None else self.now + every
        self.step()
        while True:
            at = min(self.session.due(), next_data)
            if at > end:
                self.now = end
                return self
            self.now = max(self.now, at)
            if at == next_data:
                self.messages += 1
                next_data += every or inf
            self.step()

    def requests(self) -> list[tuple[float, str, list[str]]]:
        """Return time since the start, operation and topics of every request but pings."""
        return [entry for entry in self.sent if entry[1] != "ping"]

    def pings(self) -> list[float]:
        """Return the moments of pings since the start."""
        return [at for at, op, _ in self.sent if op == "ping"]

    def mute_after(self, seconds: float) -> float | None:
        """Let silent time pass; return when the connection was first judged mute, since now."""
        begin = self.now
        while self.now < begin + seconds:
            if self.session.mute(self.now):
                return self.now - begin
            self.now += 0.25
            self.step()
        return None


def test_the_first_text_is_a_ping() -> None:
    """Trap 2: the heartbeat starts with the connection, before any subscription, and is text."""
    wire = Wire(TOPICS)
    texts = wire.session.texts(wire.now)
    assert texts[0] == b'{"op":"ping"}'
    assert json.loads(texts[1])["op"] == "subscribe"


def test_pings_do_not_wait_for_a_long_subscription() -> None:
    """Trap 2: 2,000 topics in slow small chunks, and still a ping per interval."""
    options = SessionOptions(chunk_size=10, chunk_delay=0.5, ping_interval=18.0)
    wire = Wire((f"tickers.{i}" for i in range(2_000)), options, quiet=True).run(100)
    assert wire.pings() == [0.0, 18.0, 36.0, 54.0, 72.0, 90.0]
    assert len(wire.requests()) >= 200


def test_a_session_without_topics_pings_and_asks_for_nothing() -> None:
    """It keeps the connection open."""
    wire = Wire().run(40)
    assert wire.pings() == [0.0, 18.0, 36.0]
    assert wire.requests() == []
    assert not wire.session.mute(wire.now)


def test_topics_are_asked_for_in_chunks_with_a_pause_between() -> None:
    """Trap 4: by number and by characters, the first at once."""
    wire = Wire(TOPICS, SessionOptions(chunk_size=5, chunk_delay=0.1)).run(1)
    assert [(round(at, 3), op, args) for at, op, args in wire.requests()] == [
        (0.0, "subscribe", TOPICS[:5]),
        (0.1, "subscribe", TOPICS[5:10]),
        (0.2, "subscribe", TOPICS[10:]),
    ]
    by_chars = Wire(TOPICS, SessionOptions(chunk_chars=30)).run(2)
    assert [len(args) for _, _, args in by_chars.requests()] == [2] * 6
    assert all(sum(map(args_chars, args)) <= 30 for _, _, args in by_chars.requests())


def test_only_data_confirms_a_topic() -> None:
    """Trap 1: an acknowledged topic that stays silent is not confirmed."""
    wire = Wire(TOPICS[:3])
    wire.exchange.silent = {TOPICS[1]}
    wire.run(1)
    session = wire.session
    assert session.confirmed == {TOPICS[0], TOPICS[2]}
    assert list(session.pending) == [TOPICS[1]]
    assert (session.topics, session.acknowledged) == (3, 3)


def test_data_counts_without_any_acknowledgement() -> None:
    """Trap 1: missing acknowledgements block nothing."""
    wire = Wire(TOPICS)
    wire.exchange.acks = "never"
    wire.run(1)
    assert wire.session.confirmed == set(TOPICS)
    assert (wire.session.pending, wire.session.acknowledged) == ({}, 12)


@pytest.mark.parametrize("acks", ["late", "twice"])
def test_late_and_repeated_acknowledgements_change_nothing(acks: str) -> None:
    """They name topics that are confirmed, asked for again, or gone by now."""
    wire = Wire(TOPICS)
    wire.exchange.acks = acks
    wire.run(1)
    wire.session.unwant(TOPICS[:2])
    wire.run(1)
    for ack in wire.exchange.held:
        wire.command(ack)
    assert wire.session.confirmed == set(TOPICS[2:]) == wire.exchange.subscribed
    assert (wire.session.failures, wire.session.retries) == (0, 0)


@pytest.mark.parametrize("answer", answers(), ids=lambda answer: answer.decode()[:60])
def test_every_answer_that_has_been_seen_is_harmless(answer: bytes) -> None:
    """Whatever shape, whenever it comes: before anything was asked for, and after."""
    wire = Wire(TOPICS)
    wire.command(answer)
    wire.run(1)
    wire.command(answer)
    assert wire.session.confirmed == set(TOPICS)


@pytest.mark.parametrize(
    ("frame", "failures"),
    [
        (b'{"success":false,"ret_msg":"3303001","type":"COMMAND_RESP"}', 1),
        (b'{"success":false,"ret_msg":"args size >10","op":"subscribe"}', 1),
        (b'{"success":true,"op":"subscribe"}', 0),
        (b"{}", 0),
    ],
)
def test_a_refusal_without_topics_is_counted(frame: bytes, failures: int) -> None:
    """Nobody can say which topics it meant; their deadlines will tell."""
    wire = Wire()
    wire.command(frame)
    assert wire.session.failures == failures


def test_a_topic_named_as_failed_is_asked_for_again_later() -> None:
    """Trap 1: `success` with a failed topic: the others go on, and this one is retried after its deadline."""
    wire = Wire(TOPICS[:3])
    wire.exchange.refused = {TOPICS[1]}
    wire.run(5)
    session = wire.session
    assert (session.failures, session.confirmed, session.acknowledged) == (1, {TOPICS[0], TOPICS[2]}, 2)
    wire.exchange.refused = set()
    wire.run(10)
    assert session.confirmed == set(TOPICS[:3])
    assert session.retries == 1


def test_a_failure_that_names_a_topic_nobody_waits_for_is_ignored() -> None:
    """It may be about an unsubscription, or come twice."""
    wire = Wire(TOPICS[:1]).run(1)
    data = {"failTopics": [TOPICS[0], "tickers.X"], "successTopics": []}
    wire.command(json.dumps({"success": True, "data": data}).encode())
    assert (wire.session.failures, wire.session.confirmed) == (0, {TOPICS[0]})


def test_a_silent_topic_is_asked_for_again_ever_more_slowly() -> None:
    """Traps 1 and 11: a quiet contract looks like a lost one, so patience doubles up to five minutes."""
    wire = Wire(TOPICS[:1])
    wire.exchange.silent = {TOPICS[0]}
    wire.run(1_500)
    asked = [at for at, op, _ in wire.requests() if op == "subscribe"]
    gaps = [after - before for before, after in pairwise(asked)]
    patience = [10, 20, 40, 80, 160, 300, 300, 300]
    assert all(0 <= gap - least < 1.5 for gap, least in zip(gaps, patience, strict=True))
    assert wire.session.retries == len(gaps)
    wire.exchange.silent = set()
    wire.run(1)
    assert wire.session.confirmed == {TOPICS[0]}


def test_patience_starts_over_once_a_topic_has_delivered() -> None:
    """An old difficulty does not slow down a new one."""
    wire = Wire(TOPICS[:1])
    wire.exchange.silent = {TOPICS[0]}
    wire.run(80)
    wire.exchange.silent = set()
    wire.run(1)
    wire.exchange.silent = {TOPICS[0]}
    wire.session.renew(TOPICS[:1])
    before = len(wire.requests())
    wire.run(15)
    asked = [at for at, op, _ in wire.requests()[before:] if op == "subscribe"]
    assert 10 <= asked[1] - asked[0] < 11.5


def test_a_topic_that_left_leaves_nothing_behind() -> None:
    """Listings and expiries over months take no room, and a topic that comes back starts with fresh patience."""
    wire = Wire(TOPICS)
    wire.exchange.silent = set(TOPICS)
    wire.run(80)
    wire.session.unwant(TOPICS)
    wire.run(1)
    session = wire.session
    assert not any((session._attempts, session._leaving, session._unsent, session.pending, session.confirmed))
    session.want(TOPICS[:1])
    before = len(wire.requests())
    wire.run(15)
    asked = [at for at, op, _ in wire.requests()[before:] if op == "subscribe"]
    assert 10 <= asked[1] - asked[0] < 11.5


def test_a_refusal_after_an_acknowledgement_takes_it_back() -> None:
    """The later word counts."""
    wire = Wire(TOPICS[:2])
    wire.exchange.silent = set(TOPICS)
    wire.run(1)
    assert wire.session.acknowledged == 2
    data = {"failTopics": [TOPICS[0]], "successTopics": []}
    wire.command(json.dumps({"success": True, "data": data}).encode())
    assert (wire.session.acknowledged, wire.session.failures) == (1, 1)


def test_renewing_is_unsubscribing_first() -> None:
    """A venue that refuses what is subscribed already sees the topic leave before it comes back."""
    wire = Wire(TOPICS[:2]).run(1)
    wire.session.renew([TOPICS[0], "tickers.unknown"])
    wire.run(1)
    assert [(op, args) for _, op, args in wire.requests()][1:] == [
        ("unsubscribe", [TOPICS[0]]),
        ("subscribe", [TOPICS[0]]),
    ]
    assert (wire.session.retries, wire.session.confirmed) == (1, set(TOPICS[:2]))


def test_data_of_an_earlier_subscription_does_not_confirm_a_topic_that_waits_to_be_sent() -> None:
    """Between unsubscribing and subscribing again what still comes is no proof."""
    wire = Wire(TOPICS[:1]).run(1)
    wire.session.renew(TOPICS[:1])
    wire.session.heard(TOPICS[0])
    assert wire.session.confirmed == set()
    assert wire.session.topics == 1


def test_unwanting_what_was_never_sent_sends_nothing() -> None:
    """The topic is only forgotten."""
    wire = Wire(TOPICS[:2])
    wire.session.unwant(TOPICS)
    wire.run(1)
    assert wire.requests() == []
    assert wire.session.topics == 0


def test_unwanting_a_topic_that_is_being_renewed_leaves_it_unsubscribed() -> None:
    """The second half of the renewal is taken back, the first is not."""
    wire = Wire(TOPICS[:1]).run(1)
    wire.session.renew(TOPICS[:1])
    wire.session.unwant(TOPICS[:1])
    wire.run(1)
    assert [op for _, op, _ in wire.requests()] == ["subscribe", "unsubscribe"]
    assert wire.exchange.subscribed == set()


def test_wanting_again_before_the_unsubscription_went_out_ends_subscribed() -> None:
    """Both requests go out, in that order."""
    wire = Wire(TOPICS[:1]).run(1)
    wire.session.unwant(TOPICS[:1])
    wire.session.want(TOPICS[:1])
    wire.run(1)
    assert [op for _, op, _ in wire.requests()] == ["subscribe", "unsubscribe", "subscribe"]
    assert wire.exchange.subscribed == set(TOPICS[:1]) == wire.session.confirmed


def test_wanting_what_is_there_sends_nothing() -> None:
    """Trap 4: a topic is subscribed once, pending or confirmed."""
    wire = Wire(TOPICS[:2])
    wire.exchange.silent = {TOPICS[0]}
    wire.run(1)
    wire.session.want(TOPICS[:2])
    wire.run(1)
    assert len(wire.requests()) == 1


def test_the_round_trip_is_that_of_the_last_ping() -> None:
    """None before the first pong; a pong that nobody asked for says nothing."""
    wire = Wire()
    pong = b'{"args":["1672916271846"],"op":"pong"}'
    seen = []
    wire.command(pong)
    seen.append(wire.session.round_trip)
    wire.session.texts(START)
    for elapsed in (0.25, 9.0):
        wire.now = START + elapsed
        wire.command(pong)
        seen.append(wire.session.round_trip)
    assert seen == [None, 0.25, 0.25]


@pytest.mark.parametrize("pong", [answer for answer in answers() if b"pong" in answer], ids=str)
def test_a_pong_is_known_in_every_shape(pong: bytes) -> None:
    """By `op` or by `ret_msg`, whatever else it carries."""
    wire = Wire()
    wire.session.texts(START)
    wire.now = START + 0.5
    wire.command(pong)
    assert wire.session.round_trip == 0.5


def test_a_missing_pong_makes_the_round_trip_grow_and_does_not_end_the_connection() -> None:
    """A deaf connection whose data flows is used on, and shows for how long it has been deaf."""
    wire = Wire(TOPICS).run(60, every=0.5)
    assert wire.session.trip(wire.now) == 0.0
    wire.session.texts(wire.session.due() + 20)
    wire.now = wire.session.due() + 12
    for _ in range(60):
        wire.now += 1.0
        wire.session.texts(wire.now)
        wire.messages += 5
        wire.session.traffic(wire.messages, wire.now)
        assert not wire.session.mute(wire.now)
    trip = wire.session.trip(wire.now)
    assert trip is not None
    assert trip > 60


def test_a_busy_connection_that_falls_silent_is_mute_within_ten_seconds() -> None:
    """Trap 12: it is judged by its own data rate, while pongs go on."""
    wire = Wire(TOPICS).run(30, every=0.01)
    silent = wire.mute_after(60)
    assert silent is not None
    assert 7 <= silent <= 10


@pytest.mark.parametrize("every", [2.0, 10.0, 25.0, 55.0])
def test_a_quiet_connection_is_left_alone(every: float) -> None:
    """Trap 12: rare data at the usual pace is no outage, although each topic's first data came in one burst."""
    wire = Wire(f"tickers.{i}" for i in range(500))
    for _ in range(60):
        wire.run(every, every=every)
        assert not wire.session.mute(wire.now)
        assert wire.mute_after(every * 0.9) is None


def test_a_quiet_connection_is_given_up_after_the_longest_silence() -> None:
    """Even a connection that never had more than its first data."""
    wire = Wire(TOPICS, SessionOptions(stale_after=60.0)).run(1)
    assert wire.session.rate == 0
    silent = wire.mute_after(120)
    assert silent is not None
    assert 59 <= silent <= 61


def test_a_pause_does_not_hide_in_the_rate() -> None:
    """After a busy hour turned quiet, the rate follows the quiet."""
    wire = Wire(TOPICS).run(60, every=0.02)
    busy = wire.session.rate
    wire.run(300, every=5.0)
    assert busy == pytest.approx(50, rel=0.2)
    assert wire.session.rate == pytest.approx(0.2, rel=0.2)


@pytest.mark.parametrize(("patience", "limit"), [(1.0, 10.0), (4.0, 40.0)])
def test_a_connection_that_never_delivers_is_mute(patience: float, limit: float) -> None:
    """Acknowledged and silent: given up after the first-data deadline, times the patience of repeated failure."""
    wire = Wire(TOPICS, SessionOptions(patience=patience))
    wire.exchange.silent = set(TOPICS)
    wire.step()
    silent = wire.mute_after(100)
    assert silent is not None
    assert limit <= silent <= limit + 1


@pytest.mark.parametrize(
    ("expected", "patience", "limit"),
    [(500.0, 1.0, 10.0), (1.0, 1.0, 30.0), (0.1, 1.0, 60.0), (0.0, 1.0, 60.0), (500.0, 2.0, 20.0)],
)
def test_a_fresh_connection_is_judged_by_what_its_topics_bring_elsewhere(
    expected: float, patience: float, limit: float
) -> None:
    """Mute after the answers to its subscriptions: found soon where silence is unlikely, later where it is not."""
    wire = Wire(TOPICS, SessionOptions(patience=patience)).run(1)
    wire.session.expect(expected)
    assert wire.session.rate == 0
    silent = wire.mute_after(120)
    assert silent is not None
    assert limit - 1.5 <= silent <= limit + 0.5


def test_a_rate_of_its_own_counts_more_than_an_expected_one() -> None:
    """Others are busy and this one is not: it is left alone."""
    wire = Wire(TOPICS).run(60, every=5.0)
    wire.session.expect(500.0)
    assert wire.mute_after(55) is None


def test_first_data_long_after_the_acknowledgement_is_the_market_speaking() -> None:
    """An exchange that sends nothing of its own accord: what comes a second later shows the rate."""
    wire = Wire(f"tickers.{i}" for i in range(100))
    wire.quiet = True
    wire.run(2.5)
    topics = iter(sorted(wire.exchange.delivering()))
    for _ in range(50):
        wire.now += 0.02
        wire.data(next(topics))
        wire.step()
    assert wire.session.rate > 3
    silent = wire.mute_after(60)
    assert silent is not None
    assert silent <= 10


def test_one_message_soon_after_the_first_ones_is_no_rate() -> None:
    """A single push in the first second of a quiet market does not make the next silence an outage."""
    wire = Wire(TOPICS).run(0.2)
    wire.messages += 1
    wire.now += 0.05
    wire.step()
    assert wire.session.rate <= 0.5
    assert wire.mute_after(50) is None


def test_what_was_asked_for_twice_and_is_silent_is_told_apart() -> None:
    """A share of the topics; the first wait for data does not count."""
    wire = Wire(TOPICS[:4])
    wire.exchange.silent = {TOPICS[0]}
    wire.run(5)
    assert wire.session.unheard == 0.0
    wire.run(10)
    assert wire.session.unheard == 0.25


def test_a_slow_handshake_is_not_taken_for_silence() -> None:
    """Silence counts from the first request: opening took nine seconds, and the data gets its own time."""
    wire = Wire(TOPICS)
    wire.exchange.silent = set(TOPICS)
    wire.now += 9.5
    assert wire.session.silence(wire.now) == 0
    wire.step()
    assert wire.mute_after(9.9) is None
    assert wire.mute_after(2) is not None


def test_asking_again_does_not_count_as_data() -> None:
    """Renewing every topic of a mute connection does not excuse it."""
    wire = Wire(TOPICS[:1], SessionOptions(first_data_within=2.0, stale_after=5.0, patience=3.0))
    wire.exchange.silent = set(TOPICS)
    wire.step()
    silent = wire.mute_after(60)
    assert silent is not None
    assert silent <= 7
    assert wire.session.retries >= 1


def test_a_connection_that_had_nothing_to_carry_starts_afresh() -> None:
    """The time without topics is no silence, with and without data before it."""
    wire = Wire().run(3_600)
    wire.session.want(TOPICS)
    assert not wire.session.mute(wire.now)
    wire.run(60, every=0.1)
    wire.session.unwant(TOPICS)
    wire.run(3_600)
    wire.exchange.silent = set(TOPICS)
    wire.session.want(TOPICS)
    wire.step()
    assert not wire.session.mute(wire.now)
    assert wire.mute_after(70) is not None


@given(st.floats(1, 3_600), st.lists(st.tuples(st.floats(0.001, 100), st.integers(0, 2_000)), max_size=20))
def test_the_silence_allowed_stays_within_its_bounds(
    longest: float, traffic: list[tuple[float, int]]
) -> None:
    """At least seven seconds, or the longest where that is shorter; never more than the longest."""
    session = Session(SessionOptions(stale_after=longest, first_data_within=10.0), TOPICS, START)
    now, messages = START, 0
    for elapsed, fresh in traffic:
        now, messages = now + elapsed, messages + fresh
        session.traffic(messages, now)
        assert min(7.0, longest) <= session.silence_allowed() <= longest
        assert session.rate >= 0
    assert session.last_data is None or session.last_data <= now


def test_traffic_told_twice_at_one_moment_is_not_lost() -> None:
    """What came within no time counts at the next look."""
    session = Session(DEFAULT, TOPICS, START)
    seen = []
    for at in (START, START + 1):
        session.traffic(5, at)
        seen.append((session.last_data, session.rate))
    assert seen == [(None, 0.0), (START + 1, 2.5)]


SETS = st.sets(st.sampled_from(TOPICS), max_size=6)


class SessionMachine(RuleBasedStateMachine):
    """Any interleaving of wishes, time and misbehaviour; a cooperative exchange must then reach what is wanted."""

    @initialize(
        topics=SETS,
        size=st.integers(1, 5),
        delay=st.sampled_from([0.0, 0.1, 3.0]),
        interval=st.sampled_from([4.0, 18.0]),
    )
    def start(self, topics: set[str], size: int, delay: float, interval: float) -> None:
        options = SessionOptions(chunk_size=size, chunk_chars=40, chunk_delay=delay, ping_interval=interval)
        self.wire = Wire(sorted(topics), options)
        self.wanted = set(topics)

    @rule(topics=SETS)
    def want(self, topics: set[str]) -> None:
        self.wire.session.want(sorted(topics))
        self.wanted |= topics

    @rule(topics=SETS)
    def unwant(self, topics: set[str]) -> None:
        self.wire.session.unwant(sorted(topics))
        self.wanted -= topics

    @rule(topics=SETS)
    def renew(self, topics: set[str]) -> None:
        self.wire.session.renew(sorted(topics))

    @rule(seconds=st.sampled_from([0.0, 0.05, 0.3, 2.0, 11.0, 45.0]))
    def wait(self, seconds: float) -> None:
        self.wire.run(seconds)

    @rule(silent=SETS, refused=SETS, acks=st.sampled_from(["at once", "late", "twice", "never"]))
    def misbehave(self, silent: set[str], refused: set[str], acks: str) -> None:
        self.wire.exchange.silent = silent
        self.wire.exchange.refused = refused
        self.wire.exchange.acks = acks

    @rule()
    def late_acks(self) -> None:
        held, self.wire.exchange.held = self.wire.exchange.held, []
        for ack in held:
            self.wire.command(ack)

    @rule(topics=SETS)
    def data(self, topics: set[str]) -> None:
        for topic in sorted(topics & self.wire.exchange.subscribed):
            self.wire.data(topic)

    @rule(topics=SETS)
    def forget_silently(self, topics: set[str]) -> None:
        """Drop subscriptions without a word; only whoever judges by data can find out, and then renews."""
        self.wire.exchange.subscribed -= topics
        self.wire.session.renew(sorted(topics))

    @invariant()
    def a_topic_is_in_one_state(self) -> None:
        if not hasattr(self, "wire"):
            return
        session = self.wire.session
        unsent, pending, confirmed = set(session._unsent), set(session.pending), session.confirmed
        assert session.topics == len(unsent) + len(pending) + len(confirmed)
        assert unsent | pending | confirmed == self.wanted
        assert session.topics == len(self.wanted)
        assert not set(session._leaving) & (pending | confirmed)
        assert 0.0 <= session.unheard <= 1.0
        assert 0 <= session.acknowledged <= session.topics
        assert len(session._attempts) <= len(TOPICS)

    @invariant()
    def the_wire_is_kept_to(self) -> None:
        if not hasattr(self, "wire"):
            return
        options = self.wire.options
        requests = self.wire.requests()
        for _, _, args in requests:
            assert len(args) <= options.chunk_size
            assert sum(map(args_chars, args)) <= options.chunk_chars
        gaps = [after[0] - before[0] for before, after in pairwise(requests)]
        assert all(gap > options.chunk_delay - 1e-6 for gap in gaps)
        pings = [*self.wire.pings(), self.wire.now - START]
        assert all(after - before <= options.ping_interval + 1e-6 for before, after in pairwise(pings))

    def teardown(self) -> None:
        if not hasattr(self, "wire"):
            return
        exchange = self.wire.exchange
        exchange.silent, exchange.refused, exchange.acks = set(), set(), "at once"
        # A silent topic may have to wait for the longest patience, and then for the requests before its own.
        self.wire.run(360)
        assert exchange.subscribed == self.wanted
        assert self.wire.session.confirmed == self.wanted
        before = len(self.wire.requests())
        self.wire.run(30)
        assert len(self.wire.requests()) == before


TestSessionMachine = SessionMachine.TestCase
TestSessionMachine.settings = settings(max_examples=40, stateful_step_count=40)


TRADES = "publicTrade.BTC"


def test_a_topic_of_events_is_asked_for_once_and_may_be_silent() -> None:
    """Nobody may trade for hours: the acknowledgement settles it, and a day of silence asks for nothing again."""
    wire = Wire([TRADES]).run(86_400)
    assert [(op, args) for _, op, args in wire.requests()] == [("subscribe", [TRADES])]
    assert (wire.session.confirmed, wire.session.retries) == ({TRADES}, 0)
    assert not wire.session.pending
    assert not wire.session.mute(wire.now)


def test_a_topic_of_events_without_acknowledgement_is_asked_for_ever_more_slowly() -> None:
    """A lost request is repeated, but no storm follows: nine times in the first hour at most."""
    wire = Wire([TRADES], quiet=True)
    wire.exchange.acks = "never"
    wire.run(3_600)
    asked = [at for at, op, _ in wire.requests() if op == "subscribe"]
    assert 4 <= len(asked) <= 20
    assert all(later - before >= 10 for before, later in pairwise(asked))
    wire.exchange.acks = "at once"
    wire.run(400)
    assert wire.session.confirmed == {TRADES}


def test_trades_do_not_hide_that_tickers_are_missing() -> None:
    """They confirm their own topic only; the silence of the others goes on."""
    wire = Wire([*TOPICS, TRADES], SessionOptions(stale_after=60.0), quiet=True).run(1)
    assert wire.session.speakers == len(TOPICS)
    for _ in range(9):
        wire.session.heard(TRADES)
        wire.run(1)
    assert TRADES in wire.session.confirmed
    assert wire.mute_after(5.0) is not None


def test_events_alone_are_no_reason_to_expect_data() -> None:
    """When tickers join later, their silence begins with their own subscription."""
    wire = Wire([TRADES]).run(500)
    assert wire.session.silence(wire.now) == 0.0
    wire.quiet = True
    wire.session.want(TOPICS)
    wire.run(2)
    assert wire.session.silence(wire.now) <= 2.0
    assert not wire.session.mute(wire.now)
    wire.session.unwant(TOPICS)
    assert (wire.session.speakers, wire.session.topics) == (0, 1)
    assert not wire.session.mute(wire.now + 1_000)


def test_a_topic_of_events_can_be_asked_for_anew() -> None:
    """Whoever finds it silent although there were trades has it subscribed again."""
    wire = Wire([TRADES]).run(1)
    wire.session.renew([TRADES])
    wire.run(2)
    assert [op for _, op, _ in wire.requests()] == ["subscribe", "unsubscribe", "subscribe"]
    assert wire.session.confirmed == {TRADES}


def test_the_acknowledgement_of_an_unsubscription_is_not_that_of_the_next_subscription() -> None:
    """They look alike, and far from the exchange the first arrives after the second request went out."""
    wire = Wire([TRADES], quiet=True).run(1)
    wire.exchange.acks = "late"
    wire.session.renew([TRADES])
    wire.run(1)
    assert [op for _, op, _ in wire.requests()] == ["subscribe", "unsubscribe", "subscribe"]
    unsubscribed, subscribed = wire.exchange.held
    wire.command(unsubscribed)
    assert (wire.session.confirmed, wire.session.acknowledged) == (set(), 0)
    wire.command(subscribed)
    assert wire.session.confirmed == {TRADES}
