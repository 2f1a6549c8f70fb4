"""The gap ledger."""

from voltape.track.gaps import GapLedger

T = 1_790_000_000_000


def test_a_gap_has_a_beginning_a_cause_and_an_end() -> None:
    """Trap 19: an outage is data, with times in both forms."""
    ledger = GapLedger()
    ledger.begin("connection c1", T, "cut", 573)
    (gap,) = ledger.open
    assert (gap.scope, gap.ts_started, gap.cause, gap.contracts) == ("connection c1", T, "cut", 573)
    assert gap.started_at == "2026-09-21T14:13:20.000Z"
    assert (gap.ts_ended, gap.ended_at) == (None, None)
    ledger.end("connection c1", T + 1_250)
    assert ledger.open == []
    assert (gap.ts_ended, gap.ended_at) == (T + 1_250, "2026-09-21T14:13:21.250Z")


def test_an_open_gap_goes_on_and_an_unknown_one_does_not_end() -> None:
    """Beginning twice or ending what never began changes nothing."""
    ledger = GapLedger()
    ledger.end("connection c1", T)
    assert (ledger.version, ledger.recent()) == (0, [])
    ledger.begin("connection c1", T, "cut", 1)
    version = ledger.version
    ledger.begin("connection c1", T + 5, "other", 2)
    assert ledger.version == version
    assert ledger.open[0].ts_started == T


def test_scopes_have_gaps_of_their_own_newest_first() -> None:
    """Connections and underlyings are recorded apart."""
    ledger = GapLedger()
    ledger.begin("connection c1", T, "cut", 1)
    ledger.begin("underlying ETH", T + 1, "mute", 2)
    ledger.end("connection c1", T + 2)
    ledger.begin("connection c1", T + 3, "cut again", 3)
    assert [gap.cause for gap in ledger.recent()] == ["cut again", "mute", "cut"]
    assert [gap.cause for gap in ledger.recent(1)] == ["cut again"]
    assert {gap.scope for gap in ledger.open} == {"connection c1", "underlying ETH"}
    assert ledger.opened == 3


def test_every_change_moves_the_version() -> None:
    """Whoever copies the ledger sees by the version that it has to."""
    ledger = GapLedger()
    ledger.begin("a", T, "", 0)
    first = ledger.version
    ledger.end("a", T)
    assert ledger.version > first > 0


def test_old_gaps_fall_out_and_are_counted() -> None:
    """The ledger is bounded; what is open can still be ended after it fell out."""
    ledger = GapLedger()
    ledger.begin("first", T, "", 0)
    for n in range(1_200):
        ledger.begin(f"s{n}", T + n, "", 0)
    assert len(ledger.recent(5_000)) == 1_000
    assert (ledger.opened, ledger.forgotten) == (1_201, 201)
    ledger.end("first", T + 9)
    assert "first" not in {gap.scope for gap in ledger.open}


def test_gaps_of_an_earlier_run_are_kept_and_ended() -> None:
    """What was open when it stopped lasts no longer than until we are back; the order stays."""
    earlier = GapLedger()
    earlier.begin("connection c1", 1_000, "cut", 5)
    earlier.end("connection c1", 2_000)
    earlier.begin("underlying BTC", 3_000, "silence", 7)
    ledger = GapLedger()
    ledger.adopt(earlier.recent(), 9_000)
    ledger.begin("connection c1", 9_500, "cut", 5)
    assert [(gap.scope, gap.ts_started, gap.ts_ended) for gap in ledger.recent()] == [
        ("connection c1", 9_500, None),
        ("underlying BTC", 3_000, 9_000),
        ("connection c1", 1_000, 2_000),
    ]
    assert (ledger.opened, len(ledger.open)) == (1, 1)


def test_no_gap_ends_before_it_begins() -> None:
    """Our clock may be set back during an outage; such a gap has no length, and no negative one."""
    ledger = GapLedger()
    ledger.begin("connection c1", T, "cut", 1)
    ledger.end("connection c1", T - 3_600_000)
    (gap,) = ledger.recent()
    assert (gap.ts_ended, gap.ended_at) == (T, gap.started_at)
    later = GapLedger()
    ledger.begin("connection c1", T, "cut", 1)
    later.adopt(ledger.recent(), T - 3_600_000)
    assert [gap.ts_ended for gap in later.recent()] == [T, T]
