import msgspec
import pytest

from voltape.client import answers
from voltape.serve import control_routes, market, routes

PAIRS = [
    (answers.Underlying, market.UnderlyingSummary),
    (answers.Expiry, market.ExpirySummary),
    (answers.Chain, market.Chain),
    (answers.ChainRow, market.ChainRow),
    (answers.Page, routes.TickerPage),
    (answers.Listing, routes.Listing),
    (answers.UnderlyingWish, control_routes.UnderlyingWish),
    (answers.PinWish, control_routes.PinWish),
    (answers.Pin, control_routes.Pin),
]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=lambda kind: kind.__name__)
def test_an_answer_has_the_fields_that_the_server_sends(
    ours: type[msgspec.Struct], theirs: type[msgspec.Struct]
) -> None:
    """In its order; a field that only one side has is found here."""
    assert ours.__struct_fields__ == theirs.__struct_fields__
