"""Random problems for the criteria: observations, and a mixture of some structure."""

import numpy as np

from emlib import gmm, selection
from emlib._checks import EPS
from emlib.problems import Problem, ingredients, mixtures


def _mixture(rng, setting):
    """A mixture of some structure, and its structure; far-off components if extreme."""
    if setting.extreme:
        setting = setting._replace(separation=300.0)
    params = mixtures.params(rng, setting)
    kinds = (*gmm.STRUCTURES, "full")  # the usual one twice as often
    structure = kinds[rng.integers(len(kinds))]
    covariances = gmm.vectorized.project(
        params.covariances, np.ones(setting.K), structure
    )
    return params._replace(covariances=covariances), structure


def _criterion(rng, setting, doubt=0.0):
    """Observations, a mixture and its structure; the tolerance of a criterion.

    It is twice that of the log-likelihood, that of adding the parameters' charge, and `doubt`
    times that of the entropy.
    """
    params, structure = _mixture(rng, setting)
    X = ingredients.observations(rng, setting, params)

    def tolerance(result):
        errors, moved = mixtures.rounding(X, params)
        log_p = gmm.vectorized.log_density(X, params)
        N, K = errors.shape
        p = selection.vectorized.n_parameters(params, structure)
        charged = p * (2 + np.log(N)) + 2 * doubt * N * np.log(K)
        # |a log a - b log b| <= -d log d for d = |a - b| up to 1/2, and never above 1 / e.
        d = np.minimum(errors, np.exp(-1.0))
        entropy = -np.sum(d * np.log(d)) + N * K * (N * K + 4) * EPS
        sums = 2 * moved.sum() + 2 * (N + 2) * EPS * np.abs(log_p).sum()
        return sums + doubt * entropy + 4 * EPS * (charged + np.abs(log_p).sum())

    return Problem({"X": X, "params": params, "structure": structure}, tolerance)


def n_parameters(rng, setting):
    """A mixture of some structure."""
    params, structure = _mixture(rng, setting)
    return Problem({"params": params, "structure": structure}, lambda result: 0)


def aic(rng, setting):
    """Observations and a mixture of some structure."""
    return _criterion(rng, setting)


def bic(rng, setting):
    """Observations and a mixture of some structure."""
    return _criterion(rng, setting)


def icl(rng, setting):
    """Observations and a mixture of some structure; responsibilities of 0 and 1 if extreme."""
    return _criterion(rng, setting, doubt=2.0)
