"""Written forms of setting values that are more than a number or a word.

Each function takes the value as it was given and returns it checked, or raises `ValueError`; which setting it
is and what would be allowed is the caller's business.
"""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

import msgspec
from msgspec import Meta, Struct

__all__ = [
    "PLAIN_FORMS",
    "Threshold",
    "parse_path",
    "parse_pem",
    "parse_proxy",
    "parse_threshold",
    "redacted",
]

ORIGIN = re.compile(r"https?://([a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?")
COIN = re.compile(r"[A-Z0-9]{1,20}")
SYMBOL = re.compile(r"[A-Z0-9]{1,20}(-[A-Z0-9.]{1,20}){3,4}")
SWITCH_WORDS = {
    "on": True,
    "true": True,
    "yes": True,
    "1": True,
    "off": False,
    "false": False,
    "no": False,
    "0": False,
}
HOST_LABELS = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")
# Up to the last @, because a password that was not escaped may hold any character.
CREDENTIALS = re.compile(r"(?<=://)\S*@")
STORE_SCHEMES = ("valkey", "valkeys", "redis", "rediss", "valkey+cluster")

Amount = Annotated[float, Meta(ge=0, le=1e12)]


class Threshold(Struct, frozen=True):
    """A limit that may differ per underlying.

    Attributes:
        default: limit where the underlying has none of its own.
        own: limit per underlying.
    """

    default: Amount
    own: dict[str, Amount] = {}

    def of(self, underlying: str) -> float:
        """Limit that holds for `underlying`."""
        return self.own.get(underlying, self.default)

    def __str__(self) -> str:
        return ",".join([f"{self.default:g}", *(f"{coin}:{limit:g}" for coin, limit in self.own.items())])


def redacted(text: str) -> str:
    """`text` with the credentials of every URL in it replaced."""
    return CREDENTIALS.sub("***@", text)


def parse_threshold(raw: object, default: Threshold) -> Threshold:
    """Read `100`, `BTC:25,SOL:1000` or `100,BTC:25`; what is not given comes from `default`."""
    if not isinstance(raw, str):
        return Threshold(msgspec.convert(raw, Amount))
    general: float | None = None
    own: dict[str, float] = {}
    for part in raw.split(","):
        coin, colon, number = part.rpartition(":")
        limit = msgspec.convert(number.strip(), Amount, strict=False)
        if colon:
            coin = parse_coin(coin)
            if coin in own:
                raise ValueError("a coin given twice")
            own[coin] = limit
        elif general is None:
            general = limit
        else:
            raise ValueError("two general limits")
    return Threshold(default.default if general is None else general, own)


def parse_coin(raw: str) -> str:
    """One coin, in capitals."""
    coin = raw.strip().upper()
    if not COIN.fullmatch(coin):
        raise ValueError("not a coin")
    return coin


def parse_coins(raw: object) -> tuple[str, ...]:
    """Coins in the order given and without repetition; `all` is the empty tuple."""
    parts = raw.split(",") if isinstance(raw, str) else msgspec.convert(raw, list[str])
    if [part.strip().lower() for part in parts] == ["all"]:
        return ()
    coins = tuple(dict.fromkeys(parse_coin(part) for part in parts))
    if not coins or "ALL" in coins:
        raise ValueError("no coins, or `all` among coins")
    return coins


def parse_symbols(raw: object) -> tuple[str, ...]:
    """Symbols of contracts, in the order given and without repetition; nothing at all is none."""
    if raw == "":
        return ()
    parts = raw.split(",") if isinstance(raw, str) else msgspec.convert(raw, list[str])
    symbols = tuple(dict.fromkeys(part.strip().upper() for part in parts))
    if not all(map(SYMBOL.fullmatch, symbols)):
        raise ValueError("not a symbol")
    return symbols


def parse_origins(raw: object) -> tuple[str, ...]:
    """Origins of web pages as browsers send them, without repetition; nothing at all is none."""
    if raw == "":
        return ()
    parts = raw.split(",") if isinstance(raw, str) else msgspec.convert(raw, list[str])
    origins = tuple(dict.fromkeys(part.strip().lower().rstrip("/") for part in parts))
    if origins != ("*",) and not all(map(ORIGIN.fullmatch, origins)):
        raise ValueError("not an origin")
    return origins


def parse_switch(raw: object) -> bool:
    """On or off."""
    if isinstance(raw, bool):
        return raw
    value = SWITCH_WORDS.get(msgspec.convert(raw, str).strip().lower())
    if value is None:
        raise ValueError("neither on nor off")
    return value


def parse_path(raw: object, base: Path) -> Path:
    """A path; a relative one starts from `base`, `~` is the user's home."""
    text = msgspec.convert(raw, str)
    if not text.strip() or "\0" in text:
        raise ValueError("empty path")
    try:
        return base / Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError("no home directory") from error


