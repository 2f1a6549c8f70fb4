"""Venue-free streaming parts: conflation, backoff, supervision."""

__all__: list[str] = []
