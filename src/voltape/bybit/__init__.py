"""The venue adapter: everything that knows how Bybit words things."""

__all__: list[str] = []
