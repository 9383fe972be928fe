"""What several mistakes in the criteria are made with, and the inputs that show them."""

import numpy as np

from emlib import gmm
from emlib.exercises.mistakes import trap
from emlib.selection import vectorized as right

ROUND = gmm.Params(
    np.array([0.25, 0.25, 0.5]),
    np.array([[0.0, 1, 2], [3, 5, 4], [1, 1, 0]]),
    np.array([np.eye(3)] * 3),
)
FAR_APART = gmm.Params(
    np.array([0.25, 0.75]), np.array([[0.0, 0], [300, 0]]), np.array([np.eye(2)] * 2)
)
ALONE = gmm.Params(np.ones(1), np.zeros((1, 2)), np.eye(2)[None])
IN_A_LINE = gmm.Params(
    np.array([0.25, 0.75]), np.array([[0.0], [300]]), np.ones((2, 1, 1))
)
POINTS = np.array([[0.0, 1, 2], [1, 0, 3], [300, 0, 1]])

COUNTED = [("three round components", ROUND, name) for name in gmm.STRUCTURES]
COUNTED += [("components far apart", FAR_APART, name) for name in gmm.STRUCTURES]
COUNTED += [
    ("a single component", ALONE, "tied"),
    ("one feature", IN_A_LINE, "spherical"),
]


def counted_as(exercise):
    """Traps for an exercise: mixtures of every structure that they could be counted in."""
    for words, params, structure in COUNTED:
        chosen = {"params": params, "structure": structure}
        if exercise != "selection.n_parameters":
            chosen = {"X": POINTS[:, : params.means.shape[1]], **chosen}
        trap(exercise, f"{words}, counted as {structure!r}", **chosen)


def deviance(X, params):
    """Minus twice the log-likelihood."""
    return -2 * gmm.vectorized.log_likelihood(X, params)


def charged(X, params, structure, price):
    """Minus twice the log-likelihood and a price for each parameter."""
    return deviance(X, params) + price * right.n_parameters(params, structure)
