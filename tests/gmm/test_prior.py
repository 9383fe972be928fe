"""The conjugate prior: its density, the mode that the M step finds, and what it prevents."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from emlib import datasets, em, gmm, problems
from emlib.problems import Setting, mixtures

sides = pytest.mark.parametrize("side", ["naive", "vectorized"])
structures = pytest.mark.parametrize("structure", gmm.STRUCTURES)
seeds = st.integers(0, 2**32 - 1)
# The twins have their thousand examples in CI; here each one is many calls.
some = settings(max_examples=60)


def posed(seed, structure="full", N=20, D=2, K=3):
    rng = np.random.default_rng(seed)
    setting = Setting(N=N, D=D, K=K, separation=1.0, options=True)
    arguments, _ = problems.draw("gmm.e_step", rng, setting)
    prior = problems.draw("gmm.log_prior", rng, setting).arguments["prior"]
    gamma = rng.dirichlet(np.ones(K), size=N)
    start = gmm.vectorized.m_step(
        arguments["X"], gamma, structure=structure, prior=prior
    )
    return arguments["X"], gamma, prior, start, rng


def by_definition(params, prior):
    """The log-density with every constant, by another library."""
    m, kappa, psi, nu, alpha = prior
    total = stats.dirichlet.logpdf(params.weights, np.full(len(params.weights), alpha))
    for mean, covariance in zip(params.means, params.covariances, strict=True):
        total += stats.invwishart.logpdf(covariance, nu, psi)
        total += stats.multivariate_normal.logpdf(mean, m, covariance / kappa)
    return total


@sides
@some
@given(seed=seeds)
def test_the_density_is_that_of_its_name_up_to_a_constant(side, seed):
    _, _, prior, one, rng = posed(seed)
    other = mixtures.params(rng, Setting(D=2, K=3))
    log_prior = getattr(gmm, side).log_prior
    ours = log_prior(one, prior) - log_prior(other, prior)
    theirs = by_definition(one, prior) - by_definition(other, prior)
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def expected_log_posterior(X, gamma, params, prior):
    """What the M step maximises."""
    log_joint = gmm.vectorized._log_joint(X, params)
    return (gamma * log_joint).sum() + gmm.vectorized.log_prior(params, prior)


def nearby(params, structure, rng):
    """Other parameters of the same structure."""
    weights = params.weights * np.exp(0.1 * rng.standard_normal(len(params.weights)))
    D = params.means.shape[1]
    stretched = []
    for covariance in params.covariances:
        A = np.eye(D) + 0.1 * rng.standard_normal((D, D))
        stretched.append(A @ covariance @ A.T)
    ones = np.ones(len(weights))
    return gmm.Params(
        weights / weights.sum(),
        params.means + 0.1 * rng.standard_normal(params.means.shape),
        gmm.vectorized.project(np.array(stretched), ones, structure),
    )


@structures
@some
@given(seed=seeds)
def test_nothing_of_the_same_structure_is_more_likely_afterwards(structure, seed):
    X, gamma, prior, mode, rng = posed(seed, structure)
    height = expected_log_posterior(X, gamma, mode, prior)
    for _ in range(10):
        other = nearby(mode, structure, rng)
        assert expected_log_posterior(X, gamma, other, prior) < height


@structures
@some
@given(seed=seeds)
def test_what_em_climbs_never_falls(structure, seed):
    X, _, prior, start, _ = posed(seed, structure)
    # Without imagined observations a component may empty.
    prior = prior._replace(concentration=max(prior.concentration, 1.5))
    model = em.with_options(gmm.vectorized, structure=structure, prior=prior)
    result = em.fit(model, X, start, tol=1e-4, max_iter=2000)
    slack = 1e-9 * np.abs(result.log_likelihoods[1:])
    assert (np.diff(result.log_likelihoods) >= -slack).all()
    height = gmm.vectorized.log_likelihood(X, result.params)
    height += gmm.vectorized.log_prior(result.params, prior)
    assert result.log_likelihoods[-1] == pytest.approx(height, rel=1e-12)


@sides
@structures
def test_a_prior_of_next_to_nothing_changes_next_to_nothing(side, structure):
    X, gamma, prior, _, _ = posed(4, N=200)
    m_step = getattr(gmm, side).m_step
    # The inverse Wishart has an exponent of its own, nu + D + 2 > 2 D + 1: it fades with N only.
    weak = prior._replace(
        mean_strength=1e-9,
        scatter=1e-9 * np.eye(2),
        degrees=1 + 1e-9,
        concentration=1.0,
    )
    plain = m_step(X, gamma, structure=structure)
    other = m_step(X, gamma, structure=structure, prior=weak)
    np.testing.assert_allclose(other.weights, plain.weights, rtol=1e-14)
    np.testing.assert_allclose(other.means, plain.means, rtol=1e-8)
    N_k = gamma.sum(axis=0)
    shrink = N_k / (N_k + 5)
    if structure == "tied":
        shrink = np.full(3, 200 / (200 + 3 * 5))
    expected = shrink[:, None, None] * plain.covariances
    np.testing.assert_allclose(other.covariances, expected, rtol=1e-7, atol=1e-12)


@sides
@structures
def test_a_strong_prior_is_obeyed(side, structure):
    X, gamma, prior, _, _ = posed(5)
    strong = gmm.Prior(prior.mean, 1e12, 1e12 * np.eye(2), 1e12, 1e12)
    mode = getattr(gmm, side).m_step(X, gamma, structure=structure, prior=strong)
    np.testing.assert_allclose(mode.weights, 1 / 3, rtol=1e-9)
    np.testing.assert_allclose(mode.means, [prior.mean] * 3, rtol=1e-9)
    np.testing.assert_allclose(mode.covariances, [np.eye(2)] * 3, atol=1e-8)


@sides
def test_the_prior_counts_as_observations(side):
    """kappa at its mean with the scatter psi: as many rows of data say the same."""
    rng = np.random.default_rng(6)
    X, imagined = rng.standard_normal((30, 2)), rng.standard_normal((8, 2)) + 1
    centre = imagined.mean(axis=0)
    scatter = (imagined - centre).T @ (imagined - centre)
    # The counts add up if nu + D + 2 is the number of the imagined: nu = 8 - 4.
    prior = gmm.Prior(centre, 8.0, scatter, 4.0)
    m_step = getattr(gmm, side).m_step
    mode = m_step(X, np.ones((30, 1)), prior=prior)
    both = m_step(np.concatenate([X, imagined]), np.ones((38, 1)))
    np.testing.assert_allclose(mode.means, both.means, rtol=1e-12)
    np.testing.assert_allclose(mode.covariances, both.covariances, rtol=1e-12)


@sides
def test_observation_weights_count_beside_the_prior(side):
    X, gamma, prior, _, rng = posed(7)
    weights = rng.integers(0, 4, len(X))
    twin = getattr(gmm, side)
    counted = twin.m_step(X, gamma, weights, prior=prior)
    rows = np.repeat(X, weights, axis=0)
    repeated = twin.m_step(rows, np.repeat(gamma, weights, axis=0), prior=prior)
    for one, other in zip(counted, repeated, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)
    _, one = twin.e_step(X, counted, weights, prior)
    _, other = twin.e_step(rows, counted, prior=prior)
    assert one == pytest.approx(other, rel=1e-12)


# --- what it prevents -----------------------------------------------------------------------------


@sides
@structures
def test_a_component_on_one_observation_keeps_its_spread(side, structure):
    X = np.random.default_rng(3).standard_normal((8, 2))
    alone = np.eye(2)[[0, 0, 0, 0, 0, 0, 0, 1]]
    prior = gmm.weak_prior(X, 2)
    mode = getattr(gmm, side).m_step(X, alone, structure=structure, prior=prior)
    if structure == "full":
        # One observation, weighed against a hundredth of one at the mean of the data.
        apart = X[7] - prior.mean
        expected = prior.scatter + 0.01 / 1.01 * np.outer(apart, apart)
        np.testing.assert_allclose(mode.covariances[1], expected / 9, rtol=1e-12)
    assert (np.linalg.eigvalsh(mode.covariances) > 0.01).all()


@sides
def test_an_empty_component_gets_the_prior_if_there_is_a_concentration(side):
    X = np.random.default_rng(3).standard_normal((8, 2)) + 100
    nobody = np.eye(2)[[0] * 8]
    prior = gmm.weak_prior(X, 2)
    m_step = getattr(gmm, side).m_step
    with pytest.raises(em.DegenerateComponent, match=r"component 1 is empty.*above 1"):
        m_step(X, nobody, prior=prior)
    mode = m_step(X, nobody, prior=prior._replace(concentration=2.0))
    np.testing.assert_allclose(mode.weights, [0.9, 0.1], rtol=1e-14)
    np.testing.assert_allclose(mode.means[1], prior.mean, rtol=1e-14)
    np.testing.assert_allclose(mode.covariances[1], prior.scatter / 8, rtol=1e-12)


def test_the_weak_prior_is_that_of_its_source():
    """Fraley & Raftery (2007), section 3.1."""
    X = datasets.old_faithful()
    prior = gmm.weak_prior(X, 3)
    np.testing.assert_allclose(prior.mean, X.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(prior.scatter, np.cov(X.T, bias=True) / 3, rtol=1e-12)
    assert prior[1::2] == (0.01, 4.0)
    assert prior.concentration == 1
    line = gmm.weak_prior(X[:, :1], 3)
    np.testing.assert_allclose(line.scatter, X[:, 0].var() / 9, rtol=1e-12)
    with pytest.raises(ValueError, match="n_components is 0"):
        gmm.weak_prior(X, 0)


@some
@given(seed=seeds)
def test_the_mode_moves_with_the_data(seed):
    """Whatever the units and the origin, if the prior is made from the data."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((30, 2)) @ [[1.0, 0.3], [0.0, 2.0]]
    gamma = rng.dirichlet(np.ones(2), size=30)
    scale, shift = np.array([1e-3, 1e4]), np.array([5.0, -7e5])
    moved = scale * X + shift
    one = gmm.vectorized.m_step(X, gamma, prior=gmm.weak_prior(X, 2))
    other = gmm.vectorized.m_step(moved, gamma, prior=gmm.weak_prior(moved, 2))
    np.testing.assert_allclose(other.means, scale * one.means + shift, rtol=1e-9)
    np.testing.assert_allclose(
        other.covariances, np.outer(scale, scale) * one.covariances, rtol=1e-9
    )
