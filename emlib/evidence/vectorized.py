"""Evidence, lower bound and gap on whole arrays."""

import numpy as np

from emlib.evidence import check_bound, check_divergence, check_log_terms


def log_sum_exp(log_terms):
    """The logarithm of the sum of each row's exponentials, without leaving log space.

    Parameters
    ----------
    log_terms : array_like, shape (N, K)
        Finite or -inf.

    Returns
    -------
    numpy.ndarray, shape (N,)
        ``log(sum_k exp(log_terms[n, k]))``; -inf for a row of -inf.

    Raises
    ------
    ValueError
        If `log_terms` is not (N, K), or holds NaN, +inf or a number of size above 1e250.
    """
    log_terms = check_log_terms(log_terms, "log_terms")
    largest = log_terms.max(axis=1)  # (N,)
    # -inf minus -inf is not a number.
    largest = np.where(np.isneginf(largest), 0.0, largest)
    total = np.exp(log_terms - largest[:, None]).sum(axis=1)  # (N,)
    with np.errstate(divide="ignore"):  # log 0 is -inf, as it should be
        return largest + np.log(total)  # eq-log-sum-exp


def lower_bound(log_joint, q):
    """The evidence lower bound L(q, theta), nats.

    Parameters
    ----------
    log_joint : array_like, shape (N, K)
        log p(x_n, z_n = k | theta).
    q : array_like, shape (N, K)
        A distribution over the latent values for each observation.

    Returns
    -------
    float
        Summed over the observations; -inf where q allows what the joint excludes.

    Raises
    ------
    ValueError
        If the shapes differ, a row of `q` is not a distribution, or `log_joint` holds NaN, +inf or
        a number of size above 1e250.
    """
    log_joint, q = check_bound(log_joint, q)
    some = q > 0  # 0 log 0 is 0, its limit
    log_ratio = log_joint[some] - np.log(q[some])
    return float(np.sum(q[some] * log_ratio))  # eq-lower-bound


def kl_divergence(q, p):
    """The Kullback-Leibler divergence KL(q || p), nats, summed over the rows.

    Parameters
    ----------
    q, p : array_like, shape (N, K)
        Two distributions over the same K values for each of N observations.

    Returns
    -------
    float
        Not negative beyond rounding; inf where q allows what p excludes.

    Raises
    ------
    ValueError
        If the shapes differ, or a row of either is not a distribution.
    """
    q, p = check_divergence(q, p)
    some = q > 0
    if not p[some].all():
        return float("inf")
    log_ratio = np.log(q[some]) - np.log(p[some])
    return float(np.sum(q[some] * log_ratio))  # eq-kl-divergence
