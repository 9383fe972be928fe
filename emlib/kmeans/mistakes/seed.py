"""Mistakes in drawing the centers to start from."""

import numpy as np

from emlib.exercises._words import first
from emlib.exercises.mistakes import always, mistake, trap
from emlib.kmeans import vectorized as right
from emlib.kmeans.mistakes.ingredients import (
    squared_distances,
)

SEED = "kmeans.seed"

trap(
    SEED,
    "many observations in one place, and two elsewhere",
    X=np.array([[0.0]] * 8 + [[1], [2]]),
    n_clusters=2,
    rng=0,
)
trap(
    SEED,
    "many observations in one place, and two in other directions",
    X=np.array([[0.0, 0]] * 8 + [[2, 2], [3, 0]]),
    n_clusters=2,
    rng=0,
)


@always(SEED)
def different_rows(value, name, arguments):
    """Different rows of X."""
    apart = (value[:, None, :] != np.asarray(arguments["X"])).any(axis=2)  # (K, N)
    bad = apart.all(axis=1)
    if bad.any():
        row, _ = first(name, bad)
        return f"{row} is no row of X: the centers to start from are observations"
    if len(np.unique(value, axis=0)) < len(value):
        return (
            f"{name} holds an observation twice: at distance 0 from a center it cannot be drawn "
            f"again"
        )
    return None


def seeded(probabilities, first=None):
    """A seeding with other probabilities: a function of the squared distances (N, k) so far."""

    def seed(X, n_clusters, rng):
        chosen = [rng.integers(len(X)) if first is None else first(X, rng)]
        while len(chosen) < n_clusters:
            apart = np.square(X[:, None] - X[chosen]).sum(axis=2)
            p = np.asarray(probabilities(apart), dtype=float)
            chosen.append(rng.choice(len(X), p=p / p.sum()))
        return X[chosen]

    return seed


def squared_to_the_nearest(apart):
    """The right probabilities, but for a factor."""
    return apart.min(axis=1)


@mistake(SEED, "eq-kmeans-seeding", "centers")
def all_alike_without_repeats(X, n_clusters, rng):
    """Every observation is drawn with the same probability.

    That is right for the first center alone. A later one is drawn in proportion to the squared
    distance from the nearest center so far, so that it mostly lies in a cluster that has none.
    """
    return X[rng.choice(len(X), n_clusters, replace=False)]


@mistake(SEED, "eq-kmeans-seeding", "centers")
def all_alike_with_repeats(X, n_clusters, rng):
    """Every observation is drawn with the same probability, and may come twice.

    That is right for the first center alone. A later one is drawn in proportion to the squared
    distance from the nearest center so far, which is zero for those that are drawn already.
    """
    return X[rng.integers(len(X), size=n_clusters)]


