import subprocess
import sys

import pytest

SCRIPT = """
import resource
from voltape.run.files import allow_many_files
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(allow_many_files(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "limit"), [(256, 9000, 8192), (256, 4000, 4000), (8500, 9000, 8500), (512, 512, 512)]
)
def test_as_many_files_as_wanted_and_allowed(soft: int, hard: int, limit: int) -> None:
    """Never less than before; in a process of its own, because a hard limit cannot be taken back."""
    script = SCRIPT.format(soft=soft, hard=hard)
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [str(limit), str(limit), str(hard)]
