"""The number of processors that a process may use, and the threads that follow it."""

import os
import subprocess
import sys

import pytest

from emlib import _processors
from emlib._processors import LIMITS, usable_processors, usable_threads
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
    unlimited = {k: v for k, v in os.environ.items() if k not in LIMITS}
    command = [sys.executable, "-W", "error", "-c", code]
    subprocess.run(command, check=True, env=unlimited)


class System:
    """A stand-in for `os` with only what some system offers."""

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
    monkeypatch.setattr(team, "usable_threads", lambda: 7)
    assert team.Team(None).n_threads == 7
    monkeypatch.setattr(team, "_controller", lambda: None)
    assert team.Team(None).n_threads == 1


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, 8),
        ({"OMP_NUM_THREADS": "3"}, 3),
        ({"OMP_NUM_THREADS": "16"}, 8),
        ({"OMP_NUM_THREADS": "4,2"}, 4),
        ({"OMP_NUM_THREADS": " 5 ", "MKL_NUM_THREADS": "2"}, 2),
        ({"OPENBLAS_NUM_THREADS": "1"}, 1),
        ({"LOKY_MAX_CPU_COUNT": "6"}, 6),
        ({"OMP_NUM_THREADS": ""}, 8),
        ({"OMP_NUM_THREADS": "0", "MKL_NUM_THREADS": "many"}, 8),
    ],
)
def test_no_more_threads_than_the_environment_allows(monkeypatch, variables, expected):
    for name in LIMITS:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(_processors, "usable_processors", lambda: 8)
    assert usable_threads() == expected


def test_in_joblib_s_workers_each_has_its_share(monkeypatch):
    joblib = pytest.importorskip("joblib")
    for name in LIMITS:
        monkeypatch.delenv(name, raising=False)
    n = usable_processors()
    with joblib.parallel_config("loky", n_jobs=n):
        shares = joblib.Parallel()(joblib.delayed(usable_threads)() for _ in range(n))
    assert shares == [1] * n
    joblib.externals.loky.get_reusable_executor().shutdown(wait=True)
