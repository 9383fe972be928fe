"""Mistakes in assigning each observation to its nearest center."""

import numpy as np

from emlib.exercises._words import first
from emlib.exercises.mistakes import always, mistake, stands_in, trap
from emlib.kmeans.mistakes.ingredients import (
    squared_distances,
)

ASSIGN = "kmeans.assign"
HALFWAY = {
    "X": np.array([[0.0], [2], [3], [-1], [0.5], [1], [1.5], [1]]),
    "centers": np.array([[2.0], [0]]),
}
trap(ASSIGN, "an observation halfway between two centers", **HALFWAY)
trap(
    ASSIGN,
    "fewer observations than centers",
    X=np.array([[1.0], [-2]]),
    centers=np.array([[0.0], [5], [9]]),
)
# In double precision the squares of these have no room for the last digits of the numbers.
trap(
    ASSIGN,
    "centers a few units apart, far from the origin",
    X=2.0**40 + np.array([[0.0], [1], [5], [6]]),
    centers=2.0**40 + np.array([[6.0], [0]]),
)


def almost_halfway(seed=0):
    """Observations around the middle of two centers, nearer to one by a part in 1e9.

    Half of the 16 digits are not enough to tell to which; single precision has fewer.
    """
    rng = np.random.default_rng(seed)
    one, other, *apart = 0.01 * rng.standard_normal((10, 4))
    line = one - other
    across = np.array([a - (a @ line) / (line @ line) * line for a in apart])  # (8, 4)
    along = 1e-9 * np.where(np.arange(8) % 2, 1.0, -1.0)[:, None] * line
    centers = np.array([one, other])
    return {"X": centers.mean(axis=0) + across + along, "centers": centers}


trap(ASSIGN, "observations almost halfway between centers", **almost_halfway())


@stands_in(ASSIGN)
def of_prepared(wrong):
    """An assignment in the place of that which is given observations that it has prepared."""
    return lambda observations, centers: wrong(observations.X, centers)


