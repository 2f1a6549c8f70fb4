"""Which request the running task works for, so that the log can say it."""

from contextvars import ContextVar

__all__ = ["request_name"]

request_name: ContextVar[str] = ContextVar("request_name", default="")
"""The request's name; empty outside of requests."""
