"""Mistakes in the means, and in what becomes of a center without observations."""

import numpy as np

from emlib.exercises.mistakes import mistake, trap
from emlib.kmeans.mistakes.ingredients import (
    ALONE,
    averages,
    handed_over,
    own_distances,
)

UPDATE = "kmeans.update"

trap(UPDATE, "a single observation", labels=np.array([0]), **ALONE)
trap(
    UPDATE,
    "as many centers as observations, and two of them without any",
    X=np.array([[9.0], [3], [6], [4]]),
    labels=np.array([2, 0, 2, 0]),
    centers=np.array([[4.0], [-2], [7], [-7]]),
)
trap(
    UPDATE,
    "a center without observations",
    X=np.array([[0.0], [2], [10], [13], [19]]),
    labels=np.array([0, 0, 1, 1, 1]),
    centers=np.array([[1.0], [17], [40]]),
)
trap(
    UPDATE,
    "two centers without observations",
    X=np.array([[-6.0, 0], [7, 1], [12, 4], [16, 5.5]]),
    labels=np.array([1, 1, 3, 3]),
    centers=np.array([[40.0, 0], [0, 0], [50, 0], [16, 0]]),
)
trap(
    UPDATE,
    "a lone observation, farthest from its own center, and a center without any",
    X=np.array([[0.0], [2], [7], [30]]),
    labels=np.array([0, 0, 0, 1]),
    centers=np.array([[3.0], [20], [40]]),
)
trap(
    UPDATE,
    "a center without observations, and nothing left to take over",
    X=np.array([[1.0, 2], [1, 2], [5, 3]]),
    labels=np.array([0, 0, 1]),
    centers=np.array([[1.0, 2], [5, 3], [9, 8]]),
)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def divided_by_all_observations(X, labels, centers):
    """The sums are divided by the number of all observations.

    The mean of a cluster is the sum over its own observations, divided by their number, N_k. If you
    divide by N, every center moves towards the origin.
    """
    z = handed_over(X, labels, centers)
    counts = np.bincount(z, minlength=len(centers))[:, None]
    return averages(X, z, centers) * np.where(counts > 0, counts / len(X), 1.0)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def not_divided(X, labels, centers):
    """The sums are not divided by the number of observations.

    The center of a cluster is the mean of its observations: their sum divided by their number, N_k.
    """
    return averages(X, handed_over(X, labels, centers), centers, np.sum)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def one_too_few(X, labels, centers):
    """The sums are divided by N_k - 1.

    N_k - 1 is for an unbiased estimate of a variance. A mean of N_k observations divides by N_k,
    and a single observation is its own mean.
    """
    z = handed_over(X, labels, centers)
    counts = np.bincount(z, minlength=len(centers))[:, None]
    with np.errstate(all="ignore"):
        unbiased = averages(X, z, centers) * (counts / (counts - 1))
    return np.where(counts > 0, unbiased, centers)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def medians(X, labels, centers):
    """The centers are medians.

    The median of each feature minimises the sum of the absolute differences. The distortion is a
    sum of squares, which the mean minimises. For one or two observations the two agree.
    """
    return averages(X, handed_over(X, labels, centers), centers, np.median)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def old_center_counted(X, labels, centers):
    """The old center is counted among the observations.

    The new center is the mean of the observations alone. Start the sum and the count at zero, not
    with the old center.
    """
    z = handed_over(X, labels, centers)
    counts = np.bincount(z, minlength=len(centers))[:, None]
    return (averages(X, z, centers) * counts + centers) / (counts + 1)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def half_a_step(X, labels, centers):
    """The centers move half of the way.

    The mean is the exact minimum for these labels, so a smaller step gains nothing. Step sizes
    belong to gradient methods, or to learning from one observation at a time.
    """
    return (averages(X, handed_over(X, labels, centers), centers) + centers) / 2


