"""Weight 2 is the row twice, weight 0 the row absent, in every criterion and in what it chooses."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib import gmm, problems, search, selection
from emlib.estimators import GaussianMixture
from emlib.exercises import check
from emlib.problems import Setting

CRITERIA = ("aic", "bic", "icl")
sides = pytest.mark.parametrize("side", [selection.naive, selection.vectorized])
criteria = pytest.mark.parametrize("criterion", CRITERIA)


def problem(seed=0, N=30, D=2, K=3, structure="full"):
    """Observations, a mixture of a structure, and whole numbers, some of them 0."""
    rng = np.random.default_rng(seed)
    drawn = problems.draw("gmm.e_step", rng, Setting(N=N, D=D, K=K)).arguments
    params = drawn["params"]
    covariances = gmm.vectorized.project(params.covariances, np.ones(K), structure)
    weights = rng.integers(0, 4, N)
    weights[0] = 2
    return drawn["X"], params._replace(covariances=covariances), weights


@sides
@criteria
@given(
    seed=st.integers(0, 2**32 - 1),
    D=st.integers(1, 3),
    K=st.integers(1, 3),
    structure=st.sampled_from(gmm.STRUCTURES),
)
def test_weights_count_rows(side, criterion, seed, D, K, structure):
    X, params, weights = problem(seed, 8, D, K, structure)
    repeated = np.repeat(X, weights, axis=0)
    value = getattr(side, criterion)
    # The same terms, added in another order.
    assert value(X, params, structure, weights) == pytest.approx(
        value(repeated, params, structure), rel=1e-12, abs=1e-12
    )


@sides
@criteria
def test_weights_of_one_are_none_to_the_last_digit(side, criterion):
    X, params, _ = problem()
    value = getattr(side, criterion)
    ones = np.ones(len(X))
    assert value(X, params, "full", observation_weights=ones) == value(
        X, params, "full"
    )


@sides
@criteria
def test_a_row_of_weight_zero_is_absent_wherever_it_lies(side, criterion):
    X, params, _ = problem()
    wild, present = X.copy(), np.ones(len(X))
    wild[3], present[3] = 1e40, 0
    value = getattr(side, criterion)
    assert value(wild, params, "full", present) == pytest.approx(
        value(np.delete(X, 3, axis=0), params, "full"), rel=1e-13
    )


@sides
def test_n_is_the_sum_of_the_weights_so_their_scale_matters(side):
    """Twice the weights are twice the data; weights that sum to one are a single row."""
    X, params, w = problem()
    p, N = side.n_parameters(params, "full"), w.sum()
    deviance = side.aic(X, params, "full", w) - 2 * p
    for factor in (2, 1 / N):
        aic, bic, icl = (
            getattr(side, name)(X, params, "full", factor * w) for name in CRITERIA
        )
        assert aic == pytest.approx(factor * deviance + 2 * p)
        assert bic == pytest.approx(factor * deviance + p * math.log(factor * N))
        doubt = side.icl(X, params, "full", w) - side.bic(X, params, "full", w)
        assert icl - bic == pytest.approx(factor * doubt)
    # So BIC's charge is gone where the weights have been divided by their sum.
    assert bic == pytest.approx(deviance / N)


@sides
@pytest.mark.parametrize("structure", gmm.STRUCTURES)
def test_the_estimator_means_the_same(side, structure):
    X, _, w = problem(structure=structure)
    w = w + 0.5
    fitted = GaussianMixture(
        2, covariance_type=structure, random_state=0, max_iter=1000
    ).fit(X, sample_weight=w)
    params = fitted._params()
    for name in ("aic", "bic"):
        assert getattr(side, name)(X, params, structure, w) == pytest.approx(
            getattr(fitted, name)(X, sample_weight=w), rel=1e-10
        )


def test_a_histogram_chooses_what_its_rows_choose():
    """Two clouds in 60 bins. Taken for rows, the bins would choose a single one."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(-3, 1, 4000), rng.normal(3, 1, 4000)])
    counts, edges = np.histogram(x, 60)
    bins = ((edges[1:] + edges[:-1]) / 2)[:, None]
    rows = np.repeat(bins, counts, axis=0)
    sizes = (1, 2, 3)
    fits = [
        search.climb_all(bins, K, 3, rng, tol=0.1, observation_weights=counts).best
        for K in sizes
    ]

    def values(criterion, *arguments):
        value = getattr(selection.vectorized, criterion)
        data, *weights = arguments
        return [value(data, fit.params, "full", *weights) for fit in fits]

    for criterion in CRITERIA:
        by_weights = values(criterion, bins, counts)
        assert by_weights == pytest.approx(values(criterion, rows), rel=1e-12)
        if criterion != "aic":  # it may take a third, for the bins' corners
            assert sizes[np.argmin(by_weights)] == 2
            assert sizes[np.argmin(values(criterion, bins))] == 1


# --- what a reader writes -------------------------------------------------------------------------


def ignores_them(X, params, structure, observation_weights=None):
    return selection.vectorized.bic(X, params, structure)


def counts_rows(X, params, structure, observation_weights=None):
    """Half of the way: weights in the likelihood, and not in N."""
    deviance = selection.vectorized.aic(X, params, structure, observation_weights)
    p = selection.vectorized.n_parameters(params, structure)
    return deviance + p * (math.log(len(X)) - 2)


@pytest.mark.parametrize("wrong", [ignores_them, counts_rows])
def test_a_reader_s_weights_are_tried(wrong):
    report = check("selection.bic", wrong)
    assert not report
    assert "observation_weights" in report.example
    assert report.mistake is None
    X, params, _ = problem()
    without = selection.naive.bic(X, params, "full")
    assert wrong(X, params, "full") == pytest.approx(without)


def test_a_reader_s_function_without_weights_is_not_asked_for_them():
    for name in CRITERIA:
        function = getattr(selection.vectorized, name)
        assert check(f"selection.{name}", lambda X, p, s, f=function: f(X, p, s))
