"""The gradient is one, and EM's step is the gradient rescaled."""

import numpy as np
import pytest
from hypothesis import given

from emlib import climbers, gaussian, gmm
from emlib._checks import EPS
from emlib.problems import Setting, mixtures
from tests.climbers.mixtures import mixture, seeds, settings

SIDES = climbers.naive, climbers.vectorized
both = pytest.mark.parametrize("side", SIDES)


def height(X, free):
    """The log-likelihood, and how far rounding can move it."""
    params = gmm.Params(*climbers.vectorized.constrain(free))
    moved = mixtures.rounding(X, params)[1]
    value = gmm.vectorized.log_likelihood(X, params)
    return value, moved.sum() + len(X) * EPS * abs(value)


def central(X, free, part, index, h):
    """A central difference, and how far rounding can move it."""
    ends = []
    for sign in (1, -1):
        moved = np.array(getattr(free, part))
        moved[index] += sign * h
        ends.append((moved[index], *height(X, free._replace(**{part: moved}))))
    (right, top, above), (left, bottom, below) = ends
    return (top - bottom) / (right - left), (above + below) / (right - left)


ENTRIES = 4  # of each part and each problem; there are 200 problems


@given(setting=settings, seed=seeds)
def test_the_gradient_is_that_of_the_log_likelihood(setting, seed):
    """Against central differences, at some entries of each part.

    Truncation falls with h^2, rounding grows with 1 / h. Twice the step has four times the
    truncation, so that the difference of the two is three times that of the smaller step; once is
    allowed.
    """
    X, params, free = mixture(setting, seed)
    gamma, _ = gmm.vectorized.e_step(X, params)
    slopes = [side.gradient(X, gamma, free) for side in SIDES]
    rng = np.random.default_rng(seed)
    for part, *values in zip(free._fields, *slopes, strict=True):
        every = list(np.ndindex(values[0].shape))
        for index in rng.permutation(every)[:ENTRIES].tolist():
            index = tuple(index)
            if part == "factors" and index[2] > index[1]:
                assert [value[index] for value in values] == [0, 0]
                continue
            in_units = part == "means" or (part == "factors" and index[1] != index[2])
            h = 1e-4 * (setting.scale if in_units else 1.0)
            near, rounding = central(X, free, part, index, h)
            far, _ = central(X, free, part, index, 2 * h)
            allowed = abs(far - near) + 2 * rounding
            for value in values:
                assert abs(value[index] - near) <= allowed, (part, index)


@both
@given(setting=settings, seed=seeds)
def test_there_and_back(side, setting, seed):
    """Constraining what was unconstrained changes nothing, to rounding."""
    _, params, _ = mixture(setting, seed)
    free = side.unconstrain(*params)
    back = side.constrain(free)
    for old, new in zip(params, back, strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-12, atol=1e-12 * np.abs(old).max())
    again = side.unconstrain(*back)
    for old, new in zip(free, again, strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-9, atol=1e-9)


@both
def test_a_number_added_to_all_logits_changes_nothing(side):
    X, params, free = mixture(Setting(), 0)
    gamma, _ = gmm.vectorized.e_step(X, params)
    shifted = free._replace(logits=free.logits + 700)
    np.testing.assert_allclose(side.constrain(shifted)[0], params.weights, rtol=1e-12)
    slope = side.gradient(X, gamma, shifted).logits
    assert abs(slope.sum()) < 1e-12 * len(X)  # along that direction it is flat


