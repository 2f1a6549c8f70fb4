"""`voltape top` in a terminal of its own, against everything else in real processes."""

import asyncio
import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.e2e.program import Program, environment, eventually, free_port, running
from voltape.sim.handle import running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(90)]

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HOME = "\x1b[H"
OTHER_SCREEN, FIRST_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
WITHIN = 20.0


class Terminal:
    """The other end of a terminal: what a program has drawn, and keys for it."""

    def __init__(self, number: int, process: Process) -> None:
        self.process = process
        self.said = ""
        self._number = number
        self._raw = b""
        asyncio.get_running_loop().add_reader(number, self._read)

    def _read(self) -> None:
        try:
            self._raw += os.read(self._number, 65_536)
        except OSError:
            # So the system says that nobody holds the terminal any more.
            asyncio.get_running_loop().remove_reader(self._number)
        self.said = self._raw.decode(errors="ignore")

    def frame(self) -> list[str]:
        """The newest complete frame, without colours."""
        parts = self.said.split(HOME)
        return CONTROL.sub("", parts[-2] if len(parts) > 2 else "").replace("\r", "").splitlines()

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._number, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Another size, of which the program is told."""
        fcntl.ioctl(self._number, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    async def shows(self, text: str) -> None:
        """Wait for a text in a frame."""

        async def found() -> bool:
            return text in "\n".join(self.frame())

        try:
            await eventually(found, WITHIN, text)
        except AssertionError:
            pytest.fail(f"no {text!r} in:\n" + "\n".join(self.frame()) + self.said[-2000:])


@asynccontextmanager
async def top(url: str, home: Path, columns: int, lines: int) -> AsyncIterator[Terminal]:
    """The command in a terminal of this size, until it has ended well."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    kept = {
        name: value
        for name, value in environment(None).items()
        if name not in {"COLUMNS", "LINES", "NO_COLOR"}
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voltape", "top", "--url", url),
        env=kept | {"TERM": "xterm-256color"},
        cwd=home,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    before = termios.tcgetattr(theirs)
    terminal = Terminal(ours, process)
    try:
        yield terminal
        async with asyncio.timeout(5):
            code = await process.wait()
        assert code == 0, terminal.said[-2000:]
        assert termios.tcgetattr(theirs) == before, "the terminal is left as it was found"
        await eventually(lambda: _left(terminal), 5, "the first screen is back")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        asyncio.get_running_loop().remove_reader(ours)
        os.close(ours)
        os.close(theirs)


async def _left(terminal: Terminal) -> bool:
    return terminal.said.rfind(FIRST_SCREEN) > terminal.said.rfind(OTHER_SCREEN) >= 0


async def test_one_watches_the_market_in_a_terminal(tmp_path: Path) -> None:
    """Chain, keys, another size, the system view, and the way out."""
    async with (
        running_sim(rate=300, contracts=0.5, seed=3) as sim,
        running("up", sim, tmp_path) as program,
        top(program.url, tmp_path, 80, 24) as terminal,
    ):
        expiries = (await program.get("/api/v1/expiries", underlying="BTC"))["data"]
        await terminal.shows("CALLS│PUTS")
        await terminal.shows("▸")
        await terminal.shows("SIMULATED")
        assert len(terminal.frame()) == 24
        assert max(map(len, terminal.frame())) <= 80
        terminal.press("\t")
        await terminal.shows(f" {expiries[1]['expiry']}")
        terminal.press("e")
        await terminal.shows("ETH ")
        terminal.press("v")
        await terminal.shows("connection state")
        terminal.resize(120, 40)
        terminal.press("v")
        await terminal.shows("24h")
        assert len(terminal.frame()) == 40
        terminal.press("q")


async def test_an_outage_of_the_server_is_told_and_over_when_it_is(tmp_path: Path) -> None:
    """The screen keeps what was known, and goes on by itself; a signal ends it as the key does."""
    port = free_port()
    async with running_sim(rate=300, contracts=0.3, seed=3) as sim, AsyncExitStack() as stack:
        async with running("up", sim, tmp_path, http_port=port) as program:
            terminal = await stack.enter_async_context(top(program.url, tmp_path, 120, 40))
            await terminal.shows("▸")
            await terminal.shows("lag p95")
        await terminal.shows("trying again")
        assert "▸" in "\n".join(terminal.frame())
        async with running("up", sim, tmp_path, http_port=port):
            await terminal.shows("lag p95")
            terminal.process.send_signal(signal.SIGTERM)
            await stack.aclose()


async def test_one_frame_is_enough_for_a_script(tmp_path: Path) -> None:
    """The whole chain, or the system, as plain text; what does not exist is one line and an exit code."""
    async with (
        running_sim(rate=300, contracts=0.3, seed=3) as sim,
        running("up", sim, tmp_path, api_token="secret") as program,
    ):
        chain = await _once(program, "--token", "secret")
        assert chain[0] == 0
        assert "CALLS│PUTS" in chain[1]
        assert "▸" in chain[1]
        assert "\x1b" not in chain[1]
        system = await _once(program, "--token", "secret", "--view", "system")
        assert "coverage" in system[1]
        code, _, complaint = await _once(program)
        assert code == 1
        assert complaint.startswith("voltape: 401 Unauthorized")
        assert complaint.count("\n") == 1
        code, _, complaint = await _once(program, "--token", "secret", "--expiry", "2031-01-01")
        assert (code, "2031-01-01" in complaint) == (1, True)


async def _once(program: Program, *words: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voltape", "top", "--once", "--url", program.url, *words),
        env=environment(None),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode()
