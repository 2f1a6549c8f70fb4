from voltape.model.board import Board
from voltape.model.control import ControlRequest, Decisions, Outcome
from voltape.model.status import Gap
from voltape.store import keys
from voltape.store.command import Command, Reply
from voltape.store.control import RequestReader
from voltape.store.upkeep import Upkeep

MEMORY = [b"used_memory:5\r\n", b"evicted_keys:0\r\n"]


def names(commands: list[Command]) -> list[str]:
    """Each command's key or section."""
    return [str(command[1]) for command in commands]


def test_everything_is_due_at_first_and_each_in_its_time(board: Board) -> None:
    """Status every second, memory every five, lives every hour, gaps when they change."""
    gaps: list[Gap] = []
    upkeep = Upkeep(board, lambda: b"{}", lambda: gaps)
    first = names(upkeep.commands(100.0))
    assert first[:3] == [keys.STATUS, keys.GAPS, keys.UNDERLYINGS]
    assert first[-4:] == [keys.JOBS, keys.ALERTS, "memory", "stats"]
    assert upkeep.commands(100.9) == []
    assert names(upkeep.commands(101.0)) == [keys.STATUS]
    gaps.append(Gap("connection c1", "2026-12-01T00:00:00Z", 1, "cut", 600))
    assert names(upkeep.commands(105.0)) == [
        keys.STATUS,
        keys.GAPS,
        keys.JOBS,
        keys.ALERTS,
        "memory",
        "stats",
    ]
    assert keys.UNDERLYINGS in names(upkeep.commands(3_700.0))


def test_a_new_connection_makes_everything_due(board: Board) -> None:
    """The server may be another one, which knows nothing."""
    upkeep = Upkeep(board, lambda: b"{}", list)
    first = upkeep.commands(100.0)
    upkeep.restart()
    assert upkeep.commands(100.0) == first


def test_without_sources_nothing_but_lives_and_memory_is_sent() -> None:
    """A writer without status and gaps writes none."""
    upkeep = Upkeep(Board(), None, None)
    assert names(upkeep.commands(0.0)) == [keys.UNDERLYINGS, keys.JOBS, keys.ALERTS, "memory", "stats"]


def test_replies_are_read_only_where_memory_was_asked_for() -> None:
    """The last replies of another exchange are not taken for figures."""
    upkeep = Upkeep(Board(), None, None)
    upkeep.commands(0.0)
    assert upkeep.read([b"OK", None, None, *MEMORY]) is False
    assert upkeep.memory.memory_bytes == 5
    upkeep.commands(1.0)
    assert upkeep.read([b"used_memory:9\r\n", b"evicted_keys:9\r\n"]) is False
    assert upkeep.memory.memory_bytes == 5


def test_what_clients_elsewhere_watch_is_asked_for_with_every_status() -> None:
    """The reply is found among the others, whatever else is due, and not looked for when it was not asked."""
    told: list[frozenset[str]] = []
    upkeep = Upkeep(Board(), lambda: b"{}", None, told.append)
    commands = upkeep.commands(0.0)
    assert names(commands) == [
        keys.WATCHED,
        keys.STATUS,
        keys.UNDERLYINGS,
        keys.JOBS,
        keys.ALERTS,
        "memory",
        "stats",
    ]
    field: Reply = [b"a", b'{"ts":1,"channels":["tickers.BTC"]}']
    assert upkeep.read([b"a flush", b"of others", field, b"OK", 1, None, None, *MEMORY]) is False
    assert told == [{"tickers.BTC"}]
    assert upkeep.memory.memory_bytes == 5
    assert upkeep.commands(0.5) == []
    upkeep.read([b"a flush"])
    assert names(upkeep.commands(1.0)) == [keys.WATCHED, keys.STATUS]
    upkeep.read([[], b"OK"])
    assert told == [{"tickers.BTC"}, frozenset()]


async def test_requests_are_asked_for_twice_a_second_and_outcomes_wait_for_nothing() -> None:
    """The reply is found among the others; decisions are written when they change, and to a new server."""

    async def carry_out(_: ControlRequest) -> Outcome:
        return Outcome("done")

    reader = RequestReader(carry_out, lambda: Decisions(ts=1))
    upkeep = Upkeep(Board(), lambda: b"{}", None, None, reader)
    asked = [
        keys.STATUS,
        keys.CONTROL,
        keys.CONTROL_REQUESTS,
        keys.UNDERLYINGS,
        keys.JOBS,
        keys.ALERTS,
        "memory",
        "stats",
    ]
    assert names(upkeep.commands(0.0)) == asked
    entry: Reply = [b"a", b'{"ts":1,"request":{"subject":"underlying","name":"SOL","on":true}}']
    upkeep.read([b"OK", b"OK", entry, 1, None, None, *MEMORY])
    assert upkeep.memory.memory_bytes == 5
    assert reader._waiting == {"a": ControlRequest("underlying", "SOL", True)}
    assert upkeep.commands(0.4) == []
    assert names(upkeep.commands(0.5)) == [keys.CONTROL_REQUESTS]
    reader._outcomes["a"] = Outcome("done")
    told = [keys.CONTROL_OUTCOMES, keys.CONTROL_REQUESTS, keys.CONTROL_OUTCOMES, keys.CONTROL_REQUESTS]
    assert names(upkeep.commands(0.6)) == told
    upkeep.restart()
    assert keys.CONTROL in names(upkeep.commands(0.7))


def test_the_runs_of_jobs_are_read_where_a_scheduler_tells_them() -> None:
    """What cannot be read is nothing, and costs nothing else."""
    upkeep = Upkeep(Board(), None, None)
    for reply, jobs in [(b'[{"job": "audit", "runs": 2}]', ["audit"]), (b"[7]", []), (None, [])]:
        upkeep.restart()
        upkeep.commands(0.0)
        upkeep.read([b"OK", reply, None, *MEMORY])
        assert [one.job for one in upkeep.jobs] == jobs
        assert upkeep.memory.memory_bytes == 5


def test_the_state_of_alerts_is_read_where_their_watch_tells_it() -> None:
    """Nothing is nobody who watches."""
    upkeep = Upkeep(Board(), None, None)
    told = b'{"rules": 3, "firing": [{"rule": "btc"}], "sinks": {"log": {"sent": 2}}, "ts": 5}'
    for reply, rules in [(told, 3), (b"[7]", 0), (None, 0)]:
        upkeep.restart()
        upkeep.commands(0.0)
        upkeep.read([b"OK", None, reply, *MEMORY])
        assert upkeep.alerts.rules == rules
        assert upkeep.memory.memory_bytes == 5


def test_what_others_tell_may_be_no_text_at_all() -> None:
    """Bytes that are not UTF-8 are as good as nothing."""
    upkeep = Upkeep(Board(), None, None)
    upkeep.restart()
    upkeep.commands(0.0)
    jobs, alerts = b'[{"job":"\xff"}]', b'{"rules": 1, "sinks": {"\xff": {"sent": 2}}}'
    upkeep.read([b"OK", jobs, alerts, *MEMORY])
    assert (upkeep.jobs, upkeep.alerts.rules) == ([], 0)
    assert upkeep.memory.memory_bytes == 5
