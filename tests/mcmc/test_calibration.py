"""Simulation-based calibration: a draw from the prior ranks anywhere among its posterior draws.

Talts et al. (2018). A parameter is drawn from the prior, data given it, and a chain is run on the
posterior. The chain starts at that parameter, itself a draw from the posterior, so it needs no
warm-up; it is thinned so far that its draws are nearly independent. Then all ranks are equally
likely. The chi-squared test on them rejects below p = 1e-4, so a right sampler fails with
probability 1e-4 for a new seed; the seeds are fixed. Wrong samplers must be rejected.
"""

import numpy as np
import pytest

from emlib import gmm, mcmc
from emlib.exercises import mistakes

N_DRAWS = 9  # that a parameter is ranked among
THRESHOLD = 33.7  # the chi-squared distribution with 9 degrees of freedom exceeds it with p = 1e-4


def chi_squared(true, draws, rng):
    """How far ranks (R,) of true values among draws (R, N_DRAWS) are from uniform.

    Equal values are ranked at random.
    """
    below = (draws < true[:, None]).sum(axis=1)
    equal = (draws == true[:, None]).sum(axis=1)
    ranks = below + np.floor(rng.random(len(true)) * (equal + 1)).astype(int)
    counts = np.bincount(ranks, minlength=N_DRAWS + 1)
    expected = len(true) / (N_DRAWS + 1)
    return float(np.sum((counts - expected) ** 2 / expected))


def of_metropolis(run, R=6000, thin=25):
    """A normal mean with a normal prior, three observations each; a chain for each parameter."""
    rng = np.random.default_rng(0)
    true = rng.standard_normal((R, 1))
    y = true + rng.standard_normal((R, 3))

    def log_density(X):
        return -0.5 * (X[:, 0] ** 2 + np.square(y - X).sum(axis=1))

    T = thin * N_DRAWS
    noise, u = rng.standard_normal((T, R, 1)), rng.random((T, R))
    draws = run(log_density, true, noise, u, 1.2)
    draws = draws.draws if isinstance(draws, mcmc.Chains) else draws
    return chi_squared(true[:, 0], draws[:, thin - 1 :: thin, 0], rng)


def of_linkage(run, R=1000, thin=6):
    """theta from the uniform prior, and 40 animals."""
    rng = np.random.default_rng(1)
    true, draws = rng.random(R), np.empty((R, N_DRAWS))
    for i, theta in enumerate(true):
        p = np.array([2 + theta, 1 - theta, 1 - theta, theta]) / 4
        counts = rng.multinomial(40, p)
        chain = run(counts, np.array([theta]), rng, thin * N_DRAWS)
        draws[i] = chain[0, thin - 1 :: thin]
    return chi_squared(true, draws, rng)


PRIOR = gmm.Prior(np.zeros(1), 0.5, np.eye(1), 4.0, 2.0)


def of_mixture(prior, R=1000, thin=4, N=8, K=2):
    """A mixture from PRIOR and a few observations; the sampler is told another prior, or the same.

    What is ranked depends on no naming of the components: the log-likelihood, the larger weight and
    the mean of the mixture.
    """
    rng = np.random.default_rng(2)
    true, draws = np.empty((3, R)), np.empty((3, R, N_DRAWS))
    for i in range(R):
        weights = rng.dirichlet(np.full(K, PRIOR.concentration))
        variances = PRIOR.scatter[0, 0] / rng.chisquare(PRIOR.degrees, size=K)
        means = rng.standard_normal(K) * np.sqrt(variances / PRIOR.mean_strength)
        params = gmm.Params(weights, means[:, None], variances[:, None, None])
        X, _ = gmm.vectorized.sample(params, N, rng)
        chain = mcmc.vectorized.gibbs_mixture(X, params, prior, rng, thin * N_DRAWS)
        true[:, i] = quantities(X, *params)
        for j in range(N_DRAWS):
            at = (part[0, thin * (j + 1) - 1] for part in chain)
            draws[:, i, j] = quantities(X, *at)
    return [chi_squared(t, d, rng) for t, d in zip(true, draws, strict=True)]


def quantities(X, weights, means, covariances):
    """Three numbers of a mixture that depend on no naming of its components."""
    variances = covariances[:, 0, 0]
    squared = (X - means[:, 0]) ** 2 / variances
    terms = np.log(weights) - 0.5 * (squared + np.log(variances))
    log_likelihood = np.logaddexp.reduce(terms, axis=1).sum()
    return log_likelihood, weights.max(), weights @ means[:, 0]


def test_metropolis_is_calibrated():
    assert of_metropolis(mcmc.vectorized.metropolis) < THRESHOLD


def known(exercise, names):
    return [m.function for m in mistakes.known(exercise) if m.name in names]


@pytest.mark.parametrize(
    "wrong",
    known(
        "mcmc.metropolis",
        {
            "proposals_recorded",
            "u_beside_a_logarithm",
            "downhill",
            "always_moved",
            "uphill_alone",
            "all_draws_are_the_last",
            "proposed_from_the_start",
            "height_of_the_start",
        },
    ),
    ids=lambda function: function.__name__,
)
def test_wrong_metropolis_samplers_are_rejected(wrong):
    assert of_metropolis(wrong) > THRESHOLD


# A hidden count that is averaged, not drawn, makes the posterior a twentieth too narrow: this test
# would need ten times as many ranks to see it. `test_linkage_has_the_exact_moments` sees it.
def test_linkage_is_calibrated():
    assert of_linkage(mcmc.vectorized.gibbs_linkage) < THRESHOLD


@pytest.mark.parametrize(
    "wrong",
    known(
        "mcmc.gibbs_linkage",
        {
            "quarter_forgotten",
            "maximised_instead_of_drawn",
            "beta_exchanged",
            "hidden_count_left_out",
            "other_part_of_the_count",
        },
    ),
    ids=lambda function: function.__name__,
)
def test_wrong_linkage_samplers_are_rejected(wrong):
    assert of_linkage(wrong) > THRESHOLD


def test_the_mixture_is_calibrated():
    assert max(of_mixture(PRIOR)) < THRESHOLD


@pytest.mark.parametrize(
    "changed",
    [{"scatter": 2 * np.eye(1)}, {"mean_strength": 2.0}, {"concentration": 6.0}],
    ids=lambda changed: next(iter(changed)),
)
def test_a_mixture_with_another_prior_is_rejected(changed):
    """The test has power: the sampler believes in a prior from which the data did not come."""
    assert max(of_mixture(PRIOR._replace(**changed), R=300)) > THRESHOLD
