"""Wrong solutions, and what must be said of them."""

import numpy as np

from emlib import kmeans


def prefers_center_0(X, centers):
    """The labels, but center 1 gives away what it has won."""
    labels = kmeans.vectorized.assign(X, centers)
    return np.where(labels == 1, 0, labels)


def seeded(probabilities, first=None):
    """A seeding that draws each next center with other probabilities."""

    def seed(X, n_clusters, rng):
        chosen = [rng.choice(len(X)) if first is None else first(X, rng)]
        for _ in range(1, n_clusters):
            p = probabilities(X, X[chosen])
            chosen.append(rng.choice(len(X), p=p / p.sum()))
        return X[chosen]

    return seed


def squares(X, centers):
    return np.square(X[:, None] - centers).sum(axis=2).min(axis=1)


def farthest(X, centers):
    return np.eye(len(X))[squares(X, centers).argmax()]


# A function, a wrong solution of it, and what must be said of that.
WRONG = [
    (
        "assign",
        lambda X, centers: kmeans.vectorized.assign(X, centers) + 1,
        "is 3: the 3 centers have the numbers 0 to 2",
    ),
    (
        "assign",
        lambda X, centers: kmeans.vectorized.assign(X, centers) - 1,
        "is -1: the 3 centers have the numbers 0 to 2",
    ),
    (
        "assign",
        lambda X, centers: kmeans.vectorized.assign(X, centers).astype(float),
        "labels holds float64, not int64",
    ),
    (
        "assign",
        lambda X, centers: np.eye(len(centers))[kmeans.vectorized.assign(X, centers)],
        "labels: expected (N,) = (7,), got (7, 3)",
    ),
    ("assign", lambda X, centers: None, "returned None, not labels: is"),
    (
        "fit",
        lambda X, centers: kmeans.vectorized.fit(X, centers)[:3],
        "it returned 3 things: return 4, (centers, labels, distortion, n_iter)",
    ),
    (
        "distortion",
        lambda X, labels, centers: -kmeans.vectorized.distortion(X, labels, centers),
        "a sum of squares is not negative",
    ),
    (
        "seeding_probabilities",
        lambda X, centers: 2 * kmeans.vectorized.seeding_probabilities(X, centers),
        "the entries of result sum to 2, not to 1",
    ),
    (
        "assign",
        prefers_center_0,
        "with the components in another order, labels",
    ),
    (
        "distortion",
        lambda X, labels, centers: kmeans.vectorized.distortion(X, 0 * labels, centers),
        "with the components in another order, result",
    ),
    (
        "update",
        lambda X, labels, centers: kmeans.vectorized.update(
            X, prefers_center_0(X, centers), centers
        ),
        "with the components in another order, centers",
    ),
    ("seed", seeded(lambda X, c: np.sqrt(squares(X, c))), "the mean of [centers[:"),
    ("seed", seeded(lambda X, c: squares(X, c) ** 2), "the mean of [centers[:"),
    ("seed", seeded(farthest), "the mean of [centers[:"),
    ("seed", seeded(lambda X, c: 1.0 * (squares(X, c) > 0)), "the mean of [centers[:"),
    ("seed", seeded(squares, lambda X, rng: 0), "the mean of [centers[:1] == ("),
    (
        "seed",
        seeded(squares, lambda X, rng: np.square(X).sum(axis=1).argmax()),
        "the mean of [centers[:1] == (",
    ),
    (
        "seed",
        seeded(lambda X, c: np.square(X - c[-1]).sum(axis=1)),
        "centers holds an observation twice",
    ),
    (
        "seed",
        seeded(lambda X, c: np.ones(len(X))),
        "centers holds an observation twice",
    ),
    (
        "seed",
        lambda X, n_clusters, rng: X[rng.choice(len(X), n_clusters, replace=False)],
        "twice",
    ),
    (
        "seed",
        lambda X, n_clusters, rng: X.mean(axis=0) + rng.random((n_clusters, 1)),
        "centers[0] is no row of X",
    ),
    (
        "seed",
        lambda X, n_clusters, rng: seeded(squares)(
            X, n_clusters, np.random.default_rng()
        ),
        "two calls with the same input gave different centers: draw every random",
    ),
    (
        "seed",
        lambda X, n_clusters, rng: seeded(squares)(
            X, n_clusters, np.random.default_rng(7)
        ),
        "two different generators gave the same draws",
    ),
    (
        "seed",
        lambda X, n_clusters, rng: seeded(squares)(X, n_clusters - 1, rng),
        "centers: expected (K, D) = (3, 2), got (2, 2)",
    ),
]

# The results that the book teaches: each has at least five known mistakes.
TAUGHT = [
    ("assign", "labels"),
    ("update", "centers"),
    ("distortion", "result"),
    ("seeding_probabilities", "result"),
]
