"""Every command on the pages is run by a test, or says why not."""

import re

import pytest

from tests.docs.pages import PAGES, ROOT, Block, blocks

COMMANDS = [
    block for page in PAGES for block in blocks(page) if block.language in {"bash", "console", "python", "sh"}
]
REASON = re.compile(r"not run: (.{12,})")
RUN = re.compile(r"(run|operator|alerts|webhook)\b.*")


@pytest.mark.parametrize("block", COMMANDS, ids=str)
def test_a_command_is_run_or_says_why_not(block: Block) -> None:
    """A place that the reason names is there."""
    reason = REASON.fullmatch(block.mark)
    if reason is None:
        assert RUN.match(block.mark), f"{block} has no mark above it: <!-- run --> or <!-- not run: why -->"
        return
    for place in re.findall(r"\b(?:tests|benchmarks)/[\w/.]+", reason[1]):
        assert (ROOT / place).exists(), place
