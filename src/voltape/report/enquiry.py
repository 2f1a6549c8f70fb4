"""The question to the running system, and what can come back instead of an answer."""

from pathlib import Path

import msgspec

from voltape.client import ApiProblem, BadAddress, Client, ClientError, NotFound, Unreachable
from voltape.config.api_address import address_of
from voltape.errors import SettingError, VoltapeError
from voltape.model.efficiency import Efficiency

__all__ = ["Enquiry", "NoReport", "address_of", "ask"]


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


def ask(enquiry: Enquiry) -> tuple[Efficiency, bytes]:
    """The report of the running system, and the JSON in which it came, indented.

    Raises:
        SettingError: the address is none.
        NoReport: nobody answers there, or not with a report.
    """
    try:
        with Client(enquiry.url, enquiry.token, ca_file=enquiry.ca_file) as client:
            # Not as a typed value, which would leave out what a newer version says besides.
            answer = client.get("efficiency")
        return msgspec.convert(answer, Efficiency), msgspec.json.format(msgspec.json.encode(answer))
    except BadAddress as error:
        raise SettingError("--url", enquiry.url, "an address such as http://127.0.0.1:8000") from error
    except (ClientError, msgspec.ValidationError) as error:
        why = _reason(error, token_given=enquiry.token is not None)
        raise NoReport(enquiry.url.rstrip("/"), why) from error


def _reason(error: ClientError | msgspec.ValidationError, *, token_given: bool) -> str:
    match error:
        case Unreachable():
            return f"no answer ({error.why}); is `voltape up` running there?"
        case ApiProblem(status=401):
            what = "the token is another one" if token_given else "a token is wanted"
            return f"{what}: give it with --api-token or VOLTAPE_API_TOKEN"
        case NotFound():
            return "what answers there has no efficiency report; is it a voltape of this version?"
        case ApiProblem():
            return f"answered {error.status} {error.title}".rstrip()
        case _:
            return f"what answers there gives no report that can be read: {error}"
