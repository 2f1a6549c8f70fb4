"""The optimisations in force."""

from voltape.config import SETTINGS, Settings
from voltape.run.switches import SERVING, optimisations


def test_each_switch_is_told_as_one_would_write_it() -> None:
    """By the name of its setting."""
    told = optimisations(Settings(filter="auto", conflate=False))
    assert told["profile"] == "optimized"
    assert told["filter"] == "auto"
    assert (told["conflate"], told["coalesce"]) == ("off", "on")
    assert set(told) <= {setting.field for setting in SETTINGS}


def test_every_setting_that_is_a_switch_and_an_optimisation_is_told() -> None:
    """Whoever adds one has to say it here: what is watched is a choice, not an optimisation."""
    switches = {setting.field for setting in SETTINGS if setting.type is bool} - {
        "filter_watched",
        "trades",
        "jobs",
        "alerts",
    }
    assert switches <= set(optimisations(Settings()))


def test_what_a_serving_role_has_of_its_own_is_among_them() -> None:
    """The rest is the tracker's."""
    assert set(SERVING) <= set(optimisations(Settings()))
