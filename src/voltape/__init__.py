"""voltape: the live tape of the Bybit options market on a very small machine."""

__all__ = ["__version__"]

__version__ = "0.2.0"
