"""Check of the store: that it runs or can be reached, and that what it holds is ours to use."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from random import Random

from voltape.config import Settings
from voltape.doctor.finding import Finding
from voltape.errors import SchemaError, StoreError
from voltape.flow.backoff import Backoff
from voltape.store import keys
from voltape.store.address import address_from_url
from voltape.store.command import Reply
from voltape.store.embedded import EmbeddedStore
from voltape.store.link import Link
from voltape.store.opening import info_fields
from voltape.store.reader import check_schema

__all__ = ["check_store"]

FULL_FROM = 0.95
EMBEDDED = "Install valkey-server, or name a running store in VOLTAPE_STORE_URL."
SHARED = "Check VOLTAPE_STORE_URL, that the server runs, and that it lets this machine in; `embedded` needs no server."
REBUILT = "everything in the store is rebuilt from the exchange, so nothing of value is lost with it."
NEWER_SCHEMA = f"A newer voltape wrote it: run that one, or use another database; {REBUILT}"
OLDER_SCHEMA = f"An older voltape wrote it: use another database, or remove its keys; {REBUILT}"
FOREIGN_SCHEMA = (
    "Something else uses a key of voltape's name there: use another database in VOLTAPE_STORE_URL."
)
LOGIN = (
    "Put user and password into VOLTAPE_STORE_URL, as valkeys://user:password@host:6379/0; write what is special in them "
    "percent-encoded."
)
RIGHTS = "Give the user the rights that docs/reference/storage.md lists, on keys that start with vt:."
CERTIFICATE = (
    "The store's certificate is signed by nobody known here: put the signer's PEM file in VOLTAPE_CA_FILE."
)
FULL = "Raise its maxmemory by 100 MB, or take from it what else it holds: it refuses writes when it is full."
EVICTING = "Set its maxmemory-policy to noeviction, or it will throw contracts away when memory is short."
REPLICA = "Name the primary in VOLTAPE_STORE_URL: a replica takes no writes."


async def check_store(settings: Settings) -> Finding:
    """Whether the store of `settings` can be used; an embedded one is started for the check."""
    try:
        if settings.store_url == "embedded":
            return await _embedded(settings.data_dir)
        ca_file = None if settings.ca_file is None else str(settings.ca_file)
        link = await address_from_url(settings.store_url, ca_file).connect()
        return await _judge(link, f"{link.where} answers")
    except StoreError as error:
        advice = EMBEDDED if settings.store_url == "embedded" else _advice(_reason(error))
        return Finding("store", "fail", _reason(error), advice)


def _advice(why: str) -> str:
    """What to do about a store that does not let us in; servers name the kind of refusal in capitals or in words."""
    words = why.lower()
    if any(word in words for word in ("noauth", "wrongpass", "password", "authentication")):
        return LOGIN
    if "noperm" in words or "no permissions" in words:
        return RIGHTS
    return CERTIFICATE if "certificate" in words else SHARED


def _reason(error: StoreError) -> str:
    return f"{error.where}: {error.why.rstrip('.')}"


async def _embedded(data_dir: Path) -> Finding:
    with tempfile.TemporaryDirectory(prefix="voltape-doctor-") as scratch:
        # To look must not make directories: what does not exist yet is tried elsewhere.
        home = data_dir if (data_dir / "store").is_dir() else Path(scratch)
        store = EmbeddedStore(home, Backoff(1.0, 1.0, Random(0)))  # noqa: S311 - jitter
        try:
            link = await store.address.connect()
        except StoreError:
            async with store:
                return await _judge(await store.address.connect(), "embedded starts")
        return await _judge(link, "embedded, in use by a voltape that runs now")


async def _judge(link: Link, state: str) -> Finding:
    """What the server at the other end of `link`, introduced by `state`, means for us; closes the link."""
    try:
        known = await check_schema(link)
        replication = info_fields(await link.ask("INFO", "replication"))
        memory = info_fields(await link.ask("INFO", "memory"))
    except SchemaError as error:
        return Finding("store", "fail", _reason(error), _schema_advice(await link.ask("GET", keys.SCHEMA)))
    finally:
        await link.close()
    content = "holds a board" if known else "holds no board yet"
    text = f"{state}: {link.server.kind} {link.server.version}, {content}"
    if replication.get("role") == "slave":
        return Finding("store", "fail", text, REPLICA)
    if _is_full(memory):
        return Finding("store", "fail", f"{text}; its memory is used up", FULL)
    if memory.get("maxmemory", "0") != "0" and memory.get("maxmemory_policy") != "noeviction":
        return Finding("store", "warn", text, EVICTING)
    return Finding("store", "ok", text)


def _schema_advice(found: Reply) -> str:
    if not (isinstance(found, bytes) and found.isdigit()):
        return FOREIGN_SCHEMA
    return NEWER_SCHEMA if int(found) > int(keys.SCHEMA_VERSION) else OLDER_SCHEMA


def _is_full(memory: Mapping[str, str]) -> bool:
    most = int(memory.get("maxmemory", "0"))
    return most > 0 and int(memory.get("used_memory", "0")) > FULL_FROM * most
