"""The bound, the gap and the evidence fit together, and known values come out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib import coins, datasets, evidence, gaussian, gmm

sides = pytest.mark.parametrize("side", ["naive", "vectorized"])


@sides
@given(seed=st.integers(0, 2**32 - 1), N=st.integers(1, 6), K=st.integers(1, 4))
def test_evidence_is_bound_plus_gap(side, seed, N, K):
    rng = np.random.default_rng(seed)
    twin = getattr(evidence, side)
    log_joint = 5 * rng.standard_normal((N, K))
    q = rng.dirichlet(np.ones(K), size=N)
    log_evidence = twin.log_sum_exp(log_joint)
    posterior = np.exp(log_joint - log_evidence[:, None])
    gap = twin.kl_divergence(q, posterior)
    assert gap >= -1e-12
    assert twin.lower_bound(log_joint, q) + gap == pytest.approx(
        log_evidence.sum(), abs=1e-10
    )
    assert twin.lower_bound(log_joint, posterior) == pytest.approx(
        log_evidence.sum(), abs=1e-10
    )


@sides
def test_known_values(side):
    twin = getattr(evidence, side)
    expected = 0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1)
    assert twin.kl_divergence([[0.5, 0.5]], [[0.9, 0.1]]) == pytest.approx(expected)
    assert twin.kl_divergence([[0.5, 0.5]], [[1.0, 0.0]]) == math.inf
    assert twin.kl_divergence([[1.0, 0.0]], [[0.5, 0.5]]) == pytest.approx(math.log(2))
    assert twin.lower_bound([[0.0, -math.inf]], [[0.5, 0.5]]) == -math.inf
    assert twin.log_sum_exp([[-1000.0, -1000.0]])[0] == pytest.approx(
        -1000 + math.log(2)
    )


@sides
def test_the_gaussian_density_integrates_to_one(side):
    """Both twins could be wrong alike: hold them to the definition."""
    params = gaussian.Params([0.5, -1.0], [[1.5, 0.6], [0.6, 0.8]])
    axis = np.arange(-9, 9, 0.25)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    density = np.exp(getattr(gaussian, side).log_density(grid, params))
    assert density.sum() * 0.25**2 == pytest.approx(1, abs=1e-8)
    mean = density @ grid * 0.25**2
    np.testing.assert_allclose(mean, params.mean, atol=1e-7)


@sides
def test_a_mixture_of_one_is_a_gaussian(side):
    X = datasets.old_faithful()[:50]
    fitted = getattr(gaussian, side).fit(X)
    mixture = gmm.Params([1.0], [fitted.mean], [fitted.covariance])
    np.testing.assert_allclose(
        getattr(gmm, side).log_density(X, mixture),
        getattr(gaussian, side).log_density(X, fitted),
        rtol=1e-13,
    )


@sides
def test_the_coins_posterior_is_bayes_rule(side):
    gamma, log_likelihood = getattr(coins, side).e_step(
        [[3, 1]], coins.Params([0.9, 0.2])
    )
    a, b = 0.5 * 0.9**3 * 0.1, 0.5 * 0.2**3 * 0.8
    np.testing.assert_allclose(gamma, [[a / (a + b), b / (a + b)]])
    assert log_likelihood == pytest.approx(math.log(a + b))
