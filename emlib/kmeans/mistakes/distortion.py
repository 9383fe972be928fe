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
    """The distances are added, and not their squares.

    The distortion is a sum of squares: that is what the mean of a cluster minimises. The sum of
    the distances themselves has its minimum at another point, and no formula for it.
    """
    return float(np.sqrt(own_distances(X, labels, centers)).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def root_of_the_distortion(X, labels, centers):
    """The square root of the whole is taken.

    The distortion is in squared units. Its root has the same minimum, but it is not what the sums
    here add up to.
    """
    return float(np.sqrt(own_distances(X, labels, centers).sum()))


@mistake(DISTORTION, "eq-kmeans-distortion")
def average_distortion(X, labels, centers):
    """The sum is divided by the number of observations.

    The average per observation has the same minimum, and is easier to compare between data sets.
    The distortion here is the sum.
    """
    return float(own_distances(X, labels, centers).mean())


@mistake(DISTORTION, "eq-kmeans-distortion")
def average_over_features_too(X, labels, centers):
    """The squares are averaged over observations and features.

    `mean` without an axis divides by N D. A squared distance adds up its features, and the
    distortion adds up the observations.
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
    and centers, and the labels given need not be the nearest.
    """
    return float(squared_distances(X, centers).min(axis=1).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def around_the_new_means(X, labels, centers):
    """The distances are taken from the means of the clusters.

    That is the least distortion that these labels allow. The distortion is a function of labels
    and centers, and the centers given need not be the means.
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

    A factor 1/2 makes the derivative look better, and belongs to the log-density of a Gaussian.
    The distortion has none.
    """
    return float(0.5 * own_distances(X, labels, centers).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def absolute_differences(X, labels, centers):
    """The absolute differences are added, and not their squares.

    That is the distortion of the city-block distance, which medians minimise. Here differences are
    squared, and means are best.
    """
    return float(np.abs(X - centers[labels]).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def averaged_within_clusters(X, labels, centers):
    """The squared distances are averaged within each cluster.

    Every observation counts once in the distortion, whatever the size of its cluster. Add up, and
    do not divide.
    """
    apart = np.square(X - centers[labels]).sum(axis=1)
    return float(sum(apart[labels == k].mean() for k in np.unique(labels)))


@mistake(DISTORTION, "eq-kmeans-distortion")
def squared_after_adding_features(X, labels, centers):
    """The differences are added over the features, and the sum is squared.

    Positive and negative ones cancel before the square is taken. Square each difference first, and
    add the squares.
    """
    return float(np.square((X - centers[labels]).sum(axis=1)).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def last_cluster_alone(X, labels, centers):
    """Only the last cluster counts.

    The sum is set back to zero for every cluster, and what is returned is the last one's. Begin it
    at zero once, before the loop over the clusters.
    """
    return float(own_distances(X, labels, centers)[labels == len(centers) - 1].sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def farthest_observation_alone(X, labels, centers):
    """Only the observation that is farthest from its center counts.

    That is the radius of the widest cluster, squared, which other methods minimise. The distortion
    adds up the squares of all the observations.
    """
    return float(own_distances(X, labels, centers).max())


@mistake(DISTORTION, "eq-kmeans-distortion")
def between_the_clusters(X, labels, centers):
    """The distances are those of the centers from the mean of all the data.

    That is the sum of squares between the clusters, the part that they explain. The distortion is
    what is left within them: from each observation to its center.
    """
    return float(np.square(centers[labels] - X.mean(axis=0)).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def all_pairs_within(X, labels, centers):
    """The squared distances between all pairs within a cluster are added.

    Divided by the size of the cluster they are the distortion around its mean. But it is the
    distance of each observation from the center given that is asked for.
    """
    pairs = squared_distances(X, X) * (labels[:, None] == labels)
    return float(pairs.sum() / 2)


@mistake(DISTORTION, "eq-kmeans-distortion")
def first_feature_alone(X, labels, centers):
    """Only the first feature counts.

    The squared distance is a sum over all the features. Look for an index [:, 0] that should not
    be there.
    """
    return float(np.square(X[:, 0] - centers[labels, 0]).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def root_of_each_cluster(X, labels, centers):
    """The square root of each cluster's sum is taken.

    The distortion adds squares, over the observations and over the clusters, and no root is taken
    of any of them.
    """
    apart = own_distances(X, labels, centers)
    return float(np.sqrt(np.bincount(labels, apart, len(centers))).sum())


@mistake(DISTORTION, "eq-kmeans-distortion")
def distortion_of_each_cluster(X, labels, centers):
    """The clusters are not added up.

    There is one number for each cluster, and one is asked for in all: the sum over all the
    observations, whatever their cluster.
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
