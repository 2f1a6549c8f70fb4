import re

from voltape.model.ticker import META_FIELDS, VALUE_FIELDS
from voltape.store import keys


def test_every_key_of_an_underlying_carries_it_as_the_hash_tag() -> None:
    """A cluster keeps all keys of an underlying together, whatever follows the tag."""
    named = (
        keys.series("BTC"),
        keys.instruments("BTC", "2026-12-25"),
        keys.chain("BTC", "2026-12-25"),
        keys.contract("BTC", "BTC-25DEC26-100000-C"),
        keys.layout("BTC"),
        keys.moving("BTC"),
        keys.changes("BTC"),
        keys.trades("BTC"),
        keys.history("BTC"),
    )
    assert all(re.fullmatch(r"vt:\{BTC\}:[a-z]+(:.+)?", key) for key in named)
    assert len(set(named)) == len(named)


def test_every_field_has_a_short_name_of_its_own() -> None:
    """The table is complete, and no two fields share a name."""
    assert tuple(keys.FIELD_NAMES) == (*VALUE_FIELDS, *META_FIELDS)
    assert len(set(keys.FIELD_NAMES.values())) == len(keys.FIELD_NAMES)


def test_the_member_is_what_follows_the_date() -> None:
    """Four-part and five-part symbols of one strike have different members."""
    assert keys.member("BTC", "BTC-25DEC26-100000-C-USDT") == "100000-C-USDT"
    assert keys.member("BTC", "BTC-25DEC26-100000-C") == "100000-C"
    assert keys.member("XRP", "XRP-5JAN27-0.5-P-USDT") == "0.5-P-USDT"


def test_keys_outlive_the_expiry_by_a_day() -> None:
    """A contract's keys leave a day after it expired."""
    assert keys.expires_at_ms(2_000, now_ms=1_000) == 2_000 + 86_400_000


def test_what_is_listed_after_its_expiry_stays_for_a_day() -> None:
    """A venue that lists an expired contract does not make its keys vanish at once."""
    assert keys.expires_at_ms(1_000, now_ms=5_000) == 5_000 + 86_400_000
