"""What one check found."""

from typing import Literal

from msgspec import Struct

__all__ = ["Finding", "State"]

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
