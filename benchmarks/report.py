"""Render the newest complete run: the page, its plots, and the baseline that the product carries."""

from pathlib import Path

import click
import msgspec

from voltape.serve.baseline import BASELINE_FILE

from .baseline import baseline_of
from .pictures import PICTURES
from .result import Result, newest_complete, read
from .services import RESULT_NAME, rendered_services
from .table import NO_RESULT, placed, rendered

__all__ = ["IMAGES", "PAGE", "RESULTS", "SOAK_NAME", "page_text", "write_report"]

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "benchmarks.md"
IMAGES = ROOT / "docs" / "images"
SOAK_NAME = "soak.json"
"""File in the folder of results that holds `--only soak`."""


def page_text(results: Path) -> str:
    """What belongs between the marks of the page: the newest complete run, or that there is none, and that in containers."""
    newest = newest_complete(results)
    if newest is None:
        return NO_RESULT
    path, result = newest
    text = rendered(_with_soak(result, results), f"../benchmarks/results/{path.name}", IMAGES.name)
    contained = results / RESULT_NAME
    if not contained.is_file():
        return text
    services = rendered_services(read(contained), f"../benchmarks/results/{contained.name}")
    return f"{text}\n\n### In containers\n\n{services}"


def _with_soak(result: Result, results: Path) -> Result:
    """A run with the figures of the long one in a browser, which is taken apart because it takes as long as all the rest."""
    path = results / SOAK_NAME
    if not path.is_file():
        return result
    apart = read(path)
    note = f"The long run in the browser was taken apart, with commit `{apart.commit[:7]}`: [samples](../benchmarks/results/{path.name})."
    return msgspec.structs.replace(
        result, figures=[*result.figures, *apart.figures], notes=[*result.notes, note, *apart.notes]
    )


def write_report() -> list[Path]:
    """Write page, plots and baseline; returns the files."""
    PAGE.write_text(placed(PAGE.read_text(encoding="utf-8"), page_text(RESULTS)), encoding="utf-8")
    written = [PAGE]
    newest = newest_complete(RESULTS)
    if newest is None:
        return written
    path, result = newest
    written += _write_pictures(result)
    baseline = baseline_of(result, path.name)
    if baseline is not None:
        BASELINE_FILE.write_bytes(msgspec.json.format(msgspec.json.encode(baseline), indent=1) + b"\n")
        written.append(BASELINE_FILE)
    return written


def _write_pictures(result: Result) -> list[Path]:
    figures = {figure.name: figure for figure in result.figures}
    IMAGES.mkdir(exist_ok=True)
    written = []
    for picture in PICTURES:
        path = IMAGES / f"{picture.name}.svg"
        svg = picture.drawn(figures)
        if svg is None:
            # A plot of an earlier run beside tables of this one would mislead.
            path.unlink(missing_ok=True)
        else:
            path.write_text(svg, encoding="utf-8")
            written.append(path)
    return written


@click.command()
def main() -> None:
    """Render the newest complete run into docs/benchmarks.md, docs/images and the product's baseline."""
    for path in write_report():
        click.echo(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
