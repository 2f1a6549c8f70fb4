"""Receive path: from the bytes of a frame to the newest message per contract, and at the flush to the board.

Per message: one decode of the envelope (which also proves that the frame is well-formed JSON), one dictionary
look-up, and the newest raw message is kept. Values are decoded at the flush, for the newest message only. What is
not the usual ticker snapshot takes the slow path.
"""

import logging
from collections import deque

import msgspec

from voltape.errors import MessageError
from voltape.flow.latest import LatestMap, Slot
from voltape.model.board import Board
from voltape.model.row import Row
from voltape.model.ticker import Values

from .messages import UNREADABLE, Envelope
from .parse import merge_delta, ticker_push
from .topics import TICKERS, Aside, ticker_topic
from .trades import TradeIntake

__all__ = ["Intake", "IntakeCounters"]

_log = logging.getLogger(__name__)
_decode = msgspec.json.Decoder(Envelope).decode
_LARGEST = 16_384
_FUTURE_MS = 60_000
_NO_MEASURE = 1 << 62
"""Before the first flush nothing is from the future: decoded at once, it would pass polls that are on their way."""
_SAMPLE_EVERY = 1_000
_LAGS_KEPT = 4_096


class IntakeCounters(msgspec.Struct):
    """What happened to messages since start; see `model.status.Messages`."""

    decoded: int = 0
    rejected: int = 0
    duplicates: int = 0
    out_of_order: int = 0
    unknown: int = 0


