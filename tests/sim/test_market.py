"""The simulated market as a whole: coherent, repeatable, and alive over days."""

import re
from itertools import pairwise
from math import sqrt

import pytest

from voltape.sim.black import price, value
from voltape.sim.coins import COINS
from voltape.sim.contract import Contract
from voltape.sim.market import Market
from voltape.sim.surface import smile
from voltape.sim.ticker import REST_FIELDS, WS_FIELDS, number

START_MS = 1_756_713_600_000 + 3_600_000
HOUR_MS = 3_600_000
SYMBOL = re.compile(
    r"([A-Z0-9]+)-([1-9]|[12]\d|3[01])(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(\d{2})-(\d+(?:\.\d+)?)-([CP])(?:-([A-Z]+))?"
)


def market(*coins: str, seed: int = 1, start_ms: int = START_MS, **options: float) -> Market:
    """A market of these coins (BTC, ETH and SOL if none is named)."""
    named = [COINS[name] for name in coins or ("BTC", "ETH", "SOL")]
    return Market(named, seed=seed, start_ms=start_ms, **options)  # type: ignore[arg-type]


def values(contract: Contract) -> dict[str, str]:
    """The contract's ticker by field name."""
    return dict(zip(WS_FIELDS, contract.values, strict=True))


@pytest.fixture(scope="module")
def full() -> Market:
    """The default universe, every contract valued."""
    made = market()
    for contract in made.contracts.values():
        made.refresh(contract)
    return made


def test_the_default_universe_has_the_venues_size(full: Market) -> None:
    """Between the 1,978 contracts of a recorded day and 2,114."""
    assert 1978 <= len(full.contracts) <= 2114
    assert {c.coin.name for c in full.contracts.values()} == {"BTC", "ETH", "SOL"}


@pytest.mark.parametrize("day", range(0, 365, 33))
def test_the_universe_keeps_its_size_all_year(day: int) -> None:
    """The number of listed series changes from day to day, the number of contracts hardly."""
    assert 1950 <= len(market(start_ms=START_MS + day * 24 * HOUR_MS).contracts) <= 2114


def test_symbols_follow_the_grammar(full: Market) -> None:
    """Some have a decimal strike, some settle in USDC and have four parts, with a USDT twin."""
    assert all(SYMBOL.fullmatch(symbol) for symbol in full.contracts)
    assert any("." in symbol for symbol in full.contracts)
    usdc = [c for c in full.contracts.values() if c.settle == "USDC"]
    assert usdc
    assert all(f"{c.symbol}-USDT" in full.contracts for c in usdc)


def test_numbers_are_strings_of_at_most_eight_decimals(full: Market) -> None:
    """No exponent, no trailing zeros, no empty text."""
    plain = re.compile(r"-?(0|[1-9]\d*)(\.\d{0,7}[1-9])?")
    for contract in full.contracts.values():
        for text in contract.values[1:]:
            assert plain.fullmatch(text), (contract.symbol, text)


def test_marks_follow_from_the_message_alone(full: Market) -> None:
    """Mark price and greeks are Black-76 on the message's forward and mark volatility."""
    for contract in full.contracts.values():
        shown = values(contract)
        years = full.series(contract).years
        greeks = value(
            float(shown["underlyingPrice"]),
            contract.strike_price,
            float(shown["markPriceIv"]),
            years,
            call=contract.call,
        )
        assert float(shown["markPrice"]) == pytest.approx(greeks.price, abs=2e-8)
        assert float(shown["delta"]) == pytest.approx(greeks.delta, abs=2e-8)
        assert float(shown["vega"]) == pytest.approx(greeks.vega, abs=2e-8)


def test_put_call_parity_holds_on_marks(full: Market) -> None:
    """C - P = F - K for every pair of one series, strike and settle coin."""
    pairs: dict[tuple[object, ...], dict[bool, Contract]] = {}
    for contract in full.contracts.values():
        pairs.setdefault((contract.coin.name, contract.expiry_ms, contract.strike, contract.settle), {})[
            contract.call
        ] = contract
    assert len(pairs) * 2 == len(full.contracts)
    for pair in pairs.values():
        call, put = values(pair[True]), values(pair[False])
        gap = float(call["underlyingPrice"]) - pair[True].strike_price
        assert float(call["markPrice"]) - float(put["markPrice"]) == pytest.approx(gap, abs=1e-6)


