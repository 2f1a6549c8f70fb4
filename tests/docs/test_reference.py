import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import click
import msgspec
import pytest

from voltape.bybit.causes import CAUSES
from voltape.config import SETTINGS, as_flag
from voltape.config.setting import ENV_PREFIX
from voltape.model.efficiency import Efficiency
from voltape.model.figures import Figures
from voltape.model.status import AGE_BOUNDS_S, Status
from voltape.push.feed import INTERVALS
from voltape.push.limits import HubLimits
from voltape.push.protocol import ServerMessage, request_from_text
from voltape.serve.analytics import ANALYTICS_ROUTES
from voltape.serve.connection import HEAD_S, MAX_HEAD_BYTES
from voltape.serve.control_routes import CONTROL_ROUTES
from voltape.serve.gate import MAX_BODY_BYTES, MAX_TARGET_BYTES
from voltape.serve.history import HISTORY_ROUTES
from voltape.serve.metrics import FAMILIES
from voltape.serve.parameters import ticker_request
from voltape.serve.routes import API, ROUTES
from voltape.serve.selection import TICKER_FIELDS
from voltape.sim.command import sim
from voltape.sim.faults import KINDS

from .pages import PAGES, ROOT, Block, blocks, prose, section, table_of

HTTP = ROOT / "docs/reference/http-api.md"
PUSH = ROOT / "docs/reference/push-protocol.md"
SIMULATOR = ROOT / "docs/reference/simulator.md"
RELIABILITY = ROOT / "docs/explanation/reliability.md"
METRICS_PAGE = ROOT / "docs/reference/metrics.md"
METRICS = {family.name for family in FAMILIES} | {
    f"{family.name}_bucket" for family in FAMILIES if family.kind == "histogram"
}
EXAMPLES = [block for block in blocks(PUSH) if block.mark.startswith("example: ")]
REQUESTS = [block for block in blocks(PUSH) if block.mark == "request"]


def codes(cell: str) -> list[str]:
    """What a cell has in code type."""
    return re.findall(r"`([^`]+)`", cell)


def first_codes(rows: list[list[str]]) -> list[str]:
    """What the first cells have in code type, in order."""
    return [code for row in rows for code in codes(row[0])]


def fields_of(kind: Any, path: str = "") -> Iterator[str]:
    """Dotted names of a structure's fields, through lists and optional values."""
    for name, hint in get_type_hints(kind).items():
        yield path + name
        inner = [hint, *get_args(hint)]
        for one in inner:
            if get_origin(one) is None and isinstance(one, type) and issubclass(one, msgspec.Struct):
                yield from fields_of(one, f"{path}{name}.")


def test_every_route_is_described_and_no_other() -> None:
    """The headings of the HTTP reference are the routes of the server, each of them once."""
    described = re.findall(r"^### `([A-Z]+) ([^`?]+)[^`]*`$", prose(HTTP), re.MULTILINE)
    routes = {
        (method, re.sub(r":\w+}", "}", path))
        for route in (*ROUTES, *ANALYTICS_ROUTES, *HISTORY_ROUTES, *CONTROL_ROUTES)
        for path in route.paths
        for method in route.http_methods
        if method in {"GET", "PUT", "DELETE"}
    }
    assert sorted(described) == sorted(routes | {("GET", f"{API}/stream")})


def test_only_control_changes_anything() -> None:
    """The page says that GET and HEAD are all there is elsewhere."""
    methods = {method for route in ROUTES for method in route.http_methods}
    assert {str(method) for method in methods} <= {"GET", "HEAD", "OPTIONS"}


def test_the_ticker_has_these_fields_in_this_order() -> None:
    """The table of the ticker follows the structure."""
    assert tuple(first_codes(table_of(HTTP, "## The ticker"))) == TICKER_FIELDS
    assert f"{len(TICKER_FIELDS)} fields" in section(HTTP, "## The ticker")