@mistake(SEED, "eq-kmeans-seeding", "centers")
def distance_not_squared_in_seeding(X, n_clusters, rng):
    """The probabilities are in proportion to the distances, and not to their squares.

    k-means minimises squared distances, and an observation is drawn by its share of the distortion.
    """
    return seeded(lambda apart: np.sqrt(apart.min(axis=1)))(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-seeding", "centers")
def distance_to_the_fourth(X, n_clusters, rng):
    """The squared distances are squared again.

    An observation is drawn by its share of the distortion, a sum of squared distances. To the
    fourth power, outliers are drawn far too often.
    """
    return seeded(lambda apart: np.square(apart.min(axis=1)))(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-pick", "centers")
def farthest_first(X, n_clusters, rng):
    """The farthest observation is taken, and none is drawn.

    The largest probability is not a certainty. What lies farthest is often an outlier; drawn by
    its share it seldom comes, and a cluster's many observations come together.
    """
    chosen = [rng.integers(len(X))]
    while len(chosen) < n_clusters:
        apart = np.square(X[:, None] - X[chosen]).sum(axis=2)
        chosen.append(int(apart.min(axis=1).argmax()))
    return X[chosen]


@mistake(SEED, "eq-kmeans-seeding", "centers")
def latest_center_alone(X, n_clusters, rng):
    """Only the distances from the latest center count.

    The centers before it are forgotten, so that their clusters may get a second one. The distance
    is that from the nearest of all the centers so far.
    """
    return seeded(lambda apart: apart[:, -1])(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-seeding", "centers")
def first_center_alone(X, n_clusters, rng):
    """Only the distances from the first center count.

    The probabilities have to be computed again for every center, from the nearest of all so far.
    """
    return seeded(lambda apart: apart[:, 0])(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-seeding", "centers")
def distances_added_up(X, n_clusters, rng):
    """The squared distances are added up over the centers.

    An observation on a center is at distance 0 from the nearest one and cannot be drawn again. In
    a sum it still counts by its distances from the others: take the minimum.
    """
    return seeded(lambda apart: apart.sum(axis=1))(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-seeding", "centers")
def farthest_center_counts(X, n_clusters, rng):
    """The distance from the farthest center counts, and not that from the nearest.

    An observation is well served if any center is near. Take the minimum over the centers.
    """
    return seeded(lambda apart: apart.max(axis=1))(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-pick", "centers")
def first_row_first(X, n_clusters, rng):
    """The first center is always the first row.

    It is drawn, each observation with the same probability: the order of the rows means nothing.
    """
    return seeded(squared_to_the_nearest, lambda X, rng: 0)(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-pick", "centers")
def mean_first(X, n_clusters, rng):
    """The first center is the mean of the data.

    It is an observation, drawn with the same probability as any other. The mean may lie where there
    is none, and it is the same at every start.
    """
    centers = [X.mean(axis=0)]
    while len(centers) < n_clusters:
        p = np.square(X[:, None] - np.array(centers)).sum(axis=2).min(axis=1)
        centers.append(X[rng.choice(len(X), p=p / p.sum())])
    return np.array(centers)


@mistake(SEED, "eq-kmeans-pick", "centers")
def anywhere_in_the_box(X, n_clusters, rng):
    """The centers are any points between the smallest and the largest values.

    They are observations. A point of the box may lie far from all of them, and its center then
    serves nobody.
    """
    return rng.uniform(X.min(axis=0), X.max(axis=0), (n_clusters, X.shape[1]))


@mistake(SEED, "eq-kmeans-pick", "centers")
def means_of_a_random_partition(X, n_clusters, rng):
    """The centers are the means of a random partition.

    All of them lie near the mean of the data, and near each other. Centers to start from are
    observations, far from each other.
    """
    labels = rng.permutation(np.arange(len(X)) % n_clusters)
    return np.array([X[labels == k].mean(axis=0) for k in range(n_clusters)])


@mistake(SEED, "eq-kmeans-pick", "centers")
def the_observation_before(X, n_clusters, rng):
    """The observation before the one that was drawn is taken.

    The first cumulative sum that exceeds the uniform number belongs to the observation drawn. Its
    place is the index: subtract nothing.
    """
    chosen = [rng.integers(len(X))]
    while len(chosen) < n_clusters:
        p = np.square(X[:, None] - X[chosen]).sum(axis=2).min(axis=1)
        chosen.append(rng.choice(len(X), p=p / p.sum()) - 1)
    return X[chosen]


@mistake(SEED, "eq-kmeans-pick", "centers")
def best_of_several_draws(X, n_clusters, rng):
    """Each center is the best of several draws.

    That is greedy k-means++, as in scikit-learn: of 2 + log K candidates the one with the smallest
    distortion. It often starts better, and the guarantee is proved for a single draw, which is
    asked for here.
    """
    chosen = [rng.integers(len(X))]
    nearest = np.square(X - X[chosen[0]]).sum(axis=1)
    while len(chosen) < n_clusters:
        n_draws = 2 + int(np.log(n_clusters))
        draws = rng.choice(len(X), n_draws, p=nearest / nearest.sum())
        then = np.minimum(nearest, squared_distances(X[draws], X))  # (n_draws, N)
        best = then.sum(axis=1).argmin()
        chosen.append(draws[best])
        nearest = then[best]
    return X[chosen]


@mistake(SEED, "eq-kmeans-seeding", "centers")
def nearer_drawn_more_often(X, n_clusters, rng):
    """The nearer an observation is to a center, the likelier it is drawn.

    The new center is to serve those that are served badly. The probabilities are in proportion to
    the squared distance, and not to one over it.
    """

    def inverse(apart):
        nearest = apart.min(axis=1)
        return np.where(nearest > 0, 1 / np.where(nearest > 0, nearest, 1.0), 0.0)

    return seeded(inverse)(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-pick", "centers")
def first_far_from_the_mean(X, n_clusters, rng):
    """The first center is drawn by its squared distance from the mean of the data.

    The mean is no center. While there is none, every observation is as likely as any other.
    """

    def from_the_mean(X, rng):
        p = np.square(X - X.mean(axis=0)).sum(axis=1)
        return rng.choice(len(X), p=p / p.sum())

    return seeded(squared_to_the_nearest, from_the_mean)(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-pick", "centers")
def in_the_order_of_the_rows(X, n_clusters, rng):
    """The centers come in the order of the rows, and not in that of the draws.

    A mask or a sorted list of indices forgets which was drawn first. The first center is any
    observation, and the others are far from those before them.
    """
    centers = right.seed(X, n_clusters, rng)
    return X[sorted((X == c).all(axis=1).argmax() for c in centers)]
