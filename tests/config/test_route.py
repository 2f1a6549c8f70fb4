"""Which proxy leads to the exchange."""

import pytest

from voltape.config.route import proxy_for
from voltape.errors import SettingError
from voltape.proxy import Proxy

STREAM = "wss://stream.bybit.com/v5/public/option"
REST = "https://api.bybit.com"


def found(url: str, *, chosen: str | None = None, **environ: str) -> str | None:
    """Address of the proxy for `url`."""
    proxy = proxy_for(chosen, url, environ)
    return None if proxy is None else proxy.url


def test_without_anything_named_the_way_is_direct() -> None:
    """Nothing set, or set to nothing."""
    assert found(REST) is None
    assert found(REST, HTTPS_PROXY="", no_proxy="") is None


def test_the_setting_decides_before_the_environment() -> None:
    """For both ways, whatever the environment excepts; `none` is the direct way."""
    for url in (STREAM, REST):
        assert found(url, chosen="http://own:1", HTTPS_PROXY="http://other:2", NO_PROXY="*") == "http://own:1"
        assert found(url, chosen="none", HTTPS_PROXY="http://other:2") is None


def test_the_environment_is_read_as_other_programs_read_it() -> None:
    """By encryption, small letters first, the general one last, and the scheme may be left out."""
    both = {"HTTPS_PROXY": "http://safe:1", "HTTP_PROXY": "http://plain:2"}
    assert [found(url, **both) for url in (STREAM, REST)] == ["http://safe:1"] * 2
    assert found("ws://venue.test:80", **both) == found("http://venue.test", **both) == "http://plain:2"
    assert found(REST, https_proxy="http://small:3", **both) == "http://small:3"
    assert found(REST, ALL_PROXY="all:3128/") == "http://all:3128"


def test_the_proxy_knows_who_named_it_and_hides_its_password() -> None:
    """What is shown has scheme, host and port alone."""
    proxy = proxy_for(None, REST, {"https_proxy": "http://user:pass@proxy.example"})
    assert proxy is not None
    assert proxy.named_by == "https_proxy"
    assert proxy.where == "http://proxy.example:80"
    assert "pass" not in f"{proxy!r} {proxy} {proxy.__rich_repr__()}"
    assert Proxy("https://[::1]:8443", "x").where == "https://[::1]:8443"
    assert Proxy("https://proxy", "x").where == "https://proxy:443"
    assert Proxy("https://proxy", "x").is_secure


@pytest.mark.parametrize("url", ["ws://127.0.0.1:9000/x", "http://localhost:9000", "https://[::1]:9000"])
def test_the_machine_itself_is_never_reached_through_a_proxy(url: str) -> None:
    """A simulator here is none of the proxy's business."""
    assert found(url, chosen="http://proxy:1") is None
    assert found(url, ALL_PROXY="http://proxy:1") is None


@pytest.mark.parametrize(
    ("listed", "excepted"),
    [
        ("*", True),
        ("bybit.com", True),
        (".bybit.com", True),
        ("*.bybit.com", True),
        ("other.example, API.bybit.com", True),
        ("api.bybit.com:443", True),
        ("api.bybit.com:80", False),
        ("ybit.com", False),
        ("bybit.com.example", False),
        ("10.0.0.0/8", False),
        (",", False),
    ],
)
def test_exceptions_name_hosts_with_all_below_them(listed: str, excepted: bool) -> None:
    """A port narrows them."""
    assert (found(REST, HTTPS_PROXY="http://proxy:1", NO_PROXY=listed) is None) is excepted


@pytest.mark.parametrize(
    ("listed", "excepted"),
    [("10.0.0.0/8", True), ("10.1.2.3", True), ("10.1.2.3:8443", True), ("10.1.2.4", False), ("2.3", False)],
)
def test_exceptions_name_addresses_and_networks(listed: str, excepted: bool) -> None:
    """An address is excepted by itself or by its network, never by how it is written."""
    assert (found("https://10.1.2.3:8443", HTTPS_PROXY="http://proxy:1", no_proxy=listed) is None) is excepted
    six = found("https://[fd00::1]", HTTPS_PROXY="http://proxy:1", no_proxy="fd00::/8")
    assert six is None


@pytest.mark.parametrize(
    "named", ["socks5://user:pass@proxy:1080", "http://user:pass@proxy:99999", "http://"]
)
def test_a_variable_that_cannot_be_used_is_named_without_its_value(named: str) -> None:
    """Nothing is ever tried without a proxy where one is wanted."""
    with pytest.raises(SettingError) as caught:
        found(REST, HTTPS_PROXY=named)
    assert "HTTPS_PROXY" in str(caught.value)
    assert "VOLTAPE_PROXY=none" in str(caught.value)
    assert "pass" not in str(caught.value)
