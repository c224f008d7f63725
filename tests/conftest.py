"""Fixtures that every test may use: the two engines (engines.py), a tally of what is tried (reliability.py), and when a
run is killed."""

import gc
from zlib import crc32

import pytest

pytest_plugins = ["tests.engines", "tests.reliability"]

SPREAD = 3


def pytest_collection_finish() -> None:
    """Thousands of tests stay to the end: whoever looks for garbage need not go through them, nor look all the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@pytest.fixture(params=["some", pytest.param("all", marks=pytest.mark.soak)])
def moments(request: pytest.FixtureRequest) -> range:
    """Before which writes a run is killed: every third, from one that the name of the test chooses, so that tests which
    are alike and the engines take turns. `-m soak` takes all. A test goes through them until nothing was killed."""
    step = 1 if request.param == "all" else SPREAD
    return range(crc32(request.node.name.encode()) % step, 10_000, step)
