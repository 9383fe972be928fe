"""The number of processors that a process may use, and the threads that follow it."""

import os
import subprocess
import sys

import pytest

from emlib import _processors
from emlib._processors import usable_processors
from emlib.gmm.streaming import team


def test_there_is_at_least_one():
    assert 1 <= usable_processors() <= (os.cpu_count() or 1)


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="processes cannot be bound here"
)
def test_a_process_that_is_bound_to_one_processor_gets_one():
    code = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from emlib._processors import usable_processors
from emlib.gmm.streaming.team import Team
assert usable_processors() == 1
assert Team(None).n_threads == 1
assert Team(2).n_threads == 2  # whoever asks for more gets more
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


class System:
    """What `os` offers on some system, and no more."""

    def __init__(self, **functions):
        vars(self).update(functions)


@pytest.mark.parametrize(
    ("functions", "expected"),
    [
        ({"process_cpu_count": 3, "sched_getaffinity": {0, 1}, "cpu_count": 8}, 3),
        ({"process_cpu_count": None, "cpu_count": 8}, 1),
        ({"sched_getaffinity": {4, 5}, "cpu_count": 8}, 2),
        ({"cpu_count": 8}, 8),
        ({"cpu_count": None}, 1),
    ],
)
def test_the_nearest_answer_that_the_system_has(monkeypatch, functions, expected):
    answers = {name: lambda *_, value=value: value for name, value in functions.items()}
    monkeypatch.setattr(_processors, "os", System(**answers))
    assert usable_processors() == expected


def test_a_team_has_as_many_threads_if_they_can_be_kept_to_one_each(monkeypatch):
    pytest.importorskip("threadpoolctl")
    monkeypatch.setattr(team, "usable_processors", lambda: 7)
    assert team.Team(None).n_threads == 7
    monkeypatch.setattr(team, "_controller", lambda: None)
    assert team.Team(None).n_threads == 1
