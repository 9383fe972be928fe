"""A Gaussian at random, and how far rounding can move its log-density."""

import numpy as np

from emlib import gaussian
from emlib._checks import EPS
from emlib.problems import ingredients
from emlib.problems.rounding import condition


def params(rng, setting):
    """The parameters of a Gaussian."""
    return gaussian.Params(
        ingredients.mean(rng, setting), ingredients.covariance(rng, setting)
    )


def rounding(X, params):
    """How far (N,) rounding can move a Gaussian log-density.

    The computed factor is exact for a covariance perturbed by (D + 1) * eps. The squared distance
    moves by that times the condition number, and so does the log-determinant, once for each of D
    pivots.
    """
    D = X.shape[1]
    deviations = np.sqrt(np.diagonal(params.covariance))
    # Solving for the squared distance is exact enough to bound its own error.
    z = (X - params.mean) / deviations
    correlation = params.covariance / np.outer(deviations, deviations)
    squared = np.einsum("ni,ni->n", z, np.linalg.solve(correlation, z.T).T)
    amplified = (
        2 * (D + 1) ** 2 * EPS * condition(params.covariance) * (D + np.abs(squared))
    )
    return amplified + 4 * (D + 1) * EPS * (
        1 + np.abs(np.log(deviations)).sum() + squared
    )
