"""Which tests run one after another where several run at once.

xdist's own groups do nothing with pytest 9.2: it writes them into an attribute that is not read any more.
"""

from xdist.scheduler import LoadFileScheduling

__all__ = ["LaneScheduling", "lane_of", "turn_of"]

FULL_RATE = ("test_audit.py", "test_bad_input.py", "test_rotation.py", "test_truth.py")
"""Files of `e2e` that run the exchange at its full rate."""
SAMPLES = ("test_alert_pages.py", "test_operator_samples.py", "test_samples.py")
"""Files of `docs` that run what the pages show."""
LONG = ("test_keeper.py", "test_run.py", "test_waits.py", "test_connection.py", "test_tracker.py")
"""Files that take longest among the others; one that came last would be waited for."""
BUSY, PATIENT = "busy programs", "patient programs"


def lane_of(nodeid: str) -> str:
    """Return the queue of a test: its file's, or for whole programs one of two, of which one keeps the machine busy."""
    path = nodeid.partition("::")[0]
    *_, folder, name = path.split("/")
    if folder == "e2e":
        return BUSY if name in FULL_RATE or name.startswith("test_browser") else PATIENT
    return PATIENT if folder == "docs" and name in SAMPLES else path


def turn_of(nodeid: str) -> int:
    """Return when a lane begins: the lower the earlier."""
    lane = lane_of(nodeid)
    if lane in {BUSY, PATIENT}:
        return (BUSY, PATIENT).index(lane)
    return 2 if lane.rpartition("/")[2] in LONG else 3


class LaneScheduling(LoadFileScheduling):  # type: ignore[misc] # xdist ships no types
    """Gives a worker one lane after another."""

    def _split_scope(self, nodeid: str) -> str:
        return lane_of(nodeid)