def test_tickers_take_these_parameters() -> None:
    """The table of parameters follows the route."""
    described = first_codes(table_of(HTTP, "### `GET /api/v1/tickers`"))
    assert sorted(described) == sorted(inspect.signature(ticker_request).parameters)


def test_the_status_has_these_parts() -> None:
    """Every part of the status and every field in it is named."""
    rows = table_of(HTTP, "### `GET /api/v1/status`")
    assert set(first_codes(rows)) == set(Status.__struct_fields__)
    named = {code for row in rows for cell in row for code in codes(cell)}
    missing = {path for path in fields_of(Status) if path.partition(".")[0] != "gaps"}
    assert {path for path in missing if path.rpartition(".")[2] not in named} == set()


def test_the_efficiency_has_these_parts() -> None:
    """Every part of the judgement and every figure is named; parts of the status are described there."""
    rows = table_of(HTTP, "### `GET /api/v1/efficiency`")
    figures = set(Figures.__struct_fields__)
    assert set(first_codes(rows)) == set(Efficiency.__struct_fields__) | figures
    named = {code for row in rows for cell in row for code in codes(cell)}
    theirs = ("traffic", "audits", "optimisations", "coverage.")
    own = {path for path in fields_of(Efficiency) if not path.startswith(theirs)}
    assert {path for path in own if path.rpartition(".")[2] not in named} == set()


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: block.mark)
def test_an_example_of_the_push_protocol_is_the_shared_one(block: Block) -> None:
    """The pages, the server and the dashboard have the same examples."""
    shared = ROOT / "tests/data/push" / f"{block.mark.removeprefix('example: ')}.json"
    assert msgspec.json.decode(block.text) == msgspec.json.decode(shared.read_bytes())


@pytest.mark.parametrize("block", REQUESTS, ids=str)
def test_an_example_of_a_request_is_one(block: Block) -> None:
    """The server understands the requests on the page."""
    assert request_from_text(block.text) is not None


def test_every_type_of_message_is_described_and_no_other() -> None:
    """The headings below Messages are the types."""
    described = re.findall(r"^### `(\w+)`$", section(PUSH, "## Messages"), re.MULTILINE)
    assert sorted(described) == sorted(kind.__struct_config__.tag for kind in get_args(ServerMessage))


def test_the_limits_of_push_are_those_of_the_hub() -> None:
    """Numbers on the page are the program's."""
    values = [row[1] for row in table_of(PUSH, "## Limits")]
    limits = HubLimits()
    numbers = [limits.clients, limits.channels, limits.message_bytes, limits.queue_bytes]
    assert values == [*(f"{number:,}" for number in numbers), f"{limits.lag_s:g} s"]
    paces = ", ".join(f"{pace:g}" for pace in INTERVALS[:-1])
    assert f"{paces} or {INTERVALS[-1]:g} s" in section(PUSH, "## Requests")


def test_every_fault_is_described_and_no_other() -> None:
    """The table of faults follows the registry, and names the variants of garbage."""
    assert sorted(first_codes(table_of(SIMULATOR, "## Faults"))) == sorted(KINDS)


def test_every_option_of_the_simulator_is_described_and_no_other() -> None:
    """The table of options follows the command."""
    described = {
        option for code in first_codes(table_of(SIMULATOR, "## Options")) for option in code.split("/")
    }
    options = [param for param in sim.params if isinstance(param, click.Option)]
    assert described == {word for option in options for word in (*option.opts, *option.secondary_opts)} - {
        "--help"
    }


def test_every_control_request_is_described_and_no_other() -> None:
    """The table of control requests follows the source of the control endpoint."""
    source = (ROOT / "src/voltape/sim/control.py").read_text(encoding="utf-8")
    described = {re.split(r"[ ?]", code)[1] for code in first_codes(table_of(SIMULATOR, "## Control"))}
    assert described == set(re.findall(r'"(/sim/[\w/]+)"', source))


def test_every_counter_beside_a_buffer_exists() -> None:
    """A field of the status, or a name of the metrics."""
    known = set(fields_of(Status)) | METRICS
    named = [code for row in table_of(RELIABILITY, "## Buffers") for code in codes(row[3])]
    assert named
    assert [name for name in named if name not in known] == []


