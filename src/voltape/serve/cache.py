"""Encoded answers, kept as long as they may be given again and while their bytes fit.

An answer of something with a version (a contract, a series, the board) is exact as long as the version is the same
and the minute has not changed, since days to expiry are part of it. An answer of what has none says for how many
seconds it may be given again. The least recently used answers give way.

An answer remembers how it was prepared: when it is outdated, the same request needs no second look at its
parameters.
"""

import gzip
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha1
from typing import NamedTuple, Protocol

import zstandard

from voltape.model.status import CacheUse

from .accept import weights

__all__ = [
    "VARY",
    "Answer",
    "AnswerCache",
    "ContentCoding",
    "Made",
    "Prepare",
    "Versioned",
    "coding_for",
    "compressed",
    "etag_of",
    "names_tag",
]

_COMPRESS_FROM = 1024

ContentCoding = str
"""`identity`, `gzip` or `zstd`."""

VARY = b"accept-encoding"
"""Header of a request that decides in which form an answer is sent."""

_CODINGS: tuple[ContentCoding, ...] = ("zstd", "gzip")
"""Those that make a body smaller, the smallest first."""

_SUFFIXES = {"identity": "", "gzip": "-gz", "zstd": "-zst"}


class Versioned(Protocol):
    """What answers are made from; its version grows with every change."""

    @property
    def version(self) -> int: ...


class Made(NamedTuple):
    """What an answer says, before it is encoded.

    Attributes:
        content: anything msgspec encodes.
        source: what it was made from, where that has a version.
        lasts: s for which it may be given again where it has no such source.
        vary: headers of the request that decide what is answered.
    """

    content: object
    source: Versioned | None = None
    lasts: float = 0.0
    vary: bytes = VARY


Prepare = Callable[[], Made]
"""Makes a request's answer of the present state; raises `ProblemError` where there is none."""


class Answer:
    """One encoded body with its tag, and its compressed forms once they were asked for.

    Attributes:
        body: the bytes; media_type: what they are.
        cache_control: what a client may do with them.
        lasting: whether they stay as they are, so that it pays to compress them well.
        link: what a browser may fetch beside it, None for nothing (RFC 8288).
        prepare: makes it again of a newer state; None where only its route can.
    """

    __slots__ = (
        "_headers",
        "_minute",
        "_packed",
        "_source",
        "_tag",
        "_until",
        "_vary",
        "_version",
        "body",
        "cache_control",
        "lasting",
        "link",
        "media_type",
        "prepare",
    )

    def __init__(
        self,
        body: bytes,
        media_type: str = "application/json",
        source: Versioned | None = None,
        minute: int = 0,
        cache_control: str = "no-cache",
        until: float = float("-inf"),
        prepare: Prepare | None = None,
        vary: bytes = VARY,
        *,
        lasting: bool = False,
        link: str | None = None,
    ) -> None:
        """Take the body.

        Args:
            body, media_type, cache_control, prepare, lasting, link: see the class.
            vary: see `Made`.
            source: what it was made from, where that has a version.
            minute: minutes since the epoch when it was made.
            until: monotonic time until when it may be given again, for one without source.
        """
        self.body = body
        self.media_type = media_type
        self.cache_control = cache_control
        self.prepare = prepare
        self.lasting = lasting
        self.link = link
        self._vary = vary
        self._source = source
        self._version = source.version if source is not None else 0
        self._minute = minute
        self._until = until
        self._packed: dict[ContentCoding, bytes] = {}
        self._headers: dict[ContentCoding, list[tuple[bytes, bytes]]] = {}
        # Nobody gains by two bodies with the same tag, so the quickest digest will do.
        self._tag = sha1(body, usedforsecurity=False).hexdigest()[:24]

    @property
    def size(self) -> int:
        """Bytes of all its forms."""
        return len(self.body) + sum(map(len, self._packed.values()))

    def is_current(self, minute: int, now: float) -> bool:
        """Whether it may be given again at `now` (monotonic): it is exact, or its time is not over."""
        if self._source is None:
            return now < self._until
        return self._minute == minute and self._source.version == self._version

    def etag(self, coding: ContentCoding) -> str:
        """Strong validator of one form."""
        return etag_of(self._tag, coding)

    def matches(self, if_none_match: str) -> bool:
        """Whether the client already has it, in whatever form."""
        return names_tag(if_none_match, self._tag)

    def headers(self, coding: ContentCoding) -> list[tuple[bytes, bytes]]:
        """What is said of one form whether or not it is sent; not to be altered."""
        found = self._headers.get(coding)
        if found is None:
            found = self._headers[coding] = [
                (b"etag", self.etag(coding).encode()),
                (b"cache-control", self.cache_control.encode()),
                (b"vary", self._vary),
            ]
            if self.link is not None:
                found.append((b"link", self.link.encode()))
        return found

    def held(self, coding: ContentCoding) -> bytes | None:
        """The body in one content coding if it has been made."""
        return self.body if coding == "identity" else self._packed.get(coding)

    def hold(self, coding: ContentCoding, packed: bytes) -> None:
        """Keep a compressed form."""
        self._packed[coding] = packed


