"""What results do not show, and wrong sentences that `check` once printed."""

import numpy as np
import pytest

from emlib import gaussian, gmm, kmeans
from emlib.exercises import check


def remarks(exercise, function):
    report = check(exercise, function)
    assert report.passed, report
    assert all(f"note   {words}" in str(report) for words in report.remarks)
    return " ".join(report.remarks)


def by_factor(X, params, inside=lambda u: (u**2).sum(axis=0), solve=np.linalg.solve):
    L = np.linalg.cholesky(params.covariance)
    u = solve(L, (X - params.mean).T)
    log_determinant = 2 * np.log(np.diagonal(L)).sum()
    return -0.5 * (len(L) * np.log(2 * np.pi) + log_determinant + inside(u))


def test_a_product_of_all_with_all_is_told():
    def log_density(X, params):
        return by_factor(X, params, lambda u: np.diagonal(u.T @ u))

    assert "1,039 x 1,039 entries" in remarks("gaussian.log_density", log_density)
    assert remarks("gaussian.log_density", lambda X, params: by_factor(X, params)) == ""


def test_an_inverse_is_told():
    def log_density(X, params):
        return by_factor(X, params, solve=lambda L, z: np.linalg.inv(L) @ z)

    assert "it calls inv" in remarks("gaussian.log_density", log_density)


def test_numbers_on_the_way_that_are_none():
    def acceptance(log_likelihoods, proposed, temperature):
        return np.minimum(1, np.exp((proposed - log_likelihoods) / temperature))

    def step_length(before, between, after):
        u = between - before
        return min(-1.0, -np.linalg.norm(u) / np.linalg.norm(after - between - u))

    assert "an overflow" in remarks("climbers.acceptance", acceptance)
    words = remarks("acceleration.step_length", step_length)
    assert "an invalid value" in words
    assert "no step at all" in words


@pytest.mark.parametrize(
    ("exercise", "function", "called"),
    [
        ("gaussian.cholesky", lambda c: np.linalg.cholesky(c), "cholesky"),
        ("gmm.log_prior", lambda p, prior: _inverts(p, prior), "inv"),
    ],
)
def test_what_an_exercise_forbids_does_not_pass(exercise, function, called):
    report = check(exercise, function)
    assert report.stage == "what the exercise forbids"
    assert f"calls {called} of a linear algebra library" in report.problem


def _inverts(params, prior):
    np.linalg.inv(params.covariances[0])
    return gmm.naive.log_prior(params, prior)


def test_a_last_block_that_is_left_out_shows():
    def fit(X):
        rows = X[: len(X) - len(X) % 100] if len(X) >= 100 else X
        return gaussian.vectorized.fit(rows)

    assert "many observations" in check("gaussian.fit", fit).problem


def test_labels_have_no_ratio():
    def assign(X, centers):
        return (kmeans.naive.assign(X, centers) + 1) % len(centers) * 1

    assert "times" not in str(check("kmeans.assign", assign))


def test_of_several_results_the_one_is_named():
    def m_step(X, responsibilities):
        right = gmm.vectorized.m_step(X, responsibilities)
        N = responsibilities.sum(axis=0)
        scale = (N / (N - 1))[:, None, None]
        return right._replace(covariances=right.covariances * scale)

    assert "gives the same covariances" in str(check("gmm.m_step", m_step))
