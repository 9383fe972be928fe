"""Toy as a loop: one equation, one line."""

import numpy as np

from emlib.toy import check_observations


def average(X):
    """The average of the observations.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Observations.

    Returns
    -------
    numpy.ndarray, shape (D,)
        In the units of the data.

    Raises
    ------
    ValueError
        If `X` is not as required.
    """
    X = check_observations(X)
    N, D = X.shape
    mean = np.empty(D)
    for i in range(D):
        mean[i] = sum(X[n, i] for n in range(N)) / N  # eq-toy-average
    return mean
