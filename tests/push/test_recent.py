from hypothesis import given
from hypothesis import strategies as st

from voltape.push.feed import FeedKey
from voltape.push.recent import Recent

KEYS = [FeedKey(name, 0.0, "json") for name in ("tickers.BTC", "tickers.ETH")]


@given(
    st.lists(st.tuples(st.sampled_from(KEYS), st.integers(1, 40), st.floats(0, 3)), max_size=60),
    st.integers(0, 200),
)
def test_what_was_missed_is_told_in_full_or_not_at_all(
    made: list[tuple[FeedKey, int, float]], max_bytes: int
) -> None:
    """Whatever gave way meanwhile; and no more is held than allowed, nor longer."""
    recent, now = Recent(max_bytes, 10.0), 0.0
    frames: dict[FeedKey, list[tuple[bytes, float]]] = {key: [] for key in KEYS}
    for key, size, passed in made:
        now += passed
        frames[key].append((bytes(size), now))
        recent.keep(key, len(frames[key]), frames[key][-1][0], now)
        assert recent.size <= max_bytes
    for key, given_out in frames.items():
        for seq in range(len(given_out) + 1):
            told = recent.since(key, seq, len(given_out))
            missed = given_out[seq:]
            if told is None:
                assert missed
            else:
                assert told == [frame for frame, _ in missed]


def test_the_latest_delta_can_be_told_again() -> None:
    """And the ones before, as long as there is room."""
    recent = Recent(10, 10.0)
    for seq, frame in enumerate((b"aaaa", b"bbbb", b"cc", b"dddd"), 1):
        recent.keep(KEYS[0], seq, frame, 0.0)
    assert recent.since(KEYS[0], 3, 4) == [b"dddd"]
    assert recent.since(KEYS[0], 1, 4) == [b"bbbb", b"cc", b"dddd"]
    assert recent.since(KEYS[0], 0, 4) is None
    assert recent.since(KEYS[0], 4, 4) == []
    assert recent.since(KEYS[0], 5, 4) is None


def test_numbers_of_an_earlier_feed_of_the_same_channel_are_others() -> None:
    """Its deltas may still be here."""
    recent = Recent(1000, 10.0)
    for seq in (100, 101, 5000, 5001):
        recent.keep(KEYS[0], seq, b"x", 0.0)
    assert recent.since(KEYS[0], 4999, 5001) == [b"x", b"x"]
    assert recent.since(KEYS[0], 100, 5001) is None
    assert recent.since(KEYS[0], 4998, 5001) is None


def test_old_deltas_give_way_to_time() -> None:
    """When the next one comes."""
    recent = Recent(1000, 10.0)
    recent.keep(KEYS[0], 1, b"old", 0.0)
    recent.keep(KEYS[1], 1, b"new", 11.0)
    assert recent.since(KEYS[0], 0, 1) is None
    assert recent.size == 3
