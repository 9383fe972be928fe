"""Outliers: provoked it happens, cured it does not."""

import numpy as np

from emlib import em, evidence, gmm
from tests.gmm.failures.climbs import START, X, climb, sorted_means, starts

WRONG = [5, 60, 111, 170, 250]
TYPED = X.copy()
TYPED[WRONG, 1] *= 60  # waits in seconds


class WithBackground:
    """A Gaussian mixture and a uniform background: (mixture, share)."""

    def __init__(self, X):
        self.log_level = -np.log(np.ptp(X, axis=0)).sum()

    def e_step(self, X, params):
        mixture, share = params
        gamma, _ = gmm.vectorized.e_step(X, mixture)
        log_p = gmm.vectorized.log_density(X, mixture)
        level = np.full(len(X), np.log(share) + self.log_level)
        terms = np.column_stack([level, np.log1p(-share) + log_p])
        total = evidence.vectorized.log_sum_exp(terms)
        return (gamma, np.exp(level - total)), total.sum()

    def m_step(self, X, posterior):
        gamma, background = posterior
        mixture = gmm.vectorized.m_step(X, gamma, observation_weights=1 - background)
        return mixture, background.mean()


def test_outliers_happens():
    ends = [climb(TYPED, start, tol=1e-2) for start in starts(TYPED, 2, 5)]
    params = max(ends, key=lambda end: end.log_likelihoods[-1]).params
    small = params.weights.argmin()
    assert params.weights[small] < 0.03
    assert params.means[small, 1] > 1000


def test_outliers_is_cured(best):
    model = WithBackground(TYPED)
    result = em.fit(model, TYPED, (START, 0.05))
    (_, background), _ = model.e_step(TYPED, result.params)
    assert np.flatnonzero(background > 0.5).tolist() == WRONG
    means = sorted_means(result.params[0])
    np.testing.assert_allclose(means, sorted_means(best.params), atol=0.5)
    # And by trimming the least likely rows, from a fit that the outliers have spoilt.
    params = climb(TYPED, starts(TYPED, 2, 1)[0], tol=1e-2).params
    for _ in range(4):
        log_p = gmm.vectorized.log_density(TYPED, params)
        weights = (log_p > np.quantile(log_p, 0.05)).astype(float)
        params = climb(TYPED, START, tol=1e-2, observation_weights=weights).params
    assert not weights[WRONG].any()
    np.testing.assert_allclose(
        sorted_means(params), sorted_means(best.params), atol=1.0
    )
