"""The reverse proxies of the page, with a certificate and ports of this run, where they are installed."""

import asyncio
import json
import re
import shutil
import ssl
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from websockets.exceptions import InvalidStatus

from tests.e2e.program import eventually, free_port, running
from voltape.sim.handle import running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(90)]

PAGE = (Path(__file__).parents[2] / "docs/how-to/put-it-behind-a-proxy.md").read_text(encoding="utf-8")
NAME = "options.example.org"
TOKEN = "correct-horse-battery-staple"
ASKED = {"authorization": f"Bearer {TOKEN}"}
SIMULTANEOUS = 8


def block(language: str) -> str:
    """The page's configuration in a language."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


async def write_certificate(folder: Path) -> None:
    """A certificate for the page's name that vouches for itself, and its key."""
    words = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}")
    files = ("-addext", f"subjectAltName=DNS:{NAME}", "-keyout", "privkey.pem", "-out", "fullchain.pem")
    process = await asyncio.create_subprocess_exec("openssl", *words, *files, cwd=folder, stderr=DEVNULL)
    assert await process.wait() == 0


def trust(place: "Place") -> ssl.SSLContext:
    """Trust in that certificate."""
    return ssl.create_default_context(cafile=str(place.folder / "fullchain.pem"))


@dataclass
class Place:
    """Where a proxy works: its folder, its port, and the port of the program behind it."""

    folder: Path
    port: int
    behind: int

    def write(self, name: str, text: str) -> str:
        """A file; gives its path."""
        path = self.folder / name
        path.write_text(text)
        return str(path)


def nginx(place: Place) -> Sequence[str]:
    """The command that runs the page's nginx."""
    server = block("nginx").replace("listen 443 ", f"listen 127.0.0.1:{place.port} ")
    server = server.replace("127.0.0.1:8000", f"127.0.0.1:{place.behind}")
    server = re.sub(r"/etc/letsencrypt/live/[^;]*/(\w+\.pem)", rf"{place.folder}/\1", server)
    temporary = "".join(
        f"{kind}_temp_path {place.folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    around = f"daemon off;\nerror_log stderr;\npid {place.folder}/nginx.pid;\nevents {{}}\nhttp {{\naccess_log off;\n"
    return "nginx", "-c", place.write("nginx.conf", f"{around}{temporary}{server}}}\n")


def caddy(place: Place) -> Sequence[str]:
    """The command that runs the page's Caddy."""
    site = block("caddyfile").replace("127.0.0.1:8000", f"127.0.0.1:{place.behind}")
    ours = f" {{\n    tls {place.folder}/fullchain.pem {place.folder}/privkey.pem\n"
    options = f"{{\nadmin off\nauto_https disable_redirects\nhttps_port {place.port}\nstorage file_system {place.folder}\n}}\n"
    path = place.write("Caddyfile", options + site.replace(" {\n", ours, 1))
    return "caddy", "run", "--config", path, "--adapter", "caddyfile"


@asynccontextmanager
async def proxied(command: Sequence[str], place: Place) -> AsyncIterator[httpx.AsyncClient]:
    """A client that sees the program through a proxy, under the page's name."""
    with (place.folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=log, stderr=log)
    try:
        async with httpx.AsyncClient(
            verify=trust(place),
            trust_env=False,
            base_url=f"https://127.0.0.1:{place.port}",
            headers={"host": f"{NAME}:{place.port}"},
        ) as client:

            async def answers() -> bool:
                try:
                    return (await get(client, "/healthz")).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually(answers, 10, "the proxy answers")
            yield client
    finally:
        process.terminate()
        await process.wait()


async def get(client: httpx.AsyncClient, path: str, **headers: str) -> httpx.Response:
    """An answer, by the name for which the certificate is."""
    return await client.get(path, headers=headers, extensions={"sni_hostname": NAME})


async def opened(place: Place, origin: str) -> Any:
    """The first message of the stream, as a page of an origin gets it."""
    async with websockets.connect(
        f"wss://{NAME}:{place.port}/api/v1/stream?token={TOKEN}",
        ssl=trust(place),
        host="127.0.0.1",
        port=place.port,
        origin=websockets.Origin(origin),
    ) as stream:
        return json.loads(await stream.recv())


@pytest.mark.parametrize("proxy", [nginx, caddy])
async def test_everything_works_through_the_proxy_of_the_page(
    proxy: Callable[[Place], Sequence[str]], tmp_path: Path
) -> None:
    """Page, data with the token, the stream for the page's own origin only, and events as they happen."""
    for program in (proxy.__name__, "openssl"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    place = Place(tmp_path, free_port(), free_port())
    await write_certificate(tmp_path)
    origin = f"https://{NAME}:{place.port}"
    async with (
        running_sim(contracts=0.1, tls=False) as sim,
        running(
            "up", sim, tmp_path, http_port=place.behind, api_token=TOKEN, http_cors_origins=origin, jobs="off",
            http_rate_limit=SIMULTANEOUS,
        ),
        proxied(proxy(place), place) as client,
    ):  # fmt: skip
        page = await get(client, "/")
        assert (page.status_code, "<title>" in page.text) == (200, True)
        assert (await get(client, "/api/v1/status")).status_code == 401
        assert (await get(client, "/api/v1/status", **ASKED)).json()["health"]["ready"]

        assert (await opened(place, origin))["type"] == "hello"
        with pytest.raises(InvalidStatus, match="403"):
            await opened(place, "https://evil.example")

        async with asyncio.timeout(20):
            beats = await heartbeats(client)
        assert beats == 2

        many = [
            get(client, "/api/v1/expiries", **ASKED, **{"x-forwarded-for": f"192.0.2.{i}"}) for i in range(40)
        ]
        assert 429 in {answer.status_code for answer in await asyncio.gather(*many)}


async def heartbeats(client: httpx.AsyncClient) -> int:
    """Two heartbeats of the events, which nothing else follows that would push them out of a buffer."""
    seen = 0
    way = {"headers": ASKED, "extensions": {"sni_hostname": NAME}, "timeout": 15}
    async with client.stream("GET", "/api/v1/events?channels=status", **way) as events:  # type: ignore[arg-type]
        async for line in events.aiter_lines():
            seen += line == "event: heartbeat" or '"type":"heartbeat"' in line
            if seen == 2:
                break
    return seen
