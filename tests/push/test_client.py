import asyncio

from tests.push.boards import NOW_MS, decoded
from voltape.push.client import CLOSE_TRY_LATER, Client
from voltape.push.feed import Feed, FeedKey
from voltape.push.limits import HubLimits
from voltape.push.protocol import channel_from_name

LIMITS = HubLimits(queue_bytes=100, channels=4)


def feed_of(name: str) -> Feed:
    """A feed whose state is its own name."""
    channel = channel_from_name(name)
    assert channel is not None
    return Feed(FeedKey(name, 0.0, "json"), channel, lambda one, _: one.name)


def client_of(limits: HubLimits = LIMITS) -> Client:
    """A client at a fixed time."""
    return Client("json", limits, lambda: NOW_MS)


async def test_the_snapshot_of_a_channel_comes_before_its_deltas() -> None:
    """Deltas of a channel whose snapshot is still to be made are part of that snapshot."""
    client, feed = client_of(), feed_of("tickers.BTC")
    client.follow(feed)
    client.offer(feed, b"early", 1.0)
    assert decoded(await client.next() or b"")["type"] == "snapshot"
    client.offer(feed, b"delta", 1.0)
    assert await client.next() == b"delta"
    assert client.conflated == 1


async def test_a_full_queue_gives_way_to_one_snapshot_per_channel() -> None:
    """Queued deltas are dropped and counted, and every channel starts afresh."""
    client = client_of()
    feeds = [feed_of("tickers.BTC"), feed_of("tickers.ETH")]
    for feed in feeds:
        client.follow(feed)
        await client.next()
    for number in range(11):
        client.offer(feeds[0], b"0123456789", float(number))
    assert client.queued_bytes == 0
    assert client.conflated == 11
    assert client.lagging_since == 10.0
    assert [decoded(await client.next() or b"")["channel"] for _ in feeds] == ["tickers.BTC", "tickers.ETH"]


async def test_a_client_that_takes_everything_lags_no_more() -> None:
    """Only an empty queue ends a lag."""
    client, feed = client_of(), feed_of("tickers.BTC")
    client.follow(feed)
    for number in range(12):
        client.offer(feed, b"0123456789", float(number))
        if number == 0:
            await client.next()
    lagging = client.lagging_since
    assert lagging == 11.0
    await client.next()
    waiting = asyncio.create_task(client.next())
    await asyncio.sleep(0)
    assert client.lagging_since is None
    client.offer(feed, b"delta", 20.0)
    assert await waiting == b"delta"


async def test_the_first_overflow_of_a_lag_is_what_counts() -> None:
    """A client that overflows again and again does not look younger for it."""
    client, feed = client_of(), feed_of("tickers.BTC")
    client.follow(feed)
    await client.next()
    client.offer(feed, b"x" * 101, 1.0)
    await client.next()
    client.offer(feed, b"x" * 101, 2.0)
    assert client.lagging_since == 1.0


async def test_leaving_a_channel_drops_what_is_queued_of_it_and_nothing_else() -> None:
    """After an unsubscribe no message of the channel follows."""
    client = client_of()
    btc, eth = feed_of("tickers.BTC"), feed_of("tickers.ETH")
    for feed in (btc, eth):
        client.follow(feed)
        await client.next()
    client.offer(btc, b"btc", 1.0)
    client.offer(eth, b"eth", 1.0)
    assert client.forget("tickers.BTC") is btc
    assert client.forget("tickers.BTC") is None
    assert client.queued_bytes == 3
    assert await client.next() == b"eth"


async def test_notices_are_bounded_too() -> None:
    """The oldest gives way and is counted."""
    client = client_of()
    for number in range(40):
        client.notify(str(number).encode())
    assert client.conflated == 4
    assert await client.next() == b"4"


async def test_a_closed_client_has_nothing_more_to_send() -> None:
    """The wait ends, the reason is told once, and the queue is freed."""
    told: list[tuple[int, str]] = []
    client = Client("json", LIMITS, lambda: NOW_MS, lambda code, reason: told.append((code, reason)))
    feed = feed_of("tickers.BTC")
    client.follow(feed)
    await client.next()
    waiting = asyncio.create_task(client.next())
    await asyncio.sleep(0)
    client.offer(feed, b"delta", 1.0)
    client.close(CLOSE_TRY_LATER, "too slow")
    client.close(CLOSE_TRY_LATER, "too slow")
    assert await waiting is None
    assert await client.next() is None
    assert told == [(1013, "too slow")]
    assert client.queued_bytes == 0
