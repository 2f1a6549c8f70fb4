"""Size of the dashboard's script as it goes over the wire."""

import gzip

from voltape.serve.dashboard import STATIC_DIR

from .bench import Bench

__all__ = ["dashboard"]


async def dashboard(bench: Bench) -> None:
    """All scripts that the build made, gzipped at the usual level."""
    scripts = sorted(STATIC_DIR.rglob("*.js"))
    if not scripts:
        bench.note("The dashboard was not built, so its size is not known.")
        return
    size = sum(len(gzip.compress(script.read_bytes(), 6)) for script in scripts)
    bench.sample("dashboard.script", size / 1e3)
    bench.say(f"dashboard: {size} bytes of script, gzipped")
