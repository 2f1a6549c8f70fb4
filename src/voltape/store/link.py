"""One connection to the store: several commands out at once, their replies back in order.

The library's connection does the protocol, the login and TLS; this adds one deadline for a whole exchange, a
count of the bytes, and our own errors. After any failure but a refused command the connection is closed for
good, because nobody knows which replies are still to come.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeAlias

from libvalkey import pack_command
from valkey.exceptions import AuthenticationError, ResponseError, ValkeyError

from voltape.errors import StoreError

from .command import Command, Reply, reply_size

__all__ = ["REPLY_TIMEOUT_S", "Connection", "Link", "Server", "reason"]

REPLY_TIMEOUT_S = 3.0
"""Longest wait for all replies of one exchange."""

_Packed: TypeAlias = list[bytes]


class Connection(Protocol):
    """What we use of the library's connection."""

    async def connect(self) -> None:
        """Open, log in, select the database."""
        ...

    async def disconnect(self, nowait: bool = False) -> None:
        """Close."""
        ...

    async def send_packed_command(self, command: _Packed, check_health: bool = True) -> None:
        """Put bytes on the wire."""
        ...

    async def read_response(self) -> Reply:
        """The next reply; raises where it is an error."""
        ...


def reason(error: BaseException) -> str:
    """What to tell a person about an error of the library or the system; never a credential."""
    # The library wraps what happens while it connects.
    if isinstance(error, AuthenticationError) or isinstance(error.__cause__, AuthenticationError):
        return "the user name or password is wrong"
    # Some of its sentences end with a full stop, and ours go on.
    return str(error).rstrip(".") or type(error).__name__


class Server(NamedTuple):
    """The server behind a link.

    Attributes:
        kind: `valkey` or `redis`. version: as it tells, e.g. `8.1.3`.
        run_id: changes whenever the server process starts.
        client_id: number of our connection there; 0 where it would not tell.
        process_id: of the server on its machine; 0 where it would not tell.
    """

    kind: str
    version: str
    run_id: str
    client_id: int
    process_id: int = 0


class Link:
    """An open connection.

    Attributes:
        where: the store's address without credentials.
        server: what answered.
        sent: bytes sent so far, without TLS. received: the same of replies, about.
    """

    def __init__(self, connection: Connection, where: str) -> None:
        self.where = where
        self.server = Server("unknown", "", "", 0)
        self.sent = 0
        self.received = 0
        self._connection = connection
        self._closed = False

    async def exchange(self, commands: Sequence[Command], timeout: float = REPLY_TIMEOUT_S) -> list[Reply]:  # noqa: ASYNC109
        """Send all commands at once and wait `timeout` seconds for all replies.

        Raises:
            StoreError: no answer, no connection, or a refused command; the others were carried out then.
        """
        if self._closed:
            # The library would connect anew, to a server that we have not looked at.
            raise StoreError(self.where, "the connection is closed")
        packed = [pack_command(command) for command in commands]
        self.sent += sum(map(len, packed))
        replies: list[Reply] = []
        refused: ResponseError | None = None
        try:
            async with asyncio.timeout(timeout):
                await self._connection.send_packed_command(packed, check_health=False)
                for _ in commands:
                    try:
                        replies.append(await self._connection.read_response())
                    except ResponseError as error:
                        refused = refused or error
                        replies.append(None)
        except TimeoutError:
            await self.close()
            raise StoreError(self.where, f"no answer within {timeout:g} s") from None
        except (ValkeyError, OSError) as error:
            await self.close()
            raise StoreError(self.where, reason(error)) from error
        except BaseException:
            await self.close()
            raise
        self.received += sum(map(reply_size, replies))
        if refused is not None:
            raise StoreError(self.where, f"command refused: {refused}") from refused
        return replies

    @property
    def is_open(self) -> bool:
        """Whether the connection can still be used."""
        return not self._closed

    async def ask(self, *command: bytes | str | int) -> Reply:
        """The reply to one command; raises as `exchange` does."""
        return (await self.exchange([command]))[0]

    async def close(self) -> None:
        """Close the connection without waiting for the other side; safe to call again."""
        self._closed = True
        await self._connection.disconnect(nowait=True)
