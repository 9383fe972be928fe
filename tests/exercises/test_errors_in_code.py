"""An error in the reader's code is reported, with the reader's lines and the smallest input."""

import re

import numpy as np
import pytest

from emlib import gmm
from emlib.exercises import check
from tests.exercises.known import PACKAGE


def test_an_exception_is_shown_with_the_reader_s_lines_and_the_smallest_input():
    def helper(X):
        raise KeyError("mine")

    def e_step(X, params):
        return helper(X)

    report = check("gmm.e_step", e_step)
    assert report.stage == "runs"
    assert "KeyError: 'mine'" in report.traceback
    assert "raise KeyError" in report.traceback
    assert "return helper(X)" in report.traceback
    assert "emlib" not in report.traceback.replace(str(PACKAGE.parent / "tests"), "")
    assert re.search(r"X = np.array\(\[\[-?[\d.]{3,4}\]\]\)", report.example)


def test_the_example_shrinks_to_what_is_needed():
    def e_step(X, params):
        if len(X) > 1 and len(params.weights) > 1:
            raise RuntimeError
        return gmm.vectorized.e_step(X, params)

    report = check("gmm.e_step", e_step)
    namespace = {"np": np, "gmm": gmm}
    arguments, _, _ = report.example.partition("expected")
    exec(arguments, namespace)  # it can be typed as it stands
    assert namespace["X"].shape == (2, 1)
    assert len(namespace["params"].weights) == 2


def test_an_error_inside_em_fit_is_shown():
    def m_step(X, responsibilities):
        if len(X) == 30:
            raise RuntimeError("only here")
        return gmm.vectorized.m_step(X, responsibilities)

    report = check("gmm.m_step", m_step)
    assert "(on this input: inside em.fit)" in report.problem
    assert "RuntimeError: only here" in report.traceback


def test_an_error_without_a_message():
    class Silent(Exception):
        def __str__(self):
            raise RuntimeError

    def e_step(X, params):
        raise Silent

    report = check("gmm.e_step", e_step)
    assert "its message cannot be shown" in report.problem
    assert "raise Silent" in report.traceback


def test_leaving_the_program_is_an_error_like_others():
    assert "SystemExit" in check("gmm.e_step", lambda X, params: exit()).problem


def test_an_interrupt_is_not_swallowed():
    def e_step(X, params):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("gmm.e_step", e_step)


def test_a_recursion_without_end_is_an_error_like_others():
    def e_step(X, params):
        return e_step(X, params)

    assert "RecursionError" in check("gmm.e_step", e_step).problem
