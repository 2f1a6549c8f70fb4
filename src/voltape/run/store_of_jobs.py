"""The store as jobs and alerts reach it, which start none."""

import logging

from voltape.config import Settings
from voltape.errors import StoreError
from voltape.store import keys
from voltape.store.address import Address, address_from_url
from voltape.store.errand import run_errand

__all__ = ["jobs_store", "tell_alerts", "tell_jobs"]

_log = logging.getLogger(__name__)


def jobs_store(settings: Settings) -> Address:
    """The store that jobs look at; nothing is started."""
    if settings.store_url == "embedded":
        # Where `voltape up` with the same data directory has it.
        from voltape.store.embedded import embedded_address  # noqa: PLC0415 - the roles apart have none

        return embedded_address(settings.data_dir)
    return address_from_url(settings.store_url, None if settings.ca_file is None else str(settings.ca_file))


async def tell_jobs(store: Address, records: bytes) -> None:
    """Put records of jobs where `serve` and `tracker` find them."""
    await _tell(store, keys.JOBS, records, keys.IDLE_TTL_S)


async def tell_alerts(store: Address, use: bytes) -> None:
    """Put what alerts do where `serve` and `tracker` find it."""
    await _tell(store, keys.ALERTS, use, keys.ALERTS_TTL_S)


async def _tell(store: Address, key: str, text: bytes, ttl_s: int) -> None:
    """A store that is away is told of at another time."""
    try:
        await run_errand(store, "SET", key, text, "EX", ttl_s)
    except StoreError as error:
        _log.debug("%s is not in the store: %s", key, error)
