import gzip

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from voltape.serve.cache import Answer, AnswerCache, Made, coding_for, compressed

BODY = b'{"a":1}' * 1000


class Source:
    """Something with a version."""

    def __init__(self) -> None:
        self.version = 1


def test_an_answer_is_kept_until_its_source_changes_or_the_minute_is_over() -> None:
    """Never a moment longer."""
    cache, source = AnswerCache(10_000), Source()
    cache.put(b"a", Answer(b"x", source=source, minute=5))
    assert cache.get(b"a", 5, 0.0) is not None
    assert cache.get(b"a", 6, 0.0) is None
    source.version = 2
    assert cache.get(b"a", 5, 0.0) is None
    assert cache.get(b"b", 5, 0.0) is None


def test_an_answer_without_a_source_is_kept_for_its_time() -> None:
    """Whatever the minute; without a time it may never be given again."""
    cache = AnswerCache(10_000)
    cache.put(b"a", Answer(b"x", until=7.0))
    assert cache.get(b"a", 1, 6.9) is not None
    assert cache.get(b"a", 2, 7.0) is None
    assert not Answer(b"x", minute=5).is_current(5, 0.0)


def test_an_outdated_answer_leaves_the_way_to_make_it_again() -> None:
    """Once; then the request is as good as new."""
    cache, source = AnswerCache(10_000), Source()

    def prepare() -> Made:
        return Made(None, source)

    cache.put(b"a", Answer(b"x", source=source, prepare=prepare))
    source.version = 2
    assert cache.get(b"a", 0, 0.0) is None
    assert cache.outdated(b"a") is prepare
    assert cache.outdated(b"a") is None
    assert cache.size == 0


def test_the_least_recently_used_gives_way_when_bytes_run_out() -> None:
    """And is counted."""
    cache, source = AnswerCache(350), Source()
    for key in (b"a", b"b", b"c"):
        cache.put(key, Answer(b"x" * 100, source=source))
    cache.get(b"a", 0, 0.0)
    cache.put(b"d", Answer(b"x" * 100, source=source))
    assert cache.get(b"b", 0, 0.0) is None
    assert cache.get(b"a", 0, 0.0) is not None
    assert cache.evicted == 1


def test_an_answer_that_would_push_out_all_others_is_not_kept() -> None:
    """Half of the room is the most for one; without room nothing is kept."""
    cache, source = AnswerCache(200), Source()
    cache.put(b"a", Answer(b"x" * 101, source=source))
    assert cache.size == 0
    none = AnswerCache(0)
    none.put(b"a", Answer(b"", source=source))
    assert none.get(b"a", 0, 0.0) is None


def test_compressed_forms_count_as_soon_as_they_are_made() -> None:
    """The bound holds for all bytes."""
    cache, source = AnswerCache(100_000), Source()
    answer = Answer(BODY, source=source)
    cache.put(b"a", answer)
    plain = cache.size
    answer.hold("gzip", b"x" * 100)
    cache.get(b"a", 0, 0.0)
    assert cache.size == plain + 100
    assert cache.use().bytes == cache.size


@given(st.lists(st.tuples(st.sampled_from(b"abcdef"), st.integers(0, 200), st.booleans())))
def test_the_bound_holds_whatever_is_asked(asked: list[tuple[int, int, bool]]) -> None:
    """And the books are right."""
    cache, source = AnswerCache(400), Source()
    for letter, size, move in asked:
        key = bytes([letter])
        source.version += move
        if cache.get(key, 0, 0.0) is None:
            cache.put(key, Answer(b"x" * size, source=source))
        assert cache.size <= 400
        assert cache.size == sum(size for _, size in cache._answers.values())


def test_the_hit_rate_is_absent_before_the_first_question() -> None:
    """Absent is not zero."""
    cache, source = AnswerCache(1000), Source()
    assert cache.use().hit_rate is None
    cache.put(b"a", Answer(b"x", source=source))
    assert cache.use().hit_rate == 0.0
    cache.get(b"a", 0, 0.0)
    assert (cache.use().hits, cache.use().misses, cache.use().hit_rate) == (1, 1, 0.5)


def test_the_forms_of_an_answer_say_the_same_under_different_tags() -> None:
    """A strong tag means the very bytes."""
    answer = Answer(BODY)
    assert gzip.decompress(compressed(BODY, "gzip")) == BODY
    assert zstandard.ZstdDecompressor().decompress(compressed(BODY, "zstd")) == BODY
    tags = {answer.etag(coding) for coding in ("identity", "gzip", "zstd")}
    assert len(tags) == 3
    assert all(answer.matches(tag) for tag in tags)
    assert Answer(BODY).etag("gzip") in tags
    assert not Answer(b"other").matches(", ".join(tags))


@pytest.mark.parametrize(
    ("accepted", "size", "coding"),
    [
        ("", 5000, "identity"),
        ("gzip", 5000, "gzip"),
        ("gzip", 100, "identity"),
        ("gzip, deflate, br, zstd", 5000, "zstd"),
        ("GZIP;q=0.5", 5000, "gzip"),
        ("zstd;q=0, gzip", 5000, "gzip"),
        ("zstd; q=0.000, gzip; q = 0", 5000, "identity"),
        ("br", 5000, "identity"),
        (";;;,,q=0", 5000, "identity"),
        ("gzip;q=1.0, zstd;q=0.1", 5000, "gzip"),
        ("gzip;q=0.8, zstd;q=0.8", 5000, "zstd"),
        ("gzip;Q=0", 5000, "identity"),
        ("gzip;q=0.", 5000, "identity"),
        ("identity;q=1, gzip;q=0.5", 5000, "identity"),
        ("identity;q=0.5, gzip;q=0.5", 5000, "gzip"),
        ("identity;q=0, gzip;q=0.1", 5000, "gzip"),
        ("gzip;q=much", 5000, "identity"),
        ("*", 5000, "identity"),
    ],
)
def test_the_coding_is_one_the_client_takes(accepted: str, size: int, coding: str) -> None:
    """The one it prefers for long bodies, the smallest of several, none for short ones."""
    assert coding_for(accepted, size) == coding