@mistake(UPDATE, "eq-kmeans-center", "centers")
def mean_of_means(X, labels, centers):
    """The features are averaged too.

    The mean runs over the observations of the cluster, `axis=0`, one feature at a time. Without an
    axis, it is one number for the whole cluster.
    """

    def of_everything(rows, axis):
        return np.full(rows.shape[1], rows.mean())

    return averages(X, handed_over(X, labels, centers), centers, of_everything)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def sums_not_reset(X, labels, centers):
    """The sums and the counts continue from one center to the next.

    The mean of a cluster uses only its own observations. Reset the sum and the count to zero inside
    the loop over the centers, not before it.
    """
    z = handed_over(X, labels, centers)
    sums, counts = np.zeros(centers.shape), np.bincount(z, minlength=len(centers))
    np.add.at(sums, z, X)
    means = sums.cumsum(axis=0) / np.maximum(counts.cumsum(), 1)[:, None]
    return np.where(counts[:, None] > 0, means, centers)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def nearest_observation_to_the_mean(X, labels, centers):
    """The centers are observations, those nearest to the means.

    That is close to k-medoids, which needs no means. The distortion is smallest at the mean itself,
    whether there is an observation or not.
    """

    def nearest(rows, axis):
        return rows[np.square(rows - rows.mean(axis=0)).sum(axis=1).argmin()]

    return averages(X, handed_over(X, labels, centers), centers, nearest)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def middles_of_the_ranges(X, labels, centers):
    """The centers are midway between the smallest and the largest values.

    Only two observations decide where that is. In the mean, every observation of the cluster counts
    equally.
    """

    def middle(rows, axis):
        return (rows.min(axis=0) + rows.max(axis=0)) / 2

    return averages(X, handed_over(X, labels, centers), centers, middle)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def mean_of_all_observations(X, labels, centers):
    """Every center gets the mean of all the observations.

    Average only those that are assigned to it: `X[labels == k].mean(axis=0)`. Centers that are all
    in one place are useless.
    """
    return np.tile(X.mean(axis=0), (len(centers), 1))


@mistake(UPDATE, "eq-kmeans-center", "centers")
def divided_by_one_more(X, labels, centers):
    """The sums are divided by N_k + 1.

    The one avoids a division by zero if a center has no observations, but it draws every other
    center towards the origin. A mean of N_k observations divides by N_k.
    """
    z = handed_over(X, labels, centers)
    counts = np.bincount(z, minlength=len(centers))[:, None]
    return averages(X, z, centers, np.sum) / (counts + 1)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def divided_by_equal_counts(X, labels, centers):
    """The sums are divided by N / K, the size of an average cluster.

    Clusters differ in size. The mean is the sum of a cluster's observations divided by their
    number, N_k.
    """
    z = handed_over(X, labels, centers)
    return averages(X, z, centers, np.sum) * len(centers) / len(X)


