"""The report is text and a table, and the book's pages show it as it is."""

import re

import numpy as np
import pytest

from emlib import gmm, linkage
from emlib.exercises import Report, check
from tests.exercises.known import PACKAGE
from tests.exercises.steps import wrong_e_step


def test_the_report_is_text_and_a_table():
    passed = check("gmm.e_step", gmm.vectorized.e_step)
    assert str(passed).startswith("gmm.e_step: passed\n  ok     takes (X, params)")
    assert "times as long as the package's arrays" in passed.speed
    assert passed.speed in passed._repr_html_()
    failed = check("gmm.e_step", wrong_e_step(lambda X, p, gamma, ll: (gamma.T, ll)))
    assert isinstance(failed, Report)
    assert failed.speed is None
    table = failed._repr_html_()
    assert table.startswith("<table")
    assert '<code class="equation-label">eq-gmm-responsibility</code>' in table
    assert "emlib/gmm/naive.py, line" in table


def test_the_table_escapes_what_is_not_ours():
    def e_step(X, params):
        raise ValueError("<b>bold</b>")

    table = check("gmm.e_step", e_step)._repr_html_()
    assert "<b>bold" not in table
    assert "&lt;b&gt;bold" in table


def test_there_is_no_speed_where_there_are_no_rows():
    assert check("linkage.m_step", linkage.naive.m_step).speed is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gmm.estep", "did you mean gmm.e_step"),
        ("xyz", "pass one of"),
        (3, "there is no exercise 3"),
        (gmm.naive.e_step, "the name comes first"),
    ],
)
def test_an_unknown_exercise_is_refused(name, words):
    with pytest.raises(ValueError, match=words):
        check(name, gmm.naive.e_step)


def test_hard_inputs_are_named():
    report = check("gmm.e_step", gmm.vectorized.e_step)
    for words in ("far from the origin", "tiny variances", "a single observation"):
        assert words in str(report)
    assert "many observations" in str(report)


def test_the_report_does_not_depend_on_the_print_options():
    def m_step(X, gamma):
        params = gmm.vectorized.m_step(X, gamma)
        return params._replace(means=params.means + 0.125)

    usual = check("gmm.m_step", m_step).example
    with np.printoptions(precision=1, suppress=True):
        assert check("gmm.m_step", m_step).example == usual


def test_the_report_on_the_first_page_of_the_book_is_what_check_prints():
    page = (PACKAGE.parent / "book/check.md").read_text(encoding="utf-8")
    code = next(
        b for b in re.findall(r"```python\n(.*?)```", page, re.S) if "check(" in b
    )
    printed = re.search(r"```text\n(.*?)```", page, re.S)[1].splitlines()
    namespace = {}
    exec(code.replace('check("', 'report = check("'), namespace)
    reported = str(namespace["report"]).splitlines()
    for line in printed:
        assert any(real.startswith(line.removesuffix(" ...")) for real in reported), (
            line
        )


def test_the_example_of_the_readme_is_told_what_it_says(capsys):
    text = (PACKAGE.parent / "README.md").read_text(encoding="utf-8")
    code = next(
        b for b in re.findall(r"```python\n(.*?)```", text, re.S) if "check(" in b
    )
    exec(code, {})
    promised = re.search(r"check\(.*\)  # (.*) \.\.\.", code)[1]
    assert promised in capsys.readouterr().out
