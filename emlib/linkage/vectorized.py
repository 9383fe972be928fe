"""The linkage example on whole arrays."""

import numpy as np

from emlib.linkage import Params, check_e_step, check_m_step

# The probabilities of the classes are linear in theta: CONSTANT + SLOPE * theta.
CONSTANT = np.array([2, 1, 1, 0]) / 4
SLOPE = np.array([1, -1, -1, 1]) / 4


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
    p = CONSTANT + SLOPE * theta  # (4,)  # eq-linkage-cells
    seen = y > 0  # 0 log 0 is 0: a class never seen may be impossible
    return float(y[seen] @ np.log(p[seen]))  # eq-linkage-log-likelihood


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
    parts = np.array([1 / 2, theta / 4])
    split = y[0] * parts / parts.sum()  # (2,)  # eq-linkage-expected
    return np.concatenate([split, y[1:]]), log_likelihood(counts, params)


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
    return Params(float(x[[1, 4]].sum() / x[1:].sum()))  # eq-linkage-theta
