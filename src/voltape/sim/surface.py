"""Volatility smile and forward of one series at one market step."""

from dataclasses import dataclass
from math import exp, log, sqrt, tanh

from voltape.sim.black import IV_CAP
from voltape.sim.coins import Coin
from voltape.sim.expiries import years_to

__all__ = ["Series", "smile"]

_DAY_HOURS = 24.0
_YEAR_HOURS = 8760.0


@dataclass(frozen=True, slots=True)
class Series:
    """Everything the contracts of one expiry share at one step; prices rounded as they are shown.

    `damping` scales gamma and theta: hours to expiry / 24 on the last day where that is switched on.
    """

    version: int
    years: float
    index: float
    forward: float
    index_text: str
    forward_text: str
    predicted_text: str
    level: float
    damping: float

    @classmethod
    def at(
        cls,
        coin: Coin,
        index: float,
        level: float,
        expiry_ms: int,
        now_ms: int,
        *,
        version: int,
        predicted: float,
        damped: bool,
    ) -> "Series":
        """The series as it stands at `now_ms` with this spot index and volatility level."""
        years = years_to(expiry_ms, now_ms)
        shown = round(index, coin.decimals)
        forward = round(index * exp(coin.carry * years), coin.decimals)
        hours = years * _YEAR_HOURS
        return cls(
            version=version,
            years=years,
            index=shown,
            forward=forward,
            index_text=_number(shown, coin.decimals),
            forward_text=_number(forward, coin.decimals),
            predicted_text=_number(predicted, 8) if predicted else "0",
            level=level,
            damping=min(hours / _DAY_HOURS, 1.0) if damped else 1.0,
        )


def smile(strike: float, series: Series) -> float:
    """Mark volatility of one strike: a skewed smile, flatter with time, within the venue's cap.

    Moneyness is measured in standard deviations, so that far wings of short series stay bounded.
    """
    reach = log(strike / series.forward) / (series.level * sqrt(series.years))
    short = exp(-4.0 * series.years)
    skew = -0.06 * (1.0 - 0.4 * short) * tanh(0.6 * reach)
    curve = (0.035 + 0.035 * short) * (sqrt(1.0 + reach * reach) - 1.0)
    term = 1.0 + 0.08 * sqrt(min(series.years, 1.0)) + 0.1 * short
    vol = series.level * term * (1.0 + skew + curve)
    return round(min(max(vol, 0.05), IV_CAP), 4)


def _number(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
