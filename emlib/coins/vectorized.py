"""The coins on whole arrays."""

import math

import numpy as np

from emlib.coins import Params, check_e_step, check_m_step, impossible, unused
from emlib.evidence.vectorized import log_sum_exp


def _log_joint(counts, biases):
    """The logarithms (S, K) of the probability that coin k is picked and makes set s."""
    faces = np.column_stack([biases, 1 - biases])  # (K, 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_powers = counts[:, None, :] * np.log(faces)  # (S, K, 2)
    # 0 * log 0: a face that was never seen may be impossible.
    log_powers[np.isnan(log_powers)] = 0.0
    log_tosses = log_powers.sum(axis=2)  # (S, K)
    log_joint = -math.log(len(biases)) + log_tosses  # eq-coins-joint
    excluded = np.isneginf(log_joint).all(axis=1)
    if excluded.any():
        raise impossible(int(np.argmax(excluded)))
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
    log_evidence = log_sum_exp(_log_joint(counts, biases))  # (S,)
    return float(log_evidence.sum())  # eq-coins-log-likelihood


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
    log_evidence = log_sum_exp(log_joint)  # (S,)
    gamma = np.exp(log_joint - log_evidence[:, None])  # eq-coins-responsibility
    return gamma, float(log_evidence.sum())  # eq-coins-log-likelihood


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
    heads, tails = counts.T @ gamma  # (2, K)
    tosses = heads + tails  # (K,)
    nothing = tosses < np.finfo(float).tiny
    if nothing.any():
        raise unused(int(np.argmax(nothing)))
    return Params(heads / tosses)  # eq-coins-bias
