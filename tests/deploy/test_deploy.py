"""The files of deploy/: what they say agrees with the program and with the schemas of their systems."""

import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from voltape.cli import COMMANDS
from voltape.config import load

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE = ("compose.yaml", "compose.up.yaml")


def compose(name: str) -> dict[str, Any]:
    """A compose file."""
    found: dict[str, Any] = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))
    return found


def manifests() -> list[dict[str, Any]]:
    """The objects for Kubernetes."""
    return list(yaml.safe_load_all((DEPLOY / "kubernetes" / "voltape.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", COMPOSE)
def test_services_run_roles_with_settings_that_there_are(name: str, tmp_path: Path) -> None:
    """A misspelt setting would keep a role from starting."""
    for service in compose(name)["services"].values():
        if "valkey-server" in service["command"]:
            continue
        assert service["command"] in COMMANDS
        given = {key: value for key, value in service["environment"].items() if "$" not in value}
        load({}, given, tmp_path)


@pytest.mark.parametrize("name", ["compose.yaml", "compose.up.yaml", "compose.alerts.yaml"])
def test_what_is_written_beside_the_files_may_go_to_the_services(name: str, tmp_path: Path) -> None:
    """The file `.env` is for both: a variable of the compose file that looks like a setting would keep a role from starting."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    wanted = set(re.findall(r"\$\{(\w+)", text))
    load({}, {variable: "x" * 16 for variable in wanted if variable.startswith("VOLTAPE_")}, tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="the image is of Linux")
def test_a_container_lives_while_its_role_shows_it(tmp_path: Path) -> None:
    """By a file that was touched within half a minute; neither an old one will do, nor none."""

    def alive() -> bool:
        environment = {"VOLTAPE_DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
        return subprocess.run([DEPLOY / "alive"], env=environment, check=False).returncode == 0

    assert not alive()
    beat = tmp_path / "beats" / "tracker"
    beat.parent.mkdir()
    assert not alive()
    beat.touch()
    assert alive()
    os.utime(beat, (0, beat.stat().st_mtime - 60))
    assert not alive()


@pytest.mark.parametrize("name", COMPOSE)
def test_services_are_confined(name: str) -> None:
    """Read-only, without rights, with limits of memory, CPU and logs, and started again."""
    for service in compose(name)["services"].values():
        limits = service["deploy"]["resources"]["limits"]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["restart"] == "unless-stopped"
        assert {"cpus", "memory"} <= limits.keys()
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}
        assert service["healthcheck"]["test"][0] == "CMD"


def test_the_services_have_the_sizes_that_were_planned() -> None:
    """128, 128, 64 and 128 MB; the store keeps below its own and never evicts."""
    services = compose("compose.yaml")["services"]
    sizes = {name: one["deploy"]["resources"]["limits"]["memory"] for name, one in services.items()}
    assert sizes == {"valkey": "128M", "tracker": "128M", "serve": "128M", "api": "128M", "jobs": "64M"}
    store = services["valkey"]["command"]
    assert "--maxmemory 100mb" in store
    assert "--maxmemory-policy noeviction" in store
    # Builds differ in what they begin with.
    assert "--protected-mode no" in store


def test_ports_are_open_to_this_machine_only() -> None:
    """Unless somebody says otherwise; the store has none."""
    for name in COMPOSE:
        for service, one in compose(name)["services"].items():
            assert all(":-127.0.0.1:" in port for port in one.get("ports", [])), service
    services = compose("compose.yaml")["services"]
    assert services["valkey"]["networks"] == ["inside"]
    assert compose("compose.yaml")["networks"]["inside"] == {"internal": True}
    assert "ports" not in services["valkey"]


def test_the_order_of_the_start_follows_health() -> None:
    """Each waits for what it reads from."""
    services = compose("compose.yaml")["services"]
    healthy = {"condition": "service_healthy"}
    assert services["tracker"]["depends_on"] == {"valkey": healthy}
    for name in ("serve", "api", "jobs"):
        assert services[name]["depends_on"] == {"tracker": healthy}


@pytest.mark.parametrize("manifest", manifests(), ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_kubernetes_takes_the_manifest(manifest: dict[str, Any]) -> None:
    """By the schema of its own interface, with no field that it does not know."""
    kubernetes_validate.validate(manifest, "1.31", strict=True)


def test_pods_are_confined_and_probed(tmp_path: Path) -> None:
    """And get no variables that look like settings."""
    pods = [one["spec"]["template"]["spec"] for one in manifests() if one["kind"] == "Deployment"]
    assert len(pods) == 4
    for pod in pods:
        (container,) = pod["containers"]
        assert pod["enableServiceLinks"] is False
        assert pod["securityContext"]["runAsNonRoot"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["resources"]["limits"].keys() == {"cpu", "memory"}
        assert "livenessProbe" in container
        if container["name"] != "valkey":
            assert container["args"][0] in COMMANDS
    settings = next(one["data"] for one in manifests() if one["kind"] == "ConfigMap")
    load({}, settings, tmp_path)


def test_a_drained_node_leaves_one_server() -> None:
    """The budget is for the pods that there are two of."""
    budget = next(one for one in manifests() if one["kind"] == "PodDisruptionBudget")
    chosen = budget["spec"]["selector"]["matchLabels"]
    (serve,) = (
        one
        for one in manifests()
        if one["kind"] == "Deployment" and one["spec"]["template"]["metadata"]["labels"] == chosen
    )
    assert serve["spec"]["replicas"] > budget["spec"]["minAvailable"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_units_run_roles_within_limits(unit: Path) -> None:
    """One for all, and one for each role."""
    text = unit.read_text(encoding="utf-8")
    service = ConfigParser(strict=False, interpolation=None)
    service.optionxform = str  # type: ignore[method-assign,assignment]
    service.read_string(text)
    program, role = service["Service"]["ExecStart"].split()
    assert (program, role in COMMANDS) == ("/opt/voltape/bin/voltape", True)
    assert {"MemoryMax", "CPUQuota", "DynamicUser", "Restart"} <= set(service["Service"])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on PATH")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_systemd_takes_the_unit(unit: Path, tmp_path: Path) -> None:
    """It warns of everything that it does not know."""
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text(encoding="utf-8").replace("/opt/voltape/bin/voltape", "/bin/true"))
    told = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout + told.stderr) == (0, "")


def test_the_image_is_made_of_locked_packages_and_runs_without_rights() -> None:
    """In several stages, of which the last has no installer."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    last = text.rpartition("\nFROM ")[2]
    assert text.count("\nFROM ") >= 3
    assert "--require-hashes" in text
    assert "pip" not in last.replace("pipe", "")
    assert "USER 10001" in last
    assert "HEALTHCHECK" in last
    assert text.startswith(("#", "ARG"))
    assert "ARG BASE_IMAGE=" in text
