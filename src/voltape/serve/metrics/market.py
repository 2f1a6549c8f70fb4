"""Metrics of the contracts: how many are where, and the proof of coverage."""

from itertools import accumulate

from voltape.model.status import AGE_BOUNDS_S, Ages, Coverage, ExpiryShare, UnderlyingShare

from .family import Family, Samples, Scrape, fields, gauge, histogram, single

__all__ = ["MARKET"]

_BOUNDS = (*(f"{bound:g}" for bound in AGE_BOUNDS_S), "+Inf")


def _by_state(share: UnderlyingShare | ExpiryShare) -> dict[str, int]:
    counts = share.contracts if isinstance(share, UnderlyingShare) else share
    return {
        "listed": counts.listed,
        "wanted": share.wanted,
        "acknowledged": share.acknowledged,
        "confirmed": share.confirmed,
        "seen": share.seen,
        "live": counts.live,
        "polled": counts.polled,
        "stale": counts.stale,
    }


def _underlying_contracts(scrape: Scrape) -> Samples:
    return [
        ((share.underlying, state), count)
        for share in scrape.status.underlyings
        for state, count in _by_state(share).items()
    ]


def _shares(coverage: Coverage) -> list[tuple[str, float | None]]:
    return [("volume", coverage.volume), ("open_interest", coverage.open_interest)]


def _underlying_coverage(scrape: Scrape) -> Samples:
    return [
        ((share.underlying, of), value)
        for share in scrape.status.underlyings
        for of, value in (*_shares(share.coverage), ("contracts", share.coverage.contracts))
    ]


def _thresholds(scrape: Scrape) -> Samples:
    return [
        ((share.underlying, of), value)
        for share in scrape.status.underlyings
        for of, value in (("volume", share.min_volume), ("open_interest", share.min_open_interest))
    ]


def _expiry_contracts(scrape: Scrape) -> Samples:
    return [
        ((share.underlying, expiry.expiry, state), count)
        for share in scrape.status.underlyings
        for expiry in share.expiries
        for state, count in _by_state(expiry).items()
    ]


def _expiry_coverage(scrape: Scrape) -> Samples:
    return [
        ((share.underlying, expiry.expiry, of), value)
        for share in scrape.status.underlyings
        for expiry in share.expiries
        for of, value in (("volume", expiry.volume), ("open_interest", expiry.open_interest))
    ]


def _by_age(scrape: Scrape) -> Samples:
    return [
        ((share.underlying, lane, bound), count)
        for share in scrape.status.underlyings
        for lane, classes in _lanes(share.ages)
        for bound, count in zip(_BOUNDS, accumulate(classes), strict=False)
    ]


def _lanes(ages: Ages) -> list[tuple[str, list[int]]]:
    return [("live", ages.live), ("polled", ages.polled)]


MARKET: tuple[Family, ...] = (
    gauge(
        "contracts",
        "contracts",
        "Contracts by state.",
        lambda scrape: fields(scrape.status.contracts),
        "state",
    ),
    gauge(
        "coverage_ratio",
        "0 to 1",
        "Share of the market in the live lane.",
        lambda scrape: fields(scrape.status.coverage),
        "of",
    ),
    gauge(
        "underlying_contracts",
        "contracts",
        "The same by underlying; `seen` is what the venue has told of within `voltape_seen_within_seconds`.",
        _underlying_contracts,
        "underlying",
        "state",
    ),
    gauge(
        "underlying_coverage_ratio",
        "0 to 1",
        "Share of an underlying in the live lane.",
        _underlying_coverage,
        "underlying",
        "of",
    ),
    gauge(
        "underlying_threshold",
        "underlying units",
        "Threshold of the live lane in force; absent where every contract is live.",
        _thresholds,
        "underlying",
        "of",
    ),
    gauge(
        "underlying_last_data_age_seconds",
        "s",
        "Time since the stream last brought data of an underlying.",
        lambda scrape: [((share.underlying,), share.last_data_age_s) for share in scrape.status.underlyings],
        "underlying",
    ),
    gauge(
        "underlying_stalled",
        "0 or 1",
        "1 while data of an underlying is missing.",
        lambda scrape: [((share.underlying,), share.stalled) for share in scrape.status.underlyings],
        "underlying",
    ),
    gauge(
        "expiry_contracts",
        "contracts",
        "Contracts of an expiry by state, as of an underlying.",
        _expiry_contracts,
        "underlying",
        "expiry",
        "state",
    ),
    gauge(
        "expiry_coverage_ratio",
        "0 to 1",
        "Share of an expiry in the live lane.",
        _expiry_coverage,
        "underlying",
        "expiry",
        "of",
    ),
    histogram(
        "contract_age_seconds",
        "s",
        "Time since the venue last told of each contract that has data, at present: classes, each with those before it.",
        _by_age,
        "underlying",
        "lane",
    ),
    gauge(
        "seen_within_seconds",
        "s",
        "How far `seen` looks back.",
        single(lambda scrape: scrape.status.seen_within_s),
    ),
)
"""Metrics of the contracts."""
