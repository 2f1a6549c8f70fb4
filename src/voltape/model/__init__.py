"""Pure domain values: no I/O, no clock, no word of the venue's wire format."""

__all__: list[str] = []
