"""What no drawn problem has, and whether a mutant of `kmeans.seed` draws other centers."""

from collections import Counter
from itertools import permutations

import numpy as np

N_CALLS = 1000
SIGMAS = 5

# Observations halfway between centers or on them, and several centers without any.
HALFWAY = {
    "X": np.array([[3.0], [-1.0], [4.0], [0.0], [6.5], [1.0], [1.5], [1.0]]),
    "centers": np.array([[3.0], [-1.0]]),
}
ALL_ON_CENTERS = {
    "X": np.array([[2.0, 1.0], [2.0, 1.0], [4.0, 0.0]]),
    "centers": np.array([[2.0, 1.0], [4.0, 0.0], [7.0, 5.0]]),
}
TWO_PAIRS = {
    "X": np.array([[10.0, 1.0], [-9.0, 0.0], [50.0, 2.0], [58.0, 4.0]]),
    "centers": np.array([[0.0, 0.0], [51.0, 3.0], [300.0, 0.0], [-900.0, 3.0]]),
}
BY_HAND = {
    "kmeans.assign": [HALFWAY],
    "kmeans.update": [
        ALL_ON_CENTERS | {"labels": np.array([0, 0, 1])},
        TWO_PAIRS | {"labels": np.array([0, 0, 1, 1])},
    ],
    "kmeans.fit": [HALFWAY, ALL_ON_CENTERS, TWO_PAIRS],
}


def seeds_differ(seed):
    """Whether some centers are drawn more often than they should be, or less.

    Of a few observations, one of them many times over so that it mostly comes first, every choice
    of K in a row has a probability that can be written down.
    """
    for number, (N, D, K) in enumerate(((1, 1, 1), (3, 1, 2), (3, 2, 2), (4, 2, 3))):
        rng = np.random.default_rng(number)
        X = rng.standard_normal((N, D))[np.maximum(np.arange(-6, N), 0)]
        try:
            drawn = [
                tuple(map(tuple, seed(X, K, rng).tolist())) for _ in range(N_CALLS)
            ]
        except Exception:
            return True
        orders, expected = Counter(drawn), Counter()
        for order in permutations(range(len(X)), K):
            expected[tuple(map(tuple, X[list(order)].tolist()))] += probability(
                X, order
            )
        for order in orders.keys() | expected.keys():
            p = expected[order]
            noise = SIGMAS * np.sqrt(p * (1 - p) / N_CALLS) + (p > 0) * 2 / N_CALLS
            if abs(orders[order] / N_CALLS - p) > noise:
                return True
    return False


def probability(X, order):
    """That k-means++ draws observations in this order."""
    p = 1 / len(X)
    for k in range(1, len(order)):
        squared = np.square(X[:, None] - X[list(order[:k])]).sum(axis=2).min(axis=1)
        p *= squared[order[k]] / max(squared.sum(), 1e-300)
    return p


DRAWS_DIFFER = {"kmeans.seed": seeds_differ}