class Intake:
    """All connections deliver here.

    Attributes:
        counters: see `IntakeCounters`.
        latest: newest message per ticker topic.
        suspects: symbols of which a message was rejected since somebody last took the set: their newest values
            may be missing, so the poller should look.
        trades: takes trades in, None where nobody wants them.
        lags: arrival minus venue time of the latest decoded messages, ms, oldest first; older ones fall out.
    """

    def __init__(self, board: Board, *, conflate: bool = True, trades: TradeIntake | None = None) -> None:
        """Decode at the flush, or with `conflate` off at arrival (the plain profile)."""
        self.trades = trades
        self._board = board
        self._conflate = conflate
        self.latest: LatestMap[Row] = LatestMap()
        self._slots = self.latest.slots
        self._offer = self.latest.offer
        self.counters = IntakeCounters()
        self.suspects: set[str] = set()
        self.lags: deque[int] = deque(maxlen=_LAGS_KEPT)
        self._horizon = 0
        self._kept_until = _NO_MEASURE if conflate else 0
        self._spoken: dict[Row, None] = {}

    def expect(self, row: Row) -> None:
        """Expect a contract's ticker from now on."""
        self.latest.add(ticker_topic(row.instrument.symbol), row)

    def forget(self, symbol: str) -> None:
        """A contract has left; what the board has of it already, nobody needs to hear of any more."""
        slot = self.latest.slots.get(ticker_topic(symbol))
        if slot is not None:
            self.latest.discard(slot.key)
            self._spoken.pop(slot.subject, None)

    def spoke(self, row: Row) -> bool:
        """Whether the board has what the venue said of a contract since the last flush, which has yet to tell of it."""
        return row in self._spoken

    def take(self, message: bytes, arrived: int) -> str | Aside | None:
        """Take a frame; returns the topic it brought data of, "" if it was a bad message, None if it is no push.

        A topic of trades comes as an `Aside`.

        Args:
            message: the frame's payload.
            arrived: our clock, epoch ms.
        """
        try:
            envelope = _decode(message)
        except UNREADABLE as error:
            self._reject("frame", str(error))
            return ""
        slot = self._slots.get(envelope.topic)
        if slot is None:
            return self._unlisted(envelope, arrived)
        ts = envelope.ts
        # A message from the future must not displace good ones even until the flush.
        if envelope.type != "snapshot" or ts > self._kept_until or len(message) > _LARGEST:
            return self._now(slot, envelope, message, arrived)
        self._offer(slot, ts, message, arrived)
        return slot.key

    def _unlisted(self, envelope: Envelope, arrived: int) -> str | Aside | None:
        if not envelope.topic:
            return None
        if self.trades is not None and (aside := self.trades.topics.get(envelope.topic)) is not None:
            self.trades.take(aside, envelope.data, arrived, self._horizon or arrived + _FUTURE_MS)
            return aside
        self.counters.unknown += envelope.topic.startswith(TICKERS)
        return ""

    def _now(self, slot: Slot[Row], envelope: Envelope, message: bytes, arrived: int) -> str:
        row = slot.subject
        if len(message) > _LARGEST:
            self._reject(row.instrument.symbol, f"{len(message)} bytes are too many for a ticker")
            return ""
        self._settle_slot(slot)
        self.latest.empty(slot)
        if envelope.type == "delta":
            self._merge(row, envelope, arrived)
        else:
            self._settle(row, message, envelope.ts, arrived)
        return slot.key

    def _merge(self, row: Row, envelope: Envelope, arrived: int) -> None:
        symbol = row.instrument.symbol
        try:
            self._check_time(symbol, envelope.ts, arrived)
            values = merge_delta(symbol, envelope.data, row.values)
        except MessageError as error:
            self._reject(symbol, error.why)
            return
        self._apply(row, values, envelope.ts, 0, arrived)

    def flush(self, latest_ts: int, most: int | None = None) -> list[Row]:
        """Decode the newest message of every contract that got one and put it on the board.

        Args:
            latest_ts: present time at the venue, epoch ms; a message from well after it is rejected, because
                it would make every later one look old.
            most: how many contracts to decode, None for all.

        Returns:
            Rows for which the venue said something since the last flush, new or the same as before; a message
            older than what the row has says nothing about now.
        """
        horizon = self._horizon = latest_ts + _FUTURE_MS
        self._kept_until = horizon if self._conflate else 0
        drained = self.latest.drain(most)
        try:
            for slot in drained:
                # Nearly every message is newer than its row and possible; for those the checks end here.
                if not (slot.subject.pushed_ts < slot.ts <= horizon and self._renew(slot)):
                    self._settle_slot(slot)
        finally:
            # A slot that kept its message without being in the map's list would never be drained again.
            for slot in drained:
                slot.clear()
        rows, self._spoken = list(self._spoken), {}
        return rows

    def _renew(self, slot: Slot[Row]) -> bool:
        """Put a newer message on the board; False where it cannot be read, and nothing has happened then."""
        row, message = slot.subject, slot.payload
        if message is None:
            return False
        try:
            values, sequence = ticker_push(row.instrument.symbol, message)
        except MessageError:
            return False
        self.counters.decoded += 1
        self.lags.append(slot.arrived - slot.ts)
        self._board.renew(row, values, slot.ts, sequence, slot.arrived)
        self._spoken[row] = None
        return True

    def _settle_slot(self, slot: Slot[Row]) -> None:
        message, spare = slot.payload, slot.spare
        if message is None or self._settle(slot.subject, message, slot.ts, slot.arrived):
            return
        if spare is not None:
            self._settle(slot.subject, spare, slot.spare_ts, slot.spare_arrived)

    def _settle(self, row: Row, message: bytes, ts: int, arrived: int) -> bool:
        symbol = row.instrument.symbol
        try:
            self._check_time(symbol, ts, arrived)
            values, sequence = ticker_push(symbol, message)
        except MessageError as error:
            self._reject(symbol, error.why)
            return False
        self._apply(row, values, ts, sequence, arrived)
        return True

    def _check_time(self, symbol: str, ts: int, arrived: int) -> None:
        if not 0 < ts <= (self._horizon or arrived + _FUTURE_MS):
            raise MessageError(symbol, f"its time {ts} is not possible")

    def _apply(self, row: Row, values: Values, ts: int, sequence: int, arrived: int) -> None:
        counters = self.counters
        counters.decoded += 1
        self.lags.append(arrived - ts)
        if row.pushed_ts > self._horizon > 0:
            # The venue has set its clock back: a time that is still to come must not make all that is new look old.
            self._board.renew(row, values, ts, sequence, arrived)
            self._spoken[row] = None
            return
        taken = self._board.push(row, values, ts, sequence, arrived)
        if ts < row.pushed_ts:
            counters.out_of_order += 1
            return
        counters.duplicates += not taken
        self._spoken[row] = None

    def _reject(self, symbol: str, why: str) -> None:
        counters = self.counters
        counters.rejected += 1
        if symbol in self._board.rows:
            self.suspects.add(symbol)
        if counters.rejected % _SAMPLE_EVERY == 1:
            _log.warning("message %d rejected: %s: %s", counters.rejected, symbol[:64], why[:200])
