"""Random problems for the criteria: observations, and a mixture of some structure."""

import numpy as np

from emlib import gmm, selection
from emlib._checks import EPS
from emlib.problems import Problem, ingredients, mixtures


def _mixture(rng, setting):
    """A mixture of some structure, and its structure; components far apart if extreme."""
    if setting.extreme:
        setting = setting._replace(separation=300.0)
    params = mixtures.params(rng, setting)
    kinds = (*gmm.STRUCTURES, "full")  # the default twice as often
    structure = kinds[rng.integers(len(kinds))]
    covariances = gmm.vectorized.project(
        params.covariances, np.ones(setting.K), structure
    )
    return params._replace(covariances=covariances), structure


def _criterion(rng, setting, doubt=0.0):
    """Observations, a mixture, its structure, weights half of the time; a criterion's tolerance.

    The tolerance is the sum of twice that of the log-likelihood, that of the parameters' charge,
    and `doubt` times that of the entropy.
    """
    params, structure = _mixture(rng, setting)
    X = ingredients.observations(rng, setting, params)
    weights = ingredients.observation_weights(rng, setting.N)

    def tolerance(result):
        w = np.ones(setting.N) if weights is None else weights
        errors, moved = mixtures.rounding(X, params)
        sizes = w @ np.abs(gmm.vectorized.log_density(X, params))
        N, K = errors.shape
        p = selection.vectorized.n_parameters(params, structure)
        # The sum of the weights is off by at most N * eps of itself, so its logarithm by N * eps.
        charged = p * (2 + np.abs(np.log(w.sum())) + N)
        charged += 2 * doubt * w.sum() * np.log(K)
        # |a log a - b log b| <= -d log d for d = |a - b| up to 1/2, and never above 1 / e.
        d = np.minimum(errors, np.exp(-1.0))
        entropy = -np.sum(w @ (d * np.log(d))) + w.sum() * K * (N * K + 4) * EPS
        sums = 2 * w @ moved + 2 * (N + 2) * EPS * sizes
        return sums + doubt * entropy + 4 * EPS * (charged + sizes)

    arguments = {"X": X, "params": params, "structure": structure}
    return Problem(arguments | {"observation_weights": weights}, tolerance)


def n_parameters(rng, setting):
    """A mixture of some structure."""
    params, structure = _mixture(rng, setting)
    return Problem({"params": params, "structure": structure}, lambda result: 0)


def aic(rng, setting):
    """Observations, a mixture of some structure, and weights half of the time."""
    return _criterion(rng, setting)


def bic(rng, setting):
    """Observations, a mixture of some structure, and weights half of the time."""
    return _criterion(rng, setting)


def icl(rng, setting):
    """The same, with responsibilities of 0 and 1 if extreme."""
    return _criterion(rng, setting, doubt=2.0)
