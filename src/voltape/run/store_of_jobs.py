"""The store as jobs and alerts reach it, which start none."""

from random import Random

from voltape.config import Settings
from voltape.flow.backoff import Backoff
from voltape.store.address import Address, address_from_url
from voltape.store.embedded import EmbeddedStore

__all__ = ["jobs_store"]


def jobs_store(settings: Settings) -> Address:
    """The store that jobs look at; nothing is started."""
    if settings.store_url == "embedded":
        # Where `voltape up` with the same data directory has it.
        return EmbeddedStore(settings.data_dir, Backoff(1.0, 1.0, Random())).address  # noqa: S311 - it never waits
    return address_from_url(settings.store_url, None if settings.ca_file is None else str(settings.ca_file))
