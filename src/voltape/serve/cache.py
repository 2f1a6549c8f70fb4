"""Encoded answers, kept as long as they are exact and while their bytes fit.

An answer is exact as long as the version of what it was made from (a series or the board) is the same and the
minute has not changed, since days to expiry are part of it. The least recently used answers give way.
"""

import gzip
from collections import OrderedDict
from hashlib import blake2b
from typing import Protocol

import zstandard

from voltape.model.status import CacheUse

__all__ = ["Answer", "AnswerCache", "ContentCoding", "Versioned", "coding_for"]

_COMPRESS_FROM = 1024

ContentCoding = str
"""`identity`, `gzip` or `zstd`."""

_SUFFIXES = {"identity": "", "gzip": "-gz", "zstd": "-zst"}
_zstd = zstandard.ZstdCompressor(level=1)


class Versioned(Protocol):
    """What answers are made from; its version grows with every change."""

    @property
    def version(self) -> int: ...


class Answer:
    """One encoded body with its tag, and its compressed forms once they were asked for.

    Attributes:
        body: the bytes; media_type: what they are.
        cache_control: what a client may do with them.
    """

    __slots__ = ("_minute", "_packed", "_source", "_tag", "_version", "body", "cache_control", "media_type")

    def __init__(
        self,
        body: bytes,
        media_type: str = "application/json",
        source: Versioned | None = None,
        minute: int = 0,
        cache_control: str = "no-cache",
    ) -> None:
        """Take the body.

        Args:
            body, media_type, cache_control: see the class.
            source: what it was made from, None where it may not be kept.
            minute: minutes since the epoch when it was made.
        """
        self.body = body
        self.media_type = media_type
        self.cache_control = cache_control
        self._source = source
        self._version = source.version if source is not None else 0
        self._minute = minute
        self._packed: dict[ContentCoding, bytes] = {}
        self._tag = blake2b(body, digest_size=12).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of all its forms."""
        return len(self.body) + sum(map(len, self._packed.values()))

    def is_exact(self, minute: int) -> bool:
        """Whether making it again would give the same."""
        return self._source is not None and self._minute == minute and self._source.version == self._version

    def etag(self, coding: ContentCoding) -> str:
        """Strong validator of one form."""
        return f'"{self._tag}{_SUFFIXES[coding]}"'

    def matches(self, if_none_match: str) -> bool:
        """Whether the client already has it, in whatever form."""
        if if_none_match.strip() == "*":
            return True
        tags = (tag.strip().removeprefix("W/").strip('"') for tag in if_none_match.split(","))
        return any(tag.partition("-")[0] == self._tag for tag in tags)

    def packed(self, coding: ContentCoding) -> bytes:
        """The body in one content coding."""
        if coding == "identity":
            return self.body
        found = self._packed.get(coding)
        if found is None:
            # Level 1: these bodies live for a fraction of a second, and the event loop waits meanwhile.
            packed = _zstd.compress(self.body) if coding == "zstd" else gzip.compress(self.body, 1, mtime=0)
            found = self._packed[coding] = packed
        return found


def coding_for(accept_encoding: str, size: int) -> ContentCoding:
    """Content coding for a body of `size` bytes under an `Accept-Encoding` header."""
    if size < _COMPRESS_FROM or not accept_encoding:
        return "identity"
    accepted = set()
    for part in accept_encoding.split(","):
        name, _, parameter = part.partition(";")
        if parameter.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            accepted.add(name.strip().lower())
    return next((coding for coding in ("zstd", "gzip") if coding in accepted), "identity")


class AnswerCache:
    """Answers by request, least recently used out first, bounded in bytes.

    Attributes:
        hits, misses, evicted: counters since start.
        size: bytes held now.
    """

    def __init__(self, max_bytes: int) -> None:
        self.hits = 0
        self.misses = 0
        self.evicted = 0
        self.size = 0
        self._max_bytes = max_bytes
        self._answers: OrderedDict[bytes, tuple[Answer, int]] = OrderedDict()

    def get(self, key: bytes, minute: int) -> Answer | None:
        """An exact answer to the request, if there is one."""
        entry = self._answers.get(key)
        if entry is None:
            return None
        if not entry[0].is_exact(minute):
            self._drop(key)
            return None
        self.hits += 1
        self._keep(key, entry[0])
        return entry[0]

    def put(self, key: bytes, answer: Answer) -> None:
        """Keep an answer that was just made, unless it alone would take half of the room."""
        self.misses += 1
        self._keep(key, answer)

    def _keep(self, key: bytes, answer: Answer) -> None:
        # An answer grows when a compressed form of it is first asked for, so its size is taken anew each time.
        self._drop(key)
        size = answer.size + len(key)
        if size > self._max_bytes // 2:
            return
        self._answers[key] = (answer, size)
        self.size += size
        while self.size > self._max_bytes:
            self._drop(next(iter(self._answers)))
            self.evicted += 1

    def _drop(self, key: bytes) -> None:
        entry = self._answers.pop(key, None)
        if entry is not None:
            self.size -= entry[1]

    def use(self) -> CacheUse:
        """Figures for the status."""
        asked = self.hits + self.misses
        return CacheUse(self.hits, self.misses, round(self.hits / asked, 4) if asked else None)
