import asyncio

from tests.analytics.markets import START_MS, simulated
from voltape.analytics.reading import Reading
from voltape.clock import ManualClock
from voltape.model.board import Board
from voltape.serve.analytics_desk import LASTS_S, SURFACE_LASTS_S, AnalyticsDesk

BOARD = simulated("BTC", "ETH").board


class Counting:
    """A clock by which every look takes a millisecond: computing takes time."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 0.001
        return self.now

    def busy(self) -> float:
        return self.now

    def wall_ms(self) -> int:
        return START_MS


def desk_of(board: Board = BOARD) -> tuple[AnalyticsDesk, ManualClock]:
    """A desk and the clock it goes by."""
    clock = ManualClock(START_MS)
    return AnalyticsDesk(board, clock), clock


async def test_within_a_second_all_parts_come_from_one_reading() -> None:
    """They belong together, and the board is read once."""
    desk, clock = desk_of()
    smiles = await desk.part("BTC", Reading.smiles)
    clock.advance(LASTS_S - 0.001)
    pains = await desk.part("BTC", Reading.max_pains)
    assert pains.reading is smiles.reading
    assert desk.readings == 1


async def test_after_a_second_the_board_is_read_again() -> None:
    """Not before somebody asks."""
    desk, clock = desk_of()
    first = await desk.part("BTC", Reading.figures)
    clock.advance(10 * LASTS_S)
    assert desk.readings == 1
    second = await desk.part("BTC", Reading.figures)
    assert (desk.readings, second.reading.ts - first.reading.ts) == (2, 10_000)


async def test_who_asks_at_the_same_time_shares_the_work() -> None:
    """Ten requests, one reading, one set of fits."""
    desk, _ = desk_of()
    found = await asyncio.gather(*(desk.surface("BTC") for _ in range(5)))
    await asyncio.gather(*(desk.part("BTC", Reading.figures) for _ in range(5)))
    assert (desk.readings, desk.fitted) == (1, 1)
    assert all(one is found[0] for one in found)


async def test_curves_are_fitted_every_few_seconds_at_most() -> None:
    """However often the surface is asked for."""
    desk, clock = desk_of()
    await desk.surface("BTC")
    clock.advance(SURFACE_LASTS_S - 0.001)
    await desk.surface("BTC")
    assert desk.fitted == 1
    clock.advance(0.001)
    assert (await desk.surface("BTC")).reading.ts == START_MS + SURFACE_LASTS_S * 1000
    assert desk.fitted == 2


async def test_others_get_their_turn_while_something_is_computed() -> None:
    """Steps are never run for long in one go."""
    desk = AnalyticsDesk(BOARD, Counting())
    turns = 0
    computing = asyncio.create_task(desk.surface("BTC"))
    while not computing.done():
        turns += 1
        await asyncio.sleep(0)
    expiries = len(BOARD.expiries("BTC"))
    assert turns >= 3 * expiries, "reading, smiles and fits have a step per expiry"


async def test_only_what_is_followed_is_renewed() -> None:
    """And told about once per reading."""
    desk, clock = desk_of()
    told: list[str] = []
    desk.told = told.append
    assert await desk.renew() == LASTS_S
    desk.followed = lambda: {"ETH"}
    assert await desk.renew() == LASTS_S
    assert (told, desk.readings) == (["ETH"], 1)
    clock.advance(0.25)
    assert await desk.renew() == LASTS_S - 0.25
    assert told == ["ETH"]
    clock.advance(0.75)
    await desk.renew()
    assert (told, desk.readings) == (["ETH", "ETH"], 2)


async def test_an_old_summary_is_not_shown_to_who_follows_anew() -> None:
    """They get the next one."""
    desk, clock = desk_of()
    assert desk.latest("BTC") is None
    desk.followed = lambda: {"BTC"}
    await desk.renew()
    shown = desk.latest("BTC")
    assert shown is not None
    assert shown.underlying == "BTC"
    clock.advance(3 * LASTS_S)
    assert desk.latest("BTC") is None


async def test_a_follower_wakes_the_desk() -> None:
    """Nothing is computed before, and nobody waits for the next second."""
    desk, _ = desk_of()
    told = asyncio.Event()
    desk.told = lambda _: told.set()
    running = asyncio.create_task(desk.run())
    await asyncio.sleep(0)
    assert desk.readings == 0
    desk.followed = lambda: {"BTC"}
    desk.want()
    await told.wait()
    assert desk.latest("BTC") is not None
    asked = asyncio.Event()

    def nobody() -> list[str]:
        asked.set()
        return []

    desk.followed = nobody
    desk.want()
    await asked.wait()
    assert desk.latest("BTC") is None
    running.cancel()


async def test_an_underlying_that_left_is_no_harm() -> None:
    """Its figures are absent."""
    desk, _ = desk_of()
    found = await desk.part("DOGE", Reading.figures)
    assert (found.value.contracts, found.value.expiries) == (0, [])