def parse_pem(raw: object, base: Path) -> Path:
    """A path at which a PEM file with certificates can be read."""
    import ssl  # noqa: PLC0415 - a big library, needed only where such a file is named

    path = parse_path(raw, base)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError as error:
        raise ValueError("no certificates") from error
    return path


def parse_ws_url(raw: object) -> str:
    """A WebSocket URL."""
    return _exchange_url(raw, ("wss", "ws"))


def parse_rest_url(raw: object) -> str:
    """An HTTP URL without a slash at its end, so that paths can be appended."""
    return _exchange_url(raw, ("https", "http")).rstrip("/")


def parse_proxy(raw: object) -> str:
    """The URL of an HTTP proxy without anything after its port, or `none`."""
    text = msgspec.convert(raw, str).strip()
    if text.lower() == "none":
        return "none"
    if "://" not in text:
        text = f"http://{text}"
    if _split(text, ("http", "https")).path.strip("/"):
        raise ValueError("a path means nothing to a proxy")
    return text.rstrip("/")


def parse_store_url(raw: object) -> str:
    """`embedded`, or the URL of a Valkey or Redis server.

    Options in the query are refused: client libraries read switches from there that turn off the checking of
    certificates.
    """
    text = msgspec.convert(raw, str).strip()
    if text == "embedded":
        return text
    url = _split(text, STORE_SCHEMES)
    database = url.path.removeprefix("/")
    if database and (url.scheme == "valkey+cluster" or not re.fullmatch(r"[0-9]{1,4}", database)):
        raise ValueError("not a database number")
    return text


def parse_host(raw: object) -> str:
    """An address or a name to listen on."""
    text = msgspec.convert(raw, str).strip()
    try:
        return str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        # All digits and dots is a mistyped address, never a name.
        if not HOST_LABELS.fullmatch(text) or not re.search("[A-Za-z]", text) or len(text) > 253:
            raise
    return text


def parse_token(raw: object) -> str:
    """A secret that fits into a header."""
    text = msgspec.convert(raw, str)
    if not re.fullmatch(r"[!-~]{1,512}", text):
        raise ValueError("not visible ASCII")
    return text


def parse_telegram_token(raw: object) -> str:
    """A bot's token: its number, a colon, and a secret."""
    text = msgspec.convert(raw, str).strip()
    if not re.fullmatch(r"[0-9]{3,20}:[A-Za-z0-9_-]{10,100}", text):
        raise ValueError("not a token")
    return text


def parse_telegram_chat(raw: object) -> str:
    """A chat: its number, which is negative for groups, or its public name."""
    text = str(msgspec.convert(raw, int | str)).strip()
    if not re.fullmatch(r"-?[0-9]{1,20}|@[A-Za-z0-9_]{3,64}", text):
        raise ValueError("not a chat")
    return text


def parse_webhook_url(raw: object) -> str:
    """An address that takes messages; it may have a query."""
    text = msgspec.convert(raw, str).strip()
    address, _, _ = text.partition("?")
    if "@" in _split(address, ("https", "http")).netloc or not re.fullmatch(r"[!-~]{1,2000}", text):
        raise ValueError("credentials, or not visible ASCII")
    if "#" in text:
        raise ValueError("fragment")
    return text


def parse_webhook_secret(raw: object) -> str:
    """A secret that is long enough to sign with."""
    text = parse_token(raw)
    if len(text) < 16:
        raise ValueError("too short")
    return text


PLAIN_FORMS: dict[str, Callable[[object], object]] = {
    "coins": parse_coins,
    "host": parse_host,
    "origins": parse_origins,
    "proxy": parse_proxy,
    "rest_url": parse_rest_url,
    "store_url": parse_store_url,
    "switch": parse_switch,
    "telegram_chat": parse_telegram_chat,
    "telegram_token": parse_telegram_token,
    "webhook_secret": parse_webhook_secret,
    "webhook_url": parse_webhook_url,
    "symbols": parse_symbols,
    "token": parse_token,
    "ws_url": parse_ws_url,
}


def _exchange_url(raw: object, schemes: tuple[str, ...]) -> str:
    text = msgspec.convert(raw, str).strip()
    if "@" in _split(text, schemes).netloc:
        raise ValueError("credentials are never sent to the exchange")
    return text


def _split(text: str, schemes: tuple[str, ...]) -> SplitResult:
    """Parts of a URL that has a known scheme, a host, a possible port, and neither query nor fragment."""
    if re.search(r"[^!-~]", text):
        raise ValueError("not visible ASCII")
    url = urlsplit(text)
    if url.scheme not in schemes or not url.hostname or url.port == 0:
        raise ValueError("wrong scheme, host or port")
    if "?" in text or "#" in text:
        raise ValueError("query or fragment")
    return url
