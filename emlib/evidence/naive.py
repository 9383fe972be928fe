"""Evidence, lower bound and gap as loops: one equation, one line."""

import math

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
    N, K = log_terms.shape
    result = np.empty(N)
    for n in range(N):
        largest = max(log_terms[n])
        if largest == -math.inf:
            result[n] = -math.inf
            continue
        total = 0.0
        for k in range(K):
            total += math.exp(log_terms[n, k] - largest)
        result[n] = largest + math.log(total)  # eq-log-sum-exp
    return result


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
    N, K = log_joint.shape
    bound = 0.0
    for n in range(N):
        for k in range(K):
            if q[n, k] > 0:  # 0 log 0 is 0, its limit
                log_ratio = log_joint[n, k] - math.log(q[n, k])
                bound += q[n, k] * log_ratio  # eq-lower-bound
    return float(bound)


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
    N, K = q.shape
    divergence = 0.0
    for n in range(N):
        for k in range(K):
            if q[n, k] > 0 and p[n, k] == 0:
                return math.inf
            if q[n, k] > 0:
                log_ratio = math.log(q[n, k]) - math.log(p[n, k])
                divergence += q[n, k] * log_ratio  # eq-kl-divergence
    return float(divergence)
