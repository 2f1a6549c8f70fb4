"""Set-up repeats a step exactly when its product is missing or was made from something else."""

from pathlib import Path

import pytest

from tools.stamp import Stamp, fingerprint


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder of inputs."""
    folder = tmp_path / "source"
    (folder / "part").mkdir(parents=True)
    (folder / "part/one.py").write_text("1")
    return folder


def test_a_fingerprint_follows_content_and_not_file_times(source: Path) -> None:
    """Writing the same text again changes nothing; other text does."""
    before = fingerprint([source])
    (source / "part/one.py").write_text("1")
    assert fingerprint([source]) == before
    (source / "part/one.py").write_text("2")
    assert fingerprint([source]) != before


def test_a_fingerprint_notices_a_renamed_file(source: Path) -> None:
    """The same content under another name is another input."""
    before = fingerprint([source])
    (source / "part/one.py").rename(source / "part/two.py")
    assert fingerprint([source]) != before


@pytest.mark.parametrize("made", ["__pycache__/one.pyc", "node_modules/a/index.js", ".mypy_cache/x.json"])
def test_what_tools_leave_behind_is_no_input(source: Path, made: str) -> None:
    """Caches and installed packages don't cause a rebuild."""
    before = fingerprint([source])
    (source / made).parent.mkdir(parents=True)
    (source / made).write_text("made")
    assert fingerprint([source]) == before


def test_facts_are_part_of_a_fingerprint(source: Path) -> None:
    """Another interpreter or place makes another product from the same files."""
    assert fingerprint([source], "3.11") != fingerprint([source], "3.12")


def test_a_finished_step_is_current_until_its_inputs_change(tmp_path: Path) -> None:
    """The stamp remembers what the product was made from."""
    product = tmp_path / "product"
    stamp = Stamp(tmp_path / "stamps/step", "inputs", product)
    with stamp:
        product.write_text("made")
    assert stamp.current()
    assert not Stamp(stamp.path, "other inputs", product).current()


def test_a_lost_product_is_made_again(tmp_path: Path) -> None:
    """A stamp without its product counts for nothing."""
    stamp = Stamp(tmp_path / "step", "inputs", tmp_path / "product")
    with stamp:
        stamp.product.write_text("made")
    stamp.product.unlink()
    assert not stamp.current()


@pytest.mark.parametrize("end", [RuntimeError, KeyboardInterrupt])
def test_a_failed_or_interrupted_step_leaves_no_stamp(tmp_path: Path, end: type[BaseException]) -> None:
    """Not even the one of an earlier success: the product may be half changed."""
    stamp = Stamp(tmp_path / "step", "inputs", tmp_path / "product")
    with stamp:
        stamp.product.write_text("made")
    with pytest.raises(end), stamp:
        raise end
    assert not stamp.current()
