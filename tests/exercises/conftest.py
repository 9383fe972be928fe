"""For all tests that grade the same process with the packages in it: to start one takes longest."""

import pytest

from emlib.exercises import grading
from emlib.exercises._processes import Processes


class Kept(Processes):
    """Not closed at the end of a call."""

    def close(self):
        """Nothing, for the next call goes on with them."""


@pytest.fixture(scope="session")
def kept():
    processes = Kept()
    yield processes
    Processes.close(processes)


@pytest.fixture(autouse=True)
def shared_processes(request, monkeypatch):
    """What is graded here is run in copies of one process, but in tests of the processes."""
    if "processes_of_its_own" not in request.fixturenames:
        monkeypatch.setattr(
            grading, "Processes", lambda: request.getfixturevalue("kept")
        )


@pytest.fixture
def processes_of_its_own():
    """Asked for by a test whose processes are not those of others."""
