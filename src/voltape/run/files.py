"""How many files and connections this process may have open."""

import resource
from contextlib import suppress

__all__ = ["WANTED_FILES", "allow_many_files"]

WANTED_FILES = 8192
"""Enough for the most clients of the push stream, and as many requests besides."""


def allow_many_files() -> int:
    """Raise this process's soft limit of open files as far as is wanted and allowed.

    Returns:
        The limit that holds now; the usual one of 1,024 would be less than a thousand clients need.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
