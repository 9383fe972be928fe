"""Mistakes in how likely k-means++ makes each observation the next center."""

import numpy as np

from emlib.exercises._meaning import distribution
from emlib.exercises.mistakes import always, mistake, trap
from emlib.kmeans.mistakes.ingredients import (
    squared_distances,
)

SEEDING = "kmeans.seeding_probabilities"

trap(
    SEEDING,
    "an observation far from the others",
    X=np.array([[0.0], [1], [2], [12]]),
    centers=np.array([[0.0], [2]]),
)
always(SEEDING)(distribution)


def proportional(sizes):
    """Divided by their sum."""
    with np.errstate(all="ignore"):
        return sizes / sizes.sum()


@mistake(SEEDING, "eq-kmeans-seeding")
def in_proportion_to_the_distance(X, centers):
    """The probabilities are proportional to the distances, not to their squares.

    An observation contributes its squared distance to the distortion, and the guarantee of
    k-means++ is proved for that. Leave out the square root, or square.
    """
    return proportional(np.sqrt(squared_distances(X, centers).min(axis=1)))


@mistake(SEEDING, "eq-kmeans-seeding")
def squared_twice(X, centers):
    """The squared distances are squared again.

    The probabilities are proportional to the squared distance. The fourth power favours outliers.
    """
    return proportional(squared_distances(X, centers).min(axis=1) ** 2)


@mistake(SEEDING, "eq-kmeans-seeding")
def from_the_last_center(X, centers):
    """Only the latest center is used.

    An observation near an earlier center does not need another. Use the distance from the nearest
    of all the centers chosen so far.
    """
    return proportional(squared_distances(X, centers)[:, -1])


@mistake(SEEDING, "eq-kmeans-seeding")
def from_the_first_center(X, centers):
    """Only the first center is used.

    Use the distance from the nearest of all the centers chosen so far: a minimum over the K of
    them.
    """
    return proportional(squared_distances(X, centers)[:, 0])


@mistake(SEEDING, "eq-kmeans-seeding")
def from_the_farthest_center(X, centers):
    """The distance from the farthest center is used.

    An observation that is a center is far from some other one, and could be drawn again. Take the
    minimum over the centers.
    """
    return proportional(squared_distances(X, centers).max(axis=1))


@mistake(SEEDING, "eq-kmeans-seeding")
def added_over_the_centers(X, centers):
    """The distances from all the centers are added.

    An observation that is a center is far from the others, and could be drawn again. Only the
    nearest center counts: take the minimum, not the sum or the mean.
    """
    return proportional(squared_distances(X, centers).sum(axis=1))


@mistake(SEEDING, "eq-kmeans-seeding")
def from_the_mean_of_the_centers(X, centers):
    """The distance from the mean of the centers is used.

    Between two distant centers there may be a cluster that needs its own center, and an observation
    that is a center needs none. Use the distance from the nearest center.
    """
    return proportional(np.square(X - centers.mean(axis=0)).sum(axis=1))


@mistake(SEEDING, "eq-kmeans-seeding")
def without_dividing(X, centers):
    """The squared distances are not divided by their sum.

    Probabilities add up to one. To make them proportional to the squared distances, divide by the
    sum.
    """
    return squared_distances(X, centers).min(axis=1)


@mistake(SEEDING, "eq-kmeans-seeding")
def divided_by_the_largest(X, centers):
    """The squared distances are divided by the largest of them.

    Then the largest is one, and the sum is more than one. Probabilities add up to one: divide by
    the sum.
    """
    nearest = squared_distances(X, centers).min(axis=1)
    return nearest / nearest.max()


@mistake(SEEDING, "eq-kmeans-seeding")
def farthest_with_certainty(X, centers):
    """The farthest observation has probability one.

    That is another seeding, farthest-first, which takes every outlier for a cluster. K-means++
    draws at random: many observations at a moderate distance together outweigh one that is far
    away.
    """
    nearest = squared_distances(X, centers).min(axis=1)
    return np.eye(len(X))[nearest.argmax()]


@mistake(SEEDING, "eq-kmeans-seeding")
def all_alike(X, centers):
    """All observations have the same probability.

    The first center is drawn like that. For each later one, the probabilities are proportional to
    the squared distance from the nearest of those chosen so far.
    """
    return np.full(len(X), 1 / len(X))


@mistake(SEEDING, "eq-kmeans-seeding")
def softmax_of_the_distances(X, centers):
    """The squared distances go through a softmax.

    Then an observation that is a center keeps some probability, and the result depends on the units
    of the data. Divide the squared distances themselves by their sum.
    """
    nearest = squared_distances(X, centers).min(axis=1)
    return proportional(np.exp(nearest - nearest.max()))


@mistake(SEEDING, "eq-kmeans-seeding")
def nearer_is_likelier(X, centers):
    """The nearer an observation is to a center, the more likely it is here.

    The new center should serve those far from any center. The probabilities are proportional to the
    squared distance, not to its inverse.
    """
    nearest = squared_distances(X, centers).min(axis=1)
    return proportional(
        np.where(nearest > 0, 1 / np.where(nearest > 0, nearest, 1.0), 0.0)
    )


@mistake(SEEDING, "eq-kmeans-seeding")
def nearest_in_each_feature(X, centers):
    """The nearest center is found separately for every feature.

    Then no center need be near. First add up the squares over the features, and then take the
    minimum of the sums over the centers.
    """
    return proportional(np.square(X[:, None] - centers).min(axis=1).sum(axis=1))


@mistake(SEEDING, "eq-kmeans-seeding")
def sums_running_up(X, centers):
    """These are the cumulative sums of the probabilities.

    A draw compares a uniform number with them. Return the probabilities themselves, which add up to
    one.
    """
    return proportional(squared_distances(X, centers).min(axis=1)).cumsum()


@mistake(SEEDING, "eq-kmeans-seeding")
def any_but_the_centers(X, centers):
    """All observations except the centers have the same probability.

    An observation near a center does not need another. The probability grows with the squared
    distance from the nearest.
    """
    return proportional(1.0 * (squared_distances(X, centers).min(axis=1) > 0))


@mistake(SEEDING, "eq-kmeans-seeding")
def divided_by_how_many(X, centers):
    """The squared distances are divided by the number of observations.

    Probabilities add up to one. To make them proportional to the squared distances, divide by the
    sum.
    """
    return squared_distances(X, centers).min(axis=1) / len(X)


@mistake(SEEDING, "eq-kmeans-seeding")
def divided_by_their_length(X, centers):
    """The squared distances are divided by the root of the sum of their squares.

    Then the squares of the results add up to one. The probabilities themselves must do so: divide
    by the sum.
    """
    nearest = squared_distances(X, centers).min(axis=1)
    return nearest / np.linalg.norm(nearest)


@mistake(SEEDING, "eq-kmeans-seeding")
def sums_of_absolute_differences(X, centers):
    """The distance is the sum of the absolute differences.

    That is the city-block distance. The distortion uses the squared Euclidean distance, and an
    observation's probability is its share of the distortion.
    """
    blocks = np.abs(X[:, None] - centers).sum(axis=2)
    return proportional(blocks.min(axis=1))


@mistake(SEEDING, "eq-kmeans-seeding")
def distances_multiplied(X, centers):
    """The squared distances from all the centers are multiplied.

    On a center the product is zero, as it should be. But elsewhere only the nearest center matters:
    take the minimum.
    """
    return proportional(squared_distances(X, centers).prod(axis=1))
