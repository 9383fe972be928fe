"""The criteria as loops: one equation, one line."""

import math

from emlib.gmm.naive import e_step
from emlib.gmm.naive import log_likelihood as mixture_log_likelihood
from emlib.selection import check_counted, check_criterion


def _is_free(k, i, j, structure):
    """Whether entry (i, j) of covariance k, on or below the diagonal, is a free parameter."""
    if structure == "tied":
        return k == 0
    if structure == "diag":
        return i == j
    if structure == "spherical":
        return i + j == 0
    return True


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
    K, D = params.means.shape
    p = K - 1
    for k in range(K):
        for i in range(D):
            p += 1
            for j in range(i + 1):
                p += _is_free(k, i, j, structure)  # eq-selection-parameters
    return p


def _entropy(gamma, w):
    """The entropy of the responsibilities (N, K) of rows with weights (N,), nats."""
    N, K = gamma.shape
    H = 0.0
    for n in range(N):
        for k in range(K):
            if gamma[n, k] > 0:
                H -= w[n] * gamma[n, k] * math.log(gamma[n, k])  # eq-selection-entropy
    return H


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
    p = n_parameters(params, structure)
    log_likelihood = mixture_log_likelihood(X, params, w)
    return -2 * log_likelihood + 2 * p  # eq-selection-aic


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
    p = n_parameters(params, structure)
    log_likelihood = mixture_log_likelihood(X, params, w)
    N = sum(w)
    return -2 * log_likelihood + p * math.log(N)  # eq-selection-bic


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
    gamma, _ = e_step(X, params, w)
    H = _entropy(gamma, w)
    return bic(X, params, structure, w) + 2 * float(H)  # eq-selection-icl
