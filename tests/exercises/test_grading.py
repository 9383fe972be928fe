"""A fault in one exercise does not affect any other."""

import sys

import pytest

from emlib.exercises import _processes, grading
from emlib.exercises.grading import Limits, grade
from tests.exercises.submissions import write_notebook

# On other systems memory has no limit, and crashes differ.
LINUX = sys.platform == "linux"
linux = pytest.mark.skipif(not LINUX, reason="Linux only")
QUICK = Limits(time=3, memory=1024)
KEYS = [
    "exercise",
    "status",
    "passed",
    "stage",
    "message",
    "mistake",
    "report",
    "seconds",
]


# --- every status, in one notebook ---------------------------------------------------------------

CELLS = [
    """

%matplotlib inline
import os, signal, sys
import numpy as np
from emlib import coins, evidence, gaussian, gmm, linkage
from emlib.exercises import check
raise RuntimeError("no exercise needs this line")""",
    # Passed, with a helper that is defined after its use, and with prints that go nowhere.
    """%%time
def e_step(counts, params):
    print('{"status": "failed"}', flush=True)
    os.write(1, b'{"status": "failed"}')
    return helper(counts, params)""",
    """def helper(counts, params):
    return coins.vectorized.e_step(counts, params)

assert check("coins.e_step", e_step)""",
    # Failed.
    """def m_step(counts, responsibilities):
    return None

report = check("coins.m_step", m_step)""",
    # Error: the code raises before the check.
    """table = 1 / 0
def log_likelihood(counts, params):
    return table

print(check("coins.log_likelihood", log_likelihood))""",
    """check("linkage.e_step", never_defined)""",
    """check("linkage.m_step")""",
    # Syntax errors: here the check is in the broken cell, and then only the function.
    """def lower_bound(log_joint, q):
    return (q * log_joint

check("evidence.lower_bound", lower_bound)""",
    """def kl_divergence(q, p)
    return 0.0""",
    """check("evidence.kl_divergence", kl_divergence)""",
    # Timeout, memory, crashes.
    """def forever(y, params):
    while True:
        pass

check("linkage.log_likelihood", forever)""",
    """check("gaussian.fit", lambda X, observation_weights=None: sys.exit())""",
    """def leave(X, params):
    os._exit(3)

check("gaussian.log_density", leave)""",
    """def down(X, params):
    return down(X, params)

check("gmm.log_density", down)""",
    """check("gmm.e_stop", never_defined)""",
    """def lazy(X, params):
    return input()
check("gmm.e_step", function=lazy)""",
    """class Mine:
    def __call__(self, X, responsibilities):
        return gmm.vectorized.m_step(X, responsibilities)
check("gmm.m_step", Mine())""",
]
if LINUX:
    CELLS += [
        """def hog(log_terms):
    try:
        return np.ones((10**9, 10))
    except Exception as error:
        raise MemoryError from error

check("evidence.log_sum_exp", hog)""",
        """hoard = [0] * 10**10
check("gaussian.cholesky", lambda covariance: hoard)""",
        """def fall(params, n_samples, rng):
    os.kill(os.getpid(), signal.SIGSEGV)

check("gmm.sample", fall)""",
    ]


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    path = tmp_path_factory.mktemp("submissions") / "übung.ipynb"
    expected = {"some/chapter": ["coins.e_step", "gmm.log_likelihood"]}
    (result,) = grade(
        [write_notebook(path, CELLS, "some/chapter")], expected, limits=QUICK, jobs=4
    )
    return result


@pytest.fixture(scope="module")
def outcome(everything):
    return {exercise["exercise"]: exercise for exercise in everything["exercises"]}


@pytest.mark.parametrize(
    ("exercise", "status", "message"),
    [
        ("coins.e_step", "passed", None),
        ("coins.m_step", "failed", "None"),
        (
            "coins.log_likelihood",
            "error",
            "division by zero (übung.ipynb, code cell 5, line 1)",
        ),
        ("linkage.e_step", "error", "name 'never_defined' is not defined"),
        ("linkage.m_step", "error", 'check("linkage.m_step", my_function)'),
        (
            "evidence.lower_bound",
            "syntax error",
            "übung.ipynb, code cell 8, line 2: '(' was",
        ),
        ("evidence.kl_divergence", "syntax error", "cell 9, line 1: expected ':'"),
        ("linkage.log_likelihood", "timeout", "3 s in übung.ipynb, code cell 11, line"),
        ("gaussian.fit", "failed", "it raised SystemExit"),
        ("gaussian.log_density", "crashed", "exit status 3"),
        ("gmm.log_density", "failed", "RecursionError"),
        ("gmm.e_step", "failed", "EOFError"),
        ("gmm.m_step", "passed", None),
        ("gmm.log_likelihood", "missing", 'check("gmm.log_likelihood", ...)'),
        ("gmm.e_stop", "unknown exercise", "gmm.e_step"),
        pytest.param("evidence.log_sum_exp", "memory", "1024 MiB", marks=linux),
        pytest.param("gaussian.cholesky", "memory", "1024 MiB", marks=linux),
        pytest.param(
            "gmm.sample", "crashed", "signal 11 in übung.ipynb, code cell", marks=linux
        ),
    ],
)
def test_status(outcome, exercise, status, message):
    found = outcome[exercise]
    assert (found["status"], found["passed"]) == (status, status == "passed"), found
    assert message is None or message in found["message"]
    assert list(found) == KEYS
    assert found["seconds"] >= 0
    assert (found["report"] is not None) == (
        status in ("passed", "failed")
        or exercise in ("coins.log_likelihood", "linkage.e_step")
    )