@always("kmeans", part="labels")
def numbers_of_centers(value, name, arguments):
    """They number the centers."""
    K = len(arguments["centers"])
    bad = (value < 0) | (value >= K)
    if bad.any():
        entry, index = first(name, bad)
        return f"{entry} is {int(value[index])}: the {K} centers have the numbers 0 to {K - 1}"
    return None


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def farthest(X, centers):
    """The farthest center is chosen instead of the nearest.

    The assignment minimises the distance: use `argmin`. The largest is the best only for a
    similarity, such as a density.
    """
    return squared_distances(X, centers).argmax(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def largest_product(X, centers):
    """The center with the largest dot product is taken.

    The squared distance is |x|^2 - 2 x . c + |c|^2. The first term is the same for all centers and
    can be left out. The last is not: without it a center far from the origin attracts everything
    on its side.
    """
    return (X @ centers.T).argmax(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def square_not_halved(X, centers):
    """The dot product is not doubled, or the square is not halved.

    The squared distance is |x|^2 - 2 x . c + |c|^2. Without the first term, and divided by -2, that
    is x . c - |c|^2 / 2. If the square has too much weight, centers near the origin win too often.
    """
    return (X @ centers.T - np.square(centers).sum(axis=1)).argmax(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def smallest_cosine_distance(X, centers):
    """The angle between observation and center is compared instead of their distance.

    Divided by the lengths of both, the dot product is the cosine of that angle. It depends on the
    position of the origin, but the distance does not.
    """
    lengths = np.linalg.norm(centers, axis=1)
    return (X @ centers.T / lengths).argmax(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def sum_of_absolute_differences(X, centers):
    """The distance is the sum of the absolute differences.

    That is the city-block distance, whose best center is the median of each feature. K-means
    squares the differences before it adds them, and its best center is the mean. With a single
    feature, the nearest center is the same.
    """
    return np.abs(X[:, None, :] - centers).sum(axis=2).argmin(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def largest_difference_alone(X, centers):
    """Only the feature that differs most counts.

    The squared distance adds up the squares of all the differences. The largest of them alone is
    another distance, with square neighbourhoods instead of round ones.
    """
    return np.abs(X[:, None, :] - centers).max(axis=2).argmin(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def differences_not_squared(X, centers):
    """The differences are added without being squared.

    Positive and negative differences cancel, and the smallest sum is the most negative, not the
    shortest distance. Square each difference first.
    """
    return (X[:, None, :] - centers).sum(axis=2).argmin(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def first_feature_only(X, centers):
    """Only the first feature is used.

    The squared distance is a sum over all the features i = 1..D. Look for a missing sum, or for an
    index [:, 0] that should not be there.
    """
    return np.square(X[:, None, 0] - centers[:, 0]).argmin(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def labels_from_one(X, centers):
    """The labels begin with 1.

    Python counts from 0: the centers are `centers[0]` to `centers[K - 1]`, and a label is used as
    an index. A label of K would be past the end.
    """
    return squared_distances(X, centers).argmin(axis=1) + 1


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def along_the_wrong_axis(X, centers):
    """This is the nearest observation for each center.

    Each row of the distances (N, K) belongs to an observation. Search along it, over the K centers:
    `axis=1`. Along a column each center chooses an observation, and the result has K entries.
    """
    return squared_distances(X, centers).argmin(axis=0)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def last_of_equals(X, centers):
    """If centers are equally near, the last is chosen instead of the first.

    A rule is needed so that the same start leads to the same end. Here it is that of `argmin`: the
    first. In a loop that keeps the best so far, compare with <, not with <=.
    """
    backwards = squared_distances(X, centers)[:, ::-1]
    return len(centers) - 1 - backwards.argmin(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def expanded_far_from_the_origin(X, centers):
    """The squares lose the digits in which the distances differ.

    If the data lie far from the origin, x . c - |c|^2 / 2 is a small difference of large numbers,
    and rounding decides which center is nearest. Subtract the median of the data from both first:
    distances do not change.
    """
    return (X @ centers.T - np.square(centers).sum(axis=1) / 2).argmax(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def features_standardised(X, centers):
    """The features are divided by their standard deviations first.

    That may be wise, but then do it to the data, once, before k-means. The distance here uses the
    features as they are.
    """
    deviations = X.std(axis=0)
    deviations = np.where(deviations > 0, deviations, 1.0)
    return np.array(
        [np.square((x - centers) / deviations).sum(axis=1).argmin() for x in X]
    )


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def squared_after_adding(X, centers):
    """The differences are added over the features, and the sum is squared.

    Positive and negative differences cancel before the sum is squared. Square each difference
    first, and add the squares.
    """
    return np.square((X[:, None, :] - centers).sum(axis=2)).argmin(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def smallest_so_far_of_all(X, centers):
    """The smallest distance is carried over from one observation to the next.

    Each observation needs its own nearest center. Reset the smallest distance to infinity inside
    the loop over the observations, not before it.
    """
    labels, best = np.zeros(len(X), dtype=int), np.inf
    for n, apart in enumerate(squared_distances(X, centers)):
        if apart.min() < best:
            best, labels[n] = apart.min(), apart.argmin()
    return labels


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def compared_with_the_one_before(X, centers):
    """Each center is compared with the one before it, not with the nearest so far.

    A center that is nearer than the one before may still be farther than an earlier one. Keep the
    smallest distance so far together with its index.
    """
    apart = squared_distances(X, centers)
    nearer = np.column_stack([np.ones(len(X)), apart[:, 1:] < apart[:, :-1]])
    return len(centers) - 1 - nearer[:, ::-1].argmax(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def last_feature_only(X, centers):
    """Only the last feature is used.

    The squared distance is a sum over all the features. In a loop over them, add to the sum with
    `+=`; with `=` you overwrite it.
    """
    return np.square(X[:, None, -1] - centers[:, -1]).argmin(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def smallest_difference_alone(X, centers):
    """Only the feature that differs least counts.

    A center that agrees in one feature may be far away in the others. The squared distance adds up
    the squares of all the differences.
    """
    return np.abs(X[:, None, :] - centers).min(axis=2).argmin(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def product_added(X, centers):
    """The dot product has the wrong sign.

    The squared distance is |x|^2 - 2 x . c + |c|^2. With a plus, it is the squared distance from
    the mirror image of the center, -c.
    """
    return (np.square(centers).sum(axis=1) + 2 * X @ centers.T).argmin(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def second_nearest(X, centers):
    """The second nearest center is chosen.

    Sorted distances start with the smallest, at index 0. Index 1 holds the second smallest.
    """
    order = np.argsort(squared_distances(X, centers), axis=1, kind="stable")
    return order[:, min(1, len(centers) - 1)]


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def one_for_the_nearest(X, centers):
    """There is a column for each center, with a one for the nearest.

    A label is the number of a center, one for each observation. `argmin` over the columns returns
    it.
    """
    nearest = squared_distances(X, centers).argmin(axis=1)
    return np.eye(len(centers), dtype=int)[nearest]
