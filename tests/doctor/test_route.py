"""Check of the way to the exchange, and what a proxy does to the checks behind it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.proxying import running_proxy
from voltape.clock import SystemClock
from voltape.config import Settings
from voltape.doctor.examination import _check_exchange
from voltape.doctor.finding import Finding
from voltape.doctor.route import check_route, route_of
from voltape.proxy import Proxy
from voltape.sim.certificate import server_context
from voltape.sim.options import SimOptions
from voltape.sim.server import serving
from voltape.sim.venue import OPTION_PATH

NAME = "venue.test"
"""A host that only the proxy knows, so that nothing can go past it."""


@pytest.fixture(autouse=True)
def no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine names is none of the test's business."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@asynccontextmanager
async def venue_behind_a_name(folder: Path) -> AsyncIterator[Settings]:
    """Run a small venue with a certificate for a name that cannot be resolved here."""
    bundle = folder / "ca.pem"
    options = SimOptions(underlyings=("SOL",), rate=0.0, scale=0.02, start_ms=SystemClock().wall_ms())
    serve = serving(
        options, host="127.0.0.1", port=0, context=server_context(NAME, bundle), on_failure=lambda: None
    )
    async with serve as (_, port):
        yield Settings(
            ws_url=f"wss://{NAME}:{port}{OPTION_PATH}", rest_url=f"https://{NAME}:{port}", ca_file=bundle
        )


async def findings(settings: Settings) -> dict[str, Finding]:
    """Everything about the exchange, by subject."""
    return {finding.subject: finding for finding in await _check_exchange(settings)}


def named(settings: Settings, **more: str) -> Settings:
    """The settings with others."""
    values = {name: getattr(settings, name) for name in settings.__struct_fields__}
    return Settings(**{**values, **more})


async def test_the_straight_way_is_told() -> None:
    """Where nothing is named."""
    route = route_of(Settings())
    assert route == (None, None)
    finding = await check_route((None, None))
    assert (finding.state, finding.text) == ("ok", "both go straight to the exchange")


@pytest.mark.parametrize("source", ["setting", "environment"])
async def test_the_proxy_in_use_is_told_without_its_password(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways lead through it, and all checks behind it hold."""
    async with (
        venue_behind_a_name(tmp_path) as settings,
        running_proxy({NAME: "127.0.0.1"}, login="trader:secret") as place,
    ):
        url = f"http://trader:secret@127.0.0.1:{place.port}"
        if source == "setting":
            found = await findings(named(settings, proxy=url))
        else:
            monkeypatch.setenv("HTTPS_PROXY", url)
            found = await findings(settings)
        assert {line.split()[0] for line in place.lines} == {"CONNECT"}
    assert [one.state for one in found.values()] == ["ok"] * 4
    who = "VOLTAPE_PROXY" if source == "setting" else "HTTPS_PROXY"
    assert found["proxy"].text == f"both go through http://127.0.0.1:{place.port}, named by {who}"
    assert "secret" not in str(found)


async def test_a_wrong_password_is_told(tmp_path: Path) -> None:
    """By REST and stream, with what the proxy answered, and what to do."""
    async with venue_behind_a_name(tmp_path) as settings, running_proxy(login="trader:right") as place:
        found = await findings(named(settings, proxy=f"http://trader:wrong@127.0.0.1:{place.port}"))
    assert found["proxy"].state == "ok"
    for subject in ("rest", "stream"):
        assert found[subject].failed
        assert "407" in found[subject].text
        assert "VOLTAPE_PROXY" in found[subject].advice
    assert "wrong" not in f"{found['rest']} {found['stream']}".replace("wrongly", "")


async def test_a_proxy_that_is_not_there_is_told(tmp_path: Path) -> None:
    """As the proxy's failure, not the exchange's."""
    async with venue_behind_a_name(tmp_path) as settings:
        found = await findings(named(settings, proxy="http://127.0.0.1:1"))
    assert found["proxy"].failed
    assert "VOLTAPE_PROXY" in found["proxy"].advice
    assert "proxy http://127.0.0.1:1" in found["rest"].text


async def test_a_proxy_that_forbids_the_exchange_is_not_taken_for_its_ban(tmp_path: Path) -> None:
    """A 403 of the proxy says nothing about the region."""
    async with venue_behind_a_name(tmp_path) as settings, running_proxy() as place:
        place.refuse = 403
        found = await findings(named(settings, proxy=f"http://127.0.0.1:{place.port}"))
    for subject in ("rest", "stream"):
        assert "403" in found[subject].text
        assert "countries" not in found[subject].advice
        assert "tunnels" in found[subject].advice


async def test_a_kind_of_proxy_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is asked past it."""
    monkeypatch.setenv("ALL_PROXY", "socks5://trader:secret@127.0.0.1:1080")
    found = await findings(Settings())
    assert found["proxy"].failed
    assert "ALL_PROXY" in found["proxy"].text
    assert "secret" not in str(found)
    assert {found[subject].state for subject in ("rest", "clock", "stream")} == {"skip"}


async def test_two_ways_are_told_apart() -> None:
    """Where an exception holds for one of the hosts."""
    finding = await check_route((None, Proxy("http://127.0.0.1:1", "https_proxy")))
    assert finding.text.startswith(
        "REST goes straight to the exchange, the stream goes through http://127.0.0.1:1, named by https_proxy"
    )
