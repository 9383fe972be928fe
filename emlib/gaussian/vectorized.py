"""One Gaussian on whole arrays."""

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
    return np.linalg.cholesky(covariance)  # eq-cholesky


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
    return _log_density(X, mean, _cholesky(covariance))


def _whiten(X, mean, L):
    """The columns (D, N) that solve L u = x - mean, for the rows x of X (N, D)."""
    u = (X - mean).T.copy()  # (D, N)
    for i in range(len(L)):
        # NumPy has no triangular solver, and its general one pivots, which mixes rows of
        # different units. D steps of forward substitution do the work for all N at once.
        u[i] = (u[i] - L[i, :i] @ u[:i]) / L[i, i]  # eq-forward-substitution
    return u


def _log_density(X, mean, L):
    """The log-densities (N,) of X (N, D), given the Cholesky factor L (D, D)."""
    D = X.shape[1]
    u = _whiten(X, mean, L)  # (D, N)
    log_determinant = 2 * np.log(np.diagonal(L)).sum()  # eq-log-determinant
    squared_distance = (u**2).sum(axis=0)  # (N,)  # eq-mahalanobis
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
    mean = w @ X / w.sum()  # (D,)  # eq-gaussian-mean
    # A matrix times its own transpose: half the work, and symmetric to the last digit.
    scaled = np.sqrt(w)[:, None] * (X - mean)  # (N, D)
    covariance = scaled.T @ scaled / w.sum()  # (D, D)  # eq-gaussian-covariance
    require_spread(covariance, unresolved(X, w), "the Gaussian")
    return Params(mean, covariance)
