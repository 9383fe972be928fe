"""A Gaussian mixture at random, and how far rounding can move its densities and posterior."""

import numpy as np

from emlib import gaussian, gmm
from emlib._checks import EPS
from emlib.problems import gaussians, ingredients
from emlib.problems.rounding import posterior


def params(rng, setting):
    """The parameters of a Gaussian mixture, its means about `separation` apart."""
    centre = ingredients.mean(rng, setting)
    spread = setting.separation * rng.standard_normal((setting.K, setting.D))
    covariances = np.array(
        [ingredients.covariance(rng, setting) for _ in range(setting.K)]
    )
    return gmm.Params(
        rng.dirichlet(np.full(setting.K, 2.0)),
        centre + setting.scale * spread,
        covariances,
    )


def draw(rng, setting):
    """Observations (N, D) from a Gaussian mixture, and its parameters."""
    theirs = params(rng, setting)
    return ingredients.observations(rng, setting, theirs), theirs


def joint(X, params):
    """How far (N, K) rounding can move log pi_k + log N(x_n | mu_k, Sigma_k)."""
    columns = [
        gaussians.rounding(X, gaussian.Params(mean, covariance))
        for mean, covariance in zip(params.means, params.covariances, strict=True)
    ]
    return np.stack(columns, axis=1) + 4 * EPS * (1 - np.log(params.weights))


def rounding(X, params):
    """How far rounding can move the responsibilities (N, K) and log p(x_n) (N,) of a mixture."""
    errors = joint(X, params)
    terms = np.stack(
        [
            np.log(weight)
            + gaussian.vectorized.log_density(X, gaussian.Params(mean, covariance))
            for weight, mean, covariance in zip(*params, strict=True)
        ],
        axis=1,
    )
    return posterior(terms, errors)
