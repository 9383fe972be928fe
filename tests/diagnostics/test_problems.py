"""The problems of this topic are as hard as they say, and most are without doubt."""

import numpy as np

from emlib import problems
from emlib.diagnostics import vectorized
from emlib.problems import Setting
from tests.twins import drawn


def test_extremes_occur():
    for name in ("rhat", "ess", "mcse_mean"):
        found = [
            a["draws"] for a in drawn(f"diagnostics.{name}", Setting(extreme=True))
        ]
        assert any(len(np.unique(x)) < x.size / 2 for x in found)
        assert any((np.diff(x[0])[-5:] == 0).all() for x in found)


def test_odd_and_even_numbers_of_draws_occur():
    lengths = {
        drawn("diagnostics.ess", Setting(N=N), n=1)[0]["draws"].shape[1] % 2
        for N in (7, 8)
    }
    assert lengths == {0, 1}


def test_rounding_rarely_decides_where_the_sum_ends():
    certain = 0
    for seed in range(100):
        problem = problems.draw("diagnostics.ess", np.random.default_rng(seed))
        result = vectorized.ess(**problem.arguments)
        certain += problem.tolerance(result) < 1e-8 * result
    assert certain >= 99


def test_there_are_all_kinds_and_quantities():
    found = drawn("diagnostics.ess", Setting(options=True, D=3), n=40)
    assert {a["kind"] for a in found} == {"bulk", "tail", "mean"}
    assert {a["draws"].shape[2] for a in found} == {3}
    ways = drawn("diagnostics.rhat", Setting(options=True), n=40)
    assert len({(a["split"], a["rank"]) for a in ways}) == 4
