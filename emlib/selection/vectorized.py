"""The criteria on whole arrays."""

import numpy as np

from emlib.gmm.vectorized import e_step
from emlib.gmm.vectorized import log_likelihood as mixture_log_likelihood
from emlib.selection import check_counted, check_criterion


def _n_parameters(params, structure):
    K, D = params.means.shape
    matrix = D * (D + 1) // 2  # on and below the diagonal
    numbers = {"full": K * matrix, "tied": matrix, "diag": K * D, "spherical": K}
    return K - 1 + K * D + numbers[structure]  # eq-selection-parameters


def n_parameters(params, structure):
    """How many numbers can be chosen freely in a mixture of this structure.

    Parameters
    ----------
    params : Params
        Weights, shape (K,), means, shape (K, D), and covariances, shape (K, D, D).
    structure : {"full", "tied", "diag", "spherical"}
        In which they were fitted.

    Returns
    -------
    int
        K - 1 weights, for they sum to one; K D means; and of the covariances K D (D + 1) / 2 if
        "full", D (D + 1) / 2 if "tied", K D if "diag" and K if "spherical".

    Raises
    ------
    ValueError
        If a shape, an entry, the weights or a covariance is not as required, the structure is
        unknown, or the covariances do not have it.
    """
    params = check_counted(params, structure)
    return _n_parameters(params, structure)


def _entropy(gamma):
    """The entropy of the responsibilities (N, K), nats."""
    some = gamma[gamma > 0]
    return -float(some @ np.log(some))  # eq-selection-entropy


def aic(X, params, structure):
    """Akaike's information criterion, smaller is better.

    Parameters
    ----------
    X : array_like, shape (N, D)
        The observations to which the mixture was fitted.
    params : Params
        Weights, shape (K,), means, shape (K, D), and covariances, shape (K, D, D).
    structure : {"full", "tied", "diag", "spherical"}
        In which they were fitted.

    Returns
    -------
    float
        Minus twice the log-likelihood, in nats, plus twice the number of parameters; Akaike
        (1974).

    Raises
    ------
    ValueError
        If a shape, an entry, the weights or a covariance is not as required, the structure is
        unknown, or the covariances do not have it.
    """
    X, params = check_criterion(X, params, structure)
    p = _n_parameters(params, structure)
    log_likelihood = mixture_log_likelihood(X, params)
    return 2 * (p - log_likelihood)  # eq-selection-aic


def bic(X, params, structure):
    """The Bayesian information criterion, smaller is better.

    Parameters
    ----------
    X : array_like, shape (N, D)
        The observations to which the mixture was fitted.
    params : Params
        Weights, shape (K,), means, shape (K, D), and covariances, shape (K, D, D).
    structure : {"full", "tied", "diag", "spherical"}
        In which they were fitted.

    Returns
    -------
    float
        Minus twice the log-likelihood, in nats, plus log N for each parameter; Schwarz (1978).

    Raises
    ------
    ValueError
        If a shape, an entry, the weights or a covariance is not as required, the structure is
        unknown, or the covariances do not have it.
    """
    X, params = check_criterion(X, params, structure)
    p = _n_parameters(params, structure)
    log_likelihood = mixture_log_likelihood(X, params)
    return float(p * np.log(len(X)) - 2 * log_likelihood)  # eq-selection-bic


def icl(X, params, structure):
    """The integrated completed likelihood, smaller is better: BIC with a charge for doubt.

    Parameters
    ----------
    X : array_like, shape (N, D)
        The observations to which the mixture was fitted.
    params : Params
        Weights, shape (K,), means, shape (K, D), and covariances, shape (K, D, D).
    structure : {"full", "tied", "diag", "spherical"}
        In which they were fitted.

    Returns
    -------
    float
        BIC plus twice the entropy of the responsibilities, in nats: the form that McLachlan &
        Peel (2000) give to the criterion of Biernacki, Celeux & Govaert (2000). R's mclust takes
        the logarithm of each largest responsibility instead, which charges no more than this.

    Raises
    ------
    ValueError
        If a shape, an entry, the weights or a covariance is not as required, the structure is
        unknown, or the covariances do not have it.
    """
    X, params = check_criterion(X, params, structure)
    p = _n_parameters(params, structure)
    gamma, log_likelihood = e_step(X, params)
    bic = float(p * np.log(len(X)) - 2 * log_likelihood)  # eq-selection-bic
    return bic + 2 * _entropy(gamma)  # eq-selection-icl
