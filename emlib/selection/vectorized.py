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
    """The number of free parameters of a mixture of this structure.

    Parameters
    ----------
    params : Params
        Weights, shape (K,), means, shape (K, D), and covariances, shape (K, D, D).
    structure : {"full", "tied", "diag", "spherical"}
        The structure in which they were fitted.

    Returns
    -------
    int
        K - 1 for the weights, which sum to one; K D for the means; and for the covariances
        K D (D + 1) / 2 if "full", D (D + 1) / 2 if "tied", K D if "diag" and K if "spherical".

    Raises
    ------
    ValueError
        If a shape, an entry, the weights or a covariance is not as required, the structure is
        unknown, or the covariances do not have it.
    """
    params = check_counted(params, structure)
    return _n_parameters(params, structure)


def _entropy(gamma, w):
    """The entropy of the responsibilities (N, K) of rows with weights (N,), nats."""
    some = gamma > 0
    counts = w[:, None] * gamma  # (N, K)
    return -float(counts[some] @ np.log(gamma[some]))  # eq-selection-entropy


def aic(X, params, structure, observation_weights=None):
    """Akaike's information criterion, smaller is better.

    Parameters
    ----------
    X : array_like, shape (N, D)
        The observations to which the mixture was fitted.
    params : Params
        Weights, shape (K,), means, shape (K, D), and covariances, shape (K, D, D).
    structure : {"full", "tied", "diag", "spherical"}
        The structure in which they were fitted.
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out. One each by default.

    Returns
    -------
    float
        Minus twice the log-likelihood, in nats, plus twice the number of parameters; Akaike
        (1974). Weights enter only the log-likelihood.

    Raises
    ------
    ValueError
        If a shape, an entry, the weights or a covariance is not as required, the structure is
        unknown, or the covariances do not have it.
    """
    X, params, w = check_criterion(X, params, structure, observation_weights)
    p = _n_parameters(params, structure)
    log_likelihood = mixture_log_likelihood(X, params, w)
    return 2 * (p - log_likelihood)  # eq-selection-aic


def bic(X, params, structure, observation_weights=None):
    """The Bayesian information criterion, smaller is better.

    Parameters
    ----------
    X : array_like, shape (N, D)
        The observations to which the mixture was fitted.
    params : Params
        Weights, shape (K,), means, shape (K, D), and covariances, shape (K, D, D).
    structure : {"full", "tied", "diag", "spherical"}
        The structure in which they were fitted.
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out. One each by default.

    Returns
    -------
    float
        Minus twice the log-likelihood, in nats, plus log N for each parameter; Schwarz (1978).
        N is the sum of the weights, the number of rows for which they stand. So weights must count
        rows: doubled, they stand for twice the data; divided by their sum, for a single row.

    Raises
    ------
    ValueError
        If a shape, an entry, the weights or a covariance is not as required, the structure is
        unknown, or the covariances do not have it.
    """
    X, params, w = check_criterion(X, params, structure, observation_weights)
    p = _n_parameters(params, structure)
    log_likelihood = mixture_log_likelihood(X, params, w)
    return float(p * np.log(w.sum()) - 2 * log_likelihood)  # eq-selection-bic


def icl(X, params, structure, observation_weights=None):
    """The integrated completed likelihood, smaller is better: BIC with a charge for doubt.

    Parameters
    ----------
    X : array_like, shape (N, D)
        The observations to which the mixture was fitted.
    params : Params
        Weights, shape (K,), means, shape (K, D), and covariances, shape (K, D, D).
    structure : {"full", "tied", "diag", "spherical"}
        The structure in which they were fitted.
    observation_weights : array_like, shape (N,), optional
        Weight 2 counts a row twice, weight 0 leaves it out. One each by default.

    Returns
    -------
    float
        BIC plus twice the entropy of the responsibilities, in nats: the form that McLachlan &
        Peel (2000) give to the criterion of Biernacki, Celeux & Govaert (2000). R's mclust takes
        the logarithm of each largest responsibility instead, which charges no more than this.
        Weights enter the entropy as well, and N is their sum, as in `bic`.

    Raises
    ------
    ValueError
        If a shape, an entry, the weights or a covariance is not as required, the structure is
        unknown, or the covariances do not have it.
    """
    X, params, w = check_criterion(X, params, structure, observation_weights)
    p = _n_parameters(params, structure)
    gamma, log_likelihood = e_step(X, params, w)
    bic = float(p * np.log(w.sum()) - 2 * log_likelihood)  # eq-selection-bic
    return bic + 2 * _entropy(gamma, w)  # eq-selection-icl
