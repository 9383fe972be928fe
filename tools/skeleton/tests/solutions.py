"""Correct solutions as readers might write them, in three styles: `check` must pass each."""

import numpy as np

from tests.solving import solution


@solution("toy.average", "loops")
def average_loops(X):
    return np.array([sum(row[i] for row in X) / len(X) for i in range(X.shape[1])])


@solution("toy.average", "broadcasting")
def average_mean(data):
    return data.mean(axis=0)


@solution("toy.average", "einsum")
def average_einsum(X):
    return np.einsum("nd->d", X) / len(X)
