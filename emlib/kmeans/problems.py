"""Random problems for k-means: observations and centers."""

import numpy as np

from emlib import kmeans
from emlib._checks import EPS
from emlib.problems import Problem, mixtures


def _clusters(rng, setting):
    """Observations (N, D) from a mixture, and centers (K, D) near it; one far away if extreme."""
    X, params = mixtures.draw(rng, setting)
    spread = setting.scale * rng.standard_normal((setting.K, setting.D))
    centers = params.means + spread
    if setting.extreme:
        centers[0] += 100 * setting.scale * (1 + setting.separation)
    return X, centers


def _squared_distances(X, centers, moved=0.0):
    """The squared distances (N, K), and how far rounding can move each.

    The centers themselves may have been `moved` that far by rounding.
    """
    difference = X[:, None, :] - centers  # (N, K, D)
    squared = np.einsum("nkd,nkd->nk", difference, difference)
    error = 2 * (X.shape[1] + 4) * EPS * squared
    return squared, error + moved * (2 * np.sqrt(squared) + moved)


def _in_doubt(X, centers, moved=0.0):
    """Which observations (N,) rounding may assign to another center."""
    squared, error = _squared_distances(X, np.unique(centers, axis=0), moved)
    nearest = squared.min(axis=1, keepdims=True)
    return (squared - nearest <= 2 * error).sum(axis=1) > 1


def assign(rng, setting):
    """Observations and centers; one far away if extreme."""
    X, centers = _clusters(rng, setting)
    return Problem(
        {"X": X, "centers": centers},
        lambda result: np.where(_in_doubt(X, centers), len(centers), 0),
    )


def update(rng, setting):
    """Observations and their nearest centers; a center without any if extreme."""
    X, centers = _clusters(rng, setting)
    labels = kmeans.vectorized.assign(X, centers)
    error = 2 * (len(X) + 8) * EPS * np.abs(X).max(axis=0)
    return Problem(
        {"X": X, "labels": labels, "centers": centers},
        lambda result: np.tile(error, (len(centers), 1)),
    )


def distortion(rng, setting):
    """Observations, centers and any labels."""
    X, centers = _clusters(rng, setting)
    labels = rng.integers(len(centers), size=len(X))
    n_terms = X.size + 8
    return Problem(
        {"X": X, "labels": labels, "centers": centers},
        lambda result: 2 * n_terms * EPS * result,
    )


def seeding_probabilities(rng, setting):
    """Observations, and centers of which the first is one of them."""
    X, centers = _clusters(rng, setting)
    centers[0] = X[rng.integers(len(X))]
    return Problem(
        {"X": X, "centers": centers},
        lambda result: 4 * (X.size + 8) * EPS * result,
    )


def seed(rng, setting):
    """Observations, a number of centers and a seed."""
    X, _ = _clusters(rng, setting)
    return Problem(
        {"X": X, "n_clusters": setting.K, "rng": int(rng.integers(2**32))},
        lambda result: np.zeros(result.shape),  # copies of rows
    )


def _is_ever_in_doubt(X, centers, moved, n_iter):
    """Whether rounding may change a choice of k-means within `n_iter` updates."""
    for _ in range(n_iter + 1):
        if _in_doubt(X, centers, moved).any():
            return True
        labels = kmeans.vectorized.assign(X, centers)
        if len(np.unique(labels)) < len(centers):  # the farthest is needed
            squared, error = _squared_distances(X, centers, moved)
            own = np.arange(len(X)), labels
            far = np.unique(np.append(squared[own], kmeans.resolved(X)))
            if (np.diff(far[-len(centers) - 1 :]) <= 2 * error[own].max()).any():
                return True
        centers = kmeans.vectorized.update(X, labels, centers)
    return False


def fit(rng, setting):
    """Observations and where to start; one center far away if extreme."""
    X, centers = _clusters(rng, setting)

    def tolerance(result):
        means, _, total, n_iter = result
        # Every update may add and take away up to N observations.
        n_terms = (n_iter + 1) * len(X) + 8
        error = 2 * n_terms * EPS * np.abs(X).max(axis=0)
        e = np.linalg.norm(error)
        if _is_ever_in_doubt(X, centers, e, n_iter):
            return np.full(means.shape, np.inf), len(centers), np.inf, np.inf
        # Errors of e in a_n move the sum of a_n^2 by at most 2 e sum |a_n| + N e^2.
        moved = 2 * e * np.sqrt(len(X) * total) + len(X) * e**2
        return (
            np.tile(error, (len(means), 1)),
            np.zeros(len(X)),
            moved + 2 * (X.size + 8) * EPS * total,
            0,
        )

    return Problem({"X": X, "centers": centers}, tolerance)
