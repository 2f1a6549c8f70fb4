"""How much a client likes what the parts of an `Accept` or `Accept-Encoding` header name."""

from collections.abc import Iterator

__all__ = ["weights"]


def weights(accepted: str) -> Iterator[tuple[str, float]]:
    """Each name in small letters with its weight `q`: 1 where none is given, 0 for one that cannot be read."""
    for part in accepted.split(","):
        name, _, parameters = part.partition(";")
        yield name.strip().lower(), _weight(parameters)


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
