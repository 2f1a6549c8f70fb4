"""Numbers as people read them."""

__all__ = ["number"]


def number(value: float | None) -> str:
    """Three or so significant digits, thousands with commas; nothing for None."""
    if value is None:
        return ""
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"
