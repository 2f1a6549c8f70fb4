"""The pages about alerts agree with the program, and their samples work."""

import asyncio
import sys
import tomllib
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.alerts.receiver import receiving
from tests.alerts.rules import SINKS
from tests.docs.pages import PAGES, ROOT, blocks, section, table_of
from tests.docs.test_reference import codes, first_codes
from tests.e2e.program import environment, running
from voltape.alerts.declaration import FIELDS, MOST_RULES, rules_of
from voltape.alerts.engine import AT_MOST
from voltape.alerts.kinds import KINDS, Kind
from voltape.alerts.notice import Notice, trial
from voltape.alerts.post import MOST_WAITING
from voltape.alerts.sink import Line
from voltape.alerts.webhook import Webhook
from voltape.clock import SystemClock
from voltape.sim.handle import running_sim
from voltape.tls import client_context

PAGE = ROOT / "docs/reference/alerts.md"
SECRET = "correct-horse-battery-staple"
RULES = [block for page in PAGES for block in blocks(page) if block.mark == "rules"]
COMMANDS = [block for page in PAGES for block in blocks(page) if block.mark == "alerts"]
WEBHOOK = {block.language: block.text for block in blocks(PAGE) if block.mark == "webhook"}


def row(name: str, kind: Kind) -> list[str]:
    """The row of a kind."""
    needs = " or ".join(" with ".join(f"`{one}`" for one in need) for need in kind.needs if need)
    compares = {"level": "`above` or `below`", "move": "`by`", "switch": "–"}[kind.measure]  # noqa: RUF001
    if kind.below is not None:
        compares += f"; `below = {kind.below:g}` unless given"
    if kind.by is not None:
        compares += f"; `by = {kind.by:g}` within {kind.within_s / 60:g} min unless given"
    takes = ", ".join(f"`{one}`" for one in kind.takes)
    return [f"`{name}`", kind.meaning, needs or "–", takes or "–", compares]  # noqa: RUF001


def test_every_kind_is_described_and_no_other() -> None:
    """The tables say what the declarations say."""
    headings = ("## Kinds about the market", "## Kinds about the system")
    described = [found for heading in headings for found in table_of(PAGE, heading)]
    assert described == [row(name, kind) for name, kind in KINDS.items()]


def test_every_field_is_described_and_no_other() -> None:
    """And the bounds are the program's."""
    assert sorted(first_codes(table_of(PAGE, "## Fields"))) == sorted(FIELDS)
    assert f"may be {MOST_RULES} rules" in section(PAGE, "## Fields")
    assert f"beyond {AT_MOST} alerts" in section(PAGE, "## States")
    assert f"{MOST_WAITING:,} messages" in section(PAGE, "## Delivery")


@pytest.mark.parametrize("block", RULES, ids=str)
def test_a_sample_of_rules_is_understood(block: Any) -> None:
    """As it stands."""
    assert rules_of("voltape.toml", tomllib.loads(block.text)["alert"], SINKS)


def test_the_sample_of_a_message_is_one() -> None:
    """With all its fields, each described."""
    sample = msgspec.json.decode(WEBHOOK["json"])
    assert list(sample) == list(Notice.__struct_fields__)
    assert msgspec.to_builtins(msgspec.convert(sample, Notice)) == sample
    described = {code for found in table_of(PAGE, "## Webhook") for code in codes(found[0])}
    assert set(sample) <= described


async def test_the_sample_of_a_receiver_knows_a_genuine_message() -> None:
    """And no other."""
    place: dict[str, Any] = {}
    exec(WEBHOOK["python"], place)  # noqa: S102 - the page's own text
    is_genuine = place["is_genuine"]
    clock = SystemClock()
    async with receiving() as receiver:
        hook = Webhook(Line(lambda: client_context(None)), receiver.url, SECRET, clock.wall_ms)
        await hook.send(trial(clock.wall_ms()))
        late = Webhook(Line(lambda: client_context(None)), receiver.url, SECRET, lambda: 0)
        await late.send(trial(0))
    genuine, old = receiver.taken
    assert is_genuine(SECRET, genuine.headers, genuine.body)
    assert not is_genuine(SECRET, genuine.headers, genuine.body + b" ")
    assert not is_genuine("another", genuine.headers, genuine.body)
    assert not is_genuine(SECRET, old.headers, old.body)


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.timeout(90)
async def test_the_commands_answer_as_shown(tmp_path: Path) -> None:
    """With the rules of the page, both sinks, and a program that runs."""
    (tmp_path / "voltape.toml").write_text(RULES[0].text)
    async with (
        receiving() as receiver,
        running_sim(contracts=0.1, tls=False) as sim,
        running("up", sim, tmp_path, jobs="off") as program,
    ):
        settings = {
            "api_url": program.url,
            "alert_webhook_url": receiver.url,
            "alert_webhook_secret": SECRET,
            "alert_telegram_url": receiver.url,
            "alert_telegram_token": "123456:ABCDEFGHIJKLMNOP",
            "alert_telegram_chat": "5",
        }
        for block in COMMANDS:
            shown = next(
                other.text for other in blocks(block.page) if other.line > block.line + block.text.count("\n")
            )
            words = block.text.removeprefix("$ voltape ").split()
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "voltape", *words),
                env=environment(None, **settings), cwd=tmp_path, stdout=PIPE,
            )  # fmt: skip
            out, _ = await process.communicate()
            assert process.returncode == 0
            firsts = [[line.split("  ")[0] for line in text.splitlines()] for text in (shown, out.decode())]
            assert firsts[0] == firsts[1]
