"""The question to the running system, and what can come back instead of an answer."""

import ipaddress
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec

from voltape.errors import SettingError, VoltapeError
from voltape.model.efficiency import Efficiency
from voltape.tls import client_context

__all__ = ["Enquiry", "NoReport", "address_of", "ask"]

_PATH = "/api/v1/efficiency"
_PATIENCE_S = 10.0
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where a server listens, not where we do


class NoReport(VoltapeError):
    """There is no report to be had.

    Attributes:
        url: what was asked. why: what came back instead, and what to do.
    """

    def __init__(self, url: str, why: str) -> None:
        super().__init__(url, why)
        self.url = url
        self.why = why

    def __str__(self) -> str:
        return f"{self.url}: {self.why}"


class Enquiry(msgspec.Struct, frozen=True):
    """Whom to ask: a base address, its API token if it has one, and a PEM file that is trusted besides."""

    url: str
    token: str | None = None
    ca_file: Path | None = None


def address_of(host: str, port: int) -> str:
    """Base address of a server that listens at `host` and `port`.

    Raises:
        SettingError: the port is 0, which says nothing about the one that was taken.
    """
    if port == 0:
        raise SettingError("VOLTAPE_HTTP_PORT", port, "the port that `ready http://…` told, or --url")
    name = _ANY.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def ask(enquiry: Enquiry) -> tuple[Efficiency, bytes]:
    """The report of the running system, and the JSON in which it came, indented.

    Raises:
        SettingError: the address is none.
        NoReport: nobody answers there, or not with a report.
    """
    url = _checked(enquiry.url)
    headers = {} if enquiry.token is None else {"authorization": f"Bearer {enquiry.token}"}
    try:
        with httpx.Client(
            verify=_verification(url, enquiry.ca_file), timeout=_PATIENCE_S, trust_env=not _is_near(url)
        ) as client:
            answer = client.get(url + _PATH, headers=headers)
    except httpx.HTTPError as error:
        why = f"no answer ({str(error) or type(error).__name__}); is `voltape up` running there?"
        raise NoReport(url, why) from error
    if answer.status_code != 200:
        raise NoReport(url, _refusal(answer, token_given=enquiry.token is not None))
    try:
        return msgspec.json.decode(answer.content, type=Efficiency), msgspec.json.format(answer.content)
    except msgspec.DecodeError as error:
        raise NoReport(url, f"what answers there gives no report that can be read: {error}") from error


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingError("--url", url, "an address such as http://127.0.0.1:8000")
    return url.rstrip("/")


def _verification(url: str, ca_file: Path | None) -> ssl.SSLContext | bool:
    # Without TLS there is nothing to verify, and no list of certificates to load.
    return client_context(ca_file) if url.startswith("https:") else True


def _is_near(url: str) -> bool:
    """Whether the address is on this machine, where no proxy leads."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refusal(answer: httpx.Response, *, token_given: bool) -> str:
    if answer.status_code == 401:
        what = "the token is another one" if token_given else "a token is wanted"
        return f"{what}: give it with --api-token or VOLTAPE_API_TOKEN"
    if answer.status_code == 404:
        return "what answers there has no efficiency report; is it a voltape of this version?"
    return f"answered {answer.status_code} {answer.reason_phrase}".rstrip()
