import pytest

from tests.model.statuses import NOW_MS, at_work, with_roles
from voltape.model.figures import Figures
from voltape.model.readings import Reading, readings
from voltape.model.status import ApiUse, Audit, Reconnects, RoleUse, Status, StoreStatus, Traffic
from voltape.model.usage_window import UsageWindow


def read(seconds: int = 100, **changes: object) -> dict[str, Reading]:
    """Readings after so many seconds at an even load, with parts of every status changed."""
    window = UsageWindow()
    for second in range(0, seconds + 1, 10):
        window.add(second, NOW_MS + 1000 * second, at_work(second, **changes))
    now = at_work(seconds, **changes)
    return readings(now, window, now.ts)


def test_every_figure_is_read() -> None:
    """By the names of the structure, each known for sure when all is told."""
    found = read()
    assert set(found) == set(Figures.__struct_fields__)
    assert {name: one.why for name, one in found.items() if one.why} == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cpu_percent", 10),
        ("memory_mb", 70),
        ("reconnections_hour", 1),
        ("response_time_ms", 4),
        ("accuracy_percent", 100),
        ("messages_second", 1000),
        ("cpu_ms_message", 0.1),
        ("network_gb", 0.06),
        ("network_mb_hour", 2160),
        ("network_bytes_message", 600),
        ("disk_mb_hour", 3.6),
        ("disk_bytes_message", 1),
        ("store_bytes_message", 100),
        ("store_memory_mb", 1),
    ],
)
def test_a_figure_has_its_unit(name: str, value: float) -> None:
    """The system at an even load gives round figures."""
    assert read()[name].value == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize("name", ["cpu_percent", "disk_mb_hour", "network_mb_hour", "cpu_ms_message"])
def test_an_average_takes_a_minute(name: str) -> None:
    """Before that it is shown and not judged, not even as a bound."""
    young = read(30)[name]
    assert young.value is not None
    assert young.why == "watched for 30 s of the 60 s that it takes"
    assert not young.lower_bound
    assert read(60)[name].why is None


def test_an_average_of_nothing_is_absent() -> None:
    """One sample is no average."""
    found = read(0)
    assert found["cpu_percent"] == Reading(None, "watched for 0 s of the 60 s that it takes")
    assert found["network_mb_hour"].value is None
    assert found["messages_second"].value is None


def test_a_quiet_market_has_no_figures_by_message() -> None:
    """Dividing by no message gives nothing, not infinity."""
    found = read(messages=at_work(0).messages)
    assert found["cpu_ms_message"] == Reading(None, "no message came")
    assert found["network_bytes_message"].value is None


def test_a_role_that_the_system_does_not_tell_of_makes_a_lower_bound() -> None:
    """On some systems only the own process is known."""
    window = UsageWindow()
    status = at_work()
    for second in range(0, 101, 10):
        up = RoleUse(None, 60_000_000, second * 0.3, None)
        status = at_work(second, resources=with_roles(up=up, valkey=RoleUse()))
        window.add(second, NOW_MS, status)
    found = readings(status, window, status.ts)
    cpu = found["cpu_percent"]
    assert (cpu.why, cpu.lower_bound) == ("the system does not tell it of valkey", True)
    assert cpu.value == pytest.approx(30)
    assert found["memory_mb"] == Reading(60, "the system does not tell it of valkey", lower_bound=True)
    assert found["disk_mb_hour"] == Reading(None, "the system does not tell")


@pytest.mark.parametrize(
    ("roles", "why"),
    [
        (("up",), "without the store, whose process is not seen from here"),
        (("serve", "valkey"), "no tracker is heard"),
        (("tracker", "serve", "valkey"), None),
    ],
)
def test_the_whole_system_has_a_tracker_and_a_store(roles: tuple[str, ...], why: str | None) -> None:
    """A sum without one of them is a lower bound."""
    use = RoleUse(None, 1_000_000, 1.0, 0)
    found = read(resources=with_roles(**dict.fromkeys(roles, use)))
    assert found["memory_mb"] == Reading(len(roles), why, lower_bound=why is not None)
    assert found["cpu_percent"].why == why


def test_memory_that_nobody_tells_is_absent() -> None:
    """Not zero."""
    assert read(resources=with_roles(up=RoleUse()))["memory_mb"] == Reading(None, "the system does not tell")


def test_an_hour_of_reconnects_takes_an_hour() -> None:
    """Those of half an hour are a lower bound."""
    found = read(0, uptime_s=1800.0, reconnects=Reconnects(total=2, last_hour=2))["reconnections_hour"]
    assert found == Reading(2, "counted over 30 of 60 minutes", lower_bound=True)


@pytest.mark.parametrize(
    ("api", "reading"),
    [
        (ApiUse(), Reading(None, "no request was timed yet")),
        (ApiUse(requests=3, p95_ms=7.0), Reading(7, "3 of the 20 requests that it takes")),
        (ApiUse(requests=20, p95_ms=7.0), Reading(7)),
    ],
)
def test_a_quantile_takes_some_requests(api: ApiUse, reading: Reading) -> None:
    """Of three requests none is the slowest in twenty."""
    assert read(0, api=api)["response_time_ms"] == reading


@pytest.mark.parametrize(
    ("audits", "value", "why"),
    [
        ({}, None, "nothing was compared yet"),
        ({"exchange": Audit()}, None, "nothing was compared yet"),
        ({"store": Audit(10, 10)}, 100, "nothing was compared with the exchange yet"),
        ({"store": Audit(10, 10), "exchange": Audit(30, 30)}, 100, None),
        ({"store": Audit(10, 9), "exchange": Audit(30, 30)}, 97.5, None),
        ({"exchange": Audit(10**9, 10**9 - 1)}, 99.9999, None),
    ],
)
def test_accuracy_is_that_of_all_comparisons(
    audits: dict[str, Audit], value: float | None, why: str | None
) -> None:
    """The exchange has to be among them, and one wrong contract is never rounded away."""
    assert read(0, audits=audits)["accuracy_percent"] == Reading(value, why)


def test_traffic_without_the_stream_is_a_lower_bound() -> None:
    """The largest part would be missing."""
    found = read(traffic={"store": Traffic(10**9, 0)})
    assert found["network_gb"] == Reading(1, "bytes of the stream are not counted", lower_bound=True)
    assert found["network_mb_hour"].lower_bound
    assert read(traffic={})["network_gb"] == Reading(None, "bytes exchanged are not counted")
    assert read(traffic={})["network_mb_hour"] == Reading(None, "bytes exchanged are not counted")


def test_a_store_that_does_not_tell_its_memory_leaves_it_absent() -> None:
    """Not zero."""
    assert read(0, store=StoreStatus())["store_memory_mb"] == Reading(None, "the store does not tell")


def test_a_tracker_that_is_silent_is_not_judged() -> None:
    """Its last figures are shown; the server's own are judged on."""
    window = UsageWindow()
    status: Status = at_work()
    for second in range(0, 101, 10):
        status = at_work(second)
        window.add(second, NOW_MS, status)
    found = readings(status, window, status.ts + 45_000)
    cpu = found["cpu_percent"]
    assert (cpu.why, cpu.lower_bound) == ("the tracker has not been heard for 45 s", False)
    assert cpu.value == pytest.approx(10)
    assert found["response_time_ms"] == Reading(4)
