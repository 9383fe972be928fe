"""The coins as loops: one equation, one line."""

import math

import numpy as np

from emlib.coins import Params, check_e_step, check_m_step, impossible, unused
from emlib.evidence.naive import log_sum_exp


def _log_power(probability, count):
    """log(probability ** count), with 0 ** 0 = 1."""
    if count == 0:
        return 0.0
    return count * math.log(probability) if probability > 0 else -math.inf


def _log_joint(counts, biases):
    """The logarithms (S, K) of the probability that coin k is picked and makes set s."""
    S, K = len(counts), len(biases)
    log_joint = np.empty((S, K))
    for s in range(S):
        heads, tails = counts[s]
        for k in range(K):
            log_tosses = _log_power(biases[k], heads) + _log_power(1 - biases[k], tails)
            log_joint[s, k] = -math.log(K) + log_tosses  # eq-coins-joint
        if max(log_joint[s]) == -math.inf:
            raise impossible(s)
    return log_joint


def log_likelihood(counts, params):
    """The log-likelihood of the coins, nats, for tosses observed in order.

    Parameters
    ----------
    counts : array_like, shape (S, 2)
        Heads and tails of each set.
    params : Params
        Biases (K,).

    Returns
    -------
    float
        Do & Batzoglou (2008); without the binomial coefficients, which count the orders.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, or no coin can have made a set.
    """
    counts, biases = check_e_step(counts, params)
    log_evidence = log_sum_exp(_log_joint(counts, biases))
    return float(sum(log_evidence))  # eq-coins-log-likelihood


def e_step(counts, params):
    """Each coin's responsibility for each set.

    Parameters
    ----------
    counts : array_like, shape (S, 2)
        Heads and tails of each set.
    params : Params
        Biases (K,).

    Returns
    -------
    responsibilities : numpy.ndarray, shape (S, K)
        The posterior probability that coin k made set s.
    log_likelihood : float
        The log-likelihood at `params`, nats.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, or no coin can have made a set.
    """
    counts, biases = check_e_step(counts, params)
    log_joint = _log_joint(counts, biases)
    log_evidence = log_sum_exp(log_joint)
    S, K = log_joint.shape
    responsibilities = np.empty((S, K))
    for s in range(S):
        for k in range(K):
            log_share = log_joint[s, k] - log_evidence[s]
            responsibilities[s, k] = math.exp(log_share)  # eq-coins-responsibility
    return responsibilities, float(sum(log_evidence))  # eq-coins-log-likelihood


def m_step(counts, responsibilities):
    """The biases that maximise the expected complete-data log-likelihood.

    Parameters
    ----------
    counts : array_like, shape (S, 2)
        Heads and tails of each set.
    responsibilities : array_like, shape (S, K)
        From the E step.

    Returns
    -------
    Params
        Expected heads over expected tosses of each coin.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required.
    emlib.em.DegenerateComponent
        If no toss is attributed to a coin.
    """
    counts, gamma = check_m_step(counts, responsibilities)
    S, K = gamma.shape
    biases = np.empty(K)
    for k in range(K):
        heads = sum(gamma[s, k] * counts[s, 0] for s in range(S))
        tosses = sum(gamma[s, k] * (counts[s, 0] + counts[s, 1]) for s in range(S))
        if tosses < np.finfo(float).tiny:
            raise unused(k)
        biases[k] = heads / tosses  # eq-coins-bias
    return Params(biases)
