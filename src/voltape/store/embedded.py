"""A Valkey of our own: started, watched, restarted and ended together with us.

The server is the child of a tiny shell that reads a pipe from us. The pipe closes however we end, even by
`kill -9`; the shell then ends the server, so that no orphan stays. The shell is silent and the server holds the
other pipe's end, so that the server's own end closes it, and we notice at once.

Only one voltape uses a data directory: a lock on one file says so. A second lock is held by the shells and the
server, so that a new server never starts beside an old one that is still saving, and so that the end of all of
them can be seen.
"""

import asyncio
import fcntl
import hashlib
import logging
import os
import signal
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from voltape.errors import StoreError
from voltape.flow.backoff import Backoff

from .address import Address
from .server import Binary, configuration, find_binary

__all__ = ["EmbeddedStore", "embedded_address"]

_log = logging.getLogger(__name__)

# Two things end the guard: the server's end, and the end of the pipe that we hold. The pipe is read by a second
# shell, so that the guard can wait for the server. The server starts first and without the pipe.
_GUARD = """
exec 3<&0 >/dev/null 2>&1
"$@" </dev/null 3<&- &
server=$!
{ while read -r _ <&3; do :; done; kill -TERM "$server"; } &
watcher=$!
wait "$server"
code=$?
kill "$watcher"
wait "$watcher"
exit "$code"
"""

_START_S = 5.0
_LOAD_S = 30.0
"""Time for a server that is there to read what it saved."""
_ASK_AFTER_S = 2.5
"""Time that an earlier server has to end by itself before it is asked to."""
_STOP_S = 2.5
_POLL_S = 0.02
_SOCKET_PATH_LIMIT = 100
"""Bytes of a socket path that every system takes (104 on macOS, 108 on Linux, with the end mark)."""
_LOG_LIMIT = 256 * 1024


def embedded_address(data_dir: Path) -> Address:
    """Where the server of a data directory listens while it runs."""
    socket = str(_socket_of(_home_of(data_dir)))
    return Address(f"unix://{socket}", path=socket)


def _home_of(data_dir: Path) -> Path:
    return data_dir.absolute() / "store"


def _socket_of(home: Path) -> Path:
    socket = home / "valkey.sock"
    if len(os.fsencode(socket)) > _SOCKET_PATH_LIMIT:
        name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        socket = Path(tempfile.gettempdir()) / f"voltape-{os.getuid()}-{name}" / "valkey.sock"
    return socket