def test_the_smile_is_free_of_butterfly_and_calendar_arbitrage(full: Market) -> None:
    """Call prices fall and are convex in the strike; total variance at the money grows with time."""
    series: dict[tuple[str, int], list[Contract]] = {}
    for contract in full.contracts.values():
        if contract.call and contract.settle == "USDT":
            series.setdefault((contract.coin.name, contract.expiry_ms), []).append(contract)
    for calls in series.values():
        shared = full.series(calls[0])
        strikes = sorted(c.strike_price for c in calls)
        marks = [price(shared.forward, k, smile(k, shared), shared.years, call=True) for k in strikes]
        slopes = [(b - a) / (y - x) for (x, a), (y, b) in pairwise(zip(strikes, marks, strict=True))]
        assert all(-1.0001 <= slope <= 1e-9 for slope in slopes)
        # Volatilities are rounded to four decimals, which leaves tiny kinks.
        assert all(after - before > -2e-3 for before, after in pairwise(slopes))
    for name in ("BTC", "ETH", "SOL"):
        rungs = sorted(expiry for coin, expiry in series if coin == name)
        stages = [full.series(series[name, expiry][0]) for expiry in rungs]
        variances = [smile(one.forward, one) ** 2 * one.years for one in stages]
        assert variances == sorted(variances)


def test_quotes_surround_the_mark_on_whole_ticks(full: Market) -> None:
    """Deep wings have no bid, and then its size and volatility are "0" too; volatilities end at the cap."""
    without_bid = without_ask = 0
    for contract in full.contracts.values():
        shown = values(contract)
        tick, mark = float(contract.coin.tick), float(shown["markPrice"])
        for side in ("bid", "ask"):
            ticks = float(shown[f"{side}Price"]) / tick
            assert ticks == pytest.approx(round(ticks), abs=1e-6)
            assert float(shown[f"{side}Iv"]) <= 5.0
            if shown[f"{side}Price"] == "0":
                assert shown[f"{side}Size"] == shown[f"{side}Iv"] == "0"
            else:
                assert float(shown[f"{side}Size"]) > 0
        without_bid += shown["bidPrice"] == "0"
        without_ask += shown["askPrice"] == "0"
        assert float(shown["bidPrice"]) <= mark
        assert shown["askPrice"] == "0" or float(shown["askPrice"]) >= min(
            mark, float(contract.coin.max_price)
        )
    assert without_bid > 20
    assert without_ask > 20


def test_quote_volatilities_fit_the_quotes(full: Market) -> None:
    """A bid's or ask's volatility gives its price back, except below intrinsic value and at the cap."""
    checked = 0
    for contract in full.contracts.values():
        shown, shared = values(contract), full.series(contract)
        for side in ("bid", "ask"):
            vol = float(shown[f"{side}Iv"])
            if 0.1 < vol < 4.9:
                greeks = value(shared.forward, contract.strike_price, vol, shared.years, call=contract.call)
                assert greeks.price == pytest.approx(
                    float(shown[f"{side}Price"]), abs=greeks.vega * 0.02 + 1e-4
                )
                checked += 1
    assert checked > 2000