def test_summary(everything):
    assert everything["chapter"] == "some/chapter"
    assert everything["passed"] == 2
    assert everything["total"] == len(everything["exercises"])
    assert everything["score"] == 2 / everything["total"]
    # What the chapter asks for comes first.
    order = [exercise["exercise"] for exercise in everything["exercises"]]
    assert order[:2] == ["coins.e_step", "gmm.log_likelihood"]


def test_what_kept_a_cell_from_its_end_is_said(everything):
    notes = everything["notes"]
    assert (
        "RuntimeError: no exercise needs this line (übung.ipynb, code cell 1"
        in notes[0]
    )
    assert any("code cell 9, line 1: expected ':'" in note for note in notes)
    assert not any("code cell 11" in note for note in notes)  # a check's own affair


def test_a_traceback_shows_the_student_s_own_lines_only(outcome):
    assert outcome["coins.log_likelihood"]["report"].splitlines()[:3] == [
        "Traceback (most recent call last):",
        '  File "übung.ipynb, code cell 5", line 1, in <module>',
        "    table = 1 / 0",
    ]
    assert "übung.ipynb, code cell 16" in outcome["gmm.e_step"]["report"]
    assert "_worker" not in outcome["gmm.e_step"]["report"]


def test_a_known_mistake_is_named(tmp_path):
    file = tmp_path / "one.py"
    file.write_text(
        "from emlib import coins\n"
        "from emlib.exercises import check, mistakes\n"
        "known = mistakes.known('coins.m_step')[0]\n"
        "def m_step(counts, gamma):\n"
        "    return coins.Params(known.function(counts, gamma))\n"
        "check('coins.m_step', m_step)\n"
    )
    (result,) = grade([str(file)], {}, limits=QUICK)
    (exercise,) = result["exercises"]
    assert exercise["status"] == "failed"
    assert exercise["stage"] in exercise["report"]
    assert set(exercise["mistake"]) == {"name", "title", "equation"}


# --- what a submission may do ---------------------------------------------------------------------


def test_a_python_file_that_cannot_be_parsed(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text(
        "# check('coins.fit', f)\ncheck('coins.e_step', f\ncheck('coins.m_step', g)"
    )
    (result,) = grade([str(path)], {})
    found = [(e["exercise"], e["status"]) for e in result["exercises"]]
    assert found == [("coins.e_step", "syntax error"), ("coins.m_step", "syntax error")]
    assert "broken.py, line 2" in result["exercises"][0]["message"]


def test_leftovers_of_an_exercise_do_not_keep_it_waiting(tmp_path):
    """Threads and child processes of a submission are ended with it."""
    path = tmp_path / "busy.py"
    path.write_text(
        "import subprocess, sys, threading, time\n"
        "from emlib import coins\n"
        "from emlib.exercises import check\n"
        "def e_step(counts, params):\n"
        "    threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "    return coins.naive.e_step(counts, params)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "e_step.child = child\n"
        "check('coins.e_step', e_step)\n"
    )
    (result,) = grade([str(path)], {})
    assert result["passed"] == 1
    assert result["exercises"][0]["seconds"] < 20


SOLVED = (
    "import os\nfrom emlib import coins\nfrom emlib.exercises import check\n"
    "check('coins.e_step', lambda counts, params: coins.naive.e_step(counts, params))\n"
    "check('coins.m_step', lambda counts, gamma: os._exit(3))\n"
)


@pytest.mark.parametrize("copies", [True, False])
def test_a_copy_of_a_process_and_a_new_one_do_the_same(copies, tmp_path, monkeypatch):
    monkeypatch.setattr(_processes, "COPIES", copies and LINUX)
    path = tmp_path / "solved.py"
    path.write_text(SOLVED)
    (result,) = grade([str(path)], {}, limits=Limits(time=20), jobs=1)
    found = [exercise["status"] for exercise in result["exercises"]]
    assert found == ["passed", "crashed"]


@linux
def test_where_the_process_that_is_copied_has_ended_another_is_started(
    tmp_path, monkeypatch
):
    ended = []

    class Ended(_processes._Original):
        def run(self, *arguments):
            self._process.kill()
            ended.append(self._process.wait())
            return super().run(*arguments)

    monkeypatch.setattr(_processes, "_Original", Ended)
    path = tmp_path / "solved.py"
    path.write_text(SOLVED)
    (result,) = grade([str(path)], {}, limits=Limits(time=20), jobs=1)
    assert result["passed"] == 1
    assert ended == [-9] * 2


def test_what_is_done_to_the_process_itself_costs_the_statement(tmp_path, monkeypatch):
    monkeypatch.setattr(grading, "STARTING", 1.5)
    path = tmp_path / "other.py"
    path.write_text(
        "import os, sys\n"
        "from emlib import coins\n"
        "from emlib.exercises import check\n"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "e_step = os.execv(sys.executable, sleep)\n"
        "check('coins.e_step', e_step)\n"
        "os.closerange(3, 256)\n"
        "import json\n"
        "json.dumps = None\n"
        "check('coins.m_step', lambda *data: coins.naive.m_step(*data))\n"
    )
    (result,) = grade([str(path)], {}, limits=Limits(time=3))
    found = [exercise["status"] for exercise in result["exercises"]]
    assert found == ["timeout", "passed"]
    stopped, unknown, closed = result["notes"]
    assert "other.py, line 5 (e_step = os.execv(" in stopped
    assert "other.py, line 6" in unknown
    assert "other.py, line 7 (os.closerange(3, 256))" in closed
