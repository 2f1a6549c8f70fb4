"""Compressed forms of answers, each made once however many ask for it at the same time.

Compressing a long body would hold up every other request, so that is done in a thread. Requests for the same form
that come meanwhile wait for it.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from .cache import Answer, ContentCoding, compressed

__all__ = ["Forms"]

_AT_ONCE_BYTES = 65_536
"""Longest body that is compressed at once: a tenth of a millisecond with zstd, less than half of one with gzip."""


class Forms:
    """Gives answers in the coding a client takes.

    Attributes:
        joined: requests that waited for a form that somebody else had asked for.
    """

    def __init__(self) -> None:
        self.joined = 0
        # One is enough: what is compressed often is kept, and the cores are needed elsewhere.
        self._thread = ThreadPoolExecutor(1, "compress")
        self._under_way: dict[tuple[Answer, ContentCoding], asyncio.Future[bytes]] = {}

    async def of(self, answer: Answer, coding: ContentCoding) -> bytes:
        """The body of an answer in a content coding."""
        found = answer.held(coding)
        if found is None and len(answer.body) <= _AT_ONCE_BYTES:
            found = compressed(answer.body, coding, lasting=answer.lasting)
            answer.hold(coding, found)
        return await self._from_thread(answer, coding) if found is None else found

    async def _from_thread(self, answer: Answer, coding: ContentCoding) -> bytes:
        key = (answer, coding)
        making = self._under_way.get(key)
        if making is None:
            loop = asyncio.get_running_loop()
            make = partial(compressed, answer.body, coding, lasting=answer.lasting)
            making = loop.run_in_executor(self._thread, make)
            self._under_way[key] = making
            making.add_done_callback(partial(self._made, key))
        else:
            self.joined += 1
        # A client that goes away must not take it from the others.
        return await asyncio.shield(making)

    def _made(self, key: tuple[Answer, ContentCoding], making: asyncio.Future[bytes]) -> None:
        del self._under_way[key]
        if not making.cancelled() and making.exception() is None:
            key[0].hold(key[1], making.result())

    def close(self) -> None:
        """Make no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)
