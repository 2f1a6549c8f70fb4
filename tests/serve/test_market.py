import pytest

from tests.push.boards import NOW_MS, list_contract, make_board, values
from voltape.model.board import Board
from voltape.serve.market import atm_strike, chain_of, expiry_summary, underlying_summary
from voltape.serve.selection import Selection, select

SERIES = ("BTC", "2026-12-25")


def board_of(rows: dict[str, dict[str, float | None]], *, ages: dict[str, int] | None = None) -> Board:
    """A board whose contracts have only the values named; `ages` in ms make some older than others."""
    board = Board()
    for symbol, named in rows.items():
        row = list_contract(board, symbol)
        board.push(row, values(None, **named), NOW_MS - (ages or {}).get(symbol, 0), 1, NOW_MS)
        board.set_stale(row, stale=False)
    board.commit()
    return board


def test_an_underlying_is_the_sum_of_its_contracts() -> None:
    """Ratios are puts over calls, shares are of what is in the live lane."""
    board = board_of(
        {
            "BTC-25DEC26-1-C": {"volume_24h": 10.0, "open_interest": 4.0},
            "BTC-25DEC26-1-P": {"volume_24h": 5.0, "open_interest": None},
            "BTC-26MAR27-1-P": {"volume_24h": None, "open_interest": 2.0},
            "ETH-25DEC26-1-C": {"volume_24h": 1000.0},
        }
    )
    board.set_lane(board.rows["BTC-25DEC26-1-C"], "live")
    list_contract(board, "BTC-25DEC26-2-C")
    board.commit()
    btc = underlying_summary(board, "BTC")
    assert (btc.volume_24h, btc.open_interest) == (15.0, 6.0)
    assert (btc.put_call_ratio_volume, btc.put_call_ratio_open_interest) == (0.5, 0.5)
    assert btc.live_share_volume == pytest.approx(2 / 3, abs=1e-6)
    assert btc.live_share_open_interest == pytest.approx(2 / 3, abs=1e-6)
    assert (btc.contracts, btc.live, btc.polled, btc.stale) == (4, 1, 2, 1)
    assert (btc.expiries, btc.next_expiry) == (2, "2026-12-25")


def test_what_no_contract_has_is_absent_and_not_zero() -> None:
    """A ratio without calls is no number either; without puts it is zero only if they have a value."""
    nothing = underlying_summary(make_board(["BTC-25DEC26-1-C"], filled=False), "BTC")
    assert nothing.index_price is None
    assert nothing.volume_24h is None
    assert nothing.put_call_ratio_volume is None
    assert nothing.live_share_volume is None
    quiet = underlying_summary(
        board_of({"BTC-25DEC26-1-C": {"volume_24h": 0.0}, "BTC-25DEC26-1-P": {"volume_24h": 3.0}}), "BTC"
    )
    assert quiet.put_call_ratio_volume is None
    assert quiet.live_share_volume == 0.0
    calls = underlying_summary(board_of({"BTC-25DEC26-1-C": {"volume_24h": 2.0}}), "BTC")
    assert calls.put_call_ratio_volume is None


def test_prices_of_the_underlying_come_from_the_freshest_contract() -> None:
    """Polled rows lag behind, and a row without the value says nothing."""
    names = ("BTC-25DEC26-1-C", "BTC-25DEC26-2-C", "BTC-25DEC26-3-C")
    prices = (100.0, 101.0, None)
    rows: dict[str, dict[str, float | None]] = {
        name: {"index_price": price, "underlying_price": price}
        for name, price in zip(names, prices, strict=True)
    }
    board = board_of(rows, ages={names[0]: 9000, names[1]: 100})
    assert underlying_summary(board, "BTC").index_price == 101.0
    assert expiry_summary(board.series[SERIES], NOW_MS).forward == 101.0


