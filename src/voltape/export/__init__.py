"""`voltape export`: the running system's tickers as a file; and the process that makes Arrow and Parquet of them.

Nothing is imported here, because that process begins by importing this.
"""

__all__: list[str] = []
