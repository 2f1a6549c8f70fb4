import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .pages import PAGES, ROOT, anchors, name_of, prose

HOSTS = {"keepachangelog.com", "semver.org"}
LINK = re.compile(r"\]\(([^)\s]+)\)|\bsrc=\"([^\"]+)\"")
ADDRESS = re.compile(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")
NOBODYS = {"127.0.0.1", "0.0.0.0"}  # noqa: S104 - these stand for the reader's own machine
PLACES = re.compile(r"(?<![\w.])/(?:home|root|tmp|Users|work)/")


def links(page: Path) -> list[str]:
    """Where the page's links lead, those within code aside."""
    text = re.sub(r"`[^`\n]*`", "", prose(page))
    return [one or other for one, other in LINK.findall(text)]


def broken(page: Path, link: str) -> bool:
    """Tell whether a link leads nowhere, or to a host that nobody agreed to."""
    parts = urlsplit(link)
    if parts.scheme:
        return parts.scheme != "https" or parts.hostname not in HOSTS
    target = (page.parent / parts.path).resolve() if parts.path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return True
    return bool(parts.fragment) and parts.fragment not in anchors(target)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Files and headings that a page links to exist; other hosts are those agreed to."""
    assert [link for link in links(page) if broken(page, link)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_names_a_private_place(page: Path) -> None:
    """No address but the reader's own, and no path of a machine that the page was written on."""
    text = page.read_text(encoding="utf-8")
    assert set(ADDRESS.findall(text)) <= NOBODYS
    assert PLACES.findall(text) == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    """A reader finds each page by links alone."""
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = ((page.parent / urlsplit(link).path).resolve() for link in links(page))
        ahead += [target for target in targets if target.suffix == ".md"]
    assert [name_of(page) for page in PAGES if page not in reached] == []


@pytest.mark.parametrize("picture", sorted((ROOT / "docs/screenshots").iterdir()), ids=name_of)
def test_a_picture_is_small_and_shown(picture: Path) -> None:
    """Pictures take little room in the repository, and a page shows them."""
    assert picture.stat().st_size < 250_000
    shown = [page for page in PAGES for link in links(page) if (page.parent / link).resolve() == picture]
    assert shown
