import logging
from pathlib import Path

import msgspec
import pytest

from tests.model.judged import MEASURED
from voltape.serve.baseline import BASELINE_FILE, read_baseline


def test_a_baseline_is_read_from_its_file(tmp_path: Path) -> None:
    """As the benchmarks wrote it."""
    file = tmp_path / "baseline.json"
    file.write_bytes(msgspec.json.encode(MEASURED))
    assert read_baseline(file) == MEASURED


def test_without_a_file_there_is_no_baseline(tmp_path: Path) -> None:
    """Nothing is invented, and nothing said."""
    assert read_baseline(tmp_path / "baseline.json") is None


@pytest.mark.parametrize("text", [b"", b"{", b'{"figures": {}}', b'{"figures": {"cpu_percent": "x"}}'])
def test_a_file_that_is_no_baseline_is_told_once_and_left(
    text: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The system runs without it."""
    file = tmp_path / "baseline.json"
    file.write_bytes(text)
    with caplog.at_level(logging.ERROR):
        assert read_baseline(file) is None
    assert str(file) in caplog.text


@pytest.mark.skipif(not BASELINE_FILE.exists(), reason="no baseline was measured yet")
def test_the_baseline_of_the_package_can_be_read() -> None:
    """It was measured, so it has figures."""
    found = read_baseline()
    assert found is not None
    assert found.figures.cpu_percent is not None
