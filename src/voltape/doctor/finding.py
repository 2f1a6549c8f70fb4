"""What one check found."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct

__all__ = ["Finding", "State", "as_json"]

State = Literal["ok", "warn", "fail", "skip"]


class Finding(Struct, frozen=True):
    """Result of one check.

    Attributes:
        subject: what was looked at, one or two words.
        state: `fail` keeps voltape from working; `warn` does not, but wants attention.
        text: what was seen.
        advice: what to do about it; empty where there is nothing to do.
    """

    subject: str
    state: State
    text: str
    advice: str = ""

    @property
    def failed(self) -> bool:
        """Whether this keeps voltape from working."""
        return self.state == "fail"

    def __str__(self) -> str:
        line = f"{self.state:<4}  {self.subject:<9}  {self.text}"
        return f"{line}. {self.advice}" if self.advice else line


def as_json(findings: Sequence[Finding]) -> str:
    """The findings for programs: whether all is well, and each of them."""
    whole = {"ok": not any(finding.failed for finding in findings), "findings": findings}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()
