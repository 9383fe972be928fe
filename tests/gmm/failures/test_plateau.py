"""A plateau: provoked it happens, cured it does not."""

import numpy as np
import pytest

from emlib import em, gaussian, gmm
from tests.gmm.failures.climbs import X, climb


def near_the_saddle(distance):
    one = gaussian.vectorized.fit(X)
    apart = distance * np.array([0.06, 1.0])
    means = np.array([one.mean - apart, one.mean + apart])
    return gmm.Params(np.full(2, 0.5), means, np.array([one.covariance] * 2))


def test_plateau_happens(best):
    """A small last gain, and 150 nats to come."""
    params = near_the_saddle(0.5)
    before = -np.inf
    for _ in range(1000):
        gamma, height = gmm.vectorized.e_step(X, params)
        if height - before < 1e-3 * len(X):
            break
        params, before = gmm.vectorized.m_step(X, gamma), height
    assert height < best.log_likelihoods[-1] - 150
    # On the saddle itself nothing helps: every gain is zero.
    stuck = em.fit(gmm.vectorized, X, near_the_saddle(0.0))
    assert stuck.converged
    assert stuck.log_likelihoods[-1] < best.log_likelihoods[-1] - 150


def test_plateau_is_cured(best):
    top = best.log_likelihoods[-1]
    result = em.fit(gmm.vectorized, X, near_the_saddle(0.5), tol=0.1)
    assert top - result.log_likelihoods[-1] < 0.1
    rng = np.random.default_rng(0)
    for params in (near_the_saddle(0.0), best.params):
        noise = 0.1 * X.std(axis=0) * rng.standard_normal(params.means.shape)
        shaken = climb(X, params._replace(means=params.means + noise))
        assert shaken.log_likelihoods[-1] == pytest.approx(top, abs=1e-3)
