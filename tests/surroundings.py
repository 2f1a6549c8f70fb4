"""What a test finds around it and has to leave as it was, because the next one in this process finds it too."""

import contextvars
import logging
import os
import signal
import warnings
from pathlib import Path

__all__ = ["surroundings"]

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGWINCH)
OF_THE_RUNNER = "PYTEST_CURRENT_TEST"
OF_DECIMALS = "decimal_context"
"""Comes into being when the first decimal is computed with, and stays."""


def surroundings() -> dict[str, object]:
    """Working directory, environment, signals, filters of warnings, context variables and the root of the log."""
    root = logging.getLogger()
    context = contextvars.copy_context()
    return {
        "working directory": Path.cwd(),
        "environment": {name: value for name, value in os.environ.items() if name != OF_THE_RUNNER},
        "signals": {number.name: signal.getsignal(number) for number in SIGNALS},
        "filters of warnings": list(warnings.filters),
        "context variables": {
            name.name: value for name, value in context.items() if name.name != OF_DECIMALS
        },
        "level of the log": (root.level, logging.root.manager.disable),
        # The runner has handlers of its own in each phase of a test.
        "handlers of the log": [
            one for one in root.handlers if not type(one).__module__.startswith("_pytest")
        ],
    }
