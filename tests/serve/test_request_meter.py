from voltape.model.status import ApiUse
from voltape.serve.request_meter import RequestMeter


def test_before_the_first_request_no_time_is_known() -> None:
    """Absent is not zero."""
    assert RequestMeter().use() == ApiUse()


def test_times_are_quantiles_of_the_latest_thousand_requests() -> None:
    """Older ones are forgotten."""
    meter = RequestMeter()
    for _ in range(500):
        meter.take(9.0, failed=True)
    for number in range(1000):
        meter.take((number + 1) / 1000, failed=False)
    use = meter.use()
    assert (use.requests, use.failed) == (1500, 500)
    assert (use.p50_ms, use.p95_ms, use.p99_ms) == (500.0, 950.0, 990.0)


def test_a_single_request_is_every_quantile() -> None:
    """In ms."""
    meter = RequestMeter()
    meter.take(0.0042, failed=False)
    use = meter.use()
    assert (use.p50_ms, use.p95_ms, use.p99_ms) == (4.2, 4.2, 4.2)
