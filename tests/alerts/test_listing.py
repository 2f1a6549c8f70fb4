from tests.alerts.rules import NOW_MS, made
from voltape.alerts.engine import Engine
from voltape.alerts.listing import condition, present_lines, state_lines


def test_a_condition_reads_as_it_is_meant() -> None:
    """Level, direction and times."""
    assert condition(made()) == "> 100"
    assert condition(made(when="stall", above=None, hold="30s")) == "yes for 30 s"
    move = made(when="index_move", above=None, by="3%", within="15m", direction="down")
    assert condition(move) == "down ≥ 3 % within 15 min"


def test_rules_stand_beside_their_present_values() -> None:
    """A dash where there is none."""
    rules = [made(name="here"), made(name="away", underlying="XRP")]
    head, here, away = present_lines(rules, {"here": 99.5, "away": None})
    assert head.split() == ["rule", "reads", "now", "fires", "when", "tells"]
    assert here.split("  ")[0] == "here"
    assert "99.5" in here
    assert "index XRP  \N{EN DASH}" in " ".join(away.split(" "))


def test_the_state_is_armed_firing_or_cooling() -> None:
    """With its time."""
    rule = made(cool_down="60s")
    engine = Engine([rule])

    def state(value: float, seconds: int) -> str:
        engine.step({"one": value}, NOW_MS + seconds * 1000)
        return list(state_lines([rule], engine, NOW_MS + seconds * 1000))[1]

    assert "armed" in state(50, 0)
    assert "firing since 11-18 11:06:45 UTC" in state(101, 5)
    assert "cooling until 11-18 11:07:45 UTC" in state(50, 10)
    assert "firing since 11-18 11:06:55 UTC, held back" in state(101, 15)
    assert "armed" in state(50, 70)
