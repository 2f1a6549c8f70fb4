"""An errand to the store: one command by a connection of its own, for a process that has nothing else to do there.

It goes without the library, which would cost the scheduler of jobs a quarter of its memory for one `SET` a minute.
"""

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from pathlib import Path

from voltape.errors import StoreError
from voltape.tls import client_context

from .address import Address

__all__ = ["run_errand"]

_TIMEOUT_S = 3.0
_LOGIN_REFUSED = ("WRONGPASS", "NOAUTH", "ERR invalid password", "ERR AUTH")


async def run_errand(address: Address, *command: bytes | str | int, within_s: float = _TIMEOUT_S) -> None:
    """Have one command carried out whose reply is a line, such as `SET`.

    Args:
        address: of the store. command: its words. within_s: for everything, connecting included.

    Raises:
        StoreError: not reachable in time, refused, or no store.
    """
    commands = [*_greeting(address), command]
    try:
        async with asyncio.timeout(within_s):
            reader, writer = await _connected(address)
            try:
                writer.write(b"".join(map(_packed, commands)))
                for _ in commands:
                    _check(address, await reader.readline())
            finally:
                writer.transport.abort()
    except TimeoutError:
        raise StoreError(address.where, f"no answer within {within_s:g} s") from None
    except ssl.SSLCertVerificationError as error:
        raise StoreError(address.where, f"its certificate is not trusted ({error.verify_message})") from None
    except (OSError, ValueError) as error:
        raise StoreError(address.where, str(error) or type(error).__name__) from error


def _greeting(address: Address) -> list[tuple[bytes | str | int, ...]]:
    commands: list[tuple[bytes | str | int, ...]] = []
    if address.username is not None:
        commands.append(("AUTH", address.username, address.password or ""))
    elif address.password is not None:
        commands.append(("AUTH", address.password))
    if address.database:
        commands.append(("SELECT", address.database))
    return commands


async def _connected(address: Address) -> tuple[StreamReader, StreamWriter]:
    if address.path is not None:
        return await asyncio.open_unix_connection(address.path)
    context = None
    if address.tls:
        context = client_context(None if address.ca_file is None else Path(address.ca_file))
    return await asyncio.open_connection(address.host, address.port, ssl=context)


def _packed(command: tuple[bytes | str | int, ...]) -> bytes:
    words = [word if isinstance(word, bytes) else str(word).encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def _check(address: Address, line: bytes) -> None:
    if line.startswith((b"+", b":")):
        return
    if not line:
        raise StoreError(address.where, "it closed the connection")
    if not line.startswith(b"-"):
        raise StoreError(address.where, "what answers there is no store")
    text = line[1:].decode(errors="replace").strip()
    if text.startswith(_LOGIN_REFUSED):
        raise StoreError(address.where, "the user name or password is wrong")
    raise StoreError(address.where, f"command refused: {text}")
