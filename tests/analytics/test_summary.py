from tests.analytics.positions import call, put, series
from voltape.analytics.gamma_exposure import gamma_exposure, gamma_profile
from voltape.analytics.index_change import IndexChange
from voltape.analytics.max_pain import max_pain
from voltape.analytics.net_greeks import net_greeks
from voltape.analytics.positioning import open_interest
from voltape.analytics.summary import Figures, figures_of
from voltape.analytics.term_structure import term_structure
from voltape.analytics.variance_index import variance_index


def figures() -> Figures:
    """Of a board whose contracts say what is open, and nothing about volatility."""
    board = [series(call(90.0, 2.0, delta=0.5), put(110.0, 1.0, gamma=0.01))]
    return figures_of(
        ("BTC", 1, 100.0, IndexChange(None, 0.01, "2026-11-22T14:02:00Z")),
        [],
        term_structure([]),
        variance_index([]),
        open_interest(board),
        [max_pain(one) for one in board],
        gamma_exposure(board, 100.0, list(gamma_profile(board, 100.0))),
        net_greeks(board),
    )


def test_an_expiry_without_volatility_keeps_its_positioning() -> None:
    """Absent is absent, and the rest is there."""
    (expiry,) = figures().expiries
    assert (expiry.atm_iv, expiry.risk_reversal_25) == (None, None)
    assert (expiry.open_interest, expiry.put_call_ratio_open_interest, expiry.max_pain) == (3.0, 0.5, 90.0)
    assert expiry.forward == 100.0


def test_figures_of_the_whole_are_there_with_their_assumption() -> None:
    """Whoever reads the gamma exposure reads whose it is."""
    found = figures()
    assert (found.gamma_exposure, found.put_wall, found.call_wall) == (-1.0, 110.0, None)
    assert found.gamma_assumption == "dealers are long all calls and short all puts"
    assert (found.volatility_index, found.atm_iv_30d, found.contracts) == (None, None, 0)
    assert found.greeks.delta == 1.0
    assert (found.index_change, found.index_change_since_at) == (0.01, "2026-11-22T14:02:00Z")
