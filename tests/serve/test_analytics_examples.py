"""The analytics answers in `tests/data/api`, which the dashboard's tests read, against the types they are made from."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from voltape.analytics.max_pain import MaxPain
from voltape.analytics.skew import Skew
from voltape.serve.analytics_answers import (
    ByExpiry,
    GammaExposureAnswer,
    NetGreeksAnswer,
    OpenInterestAnswer,
    SmileAnswer,
    SurfaceAnswer,
    TermStructureAnswer,
    VolatilityIndexAnswer,
)
from voltape.serve.history import HistoryAnswer, RealisedAnswer, VolatilityRankAnswer

EXAMPLES = Path(__file__).parents[1] / "data" / "api"

TYPES: dict[str, Any] = {
    "smile": SmileAnswer,
    "term_structure": TermStructureAnswer,
    "skew": ByExpiry[Skew],
    "surface": SurfaceAnswer,
    "volatility_index": VolatilityIndexAnswer,
    "volatility_rank": VolatilityRankAnswer,
    "realised_volatility": RealisedAnswer,
    "history": HistoryAnswer,
    "open_interest": OpenInterestAnswer,
    "max_pain": ByExpiry[MaxPain],
    "gamma_exposure": GammaExposureAnswer,
    "net_greeks": NetGreeksAnswer,
}


@pytest.mark.parametrize("name", TYPES)
def test_the_example_has_every_field_of_the_answer_and_no_other(name: str) -> None:
    """Read by its type and written again, the example is the same: nothing is unknown, and nothing is missing."""
    text = (EXAMPLES / f"{name}.json").read_bytes()
    read = msgspec.json.decode(text, type=TYPES[name])
    assert msgspec.json.decode(msgspec.json.encode(read)) == msgspec.json.decode(text)
