"""The coverage proof as lines: counts, live shares, and how old the data is."""

from collections.abc import Iterator

from voltape.model.efficiency import CoverageProof
from voltape.model.status import AGE_BOUNDS_S, ExpiryShare, UnderlyingShare

__all__ = ["coverage_lines"]

_COUNTS = ("listed", "wanted", "acked", "seen", "live", "polled", "stale")
_LABEL = 15
_COUNT = 7
_SHARE = 8


def coverage_lines(proof: CoverageProof, *, expiries: bool = False) -> Iterator[str]:
    """The proof over all, by underlying, and by expiry where asked."""
    counts, shares = proof.contracts, proof.shares
    yield (
        f"coverage: {counts.listed:,} listed, {counts.wanted:,} wanted live, "
        f"{counts.acknowledged:,} acknowledged, {counts.confirmed:,} delivered"
    )
    yield (
        f"live: {_share(shares.open_interest)} of open interest, {_share(shares.volume)} of volume, "
        f"{_share(shares.contracts)} of contracts"
    )
    if not proof.underlyings:
        return
    heads = "".join(f"{head:>{_COUNT}}" for head in _COUNTS) + f"{'volume':>{_SHARE}}{'OI':>{_SHARE}}"
    yield f"{f'(seen in {proof.seen_within_s:g} s)':<{_LABEL}}{heads}"
    for one in proof.underlyings:
        yield _line(one.underlying, _counts_of(one), one.coverage.volume, one.coverage.open_interest)
        if expiries:
            yield from map(_expiry, one.expiries)
    total = tuple(map(sum, zip(*map(_counts_of, proof.underlyings), strict=True)))
    yield _line("all", total, shares.volume, shares.open_interest)
    yield ""
    yield from _ages(proof.underlyings)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}%"


def _counts_of(one: UnderlyingShare) -> tuple[int, ...]:
    counts = one.contracts
    return (counts.listed, one.wanted, one.acknowledged, one.seen, counts.live, counts.polled, counts.stale)


def _expiry(one: ExpiryShare) -> str:
    counts = (one.listed, one.wanted, one.acknowledged, one.seen, one.live, one.polled, one.stale)
    return _line(f"  {one.expiry}", counts, one.volume, one.open_interest)


def _line(label: str, counts: tuple[int, ...], volume: float | None, open_interest: float | None) -> str:
    columns = "".join(f"{count:>{_COUNT}}" for count in counts)
    return f"{label:<{_LABEL}}{columns}{_share(volume):>{_SHARE}}{_share(open_interest):>{_SHARE}}"


def _ages(underlyings: list[UnderlyingShare]) -> Iterator[str]:
    bounds = [f"<{bound:g}s" if bound < 60 else f"<{bound / 60:g}min" for bound in AGE_BOUNDS_S]
    yield f"{'age of data':<{_LABEL}}" + "".join(f"{head:>{_COUNT}}" for head in (*bounds, "older"))
    for one in underlyings:
        for lane, classes in (("live", one.ages.live), ("polled", one.ages.polled)):
            if classes:
                counts = "".join(f"{count:>{_COUNT}}" for count in classes)
                yield f"{f'{one.underlying} {lane}':<{_LABEL}}{counts}"
