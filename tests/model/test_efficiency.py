import msgspec

from tests.model.judged import MEASURED, judged
from voltape.model.efficiency import Efficiency, MeasuredBaseline


def test_a_judgement_survives_its_way_through_json() -> None:
    """What the server sends is what the reader of it has."""
    for found in (judged(), judged(0, measured=None)):
        assert msgspec.json.decode(msgspec.json.encode(found), type=Efficiency) == found


def test_a_measured_baseline_survives_its_file() -> None:
    """With every figure that was not measured absent."""
    text = msgspec.json.encode(MEASURED)
    assert msgspec.json.decode(text, type=MeasuredBaseline) == MEASURED


def test_the_parts_have_their_names() -> None:
    """Programs rely on them."""
    parts = msgspec.to_builtins(judged())
    assert {
        "baseline",
        "current",
        "improvement",
        "targets",
        "cost",
        "optimisations",
        "coverage",
        "window_s",
    } <= set(parts)
    assert {"plan", "measured"} <= set(parts["baseline"])
    assert set(parts["improvement"]) == {"plan", "measured"}
    assert {"metric", "limit", "unit", "current", "met"} <= set(parts["targets"][0])
