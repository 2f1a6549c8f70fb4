"""From a chain to a data frame, cell by cell.

Run it whole (`python examples/chain_to_dataframe.py [URL]`), or cell by cell in an editor that knows `# %%`. It needs a
running voltape and polars (`pip install voltape polars`).
"""

# %% Connect. Without an address it is the system on this machine.
import sys

import polars as pl

from voltape import Client

client = Client(sys.argv[1]) if len(sys.argv) > 1 else Client()

# %% What is there?
print(client.underlyings().to_polars().select("underlying", "index_price", "contracts", "open_interest"))

# %% The term structure: one row per expiry.
expiries = client.expiries("BTC")
print(expiries.to_polars().select("expiry", "days_to_expiry", "forward", "atm_iv", "contracts"))

# %% One chain: a row per contract, in the order of the strikes.
nearest_month = next((one for one in expiries if one.days_to_expiry >= 20), expiries[-1])
chain = client.chain("BTC", nearest_month.expiry)
contracts = chain.to_polars()
print(
    f"{chain.underlying} {chain.expiry}: {contracts.height} contracts around a forward of {chain.underlying_price}"
)

# %% The smile: out-of-the-money contracts by log-moneyness.
smile = (
    contracts.filter(
        pl.when(pl.col("kind") == "call")
        .then(pl.col("strike") >= pl.col("underlying_price"))
        .otherwise(pl.col("strike") < pl.col("underlying_price"))
    )
    .with_columns(moneyness=(pl.col("strike") / pl.col("underlying_price")).log())
    .select("strike", "kind", "moneyness", "bid_iv", "mark_iv", "ask_iv", "delta")
    .sort("strike")
)
print(smile)

# %% The widest markets: spread in vol points, where there are both sides.
spreads = contracts.with_columns(spread=100 * (pl.col("ask_iv") - pl.col("bid_iv"))).drop_nulls("spread")
print(spreads.sort("spread", descending=True).select("symbol", "bid_iv", "ask_iv", "spread").head(5))

# %% Every contract with much interest, whatever its expiry: pages are fetched as they are needed.
busy = client.tickers(underlying="BTC", min_open_interest=50, sort="-open_interest", limit=200).to_polars()
print(busy.group_by("expiry").agg(pl.len(), pl.col("open_interest").sum()).sort("expiry"))

# %% Follow the chain for three changes: each view is complete.
for number, view in enumerate(client.follow(f"chain.BTC.{chain.expiry}", max_hz=2)):
    print(f"{view.seq}: {len(view.changed)} of {len(view.tickers)} contracts changed")
    if number == 3:
        break

# %% Done.
client.close()
