"""Random problems for one Gaussian: observations from it, or its covariance."""

import numpy as np

from emlib import gaussian
from emlib._checks import EPS
from emlib.problems import Problem, gaussians, ingredients, rounding


def cholesky(rng, setting):
    """A covariance of the stated condition."""
    covariance = ingredients.covariance(rng, setting)
    relative = 2 * (setting.D + 1) ** 2 * EPS * rounding.condition(covariance)
    deviations = np.sqrt(np.diagonal(covariance))
    return Problem(
        {"covariance": covariance},
        lambda result: np.repeat(relative * deviations[:, None], setting.D, axis=1),
    )


def log_density(rng, setting):
    """Observations from a Gaussian, and that Gaussian."""
    params = gaussians.params(rng, setting)
    X = ingredients.observations(rng, setting, params)
    return Problem(
        {"X": X, "params": params}, lambda result: gaussians.rounding(X, params)
    )


def fit(rng, setting):
    """Observations from a Gaussian, with or without weights; too few or repeated at times."""
    params = gaussians.params(rng, setting)
    X = ingredients.observations(rng, setting, params)
    weights = ingredients.observation_weights(rng, setting.N)
    return Problem(
        {"X": X, "observation_weights": weights},
        lambda result: gaussian.Params(*rounding.scatter(X, result.covariance)),
    )
