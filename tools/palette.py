"""Makes a picture of a page small: a PNG of true colour becomes one of at most 256 colours.

A page has few colours and their blends at the edges of letters, so 256 are enough if they are well chosen: each is
the one that the picture misses most, by pixels and by distance from those chosen before it. Every other pixel takes
the nearest of them. Only what a browser writes is read: 8 bits a channel, not interlaced.
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

__all__ = ["NotReadable", "reduced"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {2: 3, 6: 4}
PALETTE = 3
MOST_COLOURS = 256

Colour = tuple[int, int, int]


class NotReadable(ValueError):
    """The picture is not of the one kind that is understood here."""


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the content of each chunk."""
    at = len(SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += size + 12


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return one chunk with its length and check sum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def paeth(left: int, above: int, corner: int) -> int:
    """Return the neighbour that is nearest to left + above - corner, as the format's fourth filter predicts."""
    guess = left + above - corner
    distances = (abs(guess - left), abs(guess - above), abs(guess - corner))
    return (left, above, corner)[distances.index(min(distances))]


def unfiltered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    """Return a line's bytes as they were before the filter `kind`; `step` is the bytes of one pixel."""
    if kind == 0:
        return line
    if kind == 2:
        return bytes((value + up) & 255 for value, up in zip(line, above, strict=True))
    done = bytearray(step)
    behind = bytes(step) + above
    for at, value in enumerate(line):
        left, up, corner = done[at], above[at], behind[at]
        predicted = {1: left, 3: (left + up) // 2}.get(kind)
        done.append((value + (paeth(left, up, corner) if predicted is None else predicted)) & 255)
    return bytes(done[step:])


def pixels(png: bytes) -> tuple[int, int, list[Colour]]:
    """Return width, height and every pixel's colour, row by row; transparency is left out.

    Raises:
        NotReadable: see there.
    """
    found = list(chunks(png))
    if not png.startswith(SIGNATURE) or found[0][0] != b"IHDR":
        raise NotReadable("no PNG")
    width, height, depth, kind, *rest = struct.unpack(">IIBBBBB", found[0][1])
    if depth != 8 or kind not in CHANNELS or any(rest):
        raise NotReadable(f"depth {depth}, colour type {kind}, {rest}")
    step = CHANNELS[kind]
    data = zlib.decompress(b"".join(content for name, content in found if name == b"IDAT"))
    above, lines = bytes(width * step), []
    for at in range(0, height * (width * step + 1), width * step + 1):
        above = unfiltered(data[at], data[at + 1 : at + 1 + width * step], above, step)
        lines.append(above)
    raw = b"".join(lines)
    return width, height, list(zip(raw[0::step], raw[1::step], raw[2::step], strict=True))


def distance(one: Colour, other: Colour) -> int:
    """Return the square of the distance between two colours."""
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def chosen(colours: Counter[Colour]) -> tuple[list[Colour], dict[Colour, int]]:
    """Return the colours to keep, and for every colour the number of the nearest of them."""
    kept = [colours.most_common(1)[0][0]]
    nearest = dict.fromkeys(colours, 0)
    away = {colour: distance(colour, kept[0]) for colour in colours}
    while len(kept) < min(MOST_COLOURS, len(colours)):
        missed = max(colours, key=lambda colour: away[colour] * colours[colour])
        for colour, known in away.items():
            if (now := distance(colour, missed)) < known:
                away[colour], nearest[colour] = now, len(kept)
        kept.append(missed)
    return kept, nearest


def reduced(png: bytes) -> bytes:
    """Return the picture with at most 256 colours.

    Raises:
        NotReadable: it is of a kind that is not understood.
    """
    width, height, colours = pixels(png)
    kept, nearest = chosen(Counter(colours))
    row = bytes(nearest[colour] for colour in colours)
    lines = b"".join(b"\0" + row[at : at + width] for at in range(0, len(row), width))
    return b"".join(
        (
            SIGNATURE,
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, PALETTE, 0, 0, 0)),
            chunk(b"PLTE", b"".join(map(bytes, kept))),
            chunk(b"IDAT", zlib.compress(lines, 9)),
            chunk(b"IEND", b""),
        )
    )
