from collections.abc import Callable

from tests.push.boards import NOW_MS, make_board
from voltape.model.row import Series
from voltape.push.client import Client
from voltape.push.feed import Feed, FeedKey
from voltape.push.feeds import Feeds
from voltape.push.limits import HubLimits
from voltape.push.protocol import channel_from_name

CALL = "BTC-25DEC26-100000-C-USDT"
CHAIN = "chain.BTC.2026-12-25"


def feed_of(name: str, interval: float = 0.0) -> Feed:
    """A feed without anything in it."""
    channel = channel_from_name(name)
    assert channel is not None
    return Feed(FeedKey(name, interval, "json"), channel, lambda one, _: one.name)


def client() -> Client:
    """A client of no channels."""
    return Client("json", HubLimits(), lambda: NOW_MS)


def feeds_of(*names: str) -> tuple[Feeds, list[Feed]]:
    """Feeds that run, without clients."""
    feeds, made = Feeds(15.0, 2), [feed_of(name) for name in names]
    for feed in made:
        feeds.add(feed)
    return feeds, made


def test_a_contract_is_shown_by_its_series_its_coin_and_itself() -> None:
    """And by nothing else."""
    names = (CHAIN, "tickers.BTC", f"ticker.{CALL}", "status", "tickers.ETH", "chain.BTC.2027-03-26")
    feeds, made = feeds_of(*names)
    row = make_board().rows[CALL]
    wide: dict[Series, list[Feed]] = {}
    assert feeds.showing(row, wide) == made[:3]
    assert feeds.showing(row, wide) == made[:3]
    assert feeds.named("status") == [made[3]]
    assert feeds.named("nothing") == []


def test_a_feed_that_was_left_ends_with_its_last_client() -> None:
    """Not with the one before."""
    feeds, (feed,) = feeds_of(CHAIN)
    first, second = client(), client()
    for one in (first, second):
        feeds.join(feed, one)
    feeds.part(feed, first, None)
    assert list(feeds) == [feed]
    assert feeds.followers(feed) == {second}
    feeds.part(feed, second, None)
    assert len(feeds) == 0
    assert feeds.named(CHAIN) == []


def test_a_feed_that_lost_its_clients_waits_for_them() -> None:
    """For so long; it counts as followed again when somebody comes."""
    feeds, (feed,) = feeds_of(CHAIN)
    somebody = client()
    feeds.join(feed, somebody)
    feeds.part(feed, somebody, 100.0)
    assert (feeds.followed, len(feeds), list(feeds.channels())) == (0, 1, [])
    feeds.end_idle(114.9)
    feeds.join(feed, somebody)
    feeds.end_idle(115.1)
    assert (feeds.followed, list(feeds.channels())) == (1, [feed.channel])
    feeds.part(feed, somebody, 200.0)
    feeds.end_idle(215.0)
    assert len(feeds) == 0


def test_only_so_many_wait() -> None:
    """The one that has waited longest gives way."""
    feeds, made = feeds_of(CHAIN, "tickers.BTC", "tickers.ETH")
    somebody = client()
    for number, feed in enumerate(made):
        feeds.join(feed, somebody)
        feeds.part(feed, somebody, float(number))
    assert list(feeds) == made[1:]


def test_a_change_of_what_is_followed_is_marked() -> None:
    """By the first client that comes and the last that goes."""
    feeds, (feed,) = feeds_of(CHAIN)
    first, second = client(), client()
    acts: list[Callable[[], None]] = [
        lambda: feeds.join(feed, first),
        lambda: feeds.join(feed, second),
        lambda: feeds.part(feed, first, None),
        lambda: feeds.part(feed, second, 1.0),
    ]
    marks = []
    for act in acts:
        feeds.changed = False
        act()
        marks.append(feeds.changed)
    assert marks == [True, False, False, True]
