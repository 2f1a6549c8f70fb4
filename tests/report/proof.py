"""A coverage proof with something in every column."""

from voltape.model.efficiency import CoverageProof
from voltape.model.status import Ages, Contracts, Coverage, ExpiryShare, LaneCounts, UnderlyingShare

__all__ = ["PROOF"]


def share(underlying: str) -> UnderlyingShare:
    """One underlying's proof, with every age class filled."""
    return UnderlyingShare(
        underlying=underlying,
        contracts=LaneCounts(listed=1200, live=900, polled=300, stale=7),
        coverage=Coverage(0.991, None, 0.75),
        wanted=901,
        acknowledged=899,
        confirmed=898,
        seen=1100,
        ages=Ages(live=[100, 200, 300, 200, 50, 40, 10], polled=[0, 0, 0, 300, 0, 0, 0]),
        expiries=[ExpiryShare("2026-12-25", 120, 90, 89, 88, 110, 90, 30, 1, 1.0, None)],
    )


PROOF = CoverageProof(
    contracts=Contracts(listed=2400, wanted=1802, acknowledged=1798, confirmed=1796, live=1800, polled=600),
    shares=Coverage(0.991, None, 0.75),
    seen_within_s=60.0,
    underlyings=[share("BTC"), share("ETH")],
)
