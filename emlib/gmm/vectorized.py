"""The Gaussian mixture on whole arrays."""

import numpy as np

from emlib import _checks, gaussian
from emlib.evidence.vectorized import log_sum_exp
from emlib.gaussian.vectorized import _cholesky
from emlib.gaussian.vectorized import _log_density as _gaussian_log_density
from emlib.gmm import Params, check_e_step, check_m_step, check_params, empty


def _log_joint(X, params):
    """The logarithms (N, K) of pi_k N(x_n | mu_k, Sigma_k)."""
    weights, means, covariances = params
    log_gaussian = np.empty((len(X), len(weights)))
    for k in range(len(weights)):
        factor = _cholesky(covariances[k])
        log_gaussian[:, k] = _gaussian_log_density(X, means[k], factor)
    return np.log(weights) + log_gaussian  # (N, K)  # eq-gmm-joint


def log_density(X, params):
    """The log-density of each observation under the mixture, nats.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    params : Params
        Weights (K,), means (K, D), covariances (K, D, D).

    Returns
    -------
    numpy.ndarray, shape (N,)
        log p(x_n | theta).

    Raises
    ------
    ValueError
        If a shape, an entry, the weights or a covariance is not as required.
    """
    X, params, _ = check_e_step(X, params, None)
    return log_sum_exp(_log_joint(X, params))  # eq-gmm-log-density


def log_likelihood(X, params, observation_weights=None):
    """The log-likelihood of the mixture, nats.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    params : Params
        Weights (K,), means (K, D), covariances (K, D, D).
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out. One each by default.

    Returns
    -------
    float
        The weighted sum of the log-densities.

    Raises
    ------
    ValueError
        If a shape, an entry, the weights or a covariance is not as required.
    """
    X, params, w = check_e_step(X, params, observation_weights)
    log_p = log_sum_exp(_log_joint(X, params))  # (N,)
    return float(w @ log_p)  # eq-gmm-log-likelihood


def e_step(X, params, observation_weights=None):
    """Each component's responsibility for each observation.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    params : Params
        Weights (K,), means (K, D), covariances (K, D, D).
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out. They enter the log-likelihood; a
        responsibility is the same however often its row counts.

    Returns
    -------
    responsibilities : numpy.ndarray, shape (N, K)
        The posterior probability that component k made observation n.
    log_likelihood : float
        The log-likelihood at `params`, nats.

    Raises
    ------
    ValueError
        If a shape, an entry, the weights or a covariance is not as required.
    """
    X, params, w = check_e_step(X, params, observation_weights)
    log_joint = _log_joint(X, params)  # (N, K)
    log_p = log_sum_exp(log_joint)  # (N,)  # eq-gmm-log-density
    gamma = np.exp(log_joint - log_p[:, None])  # (N, K)  # eq-gmm-responsibility
    return gamma, float(w @ log_p)  # eq-gmm-log-likelihood


def m_step(X, responsibilities, observation_weights=None):
    """The parameters that maximise the expected complete-data log-likelihood.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    responsibilities : array_like, shape (N, K)
        From the E step.
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out. One each by default.

    Returns
    -------
    Params
        Weights (K,), means (K, D), covariances (K, D, D).

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, or K > N.
    emlib.em.DegenerateComponent
        If a component is empty or has collapsed.
    """
    X, gamma, w = check_m_step(X, responsibilities, observation_weights)
    counts = w[:, None] * gamma  # (N, K)
    N_k = counts.sum(axis=0)  # (K,)  # eq-gmm-effective-count
    nobody = N_k < np.finfo(float).tiny
    if nobody.any():
        raise empty(int(np.argmax(nobody)))
    weights = N_k / w.sum()  # (K,)  # eq-gmm-weight
    means = counts.T @ X / N_k[:, None]  # (K, D)  # eq-gmm-mean
    (K, D) = means.shape
    covariances = np.empty((K, D, D))
    for k in range(K):
        # A matrix times its own transpose: half the work, symmetric to the last digit.
        scaled = np.sqrt(counts[:, k, None]) * (X - means[k])  # (N, D)
        covariances[k] = scaled.T @ scaled / N_k[k]  # eq-gmm-covariance
        gaussian.require_spread(X, counts[:, k], covariances[k], f"component {k}")
    return Params(weights, means, covariances)


def sample(params, n_samples, rng):
    """Draw observations from the mixture, with the components that made them.

    Parameters
    ----------
    params : Params
        Weights (K,), means (K, D), covariances (K, D, D).
    n_samples : int
        How many, at least 1.
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    X : numpy.ndarray, shape (n_samples, D)
        Observations.
    components : numpy.ndarray of int, shape (n_samples,)
        The component that made each.

    Raises
    ------
    ValueError
        If the parameters, `n_samples` or `rng` are not as required.
    """
    weights, means, covariances = check_params(params)
    N = _checks.whole_number(n_samples, "n_samples")
    rng = _checks.generator(rng)
    K, D = means.shape
    factors = [_cholesky(covariances[k]) for k in range(K)]
    reached = np.cumsum(weights)
    reached[-1] = 1.0  # the sum of the weights may fall short of 1 by rounding
    u = rng.random(N)
    components = np.searchsorted(reached, u, side="right")  # (N,)  # eq-gmm-pick
    noise = rng.standard_normal((N, D))
    X = np.empty((N, D))
    for k in range(K):
        own = components == k
        X[own] = means[k] + noise[own] @ factors[k].T  # eq-gmm-draw
    return X, components
