"""What is there for Prometheus and Grafana names only what `/metrics` has."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from voltape.serve.metrics import FAMILIES

FOLDER = Path(__file__).parents[2] / "deploy/observability"
NAME = re.compile(r"\bvoltape_[a-z0-9_]+")
SELECTOR = re.compile(r"(voltape_[a-z0-9_]+)\{([^}]*)\}")
OF_PROMETHEUS = {"instance", "job"}
SEVERITIES = {"critical", "warning"}

UNIT_TESTS: dict[str, tuple[dict[str, str], set[str]]] = {
    "quiet": (
        {
            "voltape_ready": "1x60",
            'voltape_underlying_stalled{underlying="BTC"}': "0x60",
            'voltape_contracts{state="listed"}': "10x60",
            'voltape_contracts{state="live"}': "4x60",
            'voltape_contracts{state="polled"}': "6x60",
            'voltape_polls_total{result="answered"}': "0+2x60",
            'voltape_polls_total{result="failed"}': "0 0 1x58",
            "voltape_reconnects_total": "0+0x30 8x30",
        },
        set(),
    ),
    "outage": (
        {
            "voltape_ready": "0x60",
            'voltape_underlying_stalled{underlying="BTC"}': "1x60",
            'voltape_contracts{state="listed"}': "10x60",
            'voltape_contracts{state="live"}': "4x60",
            'voltape_contracts{state="polled"}': "5x60",
            'voltape_contracts{state="stale"}': "3x60",
            'voltape_polls_total{result="answered"}': "5x60",
            'voltape_polls_total{result="failed"}': "0+1x60",
            "voltape_reconnects_total": "0+1x60",
            'voltape_lag_seconds{quantile="0.95"}': "2x60",
            'voltape_messages_total{outcome="rejected"}': "0+1x60",
        },
        {
            "VoltapeNotReady",
            "VoltapeUnderlyingStalled",
            "VoltapeContractsWithoutData",
            "VoltapeStaleContracts",
            "VoltapePollsFail",
            "VoltapeReconnects",
            "VoltapeLag",
            "VoltapeRejectedMessages",
        },
    ),
    "machine": (
        {
            "voltape_ready": "1x60",
            "voltape_store_connected": "0x60",
            'voltape_store_events_total{event="evicted"}': "0+1x60",
            "voltape_store_pending": "6000x60",
            'voltape_role_memory_bytes{role="up"}': "129000000x60",
            'voltape_role_cpu_seconds_total{role="up"}': "0+40x60",
            'voltape_audit_contracts_total{reference="store",result="different"}': "0+1x60",
            "voltape_reconnects_self_inflicted_total": "0+1x60",
            "voltape_api_failed_total": "0+1x60",
            'voltape_job_runs_total{job="sweep",result="failed"}': "0+1x60",
        },
        {
            "VoltapeStoreDown",
            "VoltapeStoreEviction",
            "VoltapeStoreBehind",
            "VoltapeMemoryOverLimit",
            "VoltapeCpuOverLimit",
            "VoltapeAccuracyBelowAll",
            "VoltapeSelfInflictedReconnects",
            "VoltapeApiFailing",
            "VoltapeJobFailed",
        },
    ),
    "gone": ({"up": "0x60"}, {"VoltapeMissing"}),
}
"""Series of a minute's steps, and the alerts that fire after an hour of them."""


def labels_by_sample() -> dict[str, set[str]]:
    """Labels of every sample that a scrape can have."""
    known: dict[str, set[str]] = {}
    for family in FAMILIES:
        if family.kind == "histogram":
            known[f"{family.name}_bucket"] = set(family.labels)
            known[f"{family.name}_count"] = set(family.labels) - {"le"}
        else:
            known[family.name] = set(family.labels)
    return known


def rules() -> list[dict[str, Any]]:
    """Every alert."""
    content = yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))
    return [rule for group in content["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    """Every panel of the dashboard that shows something."""
    content = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    return [panel for panel in content["panels"] if panel["type"] != "row"]


def expressions() -> list[str]:
    """Every expression of rules and panels."""
    shown = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [str(rule["expr"]) for rule in rules()] + shown


def promtool() -> str:
    """The checker of Prometheus; the test is skipped without one."""
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("no promtool on PATH")
    return found


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_that_is_named_exists(expression: str) -> None:
    """With every label that it is selected by."""
    known = labels_by_sample()
    named = NAME.findall(expression)
    assert named
    assert [name for name in named if name not in known] == []
    for name, selector in SELECTOR.findall(expression):
        labels = {part.partition("=")[0].rstrip("!") for part in re.findall(r"[a-z_]+!?=", selector)}
        assert labels - known[name] - OF_PROMETHEUS == set()
    assert expression.count("(") == expression.count(")")
    assert expression.count("{") == expression.count("}")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_every_rule_says_what_is_wrong_and_how_bad(rule: dict[str, Any]) -> None:
    """A severity, a summary and what to look at; labels in the texts are those that the expression leaves."""
    assert rule["labels"]["severity"] in SEVERITIES
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"].endswith(".")
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"Voltape[A-Z][A-Za-z]+", rule["alert"])


def test_alerts_have_names_of_their_own() -> None:
    """A name is what a silence is given for."""
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)


def test_the_dashboard_can_be_imported() -> None:
    """Panels have identities of their own, lie within the grid, do not overlap, and take any data source."""
    content = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    identities = [panel["id"] for panel in content["panels"]]
    assert len(set(identities)) == len(identities)
    taken: set[tuple[int, int]] = set()
    for panel in content["panels"]:
        grid = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert grid["x"] + grid["w"] <= 24
        assert not cells & taken
        taken |= cells
    assert {panel["datasource"]["uid"] for panel in panels()} == {"${datasource}"}
    assert [variable["name"] for variable in content["templating"]["list"]] == ["datasource", "instance"]


def test_the_dashboard_shows_what_an_operator_asks_for() -> None:
    """Something of every part of the program."""
    shown = " ".join(target["expr"] for panel in panels() for target in panel["targets"])
    parts = "ready lag coverage_ratio reconnects store_ role_cpu role_memory response_cache push_clients audit_ job_ trades"
    assert [part for part in parts.split() if f"voltape_{part}" not in shown] == []


def test_promtool_accepts_rules_and_configuration() -> None:
    """Every expression parses."""
    for check, name in (("rules", "alerts.yaml"), ("config", "prometheus.yaml")):
        done = subprocess.run(
            [promtool(), "check", check, str(FOLDER / name)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("case", UNIT_TESTS)
def test_alerts_fire_when_they_should_and_only_then(case: str, tmp_path: Path) -> None:
    """By the engine of Prometheus itself, with an hour of made-up figures."""
    series, firing = UNIT_TESTS[case]
    tests = {
        "rule_files": [str(FOLDER / "alerts.yaml")],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": [
                    {
                        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                        "eval_time": "60m",
                        "exp_samples": [
                            {"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(firing)
                        ],
                    }
                ],
            }
        ],
    }
    path = tmp_path / "tests.yaml"
    path.write_text(yaml.safe_dump(tests))
    done = subprocess.run(
        [promtool(), "test", "rules", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
