"""How late the messages of a connection arrive."""

import pytest

from voltape.bybit.lag import LagGauge
from voltape.clock import ManualClock


def sampled(gauge: LagGauge, clock: ManualClock, *lags: int, skew: int = 0) -> None:
    """One message a second, each as late as given; the exchange's clock is `skew` ahead of ours."""
    for lag in lags:
        clock.advance(1.0)
        gauge.sample(clock.wall_ms() + skew - lag, clock.wall_ms(), clock.monotonic())


def test_without_a_sample_there_is_no_lag() -> None:
    """Absent is not zero."""
    gauge = LagGauge()
    assert (gauge.ms, gauge.steady, gauge.lowest) == (None, None, None)


def test_the_lag_follows_the_samples_smoothly() -> None:
    """One late message is no trend; half a minute of them is."""
    gauge, clock = LagGauge(), ManualClock()
    sampled(gauge, clock, *[40] * 10)
    assert gauge.ms == pytest.approx(40)
    sampled(gauge, clock, 2_040)
    assert gauge.ms == pytest.approx(440)
    sampled(gauge, clock, *[2_040] * 30)
    assert gauge.ms == pytest.approx(2_040, abs=5)
    assert gauge.steady is not None
    assert gauge.lowest is not None
    assert gauge.steady - gauge.lowest == pytest.approx(2_000, abs=5)


@pytest.mark.parametrize("step", [600.0, -600.0])
def test_a_step_of_our_clock_changes_the_figure_and_not_the_verdict(step: float) -> None:
    """Promise 8: the steady lag, which health is judged by, does not know the wall clock."""
    gauge, clock = LagGauge(), ManualClock()
    sampled(gauge, clock, *[40] * 10)
    before = gauge.steady
    ts = clock.wall_ms() + 1_000 - 40
    clock.step_wall(step)
    clock.advance(1.0)
    gauge.sample(ts, clock.wall_ms(), clock.monotonic())
    assert gauge.steady == pytest.approx(before)
    assert gauge.ms == pytest.approx(40 + step * 1_000)


@pytest.mark.parametrize("ts", [0, -1, 1 << 62])
def test_one_impossible_time_is_not_believed(ts: int) -> None:
    """A message with a broken time leaves the lag as it is, even where it was the first."""
    gauge, clock = LagGauge(), ManualClock()
    gauge.sample(ts, clock.wall_ms(), clock.monotonic())
    sampled(gauge, clock, 40, 40)
    assert gauge.ms == pytest.approx(40)
    gauge.sample(ts, clock.wall_ms(), clock.monotonic())
    sampled(gauge, clock, 40)
    assert gauge.ms == pytest.approx(40)


def test_a_sudden_change_that_stays_is_believed() -> None:
    """Twenty seconds behind from one moment to the next: the second message that says so is taken at its word."""
    gauge, clock = LagGauge(), ManualClock()
    sampled(gauge, clock, 40, 40, 20_000)
    assert gauge.ms == pytest.approx(40)
    sampled(gauge, clock, 20_500)
    assert gauge.ms == pytest.approx(20_500)


def test_the_exchanges_clock_may_be_ahead() -> None:
    """Lag is negative then, and its changes say as much as ever."""
    gauge, clock = LagGauge(), ManualClock()
    sampled(gauge, clock, *[40] * 5, skew=5_000)
    assert gauge.ms == pytest.approx(-4_960)
