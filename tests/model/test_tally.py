from voltape.model.status import Audit
from voltape.model.tally import Tally


def test_nothing_compared_has_no_accuracy() -> None:
    """Undecided contracts say nothing about accuracy."""
    tally = Tally()
    tally.undecided(3)
    assert tally.audit == Audit(undecided=3)
    assert tally.audit.accuracy is None


def test_accuracy_is_the_share_of_equal_contracts_among_the_compared() -> None:
    """The newest contract that differed is named with its fields."""
    tally = Tally()
    tally.equal(2)
    tally.equal()
    tally.wrong("A", ["bid_price"])
    tally.wrong("B", ["mark_price", "stale"])
    tally.undecided()
    assert tally.audit == Audit(
        compared=5, equal=3, undecided=1, accuracy=0.6, latest_wrong="B: mark_price, stale"
    )
