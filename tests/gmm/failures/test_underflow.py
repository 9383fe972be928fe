"""Underflow: provoked it happens, cured it does not."""

import numpy as np

from emlib import gmm


def pictures():
    """Observations of 64 features, 0.3 deviations around two means that are far apart."""
    rng = np.random.default_rng(2)
    means = np.array([np.zeros(64), np.full(64, 4.0)])
    params = gmm.Params(np.full(2, 0.5), means, np.array([0.09 * np.eye(64)] * 2))
    data = gmm.vectorized.sample(params, 20, rng)[0]
    between = np.full((1, 64), 1.9)
    return np.vstack([data, between]), params


def densities(X, params):
    squares = ((X[:, None] - params.means) ** 2).sum(axis=2) / 0.09
    return params.weights * np.exp(-0.5 * squares) / (2 * np.pi * 0.09) ** 32


def test_underflow_happens():
    data, params = pictures()
    p = densities(data, params)
    assert p.sum(axis=1).prod() == 0
    assert (p[-1] == 0).all()
    with np.errstate(invalid="ignore"):
        assert np.isnan(p[-1] / p[-1].sum()).all()


def test_underflow_is_cured():
    data, params = pictures()
    gamma, log_likelihood = gmm.vectorized.e_step(data, params)
    assert np.isfinite(log_likelihood)
    np.testing.assert_allclose(gamma.sum(axis=1), 1)
    np.testing.assert_allclose(gamma[-1], [1, 0], atol=1e-12)
    p = densities(data[:-1], params)
    seen = p.max(axis=1) > 0
    np.testing.assert_allclose(
        np.log(p[seen].sum(axis=1)),
        gmm.vectorized.log_density(data[:-1], params)[seen],
        rtol=1e-10,
    )
