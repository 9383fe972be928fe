"""Gaussian mixtures with full covariances.

Component k is picked with probability weights[k] and draws the observation from a Gaussian with
its own mean and covariance; which component it was stays hidden. The likelihood is unbounded (a
component can shrink onto one point) and has K! copies of each maximum, one per naming of the
components: EM finds one of its local maxima, depending on the start.
"""

from typing import NamedTuple

import numpy as np

from emlib import _checks
from emlib.em import DegenerateComponent


class Params(NamedTuple):
    """The parameters of a Gaussian mixture.

    Attributes
    ----------
    weights : numpy.ndarray, shape (K,)
        Positive, summing to one.
    means : numpy.ndarray, shape (K, D)
        In the units of the data.
    covariances : numpy.ndarray, shape (K, D, D)
        Symmetric and positive definite, in squared units.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


def check_params(params, n_features="D"):
    """Parameters as arrays of matching shapes, with weights and covariances fit for use."""
    if not isinstance(params, Params):
        raise ValueError(f"params is a {type(params).__name__}: pass a gmm.Params")
    weights = _checks.mixture_weights(params.weights)
    K = len(weights)
    means = _checks.real_array(params.means, "params.means", (K, n_features))
    D = means.shape[1]
    covariances = _checks.real_array(
        params.covariances, "params.covariances", (K, D, D)
    )
    for k in range(K):
        _checks.mean_vector(means[k], D, f"params.means[{k}]")
        _checks.covariance_matrix(covariances[k], D, f"params.covariances[{k}]")
    return Params(weights, means, covariances)


def check_e_step(X, params, observation_weights):
    """Observations (N, D), parameters to match, and weights (N,)."""
    X = _checks.observations(X)
    params = check_params(params, X.shape[1])
    return X, params, _checks.observation_weights(observation_weights, len(X))


def check_m_step(X, responsibilities, observation_weights):
    """The rows that count: observations, responsibilities (N, K) and weights (N,)."""
    X = _checks.observations(X)
    gamma = _checks.distributions(responsibilities, "responsibilities", (len(X), "K"))
    w = _checks.observation_weights(observation_weights, len(X))
    some = w > 0  # weight 0 is the row absent
    K = gamma.shape[1]
    if K > some.sum():
        raise ValueError(
            f"responsibilities has K = {K} components for {some.sum()} observations: use at most "
            f"as many components as observations"
        )
    return X[some], gamma[some], w[some]


def empty(k):
    """The error for a component that no observation supports."""
    return DegenerateComponent(
        f"component {k} is empty: its responsibilities sum to zero, so its mean and covariance "
        f"cannot be estimated. Use fewer components, or start its mean among the observations"
    )


from emlib.gmm import naive, vectorized  # noqa: E402  (they need what is defined above)

__all__ = ["Params", "naive", "vectorized"]