def test_every_metric_is_described_and_no_other() -> None:
    """The tables of metrics say what the declarations say: name, type, labels, unit and meaning."""
    headings = ("## Contracts", "## Exchange", "## System", "## Upkeep", "## API and push")
    described = [row for heading in headings for row in table_of(METRICS_PAGE, heading)]
    declared = [
        [
            f"`{family.name}`",
            family.kind,
            ", ".join(f"`{label}`" for label in family.labels) or "none",
            family.unit,
            family.meaning,
        ]
        for family in FAMILIES
    ]
    assert described == declared


def test_labels_have_the_values_that_are_described() -> None:
    """Bounds of ages and causes of reconnects are those of the program."""
    values = {label: row[1] for row in table_of(METRICS_PAGE, "## Labels") for label in codes(row[0])}
    bounds = [f"{bound:g}" for bound in AGE_BOUNDS_S]
    assert values["le"].startswith(f"{', '.join(bounds)} and ")
    assert tuple(codes(values["cause"])[: len(CAUSES)]) == CAUSES
    assert set(values) == {label for family in FAMILIES for label in family.labels}


def test_every_metric_on_any_page_exists() -> None:
    """Names that begin with voltape_ are those of `/metrics`."""
    names = {name for page in PAGES for name in re.findall(r"\bvoltape_[a-z_]+[a-z]\b", prose(page))}
    assert names - METRICS - {"voltape_push"} == set()


def test_every_setting_on_any_page_exists() -> None:
    """Variables and the flags after voltape's commands are those that the program takes."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    variables = {f"{ENV_PREFIX}{name.upper()}" for setting in SETTINGS for name in setting.names}
    named = set(re.findall(r"\bVOLTAPE_[A-Z][A-Z_]*[A-Z]\b", text))
    assert named - variables - {"VOLTAPE_CONFIG"} == set()
    flags = {as_flag(name) for setting in SETTINGS for name in setting.names}
    calls = re.findall(r"voltape (?:up|tracker|serve)((?: --[\w-]+ [^\s`]+)+)", text)
    given = {flag for call in calls for flag in re.findall(r"--[\w-]+", call)}
    assert given
    assert given - flags == set()


def test_every_promise_names_tests_that_exist() -> None:
    """The table of promises is no wish list."""
    rows = table_of(RELIABILITY, "## Promises")
    assert [row[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    files = [Path(code) for row in rows for code in codes(row[2])]
    assert [path for path in files if not (ROOT / path).is_file()] == []
    assert all(codes(row[2]) for row in rows)


def test_the_largest_request_is_the_one_on_the_page() -> None:
    """The server's own limits are quoted."""
    errors = section(HTTP, "### Errors")
    for limit in (MAX_TARGET_BYTES, MAX_BODY_BYTES, MAX_HEAD_BYTES):
        assert f"{limit:,} bytes" in errors
    assert f"within {HEAD_S:g} s" in errors


def test_the_layers_on_the_page_are_those_that_are_held() -> None:
    """In their order, with who is a sibling of whom; parts that are allowed for and not there are left out."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    there = {path.stem for path in (ROOT / "src/voltape").iterdir()}
    held = []
    for layer in contracts["contracts"][0]["layers"]:
        sign = "|" if "|" in layer else ":"
        parts = [part.strip(" ()") for part in layer.split(sign)]
        held.append(f" {sign} ".join(part for part in parts if part in there))
    page = ROOT / "CONTRIBUTING.md"
    shown = next(block for block in blocks(page) if block.text.startswith("cli\n"))
    assert shown.text.splitlines() == held


def test_how_long_a_channel_can_be_resumed_is_told() -> None:
    """And how much is kept for that."""
    limits = HubLimits()
    told = section(PUSH, "## Numbers, and what to do when one is missing")
    assert f"the latest {limits.linger_s:g} s, and no more than {limits.recent_bytes >> 20} MB" in told