class EmbeddedStore:
    """A private server under a data directory; use as an asynchronous context manager.

    Attributes:
        url: how to reach it, `unix://…`. address: the same, ready to connect.
        restarts: how often the server ended by itself and was started again.
    """

    def __init__(
        self,
        data_dir: Path,
        backoff: Backoff,
        *,
        memory_mb: int = 100,
        on_restart: Callable[[int], None] | None = None,
    ) -> None:
        """Prepare; nothing is touched yet.

        Args:
            data_dir: ours alone; the server works in `store` below it.
            backoff: waits between restarts.
            memory_mb: upper bound of the server's data.
            on_restart: told the exit code whenever the server ended by itself.
        """
        self.restarts = 0
        self._home = _home_of(data_dir)
        self._backoff = backoff
        self._memory_mb = memory_mb
        self._on_restart = on_restart
        self._lock: int | None = None
        self._guard: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._binary: Binary | None = None
        self._socket = _socket_of(self._home)
        self.address = embedded_address(data_dir)
        self.url = self.address.where

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            StoreError: no program, no usable directory, another voltape there, or the server does not start.
        """
        self._binary = find_binary()
        try:
            self._prepare()
            await self._launch()
        except OSError as error:
            await self.stop()
            why = error.strerror or error
            advice = "VOLTAPE_DATA_DIR names another"
            raise StoreError(str(self._home), f"the directory cannot be used: {why}; {advice}") from error
        except BaseException:
            await self.stop()
            raise
        self._keeper = asyncio.create_task(self._keep(), name="embedded store")

    def _prepare(self) -> None:
        for directory in (self._home, self._socket.parent):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if directory.stat().st_uid != os.getuid():
                raise StoreError(str(directory), "it belongs to another user")
            directory.chmod(0o700)
        self._lock = os.open(self._home / "voltape.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._lock, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._lock)
            # What is there belongs to the other one, and `stop` must leave it alone.
            self._lock = None
            why = f"another voltape (process {holder}) uses it: end that one, or set VOLTAPE_DATA_DIR"
            raise StoreError(str(self._home), why) from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)
        self._trim_log()

    def _trim_log(self) -> None:
        log = self._home / "valkey.log"
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))

    async def _launch(self) -> None:
        assert self._binary is not None  # noqa: S101
        config = self._home / "valkey.conf"
        text = configuration(
            self._binary, self._home, self._socket, self._home / "valkey.log", self._memory_mb
        )
        config.write_text(text, encoding="utf-8")
        held = await self._lock_for_server()
        try:
            self._socket.unlink(missing_ok=True)
            self._guard = await asyncio.create_subprocess_exec(
                "/bin/sh",
                "-c",
                _GUARD,
                "voltape-store",
                str(self._binary.path),
                str(config),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=(held,),
                cwd=self._home,
                start_new_session=True,
            )
        finally:
            os.close(held)
        await self._answering(self._guard)

    async def _lock_for_server(self) -> int:
        """The server's lock, taken once an earlier server has ended, which we ask it to do if need be."""
        started = asyncio.get_running_loop().time()
        asked = False
        while (held := self._try_lock()) is None:
            waited = asyncio.get_running_loop().time() - started
            if waited > _START_S:
                raise StoreError(str(self._home), "an earlier store server does not end")
            if waited > _ASK_AFTER_S and not asked:
                asked = True
                await self._ask_to_end()
            await asyncio.sleep(_POLL_S)
        return held

    def _try_lock(self) -> int | None:
        held = os.open(self._home / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            return None
        except BaseException:
            os.close(held)
            raise
        return held

    async def _ask_to_end(self) -> None:
        with suppress(StoreError):
            link = await self.address.connect(1.0)
            try:
                await link.ask("SHUTDOWN")
            finally:
                await link.close()

    async def _answering(self, guard: asyncio.subprocess.Process) -> None:
        began = asyncio.get_running_loop().time()
        while True:
            patience = _START_S
            try:
                link = await self.address.connect(1.0)
                patience = _LOAD_S
                try:
                    # Refused until the server has read what it saved; whoever asked before that would find nothing.
                    await link.ask("PING")
                finally:
                    await link.close()
            except StoreError as error:
                if guard.returncode is not None or asyncio.get_running_loop().time() - began > patience:
                    await self._end(guard)
                    why = f"the server did not start ({error.why}); see {self._home / 'valkey.log'}"
                    raise StoreError(self.address.where, why) from error
                await asyncio.sleep(_POLL_S)
            else:
                return

    async def _keep(self) -> None:
        while True:
            guard = self._guard
            assert guard is not None  # noqa: S101
            await guard.wait()
            code = await self._end(guard)
            self.restarts += 1
            _log.warning("the store server ended by itself (exit code %s); starting it again", code)
            if self._on_restart is not None:
                self._on_restart(code)
            await self._relaunch()

    async def _relaunch(self) -> None:
        while True:
            await asyncio.sleep(self._backoff.next())
            try:
                await self._launch()
            except (StoreError, OSError) as error:
                _log.warning("%s; trying again", error)
            else:
                self._backoff.reset()
                return

    async def _end(self, guard: asyncio.subprocess.Process) -> int:
        """End a guard and its server: by closing the pipe, and by force after a while; returns the exit code."""
        if guard.stdin is not None:
            guard.stdin.close()
        try:
            async with asyncio.timeout(_STOP_S):
                code = await guard.wait()
                await self._all_gone(guard)
                return code
        except TimeoutError:
            _log.warning("the store server did not end in %.1f s and is killed", _STOP_S)
            _signal_group(guard, signal.SIGKILL)
        except OSError as error:
            # The next server is not started beside this one: it waits for the lock.
            _log.warning("whether the store server has ended cannot be seen: %s", error)
        return await guard.wait()

    async def _all_gone(self, guard: asyncio.subprocess.Process) -> None:
        # Only a guard that was killed leaves somebody behind; a server without one shall save all the same.
        held = self._try_lock()
        if held is None:
            _signal_group(guard, signal.SIGTERM)
        while held is None:
            await asyncio.sleep(_POLL_S)
            held = self._try_lock()
        os.close(held)

    async def stop(self) -> None:
        """End the server, saving its data; safe to call again."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])
        guard, self._guard = self._guard, None
        if guard is not None:
            await self._end(guard)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
            self._socket.unlink(missing_ok=True)
            if self._socket.parent != self._home:
                with suppress(OSError):
                    self._socket.parent.rmdir()


def _signal_group(guard: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(guard.pid, number)
