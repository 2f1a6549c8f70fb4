import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.palette import (
    CHANNELS,
    MOST_COLOURS,
    SIGNATURE,
    Colour,
    NotReadable,
    chunk,
    chunks,
    paeth,
    reduced,
)


def filtered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    """One line under a filter of the format, the way a writer of pictures makes it."""
    result = bytearray()
    for at, value in enumerate(line):
        left = line[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        predicted = (0, left, above[at], (left + above[at]) // 2, paeth(left, above[at], corner))[kind]
        result.append((value - predicted) & 255)
    return bytes(result)


def picture(
    rows: list[list[Colour]], filters: list[int], *, colour_type: int = 2, interlaced: int = 0
) -> bytes:
    """A PNG of true colour, opaque where it knows of transparency."""
    step = CHANNELS.get(colour_type, 3)
    above, data = bytes(len(rows[0]) * step), b""
    for row, kind in zip(rows, filters, strict=True):
        line = b"".join(bytes(pixel) + b"\xff" * (step - 3) for pixel in row)
        data += bytes([kind]) + filtered(kind, line, above, step)
        above = line
    size = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, colour_type, 0, 0, interlaced)
    half = len(zlib.compress(data)) // 2
    packed = zlib.compress(data)
    parts = chunk(b"IDAT", packed[:half]) + chunk(b"IDAT", packed[half:])
    return SIGNATURE + chunk(b"IHDR", size) + parts + chunk(b"IEND", b"")


def shown(png: bytes) -> list[list[Colour]]:
    """Colours of a picture with a palette."""
    found = dict(chunks(png))
    width, height, depth, kind, *_ = struct.unpack(">IIBBBBB", found[b"IHDR"])
    assert (depth, kind) == (8, 3)
    flat = found[b"PLTE"]
    palette = [(flat[at], flat[at + 1], flat[at + 2]) for at in range(0, len(flat), 3)]
    data = zlib.decompress(found[b"IDAT"])
    lines = [data[at + 1 : at + 1 + width] for at in range(0, height * (width + 1), width + 1)]
    return [[palette[number] for number in line] for line in lines]


channel = st.integers(0, 255)
rows = st.integers(1, 6).flatmap(
    lambda width: st.lists(
        st.lists(st.tuples(channel, channel, channel), min_size=width, max_size=width), min_size=1, max_size=8
    )
)


@given(rows, st.randoms(use_true_random=False), st.sampled_from(sorted(CHANNELS)))
def test_a_picture_of_few_colours_stays_as_it_is(rows: list[list[Colour]], chance: object, kind: int) -> None:
    """Whatever filters the writer chose, and with a channel for transparency or without."""
    filters = [chance.randrange(5) for _ in rows]  # type: ignore[attr-defined]
    assert shown(reduced(picture(rows, filters, colour_type=kind))) == rows


def test_a_blend_becomes_its_neighbour() -> None:
    """Beyond 256 colours a pixel keeps its place and takes the nearest colour that is kept."""
    common: list[Colour] = [(red, 0, 0) for red in range(MOST_COLOURS)]
    result = shown(reduced(picture([common, common, [(7, 1, 0), *common[1:]]], [0, 0, 0])))
    assert result == [common, common, [(7, 0, 0), *common[1:]]]


def test_a_rare_colour_of_its_own_is_kept() -> None:
    """One word in red among many greys stays red, and a grey takes the next one."""
    greys: list[Colour] = [(grey, grey, grey) for grey in range(MOST_COLOURS)]
    result = shown(reduced(picture([greys, greys, [(255, 0, 0), *greys[1:]]], [0, 0, 0])))
    assert result[2][0] == (255, 0, 0)
    assert (
        max(
            abs(a - b)
            for old, new in zip(greys, result[0], strict=True)
            for a, b in zip(old, new, strict=True)
        )
        == 1
    )


@pytest.mark.parametrize("png", [b"GIF89a", picture([[(0, 0, 0)]], [0], interlaced=1)])
def test_anything_but_a_plain_picture_is_refused(png: bytes) -> None:
    """A kind of picture that is not understood is an error, not a broken file."""
    with pytest.raises(NotReadable):
        reduced(png)
