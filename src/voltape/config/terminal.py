"""What the environment says of the terminal, in the words that other programs heed too."""

import os
from collections.abc import Mapping

__all__ = ["colours_wanted"]


def colours_wanted(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a terminal may be written to in colours: not where `NO_COLOR` has a value or `TERM` is `dumb`."""
    return not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