def etag_of(tag: str, coding: ContentCoding) -> str:
    """Strong validator of a body in one content coding; `tag` names the body and has no dash."""
    return f'"{tag}{_SUFFIXES[coding]}"'


def names_tag(if_none_match: str, tag: str) -> bool:
    """Whether an `If-None-Match` header names the body of a tag, in whatever content coding."""
    if if_none_match.strip() == "*":
        return True
    named = (one.strip().removeprefix("W/").strip('"') for one in if_none_match.split(","))
    return any(one.partition("-")[0] == tag for one in named)


def compressed(body: bytes, coding: ContentCoding, *, lasting: bool = False) -> bytes:
    """A body in a content coding other than identity; may be called in any thread."""
    # Most bodies live for a fraction of a second. Beyond level 9 a file loses little and takes ten times as long.
    level = 9 if lasting else 1
    return zstandard.compress(body, level) if coding == "zstd" else gzip.compress(body, level, mtime=0)


def coding_for(accept_encoding: str, size: int) -> ContentCoding:
    """Content coding for a body of `size` bytes under an `Accept-Encoding` header: of those liked best the smallest."""
    if size < _COMPRESS_FROM or not accept_encoding:
        return "identity"
    wanted = dict(weights(accept_encoding))
    coding = max(_CODINGS, key=lambda name: wanted.get(name, 0.0))
    liked = wanted.get(coding, 0.0)
    return coding if liked > 0.0 and liked >= wanted.get("identity", 0.0) else "identity"


class AnswerCache:
    """Answers by request, least recently used out first, bounded in bytes.

    Attributes:
        hits, misses, evicted: counters since start.
        size: bytes held now.
    """

    def __init__(self, max_bytes: int) -> None:
        """Keep `max_bytes` at most; with none, nothing."""
        self.hits = 0
        self.misses = 0
        self.evicted = 0
        self.size = 0
        self._max_bytes = max_bytes
        self._answers: OrderedDict[bytes, tuple[Answer, int]] = OrderedDict()

    def get(self, key: bytes, minute: int, now: float) -> Answer | None:
        """An answer to the request that may be given again, if there is one."""
        entry = self._answers.get(key)
        if entry is None or not entry[0].is_current(minute, now):
            return None
        self.hits += 1
        self._keep(key, entry[0])
        return entry[0]

    def outdated(self, key: bytes) -> Prepare | None:
        """Let an answer go that `get` did not give; returns what makes it again, if it was there."""
        entry = self._answers.get(key)
        self._drop(key)
        return None if entry is None else entry[0].prepare

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
        return CacheUse(
            hits=self.hits,
            misses=self.misses,
            hit_rate=round(self.hits / asked, 4) if asked else None,
            bytes=self.size,
            evicted=self.evicted,
        )
