"""Leaps on whole vectors."""

import numpy as np

from emlib.acceleration import check_leap, check_points


def step_length(before, between, after):
    """How far to leap, in units of a step of EM: negative, and -1 for no farther than EM.

    Parameters
    ----------
    before, between, after : array_like, shape (P,)
        Three consecutive points of EM.

    Returns
    -------
    float
        Varadhan & Roland (2008), the third of their three choices. At most -1; -inf if the two
        steps are equal, and -1 if the first has length zero.

    Raises
    ------
    ValueError
        If the points differ in length or an entry is not finite.
    """
    before, between, after = check_points(before, between, after)
    u = between - before  # (P,)  # eq-em-first-step
    v = (after - between) - u  # (P,)  # eq-em-change-of-step
    length, change = float(np.linalg.norm(u)), float(np.linalg.norm(v))
    if length == 0:
        return -1.0  # EM stands still
    if change == 0:
        return -np.inf  # EM goes straight on at a constant speed
    return min(-1.0, -length / change)  # eq-em-step-length


def aitken(before, between, after, step_length):
    """Where the climb would end if every step were the same multiple of the one before.

    Parameters
    ----------
    before, between, after : array_like, shape (P,)
        Three consecutive points of EM.
    step_length : float
        At most -1; with -1 the result is `after`.

    Returns
    -------
    numpy.ndarray, shape (P,)
        Aitken (1926), on vectors.

    Raises
    ------
    ValueError
        If the points differ in length, an entry is not finite, or the step length is above -1.
    """
    before, between, after, alpha = check_leap(before, between, after, step_length)
    return between - alpha * (after - between)  # (P,)  # eq-em-aitken-leap


def squarem(before, between, after, step_length):
    """The squared leap: two leaps of the same length, the second from where the first leads.

    Parameters
    ----------
    before, between, after : array_like, shape (P,)
        Three consecutive points of EM.
    step_length : float
        At most -1; with -1 the result is `after`.

    Returns
    -------
    numpy.ndarray, shape (P,)
        Varadhan & Roland (2008), the SQUAREM update.

    Raises
    ------
    ValueError
        If the points differ in length, an entry is not finite, or the step length is above -1.
    """
    before, between, after, alpha = check_leap(before, between, after, step_length)
    u = between - before  # (P,)  # eq-em-first-step
    v = (after - between) - u  # (P,)  # eq-em-change-of-step
    return before - 2 * alpha * u + alpha**2 * v  # (P,)  # eq-em-squarem
