"""`voltape export` without its command line: from an order to bytes in their place."""

from pathlib import Path

from .order import Order
from .source import pieces_of
from .target import check_target, target_at

__all__ = ["export"]


def export(order: Order, out: Path | None, *, force: bool) -> None:
    """Write the tickers that an order names.

    Args:
        order: which ones, of which system, in which format.
        out: the file, None for standard output.
        force: whether a file that is there may be replaced.

    Raises:
        SettingError: address or file cannot be used.
        ClientError: the system does not answer, says no, or breaks off; no file is left then.
        OSError: the bytes cannot be written.
    """
    check_target(out, force=force, is_text=order.form not in ("arrow", "parquet"))
    with pieces_of(order) as pieces, target_at(out) as target:
        for piece in pieces:
            target.write(piece)
