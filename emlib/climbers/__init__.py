"""Other ways up the likelihood of a Gaussian mixture.

These are gradient ascent, simulated annealing and an evolution strategy. EM keeps the parameters
legal by itself; the others do not. So here a mixture has parameters that may be any real numbers:
logits instead of weights, and lower triangular factors, with logarithms on their diagonal, instead
of covariances. The gradient in them follows from the E step's responsibilities. The rules of
simulated annealing and of the evolution strategy do not refer to a mixture: they compare
likelihoods and move points. The loops around all of them are in `emlib.race`.
"""

import math
from typing import NamedTuple

import numpy as np

from emlib import _checks

# The logarithm of the largest standard deviation whose square is still allowed.
LARGEST_LOG = -math.log(_checks.SMALLEST_VARIANCE) / 2


class Params(NamedTuple):
    """The parameters of a Gaussian mixture without constraints.

    Attributes
    ----------
    logits : numpy.ndarray, shape (K,)
        Any numbers. The weights are in proportion to their exponentials, so that adding a number
        to all of them changes nothing.
    means : numpy.ndarray, shape (K, D)
        In the units of the data.
    factors : numpy.ndarray, shape (K, D, D)
        The lower triangular Cholesky factors of the covariances, with logarithms instead of the
        diagonal entries; zero above the diagonal.
    """

    logits: np.ndarray
    means: np.ndarray
    factors: np.ndarray


class Rates(NamedTuple):
    """How fast an evolution strategy learns, for M offspring of P parameters.

    Attributes
    ----------
    weights : numpy.ndarray, shape (M // 2,)
        Of the better half of the offspring, the best first; summing to one.
    effective : float
        How many offspring with equal weights would average out as much noise.
    path : float
        What a new step contributes to the path.
    rank_one, rank_mu : float
        What the path and the offspring contribute to the covariance.
    damping : float
        How strongly changes of the step size are damped.
    expected_length : float
        The mean length of a vector (P,) of standard normal numbers.
    """

    weights: np.ndarray
    effective: float
    path: float
    rank_one: float
    rank_mu: float
    damping: float
    expected_length: float


def rates(n_offspring, n_parameters):
    """The rates that Hansen (2016, table 1) recommends; none of them is tuned to a problem."""
    M, P = n_offspring, n_parameters
    ranks = np.arange(1, M // 2 + 1)
    weights = math.log((M + 1) / 2) - np.log(ranks)
    weights /= weights.sum()
    effective = 1 / np.square(weights).sum()
    path = (effective + 2) / (P + effective + 5)
    rank_one = 2 / ((P + 1.3) ** 2 + effective)
    rank_mu = 2 * (effective - 2 + 1 / effective) / ((P + 2) ** 2 + effective)
    damping = 1 + 2 * max(0.0, math.sqrt((effective - 1) / (P + 1)) - 1) + path
    length = math.sqrt(2) * math.exp(math.lgamma((P + 1) / 2) - math.lgamma(P / 2))
    return Rates(
        weights,
        float(effective),
        float(path),
        float(rank_one),
        float(min(1 - rank_one, rank_mu)),
        float(damping),
        length,
    )


def check_mixture(weights, means, covariances):
    """Weights (K,), means (K, D) and covariances (K, D, D) of a mixture."""
    weights = _checks.mixture_weights(weights, "weights")
    K = len(weights)
    means = _checks.real_array(means, "means", (K, "D"))
    D = means.shape[1]
    covariances = _checks.real_array(covariances, "covariances", (K, D, D))
    for k in range(K):
        _checks.mean_vector(means[k], D, f"means[{k}]")
        _checks.covariance_matrix(covariances[k], D, f"covariances[{k}]")
    return weights, means, covariances


def check_params(params, n_features="D"):
    """Parameters as arrays of matching shapes, of a size that can be exponentiated."""
    if not isinstance(params, Params):
        raise ValueError(f"params is a {type(params).__name__}: pass a climbers.Params")
    logits = _checks.real_array(params.logits, "params.logits", ("K",))
    _checks.squarable(logits, "params.logits")
    K = len(logits)
    means = _checks.real_array(params.means, "params.means", (K, n_features))
    _checks.squarable(means, "params.means")
    D = means.shape[1]
    factors = _checks.real_array(params.factors, "params.factors", (K, D, D))
    _checks.squarable(factors, "params.factors")
    _checks.lower_triangular(factors, "params.factors", "put zeros above the diagonal")
    _checks.refuse(
        (np.abs(factors) > LARGEST_LOG) & np.eye(D, dtype=bool),
        factors,
        "params.factors",
        f"the diagonal holds logarithms of standard deviations, at most "
        f"{LARGEST_LOG:.0f} in size; rescale the data",
    )
    return Params(logits, means, factors)


def check_gradient(X, responsibilities, params):
    """Observations (N, D), responsibilities (N, K) and parameters to match."""
    X = _checks.observations(X)
    params = check_params(params, X.shape[1])
    shape = (len(X), len(params.logits))
    gamma = _checks.distributions(responsibilities, "responsibilities", shape)
    return X, gamma, params


def check_acceptance(log_likelihoods, proposed, temperature):
    """Log-likelihoods (M,), those proposed, which may be -inf, and a positive temperature."""
    before = _checks.real_array(log_likelihoods, "log_likelihoods", ("M",))
    _checks.squarable(before, "log_likelihoods")
    after = _checks.real_array(proposed, "proposed", (len(before),), -math.inf)
    _checks.squarable(np.where(np.isneginf(after), 0.0, after), "proposed")
    return before, after, positive(temperature, "temperature")


def check_recombine(offspring, mean, covariance, path, step_size):
    """Offspring (M, P), at least two, and the strategy that they were drawn from."""
    offspring = _checks.real_array(offspring, "offspring", ("M", "P"))
    _checks.squarable(offspring, "offspring")
    M, P = offspring.shape
    if M < 2:
        raise ValueError(
            f"offspring has M = {M} row: draw at least 2, so that there is a better half"
        )
    mean = _checks.mean_vector(mean, P, "mean")
    covariance = _checks.covariance_matrix(covariance, P, "covariance")
    path = _checks.mean_vector(path, P, "path")
    return offspring, mean, covariance, path, positive(step_size, "step_size")


def positive(value, name):
    """A number above zero, neither tiny nor huge."""
    number = float(_checks.real_array(value, name, ()))
    if not 1 / _checks.LARGEST <= number <= _checks.LARGEST:
        raise ValueError(
            f"{name} is {number:.6g}: it must be positive, between {1 / _checks.LARGEST:g} and "
            f"{_checks.LARGEST:g}"
        )
    return number


from emlib.climbers import naive, vectorized  # noqa: E402  (they need what is defined above)

__all__ = ["Params", "Rates", "naive", "rates", "vectorized"]
