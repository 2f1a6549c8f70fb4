"""Live push: numbered snapshots and deltas of the board for many clients, whatever carries them."""

__all__: list[str] = []
