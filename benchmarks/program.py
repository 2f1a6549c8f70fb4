"""Our own client programs: started, fed and read."""

import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator

__all__ = ["lines_of"]

_LONGEST_LINE = 16 << 20


async def lines_of(module: str, *words: str, given: bytes = b"") -> AsyncIterator[bytes]:
    """Lines that a module prints when run with `words` and `given` on its standard input.

    Raises:
        RuntimeError: it ended with another exit code than 0.
    """
    process = await create_subprocess_exec(
        sys.executable, "-m", module, *words, stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(given)
        process.stdin.close()
        async for line in process.stdout:
            yield line
        if code := await process.wait():
            raise RuntimeError(f"{module} ended with exit code {code}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
