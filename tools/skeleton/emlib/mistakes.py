"""Mistakes in toy: the average."""

import numpy as np

from emlib.exercises.mistakes import mistake

AVERAGE = "toy.average"


@mistake(AVERAGE, "eq-toy-average")
def sum_not_divided(X):
    """The sum is not divided by the number of observations.

    It grows with every observation. The average divides it by how many there are: `len(X)`.
    """
    return X.sum(axis=0)


@mistake(AVERAGE, "eq-toy-average")
def divided_by_one_less(X):
    """The sum is divided by N - 1.

    The correction by one belongs to some estimates of a variance. An average of N numbers is their
    sum divided by N.
    """
    return X.sum(axis=0) / max(len(X) - 1, 1)


@mistake(AVERAGE, "eq-toy-average")
def one_number_for_all_features(X):
    """The average runs over the features as well.

    Without an axis, `mean` makes one number of the whole array. Average down each column: `axis=0`.
    """
    return np.full(X.shape[1], X.mean())


@mistake(AVERAGE, "eq-toy-average")
def median(X):
    """This is the median.

    Half of the observations lie below it. It equals the average where they lie symmetrically, and
    only there.
    """
    return np.median(X, axis=0)


@mistake(AVERAGE, "eq-toy-average")
def divided_by_the_features(X):
    """The sum is divided by the number of features.

    `X.shape[1]` is D. Observations are rows, and their number is `X.shape[0]`, or `len(X)`.
    """
    return X.sum(axis=0) / X.shape[1]
