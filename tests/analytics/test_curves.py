"""Curves renewed one at a time."""

from tests.analytics.markets import curved
from voltape.analytics.curves import Curves
from voltape.analytics.smile import Smile, smile_of

STRIKES = [70.0, 80.0, 85.0, 90.0, 95.0, 100.0, 105.0, 110.0, 115.0, 120.0, 130.0]
EXPIRIES = ("2026-01-02", "2026-01-09", "2026-01-30")


def smiles(*expiries: str, iv: float = 0.5) -> list[Smile]:
    """Return flat smiles of these expiries."""
    return [
        smile_of(curved(lambda strike: iv, STRIKES, 0.1 * (i + 1), expiry))
        for i, expiry in enumerate(expiries)
    ]


def test_each_turn_fits_one_expiry() -> None:
    """The others are interpolated until it is their turn."""
    curves, given = Curves(), smiles(*EXPIRIES)
    fitted = [[curve.fitted for curve in curves.renew(given)] for _ in EXPIRIES]
    assert fitted == [[True, False, False], [True, True, False], [True, True, True]]


def test_a_curve_that_waits_says_so() -> None:
    """Before its turn a curve is complete, and its reason tells that it was not fitted yet."""
    _, waiting = Curves().renew(smiles(*EXPIRIES[:2]))
    assert waiting.reason == "not fitted yet"
    assert len(waiting.knots) == len(STRIKES)


def test_the_one_fitted_longest_ago_is_next() -> None:
    """A full round renews every expiry once, in turn."""
    curves = Curves()
    curves.renew(smiles(*EXPIRIES), count=3)
    ages = []
    for iv in (0.6, 0.7, 0.8, 0.9):
        found = curves.renew(smiles(*EXPIRIES, iv=iv))
        ages.append([round((curve.svi.a / curve.years) ** 0.5, 2) if curve.svi else None for curve in found])
    assert [age.index(max(iv for iv in age if iv is not None)) for age in ages] == [0, 1, 2, 0]


def test_new_expiries_come_first_and_gone_ones_are_forgotten() -> None:
    """A listing does not wait for a round, and what expired leaves nothing behind."""
    curves = Curves()
    curves.renew(smiles(*EXPIRIES[:2]), count=2)
    found = curves.renew(smiles(*EXPIRIES[1:]))
    assert [(curve.expiry, curve.fitted) for curve in found] == [(EXPIRIES[1], True), (EXPIRIES[2], True)]
    assert [curve.fitted for curve in curves.renew(smiles(EXPIRIES[0]), count=0)] == [False]


def test_nothing_listed_gives_nothing() -> None:
    """No smiles, no curves."""
    assert Curves().renew([]) == []
