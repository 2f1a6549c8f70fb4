"""The project's pages, and what is in them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["PAGES", "ROOT", "Block", "anchors", "blocks", "name_of", "prose", "section", "table_of"]

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")])

_BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]+) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: where it is, the comment above it, its language, its text, and JSON right below it."""

    page: Path
    line: int
    mark: str
    language: str
    text: str
    answer: str | None

    def __str__(self) -> str:
        return f"{name_of(self.page)}:{self.line}"


def name_of(page: Path) -> str:
    """The page as a reader of the test report knows it."""
    return page.relative_to(ROOT).as_posix()


def text_of(page: Path) -> str:
    """The page's text, whatever the machine's locale."""
    return page.read_text(encoding="utf-8")


def blocks(page: Path) -> Iterator[Block]:
    """The page's fenced blocks in order."""
    text = text_of(page)
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("text"))
        below = _BLOCK.match(text, match.end() + 1)
        answer = below["text"] if below and below["language"] == "json" and not below["mark"] else None
        yield Block(page, line, match["mark"] or "", match["language"], match["text"], answer)


def prose(page: Path) -> str:
    """The page's text without fenced blocks."""
    return _BLOCK.sub("", text_of(page))


def anchors(page: Path) -> set[str]:
    """What a link to a heading of the page may name, as code hosts derive it."""
    headings = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(prose(page)))
    return {heading.strip().replace(" ", "-") for heading in headings}


def section(page: Path, heading: str) -> str:
    """The text below a heading, up to the next one of the same level or above."""
    level = heading.partition(" ")[0]
    _, found, rest = prose(page).partition(f"\n{heading}\n")
    assert found, f"{name_of(page)} has no {heading!r}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def table_of(page: Path, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head; each a list of cells."""
    lines = [line for line in section(page, heading).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
