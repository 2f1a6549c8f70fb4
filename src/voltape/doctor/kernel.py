"""Check of the kernel's settings that a Valkey on this machine depends on."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from voltape.doctor.finding import Finding

__all__ = ["check_kernel", "is_here"]

OVERCOMMIT = "proc/sys/vm/overcommit_memory"
HUGE_PAGES = "sys/kernel/mm/transparent_hugepage/enabled"
HERE = ("localhost", "127.0.0.1", "::1")

STRICT = "Run `sysctl vm.overcommit_memory=1`, and put that line into /etc/sysctl.d to keep it."
CAREFUL = (
    "Saving may fail when memory is short: `sysctl vm.overcommit_memory=1`, and the same in /etc/sysctl.d."
)
HUGE = "Each save copies far more memory than changed: `echo madvise > /sys/kernel/mm/transparent_hugepage/enabled`."


def is_here(store_url: str) -> bool:
    """Whether the store at this address runs on this machine's kernel."""
    url = urlsplit(store_url)
    return store_url == "embedded" or url.scheme == "unix" or url.hostname in HERE


def check_kernel(store_url: str, root: Path = Path("/")) -> Finding:
    """Whether the kernel lets the store save what it holds; `root` is where `proc` and `sys` are."""
    if not is_here(store_url):
        return Finding("kernel", "skip", "the store runs elsewhere")
    overcommit, pages = read(root / OVERCOMMIT), re.search(r"\[(\w+)\]", read(root / HUGE_PAGES))
    if not overcommit:
        return Finding("kernel", "skip", "this system has no such settings")
    seen = [f"vm.overcommit_memory is {overcommit}"]
    if pages is not None:
        seen.append(f"transparent huge pages are {pages[1]}")
    text = ", ".join(seen)
    if overcommit == "2":
        return Finding("kernel", "fail", f"{text}: the store cannot save", STRICT)
    advice = [
        *([CAREFUL] if overcommit == "0" else []),
        *([HUGE] if pages is not None and pages[1] == "always" else []),
    ]
    return Finding("kernel", "warn" if advice else "ok", text, " ".join(advice))


def read(path: Path) -> str:
    """Content of a file without white space around it, empty where it cannot be read."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""