# --- centers without observations -----------------------------------------------------------------


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def empty_center_stays(X, labels, centers):
    """A center without observations stays where it is.

    Then it may never get any, and one cluster is missing. Here it takes over the observation that
    is farthest from its own center, which lowers the distortion at once.
    """
    return averages(X, labels, centers)


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def empty_center_at_zero(X, labels, centers):
    """A center without observations is moved to the origin.

    An empty sum is zero, and zero divided by at least one is zero. The origin has nothing to do
    with the data: give that center the observation that is farthest from its own.
    """
    return averages(X, labels, np.zeros_like(centers))


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def empty_center_divided_by_zero(X, labels, centers):
    """The mean of no observations is zero divided by zero.

    A center may be nearest to no observation. Before you compute the means, each such center takes
    over the observation that is farthest from its own center.
    """
    sums = np.zeros(centers.shape)
    np.add.at(sums, labels, X)
    with np.errstate(all="ignore"):
        return sums / np.bincount(labels, minlength=len(centers))[:, None]


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def empty_center_at_the_mean(X, labels, centers):
    """A center without observations is moved to the mean of all the data.

    It may be nearest to none there too. If it moves to the observation that is farthest from its
    own center, it has at least that one, and the distortion falls by at least its squared distance.
    """
    return averages(X, labels, np.tile(X.mean(axis=0), (len(centers), 1)))


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def empty_center_at_the_first_observation(X, labels, centers):
    """A center without observations is moved to the first observation.

    The first observation may already lie on its own center, and then nothing is gained. Taking over
    the observation that is farthest from its own center lowers the distortion most.
    """
    return averages(X, labels, np.tile(X[0], (len(centers), 1)))


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def empty_center_takes_the_nearest(X, labels, centers):
    """A center without observations takes over the observation nearest to it.

    That may gain next to nothing, because the observation may be near its own center too. The one
    farthest from its own center contributes most to the distortion.
    """
    labels = labels.copy()
    for k in range(len(centers)):
        counts = np.bincount(labels, minlength=len(centers))
        if counts[k] == 0:
            near = np.square(X - centers[k]).sum(axis=1)
            near[counts[labels] == 1] = np.inf
            labels[near.argmin()] = k
    return averages(X, labels, centers)


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def taken_over_and_still_counted(X, labels, centers):
    """The observation that is taken over is still counted by its old center.

    An observation belongs to one center only. Change its label first, and then compute all the
    means.
    """
    z = handed_over(X, labels, centers)
    given = np.bincount(labels, minlength=len(centers)) > 0
    old, new = averages(X, labels, centers), averages(X, z, centers)
    return np.where(given[:, None], old, new)


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def farthest_from_the_mean_of_all(X, labels, centers):
    """The observation taken over is the one farthest from the mean of all the data.

    It may lie on its own center, and then nothing is gained. The distortion counts each
    observation's distance from its own center: take over the one with the largest.
    """

    def from_the_mean(X, labels, centers):
        return np.square(X - X.mean(axis=0)).sum(axis=1)

    return averages(X, handed_over(X, labels, centers, from_the_mean), centers)


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def farthest_from_the_new_center(X, labels, centers):
    """The distances are taken from the new centers.

    Compute the means only after the empty centers have taken over an observation. Until then, an
    observation's own center is the old one, in `centers`.
    """

    def from_the_new(X, labels, centers):
        return own_distances(X, labels, averages(X, labels, centers))

    return averages(X, handed_over(X, labels, centers, from_the_new), centers)


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def lone_observation_taken(X, labels, centers):
    """A center with a single observation loses it.

    Then that center has none. Only an observation that shares its center with others can be taken
    over.
    """
    labels = labels.copy()
    empty = np.flatnonzero(np.bincount(labels, minlength=len(centers)) == 0)
    for k in empty:
        far = own_distances(X, labels, centers)
        if far.max() > 0:
            labels[far.argmax()] = k
    return averages(X, labels, centers)


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def one_observation_for_all_empty_centers(X, labels, centers):
    """All the centers without observations take over the same observation.

    An observation belongs to one center only. After each takeover the search has to start again:
    the observation that was just taken over now lies on its own center.
    """
    z = labels.copy()
    counts = np.bincount(z, minlength=len(centers))
    empty = np.flatnonzero(counts == 0)
    far = np.where(counts[z] > 1, own_distances(X, z, centers), -1.0)
    if not len(empty) or far.max() <= 0:
        return averages(X, z, centers)
    taken = far.argmax()
    z[taken] = empty[0]
    new = averages(X, z, centers)
    new[empty] = X[taken]
    return new


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def farthest_from_the_empty_center(X, labels, centers):
    """A center without observations takes over the observation farthest from it.

    That observation may lie on its own center, and then nothing is gained. Use the distance of each
    observation from its own center.
    """
    z = labels.copy()
    for k in range(len(centers)):
        counts = np.bincount(z, minlength=len(centers))
        if counts[k] == 0:
            far = np.square(X - centers[k]).sum(axis=1)
            far[(counts[z] == 1) | (own_distances(X, z, centers) == 0)] = -1.0
            if far.max() >= 0:
                z[far.argmax()] = k
    return averages(X, z, centers)


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def farthest_of_the_largest_cluster(X, labels, centers):
    """A center without observations takes one over from the largest cluster.

    The largest cluster may be a tight one. Taking over the observation that is farthest from its
    own center lowers the distortion most, whichever cluster it is in.
    """

    def of_the_largest(X, labels, centers):
        largest = np.bincount(labels, minlength=len(centers)).argmax()
        return np.where(labels == largest, own_distances(X, labels, centers), -1.0)

    return averages(X, handed_over(X, labels, centers, of_the_largest), centers)


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def empty_center_left_out(X, labels, centers):
    """A center without observations is left out.

    Then there are fewer centers, and the labels after it refer to the wrong ones. Return all K
    centers: loop over `range(K)`, not over the labels that occur.
    """
    return np.array([X[labels == k].mean(axis=0) for k in np.unique(labels)])


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def robbed_center_stays(X, labels, centers):
    """The farthest observation moves, but its old center is not recomputed.

    The center that it was taken from has lost it. Change the label first, and then compute all the
    means, including this one.
    """
    z = handed_over(X, labels, centers)
    new = averages(X, z, centers)
    lost = np.unique(labels[z != labels])
    new[lost] = centers[lost]
    return new
