import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from voltape import cli
from voltape.client import Unreachable
from voltape.top import Wish


@pytest.fixture
def wishes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[Wish]]:
    """What the command asks for, in a directory and an environment without settings; signals are given back."""
    found: list[Wish] = []

    def top(wish: Wish) -> int:
        found.append(wish)
        return 0

    monkeypatch.setattr("voltape.top.top", top)
    monkeypatch.delenv("VOLTAPE_API_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    yield found
    signal.signal(signal.SIGTERM, before)


def code_of(*words: str) -> object:
    """Run the command in this process and return its exit code."""
    with pytest.raises(SystemExit) as caught:
        cli.main(["top", *words])
    return caught.value.code


def test_the_command_watches_what_it_is_told_to(wishes: list[Wish], monkeypatch: pytest.MonkeyPatch) -> None:
    """The system of the settings unless another is named; the token may be in the environment."""
    assert code_of() == 0
    monkeypatch.setenv("VOLTAPE_API_TOKEN", "hidden")
    assert code_of("--http-port", "8123", "--underlying", "eth", "--view", "system", "--once") == 0
    assert code_of("--url", "https://tape.example", "--token", "given", "--expiry", "25DEC26") == 0
    assert wishes == [
        Wish(url="http://127.0.0.1:8000"),
        Wish(url="http://127.0.0.1:8123", token="hidden", underlying="eth", view="system", once=True),
        Wish(url="https://tape.example", token="given", expiry="25DEC26"),
    ]


@pytest.mark.parametrize("words", [("--view", "moon"), ("--underlying",), ("--colour", "red")])
def test_wrong_use_is_refused_before_anybody_is_asked(words: tuple[str, ...], wishes: list[Wish]) -> None:
    """Exit code 2."""
    assert code_of(*words) == 2
    assert wishes == []


def test_nobody_there_is_one_line_and_exit_code_1(
    wishes: list[Wish], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says where, and what to look at."""

    def top(wish: Wish) -> int:
        raise Unreachable(wish.url, "refused")

    monkeypatch.setattr("voltape.top.top", top)
    assert code_of() == 1
    assert capsys.readouterr().err == (
        "voltape: http://127.0.0.1:8000: no answer (refused); is `voltape up` running there?\n"
    )
