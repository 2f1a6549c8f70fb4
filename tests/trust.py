"""What a test's client trusts: made once, because reading the system's certificates costs more than most tests."""

import ssl

__all__ = ["TRUST"]

TRUST = ssl.create_default_context()
