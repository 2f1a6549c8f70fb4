"""One place in the pool, without a network."""

import pytest

from tests.bybit.exchange import intake_for
from voltape.bybit.connection import Connection
from voltape.bybit.link import Link, LinkCounts
from voltape.bybit.session import Session, SessionOptions
from voltape.bybit.succession import Overlap, SuccessionOptions
from voltape.clock import ManualClock

TOPICS = [f"tickers.BTC-25DEC26-{strike}-C-USDT" for strike in range(90_000, 100_000, 1_000)]
CLOCK = ManualClock()


def connection() -> Connection:
    """One that was never opened."""
    _, intake = intake_for(TOPICS)
    return Connection(Session(SessionOptions(), (), CLOCK.monotonic()), intake, CLOCK, coalesce=False)


def confirm(one: Connection, topics: list[str]) -> None:
    """Let topics deliver."""
    one.session.texts(CLOCK.monotonic())
    for topic in topics:
        one.session.heard(topic)


def place(topics: list[str] = TOPICS) -> tuple[Link, Connection]:
    """A link that is served."""
    link, one = Link("c1", CLOCK.monotonic()), connection()
    link.put(topics)
    link.begin(one, CLOCK.monotonic(), 0.5)
    return link, one


def test_both_connections_of_a_change_follow_what_is_wanted() -> None:
    """New topics go to both, topics that leave are taken from both."""
    link, old = place(TOPICS[:8])
    new = connection()
    link.nominate(new, CLOCK.monotonic(), Overlap(SuccessionOptions(), CLOCK.monotonic()))
    link.put(TOPICS[8:])
    link.take(TOPICS[:2])
    assert [one.session.topics for one in (old, new)] == [8, 8]
    assert link.silent_successor() == 8
    confirm(new, TOPICS[2:6])
    assert link.silent_successor() == 4


def test_counts_go_on_over_changes_and_ends() -> None:
    """Whatever became of a connection, what it brought stays counted, once."""
    link, old = place()
    old.frames, old.received, old.session.retries = 10, 7_000, 2
    new, vain = connection(), connection()
    link.nominate(vain, CLOCK.monotonic(), Overlap(SuccessionOptions(), CLOCK.monotonic()))
    vain.frames = 3
    assert link.counts == LinkCounts(messages=13, frames=13, received=7_000, retries=2)
    link.give_up_successor()
    link.nominate(new, CLOCK.monotonic(), Overlap(SuccessionOptions(), CLOCK.monotonic()))
    new.frames = 5
    assert link.hand_over(0.1, CLOCK.monotonic()) is old
    assert link.connection is new
    assert link.counts.frames == 18
    link.close_books()
    assert link.counts == LinkCounts(messages=18, frames=18, received=7_000, retries=2)


def test_a_change_makes_the_connection_as_young_as_its_successor() -> None:
    """Age counts from when the successor opened, so that the next rotation comes in time."""
    clock = ManualClock()
    link = Link("c1", clock.monotonic())
    link.put(TOPICS)
    link.begin(connection(), clock.monotonic(), 0.5)
    clock.advance(100)
    link.nominate(connection(), clock.monotonic(), Overlap(SuccessionOptions(), clock.monotonic()))
    opened = clock.monotonic()
    clock.advance(20)
    link.hand_over(0.9, clock.monotonic())
    assert (link.opened_at, link.lot) == (opened, 0.9)


@pytest.mark.parametrize(
    ("per_topic", "usual", "age", "expected"),
    [
        (0.0, 0.0, 0, 0.0),
        (2.0, 0.0, 0, 20.0),
        (0.0, 30.0, 0, 30.0),
        (2.0, 30.0, 0, 20.0),
        (5.0, 30.0, 0, 30.0),
        (0.0, 30.0, 700, 0.0),
    ],
)
def test_a_fresh_connection_is_told_the_least_that_is_known(
    per_topic: float, usual: float, age: float, expected: float
) -> None:
    """Of what others bring now and what its predecessor brought not long ago, the lower: a doubt is for patience."""
    clock = ManualClock()
    link, one = place()
    confirm(one, TOPICS)
    link.remember_rate(usual, clock.monotonic())
    clock.advance(age)
    link.expect(per_topic, clock.monotonic())
    assert one.session._expected == pytest.approx(expected)


def test_errors_are_a_share_that_fades() -> None:
    """A burst of bad frames lowers the health for a minute or two; a single one hardly."""
    clock = ManualClock()
    link, one = place()
    seen = []
    for frames, bad in ((100, 0), (200, 1), (300, 60)):
        clock.advance(1)
        one.frames, one.unusable = frames, bad
        link.look(clock.monotonic())
        vitals = link.vitals(clock.monotonic(), None)
        assert vitals is not None
        seen.append(vitals.errors)
    assert seen[0] == 0.0
    assert seen[1] < 0.01
    assert 0.1 < seen[2] < 0.2
    for _ in range(300):
        clock.advance(1)
        one.frames += 10
        link.look(clock.monotonic())
    after = link.vitals(clock.monotonic(), None)
    assert after is not None
    assert after.errors < 0.002


def test_without_connection_or_topics_there_is_nothing_to_judge() -> None:
    """Absent is not sick."""
    link, _ = place()
    link.close_books()
    assert link.vitals(CLOCK.monotonic(), None) is None
    link, _ = place([])
    assert link.vitals(CLOCK.monotonic(), None) is None


def test_lateness_is_against_the_successor_or_else_against_its_best() -> None:
    """How long the old connection has to be kept, so that what is under way on it arrives."""
    clock = ManualClock()
    link, old = place()
    new = connection()
    assert link.behind() == 0.0
    link.nominate(new, clock.monotonic(), Overlap(SuccessionOptions(), clock.monotonic()))
    old.lag.sample(clock.wall_ms() - 50, clock.wall_ms(), clock.monotonic())
    old.lag.sample(clock.wall_ms() - 3_050, clock.wall_ms(), clock.monotonic())
    assert link.behind() == pytest.approx(3.0, abs=0.001)
    new.lag.sample(clock.wall_ms() - 1_050, clock.wall_ms(), clock.monotonic())
    assert link.behind() == pytest.approx(2.0, abs=0.001)


def test_a_place_with_trades_alone_does_not_have_to_speak() -> None:
    """It is back from an outage as soon as it is connected; one with tickers is when they come."""
    link, _ = place(["publicTrade.BTC"])
    assert (link.speaks, link.is_back) == (False, True)
    link.topics["tickers.A"] = None
    assert (link.speaks, link.is_back) == (True, False)
    link.close_books()
    assert not link.is_back
