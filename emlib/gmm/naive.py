"""The Gaussian mixture as loops: one equation, one line."""

import math

import numpy as np

from emlib import _checks, gaussian
from emlib.evidence.naive import log_sum_exp
from emlib.gaussian.naive import _cholesky
from emlib.gaussian.naive import _log_density as _gaussian_log_density
from emlib.gmm import Params, check_e_step, check_m_step, check_params, empty


def _log_joint(X, params):
    """The logarithms (N, K) of pi_k N(x_n | mu_k, Sigma_k)."""
    weights, means, covariances = params
    N, K = len(X), len(weights)
    factors = [_cholesky(covariances[k]) for k in range(K)]
    log_joint = np.empty((N, K))
    for n in range(N):
        for k in range(K):
            log_gaussian = _gaussian_log_density(X[n], means[k], factors[k])
            log_joint[n, k] = math.log(weights[k]) + log_gaussian  # eq-gmm-joint
    return log_joint


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
    log_p = log_sum_exp(_log_joint(X, params))
    return float(sum(w[n] * log_p[n] for n in range(len(X))))  # eq-gmm-log-likelihood


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
    log_joint = _log_joint(X, params)
    log_p = log_sum_exp(log_joint)  # eq-gmm-log-density
    N, K = log_joint.shape
    responsibilities = np.empty((N, K))
    log_likelihood = 0.0
    for n in range(N):
        for k in range(K):
            log_share = log_joint[n, k] - log_p[n]
            responsibilities[n, k] = math.exp(log_share)  # eq-gmm-responsibility
        log_likelihood += w[n] * log_p[n]  # eq-gmm-log-likelihood
    return responsibilities, float(log_likelihood)


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
    (N, D), K = X.shape, gamma.shape[1]
    total = sum(w)
    weights, means, covariances = np.empty(K), np.empty((K, D)), np.empty((K, D, D))
    N_k = np.empty(K)
    for k in range(K):
        N_k[k] = sum(w[n] * gamma[n, k] for n in range(N))  # eq-gmm-effective-count
        if N_k[k] < np.finfo(float).tiny:
            raise empty(k)
    for k in range(K):
        weights[k] = N_k[k] / total  # eq-gmm-weight
        for i in range(D):
            total_i = sum(w[n] * gamma[n, k] * X[n, i] for n in range(N))
            means[k, i] = total_i / N_k[k]  # eq-gmm-mean
        for i in range(D):
            for j in range(D):
                scatter = 0.0
                for n in range(N):
                    product = (X[n, i] - means[k, i]) * (X[n, j] - means[k, j])
                    scatter += w[n] * gamma[n, k] * product
                covariances[k, i, j] = scatter / N_k[k]  # eq-gmm-covariance
        gaussian.require_spread(X, w * gamma[:, k], covariances[k], f"component {k}")
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
    components = np.empty(N, dtype=int)
    for n in range(N):
        u, k, reached = rng.random(), 0, weights[0]
        while u >= reached and k < K - 1:
            k += 1
            reached += weights[k]
        components[n] = k  # eq-gmm-pick
    X = np.empty((N, D))
    for n in range(N):
        k = components[n]
        noise = [rng.standard_normal() for _ in range(D)]
        for i in range(D):
            step = sum(factors[k][i, j] * noise[j] for j in range(i + 1))
            X[n, i] = means[k, i] + step  # eq-gmm-draw
    return X, components
