"""The linkage example as loops: one equation, one line."""

import math

import numpy as np

from emlib.linkage import Params, check_e_step, check_m_step


def log_likelihood(counts, params):
    """The log-likelihood of the linkage model, nats, for animals observed in order.

    Parameters
    ----------
    counts : array_like, shape (4,)
        How many animals fell into each class.
    params : Params
        theta.

    Returns
    -------
    float
        Dempster, Laird & Rubin (1977), section 1; without the multinomial coefficient.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, or a class that was seen is impossible.
    """
    y, theta = check_e_step(counts, params)
    rare, common = theta / 4, (1 - theta) / 4
    p = [1 / 2 + rare, common, common, rare]  # eq-linkage-cells
    # 0 log 0 is 0: a class never seen may be impossible.
    terms = [y[i] * math.log(p[i]) for i in range(4) if y[i] > 0]
    return float(sum(terms))  # eq-linkage-log-likelihood


def e_step(counts, params):
    """The expected counts of five classes: the first of the four is split into its two parts.

    Parameters
    ----------
    counts : array_like, shape (4,)
        How many animals fell into each class.
    params : Params
        theta.

    Returns
    -------
    expected_counts : numpy.ndarray, shape (5,)
        Entries 0 and 1 share counts[0] in proportion 1/2 to theta/4; the others repeat counts[1:].
    log_likelihood : float
        The log-likelihood at `params`, nats.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, or a class that was seen is impossible.
    """
    y, theta = check_e_step(counts, params)
    x2 = y[0] * (theta / 4) / (1 / 2 + theta / 4)  # eq-linkage-expected
    return np.array([y[0] - x2, x2, y[1], y[2], y[3]]), log_likelihood(counts, params)


def m_step(counts, expected_counts):
    """The theta that maximises the expected complete-data log-likelihood.

    Parameters
    ----------
    counts : array_like, shape (4,)
        How many animals fell into each class.
    expected_counts : array_like, shape (5,)
        From the E step.

    Returns
    -------
    Params
        theta.

    Raises
    ------
    ValueError
        If the expected counts do not add up to `counts`, or say nothing about theta.
    """
    _, x = check_m_step(counts, expected_counts)
    theta = (x[1] + x[4]) / (x[1] + x[2] + x[3] + x[4])  # eq-linkage-theta
    return Params(float(theta))
