"""What the samplers return is what it should be: exactly where it can be computed."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib import datasets, gaussian, gmm, mcmc
from emlib._checks import EPS
from emlib.exercises import mistakes

sides = pytest.mark.parametrize("side", ["naive", "vectorized"])
COUNTS = (125, 18, 20, 34)


@sides
@given(seed=st.integers(0, 2**32 - 1), S=st.integers(1, 6))
def test_the_target_is_invariant_under_the_matrix(side, seed, S):
    rng = np.random.default_rng(seed)
    log_p = 3 * rng.standard_normal(S)
    proposal = rng.dirichlet(np.full(S, 0.4), size=S)
    proposal[proposal < 0.05] = 0  # some moves are never proposed, others not back
    proposal /= proposal.sum(axis=1, keepdims=True)
    P = getattr(mcmc, side).transition_matrix(log_p, proposal)
    p = np.exp(log_p - np.logaddexp.reduce(log_p))
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=0, atol=1e-14)
    np.testing.assert_allclose(p @ P, p, rtol=0, atol=1e-14)
    flow = p[:, None] * P  # detailed balance
    np.testing.assert_allclose(flow, flow.T, rtol=0, atol=1e-14)


@sides
def test_a_state_without_probability_is_left(side):
    P = getattr(mcmc, side).transition_matrix(
        [0.0, -math.inf], [[0.5, 0.5], [0.25, 0.75]]
    )
    assert P.tolist() == [[1, 0], [0.25, 0.75]]


@sides
def test_metropolis_on_a_few_states_has_the_transition_matrix(side):
    """Every state, move and u of a grid fine enough for all ratios: the frequencies are exact."""
    weights = np.array([1.0, 2.0, 4.0, 2.0, 1.0])
    S, M = len(weights), 4

    def log_density(X):
        place = np.rint(X[:, 0]).astype(int)
        inside = (place >= 0) & (place < S)
        return np.where(inside, np.log(weights[np.clip(place, 0, S - 1)]), -np.inf)

    grid = np.stack(np.meshgrid(np.arange(S), (-1, 1), np.arange(M) / M), axis=-1)
    state, move, u = grid.reshape(-1, 3).T
    chains = getattr(mcmc, side).metropolis(
        log_density, state[:, None], move[None, :, None], u[None], 1.0
    )
    counted = np.zeros((S, S))
    np.add.at(counted, (state.astype(int), chains.draws[:, 0, 0].astype(int)), 1)
    proposal = (np.eye(S, k=1) + np.eye(S, k=-1)) / 2
    # A proposal beyond the ends is refused: as good as proposing to stay.
    proposal[[0, -1], [0, -1]] = 0.5
    P = getattr(mcmc, side).transition_matrix(np.log(weights), proposal)
    np.testing.assert_allclose(counted / (2 * M), P, rtol=0, atol=4 * EPS)
    p = weights / weights.sum()
    np.testing.assert_allclose(p @ (counted / (2 * M)), p, rtol=0, atol=1e-12)


@sides
def test_what_is_rejected_is_repeated(side):
    rng = np.random.default_rng(0)
    start = np.zeros((3, 2))
    target = mcmc.Normal([0.0, 0.0], np.eye(2))
    noise, u = rng.standard_normal((40, 3, 2)), rng.random((40, 3))
    draws, heights, accepted = getattr(mcmc, side).metropolis(
        target, start, noise, u, 2.0
    )
    before = np.concatenate([start[:, None], draws[:, :-1]], axis=1)
    moved = (draws != before).any(axis=2)
    assert 0 < accepted.mean() < 1
    assert (moved == accepted).all()
    np.testing.assert_allclose(heights, target(draws.reshape(-1, 2)).reshape(3, 40))


@sides
def test_nothing_without_density_is_accepted(side):
    """u = 0 included: its logarithm is that of the density, -inf."""
    chains = getattr(mcmc, side).metropolis(
        mcmc.Normal([0.0], [[1.0]], least=0.0),
        [[1.0]],
        np.full((5, 1, 1), -9.0),
        np.zeros((5, 1)),
        1.0,
    )
    assert not chains.accepted.any()
    assert (chains.draws == 1).all()


@sides
def test_a_log_density_cannot_change_the_chain(side):
    """What it does to its argument is its own affair."""

    def careless(X):
        X *= 0.5
        return -np.square(X).sum(axis=1)

    rng = np.random.default_rng(1)
    start, noise = np.ones((2, 1)), rng.standard_normal((9, 2, 1))
    u = rng.random((9, 2))
    careful = mcmc.vectorized.metropolis(
        lambda X: -np.square(X / 2).sum(axis=1), start, noise, u, 1.0
    )
    found = getattr(mcmc, side).metropolis(careless, start, noise, u, 1.0)
    np.testing.assert_allclose(found.draws, careful.draws)
    assert (start == 1).all()


def linkage_moments():
    """Mean and standard deviation of theta, by quadrature on a fine grid."""
    theta = (np.arange(200_000) + 0.5) / 200_000
    y = COUNTS
    log_p = y[0] * np.log(2 + theta) + (y[1] + y[2]) * np.log1p(-theta)
    log_p += y[3] * np.log(theta)
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    mean = p @ theta
    return mean, math.sqrt(p @ (theta - mean) ** 2)


def error_of_mean(draws):
    """The standard error of the mean of independent chains (C, T)."""
    return draws.mean(axis=1).std(ddof=1) / math.sqrt(len(draws))


@sides
def test_linkage_has_the_exact_moments(side):
    """Within four Monte Carlo errors: with this seed, and false with another in 1 of 16,000."""
    C, T = (200, 60) if side == "naive" else (1000, 200)
    draws = getattr(mcmc, side).gibbs_linkage(
        COUNTS, np.full(C, 0.5), np.random.default_rng(0), T + 10
    )[:, 10:]
    mean, deviation = linkage_moments()
    assert abs(draws.mean() - mean) < 4 * error_of_mean(draws)
    squares = (draws - mean) ** 2
    assert abs(squares.mean() - deviation**2) < 4 * error_of_mean(squares)


def test_the_moments_tell_an_average_from_a_draw():
    wrong = next(
        m.function
        for m in mistakes.known("mcmc.gibbs_linkage")
        if m.name == "averaged_instead_of_drawn"
    )
    draws = wrong(COUNTS, np.full(1000, 0.5), np.random.default_rng(0), 210)[:, 10:]
    mean, deviation = linkage_moments()
    squares = (draws - mean) ** 2
    assert abs(squares.mean() - deviation**2) > 4 * error_of_mean(squares)


@sides
def test_inverse_wishart_moments(side):
    """The mean is the scatter over nu - D - 1, the mean of the inverse nu times its inverse."""
    rng = np.random.default_rng(0)
    scatter = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, -1.0], [0.0, -1.0, 1.5]])
    D, nu, n = 3, 15.0, 4000
    draws = np.array(
        [
            getattr(mcmc, side).inverse_wishart(
                scatter, rng.chisquare(nu - np.arange(D)), rng.standard_normal((D, D))
            )
            for _ in range(n)
        ]
    )
    for found, expected in (
        (draws, scatter / (nu - D - 1)),
        (np.linalg.inv(draws), nu * np.linalg.inv(scatter)),
    ):
        noise = found.std(axis=0) / math.sqrt(n)
        assert (np.abs(found.mean(axis=0) - expected) < 4.5 * noise).all()


@sides
@given(seed=st.integers(0, 2**32 - 1), N=st.integers(1, 6), D=st.integers(1, 3))
def test_posterior_is_bayes_rule(side, seed, N, D):
    """The log-density of data is prior times likelihood over posterior, wherever it is taken."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((N, D))
    prior = gmm.Prior(rng.standard_normal(D), 0.7, np.eye(D) + 0.3, D + 1.5)
    after = gmm.Prior(*getattr(mcmc, side).posterior(X, prior))
    evidences = []
    for _ in range(3):
        root = rng.standard_normal((D, D))
        mean, covariance = rng.standard_normal(D), root @ root.T + np.eye(D)
        params = gmm.Params(np.ones(1), mean[None], covariance[None])
        likelihood = gaussian.vectorized.log_density(
            X, gaussian.Params(mean, covariance)
        ).sum()
        before, behind = (gmm.vectorized.log_prior(params, p) for p in (prior, after))
        evidences.append(before + likelihood - behind)
    np.testing.assert_allclose(evidences, evidences[0], rtol=1e-9, atol=1e-9)


