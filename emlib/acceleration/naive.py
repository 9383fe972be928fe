"""Leaps as loops: one equation, one line."""

import math

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
    P = len(before)
    u, v = np.empty(P), np.empty(P)
    for i in range(P):
        u[i] = between[i] - before[i]  # eq-em-first-step
        v[i] = (after[i] - between[i]) - u[i]  # eq-em-change-of-step
    length, change = math.hypot(*u), math.hypot(*v)
    if length == 0:
        return -1.0  # EM stands still
    if change == 0:
        return -math.inf  # EM goes straight on at a constant speed
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
    leap = np.empty(len(before))
    for i in range(len(before)):
        leap[i] = between[i] - alpha * (after[i] - between[i])  # eq-em-aitken-leap
    return leap


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
    leap = np.empty(len(before))
    for i in range(len(before)):
        u = between[i] - before[i]  # eq-em-first-step
        v = (after[i] - between[i]) - u  # eq-em-change-of-step
        leap[i] = before[i] - 2 * alpha * u + alpha**2 * v  # eq-em-squarem
    return leap
