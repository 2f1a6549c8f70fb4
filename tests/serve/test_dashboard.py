from pathlib import Path

import pytest

from voltape.serve.dashboard import Dashboard
from voltape.serve.problem import ProblemError


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A build of the dashboard, beside a file that is none of it."""
    (tmp_path / "secret.txt").write_text("secret")
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html>page")
    (static / "assets" / "index-abc.js").write_text("script")
    (static / "favicon.svg").write_text("<svg/>")
    (static / "odd.xyz").write_text("?")
    (static / "out").symlink_to(tmp_path / "secret.txt")
    return static


def test_the_page_and_its_files_are_served_with_their_types(built: Path) -> None:
    """Scripts as scripts, whatever the machine's own table of types says."""
    dashboard = Dashboard(built)
    assert dashboard.answer("/").body == b"<!doctype html>page"
    assert dashboard.answer("/").media_type == "text/html; charset=utf-8"
    assert dashboard.answer("/assets/index-abc.js").media_type == "text/javascript; charset=utf-8"
    assert dashboard.answer("/favicon.svg").media_type == "image/svg+xml"
    assert dashboard.answer("/odd.xyz").media_type == "application/octet-stream"


def test_files_named_after_their_content_are_kept_for_ever_and_the_page_is_not(built: Path) -> None:
    """So a new build is seen at the next load."""
    dashboard = Dashboard(built)
    assert "immutable" in dashboard.answer("/assets/index-abc.js").cache_control
    assert dashboard.answer("/").cache_control == "no-cache"


def test_the_page_names_what_its_script_asks_for_first(built: Path) -> None:
    """So a browser has the answer by the time the script runs; nothing else does, and not where a token is wanted."""
    dashboard = Dashboard(built, hints=True)
    link = "<./api/v1/underlyings>; rel=preload; as=fetch; crossorigin=anonymous"
    assert (b"link", link.encode()) in dashboard.answer("/").headers("gzip")
    assert dashboard.answer("/assets/index-abc.js").link is None
    assert Dashboard(built).answer("/").link is None


def test_a_file_is_read_again_only_when_it_has_changed(built: Path) -> None:
    """Its compressed forms are kept with it."""
    dashboard = Dashboard(built)
    first = dashboard.answer("/")
    assert dashboard.answer("/") is first
    (built / "index.html").write_text("new")
    (built / "index.html").touch()
    assert dashboard.answer("/").body == b"new"


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/../secret.txt", "/assets/../../secret.txt", "//etc/passwd", "/out", "/assets", "/a\0b",
     "/..", "/assets/index-abc.js/x", "/" + "x" * 5000],
)  # fmt: skip
def test_nothing_else_is_served(built: Path, path: str) -> None:
    """Neither what is missing nor what lies outside, by whatever way."""
    with pytest.raises(ProblemError) as caught:
        Dashboard(built).answer(path)
    assert caught.value.status == 404


def test_without_a_build_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    """Also before the directory exists."""
    for directory in (tmp_path, tmp_path / "missing"):
        answer = Dashboard(directory).answer("/")
        assert b"make web" in answer.body
        with pytest.raises(ProblemError):
            Dashboard(directory).answer("/assets/index-abc.js")
