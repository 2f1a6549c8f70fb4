from voltape.model.status import Gap
from voltape.push.gaps import GapNews


def gap(number: int, *, ended: bool = False) -> Gap:
    """A gap of a connection."""
    return Gap("connection c1", "", number, "reset", 5, ts_ended=number + 1 if ended else None)


def test_the_first_look_knows_no_news() -> None:
    """What was recorded before is the past."""
    assert GapNews().look([gap(1), gap(2, ended=True)]) == []


def test_starts_and_ends_are_news_once_each_oldest_first() -> None:
    """A gap that began and ended between two looks is told once, with its end."""
    news = GapNews()
    news.look([gap(1)])
    assert news.look([gap(3, ended=True), gap(2), gap(1, ended=True)]) == [
        gap(1, ended=True),
        gap(2),
        gap(3, ended=True),
    ]
    assert news.look([gap(3, ended=True), gap(2), gap(1, ended=True)]) == []


def test_a_gap_that_fell_out_of_the_record_is_no_news() -> None:
    """Nor does it stay in mind."""
    news = GapNews()
    news.look([gap(1)])
    assert news.look([]) == []


def test_after_forgetting_the_next_look_is_the_first() -> None:
    """For clients that come after a pause."""
    news = GapNews()
    news.look([])
    news.forget()
    assert news.look([gap(1)]) == []
