"""Toy on whole arrays."""

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
    return X.sum(axis=0) / len(X)  # (D,)  # eq-toy-average
