import msgspec

from tests.top.scenes import NOW_MS, expiry, scene, ticker
from voltape.top.scene import FLASH_MS


def test_the_money_is_where_the_forward_is() -> None:
    """The nearest strike, in order of strikes."""
    shown = scene()
    strikes = shown.strikes()
    at = shown.atm_row(strikes)
    assert at is not None
    assert strikes[at].strike == 103_000.0
    assert [one.strike for one in strikes] == sorted(one.strike for one in strikes)


def test_the_other_settlement_coin_is_shown_where_there_is_no_other() -> None:
    """A series may be listed in one of the two only."""
    usdc = ticker(100.0, settle="USDC")
    both = scene(tickers={"a": ticker(200.0), "b": usdc})
    assert [one.strike for one in both.strikes()] == [200.0]
    assert [one.strike for one in scene(tickers={"b": usdc}).strikes()] == [100.0]


def test_the_forward_is_that_of_the_coin_that_is_shown() -> None:
    """However fresh the other coin's is."""
    old = ticker(100.0, underlying_price=99.0, ts_received=1)
    usdc = ticker(100.0, settle="USDC", underlying_price=98.0, ts_received=2)
    assert scene(tickers={"a": old, "b": usdc}).forward == 99.0
    assert scene(tickers={"b": usdc}).forward == 98.0


def test_series_are_gone_through_in_a_ring() -> None:
    """Of a new one nothing is known yet."""
    shown = scene(offset=3)
    shown.step(1)
    assert (shown.expiry, shown.tickers, shown.offset) == ("2027-03-26", {}, 0)
    shown.step(1)
    assert shown.expiry == "2026-12-25"
    shown.step(-1)
    assert shown.expiry == "2027-03-26"


def test_a_series_that_has_expired_gives_way_to_the_first() -> None:
    """One that is still there stays chosen."""
    shown = scene()
    shown.offer([expiry("2026-12-25"), expiry("2027-06-25")])
    assert (shown.expiry, len(shown.tickers)) == ("2026-12-25", 80)
    shown.offer([expiry("2027-06-25")])
    assert (shown.expiry, shown.tickers) == ("2027-06-25", {})
    shown.offer([])
    assert shown.expiry is None


def test_a_price_that_moved_is_remembered_for_a_while() -> None:
    """With its direction; one that appeared or vanished has none."""
    before = ticker(100.0, bid_price=5.0, ask_price=None, mark_price=7.0)
    shown = scene(tickers={before.symbol: before})
    after = msgspec.structs.replace(before, bid_price=6.0, ask_price=9.0, mark_price=6.5)
    shown.show({before.symbol: after}, NOW_MS)
    moved = {field: move.rose for (_, field), move in shown.moves.items()}
    assert moved == {"bid_price": True, "mark_price": False}
    shown.show({before.symbol: after}, NOW_MS + FLASH_MS)
    assert shown.moves == {}