def test_liquidity_has_a_heavy_tail_and_splits_the_market(full: Market) -> None:
    """About half of the contracts pass thresholds of 1,000 in volume or 100 in open interest."""
    shown = [values(c) for c in full.contracts.values()]
    liquid = [v for v in shown if float(v["volume24h"]) > 1000 or float(v["openInterest"]) > 100]
    assert 0.35 < len(liquid) / len(shown) < 0.6
    never = [v for v in shown if v["lastPrice"] == "0"]
    assert 0.1 < len(never) / len(shown) < 0.5
    assert all(v["volume24h"] == v["highPrice24h"] == v["change24h"] == "0" for v in never)
    weights = sorted((c.weight for c in full.contracts.values()), reverse=True)
    assert sum(weights[: len(weights) // 10]) > 0.25 * sum(weights)


def test_traded_contracts_have_consistent_prices(full: Market) -> None:
    """The last price lies between low and high, and the change is its fraction over the reference."""
    for contract in full.contracts.values():
        shown = values(contract)
        if shown["volume24h"] != "0":
            assert float(shown["lowPrice24h"]) <= float(shown["lastPrice"]) <= float(shown["highPrice24h"])
            assert float(shown["change24h"]) > -1.0


def test_the_same_seed_and_start_give_the_same_market() -> None:
    """Universe, values and trades repeat exactly, whatever was asked in between."""
    one, two = market("SOL", "ETH"), market("SOL", "ETH")
    for second in range(1, 30):
        first, other = one.step(START_MS + second * 1000), two.step(START_MS + second * 1000)
        assert [t.identity for t in first.trades] == [t.identity for t in other.trades]
    assert list(one.contracts) == list(two.contracts)
    for contract in one.contracts.values():
        one.refresh(contract)
        two.refresh(two.contracts[contract.symbol])
        assert contract.values == two.contracts[contract.symbol].values


def test_another_seed_gives_another_market() -> None:
    """Prices differ from the start."""
    assert market("SOL", seed=1).walks["SOL"].index != market("SOL", seed=2).walks["SOL"].index


def test_a_step_moves_the_index_by_about_its_volatility() -> None:
    """Over an hour of seconds the realised volatility is near the level."""
    one = market("BTC")
    seen = [one.walks["BTC"].index]
    for second in range(1, 3601):
        one.walks["BTC"].step(1000)
        seen.append(one.walks["BTC"].index)
        assert second
    returns = [(b - a) / a for a, b in pairwise(seen)]
    realised = sqrt(sum(r * r for r in returns) / len(returns) * 365 * 86_400)
    assert realised == pytest.approx(one.walks["BTC"].level, rel=0.1)


def test_a_quiet_stock_hardly_moves() -> None:
    """Its contracts exist, but hours pass without a trade."""
    one = market("NVDA")
    before = one.walks["NVDA"].index
    changes = [one.step(START_MS + minute * 60_000) for minute in range(1, 240)]
    assert not any(change.trades for change in changes)
    assert one.walks["NVDA"].index == pytest.approx(before, rel=2e-3)


def test_a_week_passes_with_expiries_and_listings() -> None:
    """Each day at 08:00 a series leaves and the ladder is full again; extra strikes come at odd hours."""
    one = market("SOL", scale=0.3)
    odd = 0
    size = len(one.contracts)
    for half_hour in range(1, 7 * 48):
        now = START_MS + half_hour * HOUR_MS // 2
        changes = one.step(now)
        at_eight = (now // HOUR_MS) % 24 == 8 and now % HOUR_MS == 0
        assert bool(changes.expired) == at_eight
        odd += bool(changes.listed) and not at_eight
        assert all(c.expiry_ms > now for c in one.contracts.values())
    assert odd > 5
    assert len(one.settlements) == 7
    assert 0.8 * size < len(one.contracts) < 1.2 * size


def test_settlement_is_the_average_of_the_last_half_hour() -> None:
    """The predicted price appears at 07:30, and the final one is its last value."""
    expiry = START_MS + 23 * HOUR_MS
    one = market("SOL", start_ms=expiry - 1_801_000, scale=0.3)
    contract = next(c for c in one.contracts.values() if c.expiry_ms == expiry)
    one.step(expiry - 1_800_001)
    one.refresh(contract)
    assert values(contract)["predictedDeliveryPrice"] == "0"
    indices = []
    for minute in range(30):
        one.step(expiry - 1_800_000 + minute * 60_000)
        indices.append(one.walks["SOL"].index)
    one.refresh(contract)
    assert values(contract)["predictedDeliveryPrice"] == number(sum(indices) / len(indices))
    one.step(expiry)
    assert one.settlements[-1].price == pytest.approx(sum(indices) / len(indices))
    assert contract.symbol in one.delivering
    one.step(expiry + 4 * HOUR_MS)
    assert contract.symbol not in one.delivering


@pytest.mark.parametrize("damped", [True, False])
def test_gamma_and_theta_are_damped_on_the_last_day_if_wanted(damped: bool) -> None:
    """The factor is hours to expiry over 24; delta and vega keep their values."""
    one = market("BTC", damped=damped)
    contract = min(
        one.contracts.values(), key=lambda c: (c.expiry_ms, abs(c.strike_price - one.walks["BTC"].index))
    )
    one.refresh(contract)
    shown, shared = values(contract), one.series(contract)
    greeks = value(
        shared.forward, contract.strike_price, float(shown["markPriceIv"]), shared.years, call=contract.call
    )
    factor = 23 / 24 if damped else 1.0
    assert float(shown["gamma"]) == pytest.approx(greeks.gamma * factor, rel=1e-3)
    assert float(shown["theta"]) == pytest.approx(greeks.theta * factor, rel=1e-3)
    assert float(shown["vega"]) == pytest.approx(greeks.vega, rel=1e-6)


def test_only_sizes_change_between_steps(full: Market) -> None:
    """A contract without quotes shows a change in open interest instead."""
    for contract in list(full.contracts.values())[::7]:
        before = values(contract)
        full.vary(contract)
        after = values(contract)
        changed = {name for name in before if before[name] != after[name]}
        assert changed
        assert changed <= (
            {"bidSize", "askSize"} if {before["bidPrice"], before["askPrice"]} != {"0"} else {"openInterest"}
        )


def test_rest_names_differ_where_the_venues_do() -> None:
    """Seven fields have other names on REST."""
    renamed = {ws: rest for ws, rest in zip(WS_FIELDS, REST_FIELDS, strict=True) if ws != rest}
    assert renamed == {
        "bidPrice": "bid1Price",
        "bidSize": "bid1Size",
        "bidIv": "bid1Iv",
        "askPrice": "ask1Price",
        "askSize": "ask1Size",
        "askIv": "ask1Iv",
        "markPriceIv": "markIv",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1e-12, "0.00000001"),
        (-1e-12, "-0.00000001"),
        (12.50, "12.5"),
        (100.0, "100"),
    ],
)
def test_numbers_are_written_as_the_venue_writes_them(value: float, text: str) -> None:
    """A tiny value is one unit of the last decimal, and there is no negative zero."""
    assert number(value) == text
