"""The analytics of one underlying at one moment, computed in steps.

A reading keeps what the board said at its moment; each part is computed when it is first asked for, and from then on
only looked up. Whoever asks runs the steps of a generator: between two of them, each about a millisecond long, there
is time for other work. Parts of one reading belong together, whenever they were asked for.
"""

from collections.abc import Generator, Iterable
from typing import TypeAlias, TypeVar

from voltape.model.history import History
from voltape.model.row import Series

from .atm import Atm, atm_of
from .checks import CheckSummary, SliceCheck, check_slice, summary_of
from .curves import Curves
from .forward import Forward, forward_of
from .gamma_exposure import GammaExposure, ProfilePoint, gamma_exposure, gamma_profile
from .index_change import index_change
from .max_pain import MaxPain, max_pain
from .net_greeks import NetGreeks, net_greeks
from .position import PositionSlice, index_price_of, position_slice
from .positioning import OpenInterest, open_interest
from .skew import Skew, skew_of
from .slice_fit import SliceFit
from .slices import ChainSlice, slices_of
from .smile import Smile, smile_of
from .summary import Figures, figures_of
from .term_structure import TermStructure, term_structure
from .variance_index import VarianceIndex, variance_index

__all__ = ["Reading", "Steps", "read"]

T = TypeVar("T")

Steps: TypeAlias = Generator[None, None, T]
"""Yields between steps; returns the result."""


def read(
    underlying: str, serieses: Iterable[Series], now_ms: int, history: History | None = None
) -> Steps["Reading"]:
    """Take what the board says.

    Args:
        underlying: coin.
        serieses: its series in date order; those whose time is over are left out.
        now_ms: the moment, epoch ms.
        history: what its levels were, None where that is not known.
    """
    chains: list[ChainSlice] = []
    positions: list[PositionSlice] = []
    for series in [one for one in serieses if one.expiry_ms > now_ms]:
        seen = slices_of(series.rows.values(), now_ms)
        # Positions are in both settlement coins, whose forwards differ: all parts show the same one.
        forward = next((chain.forward for chain in seen), None)
        positions.append(position_slice(series, now_ms, forward))
        chains += seen
        yield
    return Reading(underlying, now_ms, tuple(chains), tuple(positions), history)


class Reading:
    """One underlying at one moment.

    Attributes:
        underlying: coin. ts: the moment, epoch ms. index_price: spot index then.
        chains: by expiry, of one settlement coin each; only expiries with data.
        positions: by expiry, of all settlement coins.
        index_change: of the spot index up to the moment.
    """

    def __init__(
        self,
        underlying: str,
        ts: int,
        chains: tuple[ChainSlice, ...],
        positions: tuple[PositionSlice, ...],
        history: History | None = None,
    ) -> None:
        self.underlying = underlying
        self.ts = ts
        self.chains = chains
        self.positions = positions
        self.index_price = index_price_of(positions)
        self.index_change = index_change(None if history is None else history.prices, self.index_price, ts)
        self._smiles: tuple[Smile, ...] | None = None
        self._skews: tuple[Skew, ...] | None = None
        self._term: TermStructure | None = None
        self._atms: tuple[Atm, ...] | None = None
        self._forwards: tuple[Forward, ...] | None = None
        self._checks: CheckSummary | None = None
        self._interest: OpenInterest | None = None
        self._pains: tuple[MaxPain, ...] | None = None
        self._gamma: dict[str | None, GammaExposure] = {}
        self._greeks: NetGreeks | None = None
        self._index: VarianceIndex | None = None
        self._figures: Figures | None = None

    def smiles(self) -> Steps[tuple[Smile, ...]]:
        """Smile of each expiry."""
        if self._smiles is None:
            found = []
            for chain in self.chains:
                found.append(smile_of(chain))
                yield
            self._smiles = tuple(found)
        return self._smiles

    def skews(self) -> Steps[tuple[Skew, ...]]:
        """Skew of each expiry."""
        if self._skews is None:
            found = []
            for smile in (yield from self.smiles()):
                found.append(skew_of(smile))
                yield
            self._skews = tuple(found)
        return self._skews

    def term_structure(self) -> Steps[TermStructure]:
        """Term structure over the expiries."""
        if self._term is None:
            self._term = term_structure((yield from self.skews()))
            yield
        return self._term

    def curves(self, keeper: Curves) -> Steps[tuple[SliceFit, ...]]:
        """Fitted curve of each expiry, made anew each time; `keeper` has those to start from, and keeps these."""
        smiles = yield from self.smiles()
        for _ in smiles:
            keeper.renew(smiles)
            yield
        return tuple(keeper.renew(smiles, 0))

    def atms(self) -> Steps[tuple[Atm, ...]]:
        """Each expiry at the money."""
        if self._atms is None:
            smiles = yield from self.smiles()
            self._atms = tuple(atm_of(chain, one) for chain, one in zip(self.chains, smiles, strict=True))
            yield
        return self._atms

    def forwards(self) -> Steps[tuple[Forward, ...]]:
        """Forward of each expiry, and its check."""
        if self._forwards is None:
            found = []
            for chain in self.chains:
                found.append(forward_of(chain))
                yield
            self._forwards = tuple(found)
        return self._forwards

    def checks(self) -> Steps[CheckSummary]:
        """Our own Black-76 against the exchange's figures."""
        if self._checks is None:
            found: list[SliceCheck] = []
            for chain in self.chains:
                found.append(check_slice(chain))
                yield
            self._checks = summary_of(found)
            yield
        return self._checks

    def variance_index(self) -> Steps[VarianceIndex]:
        """Volatility index of the underlying."""
        if self._index is None:
            self._index = variance_index(self.chains)
            yield
        return self._index

    def open_interest(self, expiry: str | None = None) -> Steps[OpenInterest]:
        """Open interest and volume; of one expiry made anew each time."""
        if expiry is not None:
            return open_interest(self.positions, expiry)
        if self._interest is None:
            self._interest = open_interest(self.positions)
            yield
        return self._interest

    def max_pains(self) -> Steps[tuple[MaxPain, ...]]:
        """Max pain of each expiry."""
        if self._pains is None:
            found = []
            for one in self.positions:
                found.append(max_pain(one))
                yield
            self._pains = tuple(found)
        return self._pains

    def gamma_exposure(self, expiry: str | None = None) -> Steps[GammaExposure]:
        """Gamma exposure of the underlying, or of one expiry."""
        if expiry not in self._gamma:
            slices = [one for one in self.positions if expiry in (None, one.expiry)]
            profile: list[ProfilePoint] = []
            for point in gamma_profile(slices, self.index_price):
                profile.append(point)
                yield
            self._gamma[expiry] = gamma_exposure(slices, self.index_price, profile)
            yield
        return self._gamma[expiry]

    def net_greeks(self) -> Steps[NetGreeks]:
        """Greeks of all open contracts."""
        if self._greeks is None:
            self._greeks = net_greeks(self.positions)
            yield
        return self._greeks

    def figures(self) -> Steps[Figures]:
        """The summary."""
        if self._figures is None:
            self._figures = figures_of(
                (self.underlying, self.ts, self.index_price, self.index_change),
                self.chains,
                (yield from self.term_structure()),
                (yield from self.variance_index()),
                (yield from self.open_interest()),
                (yield from self.max_pains()),
                (yield from self.gamma_exposure()),
                (yield from self.net_greeks()),
            )
        return self._figures
