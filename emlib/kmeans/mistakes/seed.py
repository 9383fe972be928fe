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

    That is right for the first center only. A later one is drawn in proportion to the squared
    distance from the nearest center so far, so it mostly lies in a cluster without a center.
    """
    return X[rng.choice(len(X), n_clusters, replace=False)]


@mistake(SEED, "eq-kmeans-seeding", "centers")
def all_alike_with_repeats(X, n_clusters, rng):
    """Every observation is drawn with the same probability, and may come twice.

    That is right for the first center only. A later one is drawn in proportion to the squared
    distance from the nearest center so far, which is zero for those already drawn.
    """
    return X[rng.integers(len(X), size=n_clusters)]


@mistake(SEED, "eq-kmeans-seeding", "centers")
def distance_not_squared_in_seeding(X, n_clusters, rng):
    """The probabilities are proportional to the distances, not to their squares.

    K-means minimises squared distances, and an observation's probability is its share of the
    distortion.
    """
    return seeded(lambda apart: np.sqrt(apart.min(axis=1)))(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-seeding", "centers")
def distance_to_the_fourth(X, n_clusters, rng):
    """The squared distances are squared again.

    An observation's probability is its share of the distortion, a sum of squared distances. With
    the fourth power, outliers are drawn far too often.
    """
    return seeded(lambda apart: np.square(apart.min(axis=1)))(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-pick", "centers")
def farthest_first(X, n_clusters, rng):
    """The farthest observation is taken instead of a random one.

    The largest probability is not a certainty. The farthest observation is often an outlier; a
    random draw seldom picks it, because the many observations of a cluster together are likelier.
    """
    chosen = [rng.integers(len(X))]
    while len(chosen) < n_clusters:
        apart = np.square(X[:, None] - X[chosen]).sum(axis=2)
        chosen.append(int(apart.min(axis=1).argmax()))
    return X[chosen]


@mistake(SEED, "eq-kmeans-seeding", "centers")
def latest_center_alone(X, n_clusters, rng):
    """Only the distances from the latest center are used.

    The earlier centers are forgotten, so their clusters may get a second one. Use the distance from
    the nearest of all the centers so far.
    """
    return seeded(lambda apart: apart[:, -1])(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-seeding", "centers")
def first_center_alone(X, n_clusters, rng):
    """Only the distances from the first center are used.

    Compute the probabilities again for every new center, from the nearest of all the centers so
    far.
    """
    return seeded(lambda apart: apart[:, 0])(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-seeding", "centers")
def distances_added_up(X, n_clusters, rng):
    """The squared distances are added up over the centers.

    An observation that is a center is at distance 0 from the nearest one, so it cannot be drawn
    again. The sum includes its distances from the others: take the minimum.
    """
    return seeded(lambda apart: apart.sum(axis=1))(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-seeding", "centers")
def farthest_center_counts(X, n_clusters, rng):
    """The distance from the farthest center is used instead of the nearest.

    One center nearby is enough for an observation. Take the minimum over the centers, not the
    maximum.
    """
    return seeded(lambda apart: apart.max(axis=1))(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-pick", "centers")
def first_row_first(X, n_clusters, rng):
    """The first center is always the first row.

    Draw it, each observation with the same probability. The order of the rows means nothing.
    """
    return seeded(squared_to_the_nearest, lambda X, rng: 0)(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-pick", "centers")
def mean_first(X, n_clusters, rng):
    """The first center is the mean of the data.

    It should be an observation, drawn with the same probability as any other. The mean may lie
    where there are none, and it is the same at every start.
    """
    centers = [X.mean(axis=0)]
    while len(centers) < n_clusters:
        p = np.square(X[:, None] - np.array(centers)).sum(axis=2).min(axis=1)
        centers.append(X[rng.choice(len(X), p=p / p.sum())])
    return np.array(centers)


@mistake(SEED, "eq-kmeans-pick", "centers")
def anywhere_in_the_box(X, n_clusters, rng):
    """The centers are random points between the smallest and the largest values.

    Centers are chosen among the observations. A point of the box may lie far from all of them, and
    then no observation is assigned to it.
    """
    return rng.uniform(X.min(axis=0), X.max(axis=0), (n_clusters, X.shape[1]))


@mistake(SEED, "eq-kmeans-pick", "centers")
def means_of_a_random_partition(X, n_clusters, rng):
    """The centers are the means of a random partition.

    All of them lie near the mean of the data and near each other. Initial centers should be
    observations far from each other.
    """
    labels = rng.permutation(np.arange(len(X)) % n_clusters)
    return np.array([X[labels == k].mean(axis=0) for k in range(n_clusters)])


@mistake(SEED, "eq-kmeans-pick", "centers")
def the_observation_before(X, n_clusters, rng):
    """The observation before the one that was drawn is taken.

    The first cumulative sum that exceeds the uniform number belongs to the observation drawn. Use
    its index: subtract nothing.
    """
    chosen = [rng.integers(len(X))]
    while len(chosen) < n_clusters:
        p = np.square(X[:, None] - X[chosen]).sum(axis=2).min(axis=1)
        chosen.append(rng.choice(len(X), p=p / p.sum()) - 1)
    return X[chosen]


@mistake(SEED, "eq-kmeans-pick", "centers")
def best_of_several_draws(X, n_clusters, rng):
    """Each center is the best of several draws.

    That is greedy k-means++, as in scikit-learn: of 2 + log K candidates, it keeps the one with the
    smallest distortion. It often starts better, but the guarantee is proved for a single draw,
    which you need here.
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
    """The nearer an observation is to a center, the more likely it is to be drawn.

    The new center should serve those far from any center. The probabilities are proportional to the
    squared distance, not to its inverse.
    """

    def inverse(apart):
        nearest = apart.min(axis=1)
        return np.where(nearest > 0, 1 / np.where(nearest > 0, nearest, 1.0), 0.0)

    return seeded(inverse)(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-pick", "centers")
def first_far_from_the_mean(X, n_clusters, rng):
    """The first center is drawn by its squared distance from the mean of the data.

    The mean is not a center. As long as there is no center, every observation is equally likely.
    """

    def from_the_mean(X, rng):
        p = np.square(X - X.mean(axis=0)).sum(axis=1)
        return rng.choice(len(X), p=p / p.sum())

    return seeded(squared_to_the_nearest, from_the_mean)(X, n_clusters, rng)


@mistake(SEED, "eq-kmeans-pick", "centers")
def in_the_order_of_the_rows(X, n_clusters, rng):
    """The centers are in the order of the rows instead of that of the draws.

    A mask or a sorted list of indices loses the order of the draws. The first center is any
    observation, and the others tend to be far from those before them.
    """
    centers = right.seed(X, n_clusters, rng)
    return X[sorted((X == c).all(axis=1).argmax() for c in centers)]