@both
@given(setting=settings, seed=seeds)
def test_em_s_step_is_the_gradient_rescaled(side, setting, seed):
    X, params, free = mixture(setting, seed)
    gamma, _ = gmm.vectorized.e_step(X, params)
    slope = side.gradient(X, gamma, free)
    weights, means, covariances = params
    N_k = gamma.sum(axis=0)
    if N_k.min() < 1e-3:
        return  # nearly nobody's: the quotients below have lost their digits
    new_means = gamma.T @ X / N_k[:, None]
    rescaled = np.einsum("kde,ke->kd", covariances, slope.means) / N_k[:, None]
    size = 1e-10 * (np.abs(X).max() + np.abs(means).max())
    np.testing.assert_allclose(new_means - means, rescaled, rtol=0, atol=size)
    gained = N_k / len(X) - weights
    np.testing.assert_allclose(gained, slope.logits / len(X), rtol=0, atol=1e-12)
    # The covariance with the mean held, from the slope G by the covariance: 2 G L by the factor.
    for k in range(setting.K):
        apart = X - means[k]
        scatter = (gamma[:, k, None] * apart).T @ apart
        P = np.linalg.solve(covariances[k], np.eye(setting.D))
        G = 0.5 * P @ (scatter - N_k[k] * covariances[k]) @ P
        step = 2 / N_k[k] * covariances[k] @ G @ covariances[k]
        new = scatter / N_k[k]
        size = 1e-10 * (np.abs(new).max() + np.abs(covariances[k]).max())
        np.testing.assert_allclose(new - covariances[k], step, rtol=0, atol=size)
        L = np.linalg.cholesky(covariances[k])
        by_factor = np.tril(2 * G @ L)
        by_factor[np.diag_indices(setting.D)] *= np.diagonal(L)
        size = 1e-9 * max(1.0, np.abs(by_factor).max()) * (1 + N_k[k])
        np.testing.assert_allclose(slope.factors[k], by_factor, rtol=0, atol=size)


@both
def test_acceptance_is_what_metropolis_says(side):
    chances = side.acceptance([-10.0] * 4, [-9, -10, -12, -np.inf], 2.0)
    np.testing.assert_allclose(chances, [1, 1, np.exp(-1), 0], rtol=1e-15)


@both
def test_recombination_around_the_new_mean_would_be_the_m_step_of_one_gaussian(side):
    """A rank's weight in the place of a responsibility."""
    rng = np.random.default_rng(0)
    offspring, mean, path = rng.standard_normal((12, 3)), np.zeros(3), np.zeros(3)
    rate = climbers.rates(12, 3)
    weights = np.concatenate([rate.weights, np.zeros(6)])
    fit = gaussian.vectorized.fit(offspring, weights)
    new_mean, new, new_path, step_size = side.recombine(
        offspring, mean, np.eye(3), path, 1.0
    )
    np.testing.assert_allclose(new_mean, fit.mean, rtol=1e-12)
    around_the_old = fit.covariance + np.outer(fit.mean, fit.mean)
    rest = new - rate.rank_one * np.outer(new_path, new_path)
    rest -= (1 - rate.rank_one - rate.rank_mu) * np.eye(3)
    np.testing.assert_allclose(rest, rate.rank_mu * around_the_old, atol=1e-14)
    longer = np.linalg.norm(new_path) > rate.expected_length
    assert (step_size > 1) == longer


@both
def test_the_step_size_stays_where_steps_are_random(side):
    """With ranks that mean nothing the logarithm of the step size has no drift."""
    rng = np.random.default_rng(1)
    P, M = 5, 10
    changes, path = [], np.zeros(P)
    for _ in range(2000):
        offspring = rng.standard_normal((M, P))
        *_, path, step_size = side.recombine(
            offspring, np.zeros(P), np.eye(P), path, 1.0
        )
        changes.append(np.log(step_size))
    rate = climbers.rates(M, P)
    assert abs(np.mean(changes[50:])) < 0.02 * rate.path / rate.damping


def test_rates_are_those_of_the_table():
    """For P = 10 and M = 10: Hansen's purecma prints the same."""
    rate = climbers.rates(10, 10)
    assert rate.weights.sum() == pytest.approx(1)
    assert np.all(np.diff(rate.weights) < 0)
    assert rate.effective == pytest.approx(1 / np.square(rate.weights).sum())
    assert rate.path == pytest.approx((rate.effective + 2) / (15 + rate.effective))
    assert 0 < rate.rank_one + rate.rank_mu < 1
    draws = np.random.default_rng(0).standard_normal((100_000, 10))
    mean = np.linalg.norm(draws, axis=1).mean()
    assert rate.expected_length == pytest.approx(mean, abs=0.01)
