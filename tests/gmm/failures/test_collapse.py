"""Collapse: provoked it happens, cured it does not."""

from types import SimpleNamespace

import numpy as np
import pytest

from emlib import em, gmm
from tests.gmm.failures.climbs import X, climb, collapses, starts

FEW = X[::9]  # 31 rows for 29 parameters


def test_collapse_happens():
    assert collapses(FEW, starts(FEW, 5, 20)) >= 3
    # And there is no limit to what it gains on the way down.
    spike = [
        gmm.vectorized.log_likelihood(
            FEW,
            gmm.Params(
                np.array([0.1, 0.9]),
                np.array([FEW[0], FEW.mean(axis=0)]),
                np.array([sigma**2 * np.eye(2), np.cov(FEW.T)]),
            ),
        )
        for sigma in (1e-10, 1e-20, 1e-40)
    ]
    np.testing.assert_allclose(
        np.diff(spike), 2 * np.log(10) * np.array([10, 20]), rtol=1e-6
    )


def test_collapse_is_cured():
    prior = gmm.weak_prior(FEW, 5)
    assert collapses(FEW, starts(FEW, 5, 20), prior=prior) == 0
    result = climb(FEW, starts(FEW, 5, 1)[0], prior=prior)
    floor = prior.scatter / (len(FEW) + prior.degrees + 4)
    for covariance in result.params.covariances:
        assert np.linalg.eigvalsh(covariance - floor).min() > 0


def test_collapse_to_nothing_is_cured_by_a_concentration():
    nobody = np.eye(2)[np.zeros(len(FEW), dtype=int)]
    prior = gmm.weak_prior(FEW, 2)
    with pytest.raises(em.DegenerateComponent, match="component 1 is empty"):
        gmm.vectorized.m_step(FEW, nobody, prior=prior)
    prior = prior._replace(concentration=1.5)
    repaired = gmm.vectorized.m_step(FEW, nobody, prior=prior)
    np.testing.assert_allclose(repaired.means[1], prior.mean)
    assert (repaired.weights > 0).all()


def test_a_constant_on_the_diagonal_does_not_climb():
    """The popular cure for a collapse: what is added belongs to nothing that is climbed."""

    def m_step(X, gamma):
        N_k = gamma.sum(axis=0)
        means = gamma.T @ X / N_k[:, None]
        z = X[:, None] - means
        scatters = np.einsum("nk,nki,nkj->kij", gamma, z, z)
        covariances = scatters / N_k[:, None, None] + 0.1 * np.eye(2)
        return gmm.Params(N_k / len(X), means, covariances)

    floored = SimpleNamespace(e_step=gmm.vectorized.e_step, m_step=m_step)
    falls = 0
    for start in starts(FEW, 5, 20, seed=1):
        try:
            em.fit(floored, FEW, start, tol=1e-2)
        except em.LikelihoodDecreased:
            falls += 1
    assert falls >= 3
