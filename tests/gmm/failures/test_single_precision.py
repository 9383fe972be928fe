"""Single precision: provoked it happens, cured it does not."""

from types import SimpleNamespace

import numpy as np
import pytest

from emlib import em, gmm
from tests.gmm.failures.climbs import START, X

SINGLES = (X + 300).astype(np.float32)
START_300 = START._replace(means=START.means + 300)


def by_moments(X, gamma, kind):
    """The M step as a difference of moments, summed in the precision `kind`."""
    X, gamma = X.astype(kind), gamma.astype(kind)
    N_k = gamma.sum(axis=0)
    means = gamma.T @ X / N_k[:, None]
    squares = np.einsum("nk,ni,nj->kij", gamma, X, X) / N_k[:, None, None]
    outer = means[:, :, None] * means[:, None, :]
    return gmm.Params(N_k / kind(len(X)), means, squares - outer)


def e_step_in_singles(X, params):
    terms = gmm.vectorized._log_joint(X, params).astype(np.float32)
    log_p = np.logaddexp.reduce(terms, axis=1)
    return np.exp(terms - log_p[:, None]), log_p.sum(dtype=np.float32)


def test_single_precision_happens():
    assert np.cumsum(np.ones(2**24 + 10, np.float32))[-1] == 2**24
    single = SimpleNamespace(
        e_step=e_step_in_singles,
        m_step=lambda X, gamma: by_moments(X, gamma, np.float32),
    )
    with pytest.raises((em.LikelihoodDecreased, np.linalg.LinAlgError)):
        em.fit(single, SINGLES, START_300)


def test_single_precision_is_cured(best):
    def m_step(X, gamma):
        centre = X.mean(axis=0, dtype=float).astype(X.dtype)
        params = by_moments(X - centre, gamma, np.float64)
        return params._replace(means=params.means + centre)

    mixed = SimpleNamespace(e_step=gmm.vectorized.e_step, m_step=m_step)
    result = em.fit(mixed, SINGLES, START_300)
    assert result.converged
    np.testing.assert_allclose(
        result.params.covariances, best.params.covariances, rtol=1e-3
    )
