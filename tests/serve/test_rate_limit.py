import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.serve.rate_limit import RateLimit, client_name


def test_what_was_saved_up_in_two_seconds_can_be_had_at_once() -> None:
    """Then it goes on at the pace, and one client's requests are nothing to another."""
    limit = RateLimit(10)
    assert [limit.wait("a", 100.0) for _ in range(20)] == [0.0] * 20
    assert limit.wait("a", 100.0) == pytest.approx(0.1)
    assert limit.wait("b", 100.0) == 0.0
    assert limit.wait("a", 100.1) == 0.0
    assert limit.wait("a", 100.1) > 0
    assert limit.refused == 2


@given(st.floats(0.1, 1000), st.lists(st.floats(0, 0.5, allow_subnormal=False), min_size=1, max_size=300))
def test_nobody_gets_more_than_the_pace_allows(per_second: float, pauses: list[float]) -> None:
    """Whatever the times of the requests; and who waits as long as told is served."""
    limit, now = RateLimit(per_second), 1000.0
    for taken, pause in enumerate(pauses, 1):
        now += pause
        wait = limit.wait("a", now)
        if wait:
            now += wait + 1e-6
            assert limit.wait("a", now) == 0.0
        assert taken <= (now - 1000.0) * per_second + max(2 * per_second, 1) + 1.001


def test_however_slow_the_pace_the_first_request_is_served() -> None:
    """And the next one at its time."""
    limit = RateLimit(0.1)
    assert limit.wait("a", 50.0) == 0.0
    assert limit.wait("a", 50.0) == pytest.approx(10.0)
    assert limit.wait("a", 60.0) == 0.0


def test_without_a_limit_nobody_waits_or_is_remembered() -> None:
    """It costs nothing."""
    limit = RateLimit(0)
    assert [limit.wait("a", 1.0) for _ in range(1000)] == [0.0] * 1000
    assert len(limit) == 0


def test_the_table_of_clients_is_bounded() -> None:
    """Those seen last are remembered, refused ones too."""
    limit = RateLimit(1, most_clients=100)
    for number in range(1000):
        limit.wait(f"client {number}", 1.0)
        limit.wait("busy", 1.0)
        assert len(limit) <= 101
    assert limit.wait("busy", 1.0) > 0
    assert limit.wait("client 0", 1.0) == 0.0


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "20010db800010002"),
        ("2001:db8:1:2::9", "20010db800010002"),
        ("fe80::1%eth0", "fe80000000000000"),
        ("::1", "0000000000000000"),
        ("no:address", "no:address"),
    ],
)
def test_addresses_of_one_ipv6_network_are_one_client(host: str, name: str) -> None:
    """Each client has a whole one, so that it could change its address with every request."""
    assert client_name(host) == name
