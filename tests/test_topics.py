"""A new topic is a folder: its files are found, and optional files may be absent."""

import subprocess
import sys

import pytest

import emlib.acceleration.problems
from emlib import _topics

TWIN = '''"""{words}."""

import numpy as np


def total(x):
    """The sum of some numbers.

    Parameters
    ----------
    x : numpy.ndarray, shape (N,)
        Any numbers.

    Returns
    -------
    float
        Their sum.
    """
    return {sum}
'''
FILES = {
    "__init__": '"""A toy."""\n\nfrom emlib.toy import naive, vectorized\n',
    "naive": TWIN.format(words="A loop", sum="float(sum(x))"),
    "vectorized": TWIN.format(words="On arrays", sum="float(np.sum(x))"),
    "problems": '''"""Random numbers."""

import numpy as np

from emlib._checks import EPS
from emlib.problems import Problem


def total(rng, setting):
    """Numbers around the offset."""
    x = setting.scale * (setting.offset + rng.standard_normal(setting.N))
    return Problem({"x": x}, lambda result: 2 * len(x) * EPS * np.abs(x).sum())
''',
}
MISTAKES = '''"""What goes wrong with sums."""

from emlib.exercises.mistakes import always, mistake


@always("toy", part="result")
def not_huge(value, name, arguments):
    """Below a million times the largest number."""
    limit = 1e6 * abs(arguments["x"]).max()
    return f"the sum is {value}: nobody adds up so much" if value > limit else None


@mistake("toy.total", "eq-log-sum-exp")
def average(x):
    """The numbers are averaged and not added.

    Do not divide.
    """
    return x.mean()
'''
CODE = """
import sys
import emlib
emlib.__path__.append(sys.argv[1])
import numpy as np
from emlib import problems
from emlib.exercises import check, mistakes, names
assert "toy.total" in names()
assert len(problems.draw("toy.total", np.random.default_rng(0)).arguments["x"]) == 20
assert check("toy.total", lambda x: x.sum())
"""
WITHOUT = """
assert mistakes.known("toy.total") == ()
report = check("toy.total", lambda x: x.mean())
assert not report and report.mistake is None
"""
WITH = """
report = check("toy.total", lambda x: x.mean())
assert report.mistake.name == "average"
assert "emlib/evidence/naive.py, line" in repr(report), report
assert "nobody adds up so much" in check("toy.total", lambda x: 1e9 + x.sum()).problem
"""


def run(folder, mistakes, code):
    """Run code in a new process, for which the toy is a topic of the package."""
    (folder / "toy").mkdir()
    written = FILES if mistakes is None else FILES | {"mistakes": mistakes}
    for name, text in written.items():
        (folder / "toy" / f"{name}.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CODE + code, str(folder)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("mistakes", [None, ""], ids=["no file", "an empty file"])
def test_a_topic_may_have_no_mistakes(tmp_path, mistakes):
    run(tmp_path, mistakes, WITHOUT)


def test_the_mistakes_of_a_topic_are_found(tmp_path):
    run(tmp_path, MISTAKES, WITH)


def test_topics_have_both_twins_and_come_in_order():
    assert list(_topics.topics()) == sorted(_topics.topics())
    for topic in _topics.topics():
        assert {"naive", "vectorized"} <= set(_topics.files(topic))
    assert "exercises" not in _topics.topics()
    assert "datasets" not in _topics.topics()


def test_functions_are_those_that_a_module_defines_and_does_not_hide():
    """In the order of the source, without imports and names with a leading underscore."""
    found = _topics.functions(emlib.acceleration.problems)
    assert list(found) == ["step_length", "aitken", "squarem"]
