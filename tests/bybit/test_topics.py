"""Topics, requests, and cutting topics into requests."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recorded import recorded_symbols
from voltape.bybit.topics import PING, args_chars, chunks, request, symbol_of, ticker_topic

TOPICS = st.lists(st.text("ABC.-0", min_size=1, max_size=40), max_size=60)


@pytest.mark.parametrize(
    "symbol", ["BTC-25DEC26-100000-C-USDT", "XRP-30OCT26-0.4-P-USDT", "ETH-28FEB25-2800-C"]
)
def test_a_topic_gives_its_symbol_back(symbol: str) -> None:
    """Trap 6: a decimal strike brings a second dot, and only the prefix is cut."""
    assert ticker_topic(symbol) == f"tickers.{symbol}"
    assert symbol_of(ticker_topic(symbol)) == symbol


def test_the_heartbeat_is_a_text_message() -> None:
    """Trap 2: the venue counts this JSON text, not WebSocket pings."""
    assert json.loads(PING) == {"op": "ping"}


@pytest.mark.parametrize("op", ["subscribe", "unsubscribe"])
def test_a_request_is_the_documented_text(op: str) -> None:
    """Operation and topics, nothing else."""
    assert json.loads(request(op, ["tickers.A", "tickers.B"])) == {
        "op": op,
        "args": ["tickers.A", "tickers.B"],
    }


def test_argument_characters_are_those_of_the_text() -> None:
    """A topic takes itself, two quotes and a comma."""
    topics = ["tickers.A", "tickers.BB"]
    args = json.dumps(topics, separators=(",", ":")).strip("[]") + ","
    assert sum(map(args_chars, topics)) == len(args)


@given(TOPICS, st.integers(1, 10), st.integers(1, 120))
def test_chunks_keep_order_and_limits(topics: list[str], size: int, chars: int) -> None:
    """Trap 4: every topic once, in order; no chunk is empty or too large, unless one topic alone is."""
    cut = chunks(topics, size, chars)
    assert [topic for chunk in cut for topic in chunk] == topics
    for chunk in cut:
        assert 1 <= len(chunk) <= size
        assert len(chunk) == 1 or sum(map(args_chars, chunk)) <= chars


@given(TOPICS, st.integers(1, 10), st.integers(1, 120))
def test_no_chunk_could_have_taken_the_next_topic(topics: list[str], size: int, chars: int) -> None:
    """As few requests as keeping the order allows."""
    cut = chunks(topics, size, chars)
    for chunk, after in pairwise(cut):
        assert len(chunk) == size or sum(map(args_chars, [*chunk, after[0]])) > chars


def test_the_recorded_day_is_asked_for_in_eleven_requests() -> None:
    """Trap 4: 1,978 contracts go in requests of at most 200 topics and 8,000 characters."""
    cut = chunks(map(ticker_topic, recorded_symbols()), 200, 8_000)
    assert sum(map(len, cut)) == 1_978
    assert all(len(request("subscribe", chunk)) < 8_100 for chunk in cut)
    assert len(cut) in {10, 11}
