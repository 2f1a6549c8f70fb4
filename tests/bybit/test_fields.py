"""The table that decides, field by field, whether zero is a value."""

from voltape.bybit.fields import ZERO_IS_ABSENT, ZERO_MEANS_ABSENT
from voltape.model.ticker import VALUE_FIELDS

ZERO_IS_A_VALUE = {
    *("mark_price", "open_interest", "volume_24h", "turnover_24h", "total_volume", "total_turnover"),
    *("delta", "gamma", "vega", "theta", "change_24h"),
}


def test_every_field_is_decided_once() -> None:
    """Trap 5: no field is left to chance: zero is absence or a value."""
    assert set(VALUE_FIELDS) - ZERO_IS_A_VALUE == ZERO_MEANS_ABSENT
    assert set(VALUE_FIELDS) >= ZERO_IS_A_VALUE


def test_the_positions_say_the_same_as_the_names() -> None:
    """The table by position follows the order of the values."""
    assert [name for name, absent in zip(VALUE_FIELDS, ZERO_IS_ABSENT, strict=True) if absent] == [
        name for name in VALUE_FIELDS if name in ZERO_MEANS_ABSENT
    ]
