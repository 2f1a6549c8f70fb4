"""Rules of alerts as they stand in the settings file; whoever watches them understands them."""

from msgspec import Struct

__all__ = ["ALERT_KEY", "AlertTables"]

ALERT_KEY = "alert"
"""Key of the file that is no setting: its tables, headed `[[alert]]`, are rules."""


class AlertTables(Struct, frozen=True):
    """Tables of one file.

    Attributes:
        file: its name, as mistakes are told with it.
        tables: what is under `alert`, unchecked.
    """

    file: str = "voltape.toml"
    tables: tuple[object, ...] = ()
