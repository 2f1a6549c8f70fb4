"""Analytics of the board: numbers in, frozen structs out; no I/O and no clock.

Volatility starts from `slices`, which cuts the rows of one underlying into one `ChainSlice` per expiry:

    chains = slices_of(board.rows_of("BTC"), now_ms)
    forwards = [forward_of(chain) for chain in chains]                     # forward.Forward
    smiles = [smile_of(chain) for chain in chains]                         # smile.Smile
    atms = [atm_of(chain, smile) for chain, smile in zip(chains, smiles)]  # atm.Atm
    skews = [skew_of(smile) for smile in smiles]                           # skew.Skew
    term = term_structure(skews)                                           # term_structure.TermStructure
    index = variance_index(chains)                                         # variance_index.VarianceIndex
    surface = surface_of(curves.renew(smiles))                             # surface.Surface, with a curves.Curves kept
    summary = summary_of([check_slice(chain) for chain in chains])         # checks.CheckSummary

The last two are the costly ones, and can be spread over time one expiry after the other: `Curves.renew` fits one at a
time, and `check_slice` compares one. Positioning (`position`, `positioning`, `max_pain`, `gamma_exposure`,
`net_greeks`) stands beside it and starts from contracts of both settlement coins.

Formulas, conventions, sources and limits: docs/explanation/analytics.md. In all of it an IV is a fraction, a time is in
years of 365 days, a delta is on the forward and undiscounted, and None says that there is no such value.
"""
