"""One Gaussian as loops: one equation, one line."""

import math

import numpy as np

from emlib import _checks
from emlib.gaussian import LOG_2_PI, Params, check_params, require_spread, unresolved


def cholesky(covariance):
    """The lower triangular L with L L^T = covariance and a positive diagonal.

    Parameters
    ----------
    covariance : array_like, shape (D, D)
        Symmetric and positive definite.

    Returns
    -------
    numpy.ndarray, shape (D, D)
        Zero above the diagonal.

    Raises
    ------
    ValueError
        If `covariance` is not a symmetric, numerically positive definite matrix.
    """
    return _cholesky(_checks.covariance_matrix(covariance, "D", "covariance"))


def _cholesky(covariance):
    """The factor of a covariance (D, D) that has passed its checks."""
    D = len(covariance)
    L = np.zeros((D, D))
    for i in range(D):
        for j in range(i):
            explained = sum(L[i, m] * L[j, m] for m in range(j))
            L[i, j] = (covariance[i, j] - explained) / L[j, j]  # eq-cholesky
        explained = sum(L[i, m] ** 2 for m in range(i))
        L[i, i] = math.sqrt(covariance[i, i] - explained)  # eq-cholesky
    return L


def log_density(X, params):
    """The log-density of each observation, nats.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    params : Params
        Mean (D,) and covariance (D, D).

    Returns
    -------
    numpy.ndarray, shape (N,)
        log N(x_n | mu, Sigma).

    Raises
    ------
    ValueError
        If a shape, an entry or the covariance is not as required.
    """
    X = _checks.observations(X)
    mean, covariance = check_params(params, X.shape[1])
    L = _cholesky(covariance)
    return np.array([_log_density(x, mean, L) for x in X])


def _whiten(x, mean, L):
    """The solution u (D,) of L u = x - mean, for one observation x (D,)."""
    D = len(x)
    u = [0.0] * D
    for i in range(D):
        reached = sum(L[i, j] * u[j] for j in range(i))
        u[i] = (x[i] - mean[i] - reached) / L[i, i]  # eq-forward-substitution
    return u


def _log_density(x, mean, L):
    """The log-density of one observation x (D,), given the Cholesky factor L (D, D)."""
    D = len(x)
    u = _whiten(x, mean, L)
    log_determinant = 0.0
    squared_distance = 0.0
    for i in range(D):
        log_determinant += 2 * math.log(L[i, i])  # eq-log-determinant
        squared_distance += u[i] ** 2  # eq-mahalanobis
    total = D * LOG_2_PI + log_determinant + squared_distance
    return -0.5 * total  # eq-gaussian-log-density


def fit(X, observation_weights=None):
    """The mean and covariance that maximise the likelihood of X.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out. One each by default.

    Returns
    -------
    Params
        Mean (D,) and covariance (D, D), the sum of squares divided by N and not by N - 1.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required.
    emlib.em.DegenerateComponent
        If the observations do not span all D dimensions.
    """
    X, w = _checks.weighted_observations(X, observation_weights)
    N, D = X.shape
    total = sum(w)
    mean = np.empty(D)
    covariance = np.empty((D, D))
    for i in range(D):
        mean[i] = sum(w[n] * X[n, i] for n in range(N)) / total  # eq-gaussian-mean
    for i in range(D):
        for j in range(D):
            products = (
                w[n] * ((X[n, i] - mean[i]) * (X[n, j] - mean[j])) for n in range(N)
            )
            covariance[i, j] = sum(products) / total  # eq-gaussian-covariance
    require_spread(covariance, unresolved(X, w), "the Gaussian")
    return Params(mean, covariance)