@sides
def test_several_chains_of_the_mixture(side):
    """A list of starts gives a chain each; the twins draw alike, so they agree."""
    X = datasets.galaxies()[::4]
    prior = gmm.weak_prior(X, 2)
    starts = [
        gmm.Params(np.full(2, 0.5), X[list(rows)], np.full((2, 1, 1), X.var()))
        for rows in ((0, 10), (5, 15), (1, 19))
    ]
    found = getattr(mcmc, side).gibbs_mixture(
        X, starts, prior, np.random.default_rng(3), 7
    )
    assert [part.shape for part in found] == [(3, 7, 2), (3, 7, 2, 1), (3, 7, 2, 1, 1)]
    for part, expected in zip(
        found,
        mcmc.naive.gibbs_mixture(X, starts, prior, np.random.default_rng(3), 7),
        strict=True,
    ):
        np.testing.assert_allclose(part, expected, rtol=1e-9)
    np.testing.assert_allclose(found[0].sum(axis=2), 1, rtol=0, atol=1e-12)
    assert (found[2] > 0).all()


def test_the_galaxies_agree_with_another_program():
    """emcee's ensemble on the same posterior, stored with its errors: within five of both.

    What is compared depends on no naming of the components. Seven comparisons at five standard
    errors: a false alarm in 2e5 seeds.
    """
    path = Path(__file__).parent.parent / "reference" / "galaxies_posterior.json"
    stored = json.loads(path.read_text("utf-8"))["quantities"]
    X = datasets.galaxies() / 1000
    rng, C, T = np.random.default_rng(0), 100, 700
    starts = [
        gmm.Params(np.full(3, 1 / 3), means, np.full((3, 1, 1), 2.0))
        for means in np.array([[9.7], [21.0], [33.0]])
        + 0.3 * rng.standard_normal((C, 3, 1))
    ]
    chains = mcmc.vectorized.gibbs_mixture(X, starts, gmm.weak_prior(X, 3), rng, T)
    weights, means, covariances = (part[:, 100::3] for part in chains)
    x = np.append(X[:, 0], [float(name.split()[-1]) for name in list(stored)[:-1]])
    squared = (x[:, None] - means[..., None, :, 0]) ** 2
    variances = covariances[..., None, :, 0, 0]
    terms = np.log(weights)[..., None, :] - 0.5 * np.log(2 * math.pi * variances)
    log_p = np.logaddexp.reduce(terms - 0.5 * squared / variances, axis=3)  # (C, T, N)
    found = [*np.moveaxis(np.exp(log_p[..., len(X) :]), -1, 0)]
    found.append(log_p[..., : len(X)].sum(axis=2))
    for values, (name, other) in zip(found, stored.items(), strict=True):
        error = math.hypot(error_of_mean(values), other["error"])
        assert abs(values.mean() - other["mean"]) < 5 * error, name
