from pathlib import Path

from voltape.config import Settings
from voltape.run.demo import place_in_use


def test_a_demo_has_a_place_of_its_own_where_nothing_is_kept(tmp_path: Path) -> None:
    """A directory that is not there or is empty holds no real board."""
    assert place_in_use(Settings(data_dir=tmp_path / "new")) is None
    (tmp_path / "store").mkdir()
    assert place_in_use(Settings(data_dir=tmp_path)) is None


def test_a_place_where_contracts_may_be_already_is_named(tmp_path: Path) -> None:
    """A directory with a store in it, or a store apart; no password gets into the log."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "board.rdb").write_bytes(b"")
    assert place_in_use(Settings(data_dir=tmp_path)) == str(tmp_path)
    apart = Settings(data_dir=tmp_path / "new", store_url="valkey://:hush@store")
    assert place_in_use(apart) == "the store of VOLTAPE_STORE_URL"
