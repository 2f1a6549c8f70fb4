"""The measured baseline that the package carries, written by the benchmarks."""

import logging
from pathlib import Path

import msgspec

from voltape.model.efficiency import MeasuredBaseline

__all__ = ["BASELINE_FILE", "read_baseline"]

_log = logging.getLogger(__name__)

BASELINE_FILE = Path(__file__).with_name("baseline.json")


def read_baseline(path: Path = BASELINE_FILE) -> MeasuredBaseline | None:
    """The baseline in the file; None where nothing was measured, or the file is none of ours, which is logged."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=MeasuredBaseline)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        _log.error("the measured baseline in %s cannot be read: %s", path, error)
        return None
