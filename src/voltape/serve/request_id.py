"""A name for each request, in its answer, in problem documents and in the log."""

import re
from collections.abc import Mapping
from itertools import count
from typing import Any

from voltape.flow.request import request_name

from .asgi import Scope

__all__ = ["RequestIds", "request_id"]

_KEY = "voltape.request_id"
_sane = re.compile(rb"[A-Za-z0-9._~-]{1,64}").fullmatch


class RequestIds:
    """Gives requests their names."""

    def __init__(self, prefix: str) -> None:
        """Number requests behind `prefix`, which no other run of the program has."""
        self._prefix = prefix
        self._numbers = count(1)

    def give(self, scope: Scope) -> str:
        """Name a request: as its client does where that can be written anywhere, else by number."""
        given = [value for key, value in scope["headers"] if key == b"x-request-id"]
        if len(given) == 1 and _sane(given[0]):
            name: str = given[0].decode()
        else:
            name = f"{self._prefix}-{next(self._numbers):x}"
        scope[_KEY] = name
        # Each request has a task of its own, so nobody else sees this.
        request_name.set(name)
        return name


def request_id(scope: Mapping[str, Any]) -> str:
    """The name of a request; empty where it was given none."""
    name: str = scope.get(_KEY, "")
    return name
