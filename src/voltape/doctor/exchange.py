"""Checks of the exchange: REST, the machine's clock against its clock, and the stream."""

import asyncio
import ssl
from collections.abc import Iterator

import msgspec
from picows import WSError, WSFrame, WSHandshakeError, WSListener, WSMsgType, WSTransport, ws_connect
from python_socks import ProxyError

from voltape.bybit.rest import RestClient
from voltape.clock import Clock
from voltape.doctor.finding import Finding
from voltape.doctor.route import WRONG_PROXY
from voltape.errors import VenueError, VenueRefused
from voltape.proxy import Proxy

__all__ = ["check_rest", "check_stream"]

SKEW_WARN_S = 2.0
SKEW_FAIL_S = 30.0
DATES = (9, 10)
"""OpenSSL's codes for a certificate that is not valid yet, or not any more."""
NAMES = (62, 64)
"""The same for a host name and an address that are not in it."""
PING = b'{"op":"ping"}'

REFUSED = (
    "Bybit answers 403 to countries it does not serve and, for ten minutes, to addresses that asked too often: "
    "wait with everything stopped, then run this from a place that is served"
)
UNREACHABLE = (
    "Check the network, DNS, whether a proxy is needed (VOLTAPE_PROXY, HTTPS_PROXY) and the address in "
)
DISTRUSTED = "Something between here and the exchange uses a certificate of its own: put its PEM file in VOLTAPE_CA_FILE."
OUTDATED = "Look at the date of this machine first; if it is right, the certificate's owner has to renew it."
OTHER_NAME = "The certificate is another host's: correct the address, or have whoever intercepts the connection mend it."


class Pong(msgspec.Struct):
    """The parts of an answer that make it a pong."""

    op: str = ""
    ret_msg: str = ""


async def check_rest(client: RestClient, url: str, clock: Clock) -> list[Finding]:
    """Whether REST answers, and how far the machine's clock is off; two findings."""
    before, began = clock.wall_ms(), clock.monotonic()
    try:
        venue_ms = await client.server_time()
    except VenueError as error:
        advice = WRONG_PROXY if error.what.startswith("proxy ") else _advice(error, "VOLTAPE_REST_URL")
        return [
            Finding(
                "rest", "fail", f"{url}: {error if error.what.startswith('proxy ') else error.why}", advice
            ),
            Finding("clock", "skip", "no exchange time to compare with"),
        ]
    took = clock.monotonic() - began
    rest = Finding("rest", "ok", f"{url} answers in {took * 1000:.0f} ms")
    return [rest, judge_clock((before - venue_ms) / 1000 + took / 2, took / 2)]


def judge_clock(ahead: float, doubt: float) -> Finding:
    """What a clock that is `ahead` of the exchange's by so many seconds means, known to `doubt` seconds."""
    off = max(0.0, abs(ahead) - doubt)
    text = f"{abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} the exchange (±{doubt:.1f} s)"
    advice = "Switch on time synchronisation (NTP): ages and lags shown are wrong by as much."
    if off > SKEW_FAIL_S:
        return Finding("clock", "fail", text, advice)
    return Finding("clock", "warn", text, advice) if off > SKEW_WARN_S else Finding("clock", "ok", text)


async def check_stream(
    url: str, context: ssl.SSLContext, clock: Clock, patience: float = 10.0, proxy: Proxy | None = None
) -> Finding:
    """Whether the stream can be opened, through `proxy` if there is one, and answers a ping within `patience` seconds."""
    listener = PongListener()
    began = clock.monotonic()
    try:
        async with asyncio.timeout(patience):
            transport, _ = await ws_connect(
                lambda: listener,
                url,
                ssl_context=context if url.startswith("wss:") else None,
                proxy=None if proxy is None else proxy.url,
                proxy_ssl_context=context if proxy is not None and proxy.is_secure else None,
            )
            try:
                transport.send(WSMsgType.TEXT, PING)
                await listener.answered
            finally:
                transport.disconnect(graceful=False)
    except TimeoutError:
        return Finding(
            "stream", "fail", f"{url}: no pong within {patience:g} s", _unreachable("VOLTAPE_WS_URL")
        )
    except ProxyError as error:
        return Finding("stream", "fail", f"{url}: {error}", WRONG_PROXY)
    except (OSError, WSError) as error:
        return Finding("stream", "fail", f"{url}: {_reason(error)}", _advice(error, "VOLTAPE_WS_URL"))
    return Finding(
        "stream",
        "ok",
        f"{url} answers a ping in {(clock.monotonic() - began) * 1000:.0f} ms, connecting included",
    )


class PongListener(WSListener):
    """Waits for one pong."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        del transport
        if frame.msg_type == WSMsgType.TEXT and _is_pong(frame.get_payload_as_bytes()):
            self._finish(None)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        del transport
        self._finish(ConnectionResetError("closed before it answered a ping"))

    def _finish(self, error: OSError | None) -> None:
        if self.answered.done():
            return
        if error is None:
            self.answered.set_result(None)
        else:
            self.answered.set_exception(error)


def _is_pong(text: bytes) -> bool:
    try:
        answer = msgspec.json.decode(text, type=Pong)
    except msgspec.DecodeError:
        return False
    return "pong" in (answer.op, answer.ret_msg)


def _reason(error: BaseException) -> str:
    if isinstance(error, WSHandshakeError) and error.response is not None:
        return f"handshake answered {int(error.response.status)}"
    return str(error) or type(error).__name__


def _advice(error: BaseException, setting: str) -> str:
    for cause in _causes(error):
        if isinstance(cause, VenueRefused):
            return REFUSED
        if (
            isinstance(cause, WSHandshakeError)
            and cause.response is not None
            and int(cause.response.status) == 403
        ):
            return REFUSED
        if isinstance(cause, ssl.SSLCertVerificationError):
            return certificate_advice(cause)
    return _unreachable(setting)


def certificate_advice(error: ssl.SSLCertVerificationError) -> str:
    """What to do about a certificate that does not hold."""
    if error.verify_code in DATES:
        return OUTDATED
    return OTHER_NAME if error.verify_code in NAMES else DISTRUSTED


def _unreachable(setting: str) -> str:
    return f"{UNREACHABLE}{setting}."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
