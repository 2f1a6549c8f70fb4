"""When a contestant counts as complete."""

import pytest

from benchmarks.contestants import is_complete
from tests.model.test_status import *  # placeholder
