"""Listing of contracts: which series and strikes exist, and how liquid each contract is."""

from collections.abc import Iterator
from decimal import Decimal
from math import exp, log, sqrt
from random import Random

from voltape.sim.coins import Coin
from voltape.sim.contract import Activity, Contract
from voltape.sim.expiries import DAY_MS, YEAR_MS, ladder, years_to
from voltape.sim.strikes import grid
from voltape.sim.walk import Walk

__all__ = ["Lister"]

_FIRST_NUMBER = 381_000
_WEEK_YEARS = 7 / 365
_FEWEST_STRIKES = 5


class Lister:
    """Creates contracts with rising numbers; all randomness comes from its own generator."""

    def __init__(self, rng: Random, *, scale: float = 1.0) -> None:
        self._rng = rng
        self._scale = scale
        self._number = _FIRST_NUMBER

    def universe(self, walk: Walk, now_ms: int) -> list[Contract]:
        """Every contract of a coin that trades at `now_ms`, with a history of trading."""
        found: list[Contract] = []
        for expiry_ms in ladder(now_ms, long=walk.coin.long_ladder):
            listed_ms = now_ms - self._rng.randrange(1, 40) * DAY_MS // 8
            found += self.series(walk, expiry_ms, now_ms, launch_ms=listed_ms)
        for contract in found:
            self._add_history(contract, walk, now_ms)
        return found

    def series(
        self,
        walk: Walk,
        expiry_ms: int,
        now_ms: int,
        *,
        launch_ms: int | None = None,
        room: int | None = None,
    ) -> list[Contract]:
        """All contracts of one expiry as listed at `now_ms`, USDC twins included.

        `room` is how many more contracts the coin may have; a few are listed in any case.
        """
        coin = walk.coin
        since = now_ms if launch_ms is None else launch_ms
        years = years_to(expiry_ms, now_ms)
        count = self._strike_count(coin, expiry_ms, now_ms)
        if room is not None:
            count = min(count, max(room // 2, _FEWEST_STRIKES))
        forward = walk.index * exp(coin.carry * years)
        strikes = grid(forward, coin.vol, years, count, Decimal(coin.strike_step))
        found = [c for strike in strikes for c in self._pair(walk, expiry_ms, strike, "USDT", since)]
        if coin.twins and expiry_ms == ladder(now_ms)[-3]:
            first = (len(strikes) - coin.twins) // 2
            for strike in strikes[max(first, 0) :][: coin.twins]:
                found += self._pair(walk, expiry_ms, strike, "USDC", since)
        return found

    def room(self, coin: Coin, listed: int) -> int:
        """How many contracts a coin with so many listed is short of its full size."""
        return round(coin.share * self._scale) - listed

    def extra(self, walk: Walk, taken: dict[int, set[Decimal]], now_ms: int) -> list[Contract]:
        """A call and a put at one further strike of a random expiry; `taken` is changed."""
        expiry_ms = self._rng.choice(sorted(taken))
        strikes = sorted(taken[expiry_ms])
        step = Decimal(walk.coin.strike_step)
        place = self._rng.randrange(len(strikes))
        strike = strikes[place] + step
        while strike in taken[expiry_ms]:
            strike += step
        taken[expiry_ms].add(strike)
        return list(self._pair(walk, expiry_ms, strike, "USDT", now_ms))

    def _strike_count(self, coin: Coin, expiry_ms: int, now_ms: int) -> int:
        weights = {e: self._series_weight(e, now_ms) for e in ladder(now_ms, long=coin.long_ladder)}
        weights.setdefault(expiry_ms, self._series_weight(expiry_ms, now_ms))
        pairs = coin.share * self._scale / 2 - coin.twins
        return max(round(pairs * weights[expiry_ms] / sum(weights.values())), 3)

    def _series_weight(self, expiry_ms: int, now_ms: int) -> float:
        days = (expiry_ms - now_ms) / DAY_MS
        return 1.0 if days < 4 else 1.3 if days < 15 else 1.6 if days < 70 else 1.0

    def _pair(
        self, walk: Walk, expiry_ms: int, strike: Decimal, settle: str, now_ms: int
    ) -> Iterator[Contract]:
        for call in (False, True):
            liquidity = self._liquidity(walk, expiry_ms, float(strike), now_ms, call=call)
            if settle == "USDC":
                liquidity *= 0.3
            yield Contract(
                number=self._number,
                coin=walk.coin,
                expiry_ms=expiry_ms,
                strike=strike,
                call=call,
                settle=settle,
                launch_ms=now_ms,
                liquidity=liquidity,
                weight=0.1 + 0.6 * liquidity + 0.12 * exp(self._rng.gauss(0.0, 1.0)),
                noise=self._rng.getrandbits(31),
            )
            self._number += 1

    def _liquidity(self, walk: Walk, expiry_ms: int, strike: float, now_ms: int, *, call: bool) -> float:
        years = years_to(expiry_ms, now_ms)
        reach = log(strike / walk.index) / (walk.coin.vol * sqrt(max(years, _WEEK_YEARS)))
        side = reach if call else -reach
        near = exp(-0.5 * (side - 0.4) ** 2) if side > 0.4 else exp(-2.0 * (side - 0.4) ** 2)
        luck = exp(0.9 * self._rng.gauss(0.0, 1.0) - 0.4)
        return min(near * (0.35 + 0.65 * exp(-6.0 * years)) * luck, 1.0)

    def _add_history(self, contract: Contract, walk: Walk, now_ms: int) -> None:
        if contract.liquidity < 0.004:
            return
        rng, coin, lot = self._rng, walk.coin, float(contract.coin.lot)
        age = rng.expovariate(1.0) * DAY_MS * min(0.05 / contract.liquidity, 20.0)
        held = coin.activity * 8.0 * contract.liquidity * exp(rng.gauss(0.0, 1.0))
        total = max(round(held * (1.0 + 3.0 * rng.random()) / lot), 1) * lot
        traded_at = now_ms - int(min(age, YEAR_MS))
        volume = 0.0
        if now_ms - traded_at < DAY_MS:
            volume = (
                max(round(coin.activity * contract.liquidity * exp(1.3 * rng.gauss(0.0, 1.0)) / lot), 1) * lot
            )
        contract.activity = Activity(
            volume=volume,
            turnover=volume * walk.index * (1.0 + 0.01 * rng.gauss(0.0, 1.0)),
            total_volume=total + volume,
            total_turnover=(total + volume) * walk.index,
            open_interest=max(round(held / lot), 1) * lot,
            traded_at_ms=traded_at,
        )