def test_an_expiry_knows_its_strikes_and_its_middle() -> None:
    """ATM IV is the mean of call and put at the strike nearest to the forward."""
    board = board_of(
        {
            "BTC-25DEC26-90-C-USDT": {"mark_iv": 0.9},
            "BTC-25DEC26-100-C-USDT": {"mark_iv": 0.50, "underlying_price": 104.0},
            "BTC-25DEC26-100-P-USDT": {"mark_iv": 0.52},
            "BTC-25DEC26-100-C": {"mark_iv": 0.7},
            "BTC-25DEC26-110-P-USDT": {"mark_iv": None},
        }
    )
    found = expiry_summary(board.series[SERIES], NOW_MS)
    assert (found.forward, found.atm_strike) == (104.0, 100.0)
    assert found.atm_iv == pytest.approx(0.51)
    assert (found.contracts, found.calls, found.puts, found.strikes) == (5, 3, 2, 3)
    assert found.expiry_at == "2026-12-25T08:00:00Z"


def test_atm_iv_takes_the_side_there_is() -> None:
    """One side alone, the other coin alone, or nothing."""
    one = board_of({"BTC-25DEC26-100-C": {"mark_iv": 0.7, "underlying_price": 1.0}})
    assert expiry_summary(one.series[SERIES], NOW_MS).atm_iv == 0.7
    none = board_of({"BTC-25DEC26-100-C": {"underlying_price": 1.0}})
    assert expiry_summary(none.series[SERIES], NOW_MS).atm_iv is None
    blind = board_of({"BTC-25DEC26-100-C": {"mark_iv": 0.7}})
    found = expiry_summary(blind.series[SERIES], NOW_MS)
    assert (found.forward, found.atm_strike, found.atm_iv) == (None, None, None)


def test_the_middle_is_the_nearest_strike_and_the_lower_of_two() -> None:
    """Without strikes or forward there is none."""
    assert atm_strike([90.0, 100.0, 110.0], 105.0) == 100.0
    assert atm_strike([90.0, 100.0, 110.0], 105.1) == 110.0
    assert atm_strike([], 105.0) is None
    assert atm_strike([90.0], None) is None


def test_a_chain_holds_one_settlement_coin_and_shares_the_forward() -> None:
    """A row has what is listed; where no contract of the coin knows the forward, the other coin's do."""
    board = board_of(
        {
            "BTC-25DEC26-100-C": {"underlying_price": 104.0, "index_price": 103.0},
            "BTC-25DEC26-100-P-USDT": {},
            "BTC-25DEC26-90-C-USDT": {},
        }
    )
    chain = chain_of(board.series[SERIES], "USDT", lambda rows: board.tickers(rows, NOW_MS))
    assert [row.strike for row in chain.rows] == [90.0, 100.0]
    assert chain.rows[0].put is None
    assert chain.rows[1].call is None
    assert (chain.underlying_price, chain.index_price, chain.atm_strike) == (104.0, 103.0, 100.0)


def test_the_forward_of_a_chain_is_that_of_its_own_settlement_coin() -> None:
    """The two are different instruments, whose forwards differ, however fresh the other coin's data is."""
    board = board_of({"BTC-25DEC26-100-C": {"underlying_price": 96.0}, "BTC-25DEC26-100-P": {},
                      "BTC-25DEC26-90-C-USDT": {"underlying_price": 94.0}, "BTC-25DEC26-100-C-USDT": {}})  # fmt: skip
    fresh = board.rows["BTC-25DEC26-100-C"]
    board.push(fresh, fresh.values, NOW_MS, 1, NOW_MS)
    board.commit()
    found = {
        settle: chain_of(board.series[SERIES], settle, lambda rows: board.tickers(rows, NOW_MS))
        for settle in ("USDT", "USDC")
    }
    assert (found["USDT"].underlying_price, found["USDT"].atm_strike) == (94.0, 90.0)
    assert (found["USDC"].underlying_price, found["USDC"].atm_strike) == (96.0, 100.0)
    assert expiry_summary(board.series[SERIES], NOW_MS).forward == 94.0
    near = select(board, Selection(atm=0), NOW_MS)
    assert {row.instrument.symbol for row in near} == {
        *("BTC-25DEC26-100-C", "BTC-25DEC26-100-P", "BTC-25DEC26-90-C-USDT")
    }
