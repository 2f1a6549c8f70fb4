"""Asking the data API for what rules read, as any client does."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from voltape.model.status import Status

from .http import BadAnswer, ask
from .readings import Answers, Contract, ExpiryPart, Needs, SummaryPart, UnderlyingPart

__all__ = ["Asker"]

_log = logging.getLogger(__name__)

_TIMEOUT_S = 10.0
_AT_ONCE = 60
"""Symbols in one request."""
_LOOK_AGAIN = 12
"""Looks after which contracts that were not listed are asked for again."""
_MOST_BYTES = 32 << 20
_FIELDS = ",".join(Contract.__struct_fields__)

Item = TypeVar("Item")


class _Rows(msgspec.Struct, Generic[Item]):
    data: list[Item]


_status = msgspec.json.Decoder(Status)
_coins = msgspec.json.Decoder(_Rows[UnderlyingPart])
_expiries = msgspec.json.Decoder(_Rows[ExpiryPart])
_contracts = msgspec.json.Decoder(_Rows[Contract])
_summary = msgspec.json.Decoder(SummaryPart)


class Asker:
    """A client of the data API."""

    def __init__(self, url: str, token: str | None, verify: Callable[[], ssl.SSLContext]) -> None:
        """Ask at `url`, with a token if there is one; `verify` makes the context that checks certificates."""
        self._url = f"{url.rstrip('/')}/api/v1"
        self._headers = {} if token is None else {"authorization": f"Bearer {token}"}
        self._context = verify() if url.startswith("https:") else None
        self._complaints: dict[str, str] = {}
        self._unknown: set[str] = set()
        self._asked = 0

    async def ask(self, needs: Needs) -> Answers:
        """Everything that is needed, one after the other; what does not come is absent."""
        answers = Answers()
        answers.status = await self._read("status", {}, _status, answers)
        if not answers.reachable:
            return answers
        if needs.underlyings:
            coins = await self._read("underlyings", {}, _coins, answers)
            answers.underlyings = {coin.underlying: coin for coin in (coins.data if coins else [])}
        for coin in needs.expiries:
            rows = await self._read("expiries", {"underlying": coin}, _expiries, answers)
            answers.expiries[coin] = {one.expiry: one for one in (rows.data if rows else [])}
        self._asked += 1
        if self._asked % _LOOK_AGAIN == 0:
            self._unknown.clear()
        known = [symbol for symbol in needs.symbols if symbol not in self._unknown]
        for start in range(0, len(known), _AT_ONCE):
            await self._read_contracts(known[start : start + _AT_ONCE], answers)
        for coin in needs.summaries:
            summary = await self._read(f"analytics/{quote(coin, safe='')}/summary", {}, _summary, answers)
            if summary is not None:
                answers.summaries[coin] = summary
        return answers

    async def _read_contracts(self, symbols: Sequence[str], answers: Answers) -> None:
        """Read contracts; the answer to one that is not listed, an expired one say, is the same for all with it."""
        query = {"symbols": ",".join(symbols), "fields": _FIELDS, "limit": str(len(symbols))}
        body = await self._body("tickers", query, answers, missing=b"")
        if body is None:
            return
        if body:
            found = self._decoded("tickers", body, _contracts)
            answers.contracts.update((one.symbol, one) for one in (found.data if found else []))
        elif len(symbols) == 1:
            self._unknown.add(symbols[0])
        else:
            half = len(symbols) // 2
            await self._read_contracts(symbols[:half], answers)
            await self._read_contracts(symbols[half:], answers)

    async def _read(
        self, path: str, query: Mapping[str, str], decoder: msgspec.json.Decoder[Item], answers: Answers
    ) -> Item | None:
        body = await self._body(path, query, answers)
        return None if body is None else self._decoded(path, body, decoder)

    async def _body(
        self, path: str, query: Mapping[str, str], answers: Answers, missing: bytes | None = None
    ) -> bytes | None:
        """The answer; `missing` for a 404, None where there is none."""
        target = f"{self._url}/{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                answer = await ask("GET", target, self._headers, b"", self._context, _MOST_BYTES)
        except (OSError, BadAnswer) as error:
            answers.reachable = bool(answers.reachable)
            self._complain(path, f"no answer ({type(error).__name__})")
            return None
        answers.reachable = True
        if answer.status == 200:
            return answer.body
        if answer.status != 404 or missing is None:
            self._complain(path, f"answered {answer.status}")
            return None
        return missing

    def _decoded(self, path: str, body: bytes, decoder: msgspec.json.Decoder[Item]) -> Item | None:
        try:
            found = decoder.decode(body)
        except msgspec.DecodeError as error:
            self._complain(path, f"not understood: {error}")
            return None
        self._complain(path, "")
        return found

    def _complain(self, path: str, why: str) -> None:
        """Say what is wrong, once as long as it is the same."""
        if why == self._complaints.get(path, ""):
            return
        self._complaints[path] = why
        if why:
            _log.warning("alerts that need %s have no readings: %s", path, why)
        else:
            _log.info("alerts that need %s have readings again", path)
