"""Mistakes in the distortion."""

import numpy as np

from emlib.exercises._words import number
from emlib.exercises.mistakes import always, mistake, trap
from emlib.kmeans.mistakes.ingredients import (
    ALONE,
    averages,
    own_distances,
    squared_distances,
)

DISTORTION = "kmeans.distortion"

trap(DISTORTION, "a single observation", labels=np.array([0]), **ALONE)
trap(
    DISTORTION,
    "two observations far from the origin, one unit from their center",
    X=2.0**30 + np.array([[-1.0], [1.0]]),
    labels=np.array([0, 0]),
    centers=np.array([[2.0**30]]),
)


@always("kmeans", part="distortion")
@always(DISTORTION)
def sum_of_squares(value, name, arguments):
    """A sum of squares."""
    if value < 0:
        return f"the distortion is {number(value)}: a sum of squares is not negative"
    return None


@mistake(DISTORTION, "eq-kmeans-distortion")
def distances_not_squared(X, labels, centers):
    """The distances are added instead of their squares.

    The distortion is a sum of squares, which the mean of a cluster minimises. The sum of the
    distances themselves has its minimum at another point, for which there is no formula.
    """
    return float(np.sqrt(own_distances(X, labels, centers)).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def root_of_the_distortion(X, labels, centers):
    """The square root of the sum is taken.

    The distortion is in squared units. Its root has its minimum at the same centers, but it is not
    the sum of squares.
    """
    return float(np.sqrt(own_distances(X, labels, centers).sum()))


@mistake(DISTORTION, "eq-kmeans-distortion")
def average_distortion(X, labels, centers):
    """The sum is divided by the number of observations.

    The average per observation has its minimum at the same centers, and is easier to compare
    between data sets. The distortion here is the sum.
    """
    return float(own_distances(X, labels, centers).mean())


@mistake(DISTORTION, "eq-kmeans-distortion")
def average_over_features_too(X, labels, centers):
    """The squares are averaged over observations and features.

    `mean` without an axis divides by N D. A squared distance is a sum over the features, and the
    distortion is a sum over the observations.
    """
    return float(np.square(X - centers[labels]).mean())


@mistake(DISTORTION, "eq-kmeans-distortion")
def to_all_centers(X, labels, centers):
    """The distances to all the centers are added.

    An observation belongs to one center, and counts once. Pick that center by the label:
    `centers[labels]`.
    """
    return float(squared_distances(X, centers).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def to_the_nearest_center(X, labels, centers):
    """The distance to the nearest center is counted, whatever the label says.

    That is the least distortion that these centers allow. The distortion is a function of labels
    and centers, and the given labels need not be the nearest.
    """
    return float(squared_distances(X, centers).min(axis=1).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def around_the_new_means(X, labels, centers):
    """The distances are taken from the means of the clusters.

    That is the least distortion that these labels allow. The distortion is a function of labels and
    centers, and the given centers need not be the means.
    """
    return float(own_distances(X, labels, averages(X, labels, centers)).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def around_the_mean_of_all(X, labels, centers):
    """The distances are taken from the mean of all the data.

    That is the total sum of squares, the distortion of a single cluster. Take each observation's
    distance from its own center.
    """
    return float(np.square(X - X.mean(axis=0)).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def half_of_the_squares(X, labels, centers):
    """The sum is halved.

    A factor 1/2 simplifies the derivative, and there is one in the log-density of a Gaussian. The
    distortion has none.
    """
    return float(0.5 * own_distances(X, labels, centers).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def absolute_differences(X, labels, centers):
    """The absolute differences are added instead of their squares.

    That is the distortion for the city-block distance, which medians minimise. Here the differences
    are squared, and means are best.
    """
    return float(np.abs(X - centers[labels]).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def averaged_within_clusters(X, labels, centers):
    """The squared distances are averaged within each cluster.

    Every observation counts once in the distortion, whatever the size of its cluster. Add up
    without dividing.
    """
    apart = np.square(X - centers[labels]).sum(axis=1)
    return float(sum(apart[labels == k].mean() for k in np.unique(labels)))


@mistake(DISTORTION, "eq-kmeans-distortion")
def squared_after_adding_features(X, labels, centers):
    """The differences are added over the features, and the sum is squared.

    Positive and negative differences cancel before the sum is squared. Square each difference
    first, and add the squares.
    """
    return float(np.square((X - centers[labels]).sum(axis=1)).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def last_cluster_alone(X, labels, centers):
    """Only the last cluster is counted.

    The sum is reset to zero for every cluster, so you return that of the last one. Start it at zero
    once, before the loop over the clusters.
    """
    return float(own_distances(X, labels, centers)[labels == len(centers) - 1].sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def farthest_observation_alone(X, labels, centers):
    """Only the observation that is farthest from its center is counted.

    That is the radius of the widest cluster, squared, which other methods minimise. The distortion
    adds up the squares of all the observations.
    """
    return float(own_distances(X, labels, centers).max())


@mistake(DISTORTION, "eq-kmeans-distortion")
def between_the_clusters(X, labels, centers):
    """The distances are from the centers to the mean of all the data.

    That is the sum of squares between the clusters, the part that they explain. The distortion is
    the part within them: from each observation to its center.
    """
    return float(np.square(centers[labels] - X.mean(axis=0)).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def all_pairs_within(X, labels, centers):
    """The squared distances between all pairs within a cluster are added.

    Divided by the size of the cluster, they are the distortion around its mean. But the distortion
    adds up each observation's squared distance from its given center.
    """
    pairs = squared_distances(X, X) * (labels[:, None] == labels)
    return float(pairs.sum() / 2)


@mistake(DISTORTION, "eq-kmeans-distortion")
def first_feature_alone(X, labels, centers):
    """Only the first feature is used.

    The squared distance is a sum over all the features. Look for an index [:, 0] that should not be
    there.
    """
    return float(np.square(X[:, 0] - centers[labels, 0]).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def root_of_each_cluster(X, labels, centers):
    """The square root of each cluster's sum is taken.

    The distortion adds up squares, over the observations and over the clusters. Do not take the
    root of any of these sums.
    """
    apart = own_distances(X, labels, centers)
    return float(np.sqrt(np.bincount(labels, apart, len(centers))).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def distortion_of_each_cluster(X, labels, centers):
    """The clusters are not added up.

    This is one number for each cluster. Return one number: the sum over all the observations,
    whatever their cluster.
    """
    return np.bincount(labels, own_distances(X, labels, centers), len(centers))


@mistake(DISTORTION, "eq-kmeans-distortion")
def squares_expanded(X, labels, centers):
    """The squared distances are computed as differences of squares.

    |x|^2 - 2 x.c + |c|^2 is right on paper. Far from the origin these are large numbers that agree
    in nearly all of their digits, and their difference is noise. Subtract first, then square.
    """
    own = centers[labels]
    return float((X**2).sum() - 2 * (X * own).sum() + (own**2).sum())
