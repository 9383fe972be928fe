"""Mistakes in k-means: the nearest center, the means, the distortion, the seeding, the loop."""

import numpy as np

from emlib.exercises.mistakes import mistake, trap
from emlib.kmeans import vectorized as right

ASSIGN, UPDATE, DISTORTION = "kmeans.assign", "kmeans.update", "kmeans.distortion"
SEEDING, SEED, FIT = "kmeans.seeding_probabilities", "kmeans.seed", "kmeans.fit"

trap(
    ASSIGN,
    "an observation halfway between two centers",
    X=np.array([[0.0], [2], [3], [-1], [0.5], [1], [1.5], [1]]),
    centers=np.array([[2.0], [0]]),
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


ALONE = {"X": np.array([[2.0, 3]]), "centers": np.array([[0.0, 1]])}
trap(UPDATE, "a single observation", labels=np.array([0]), **ALONE)
trap(DISTORTION, "a single observation", labels=np.array([0]), **ALONE)
trap(FIT, "a single observation", **ALONE)
for exercise in (ASSIGN, FIT):
    trap(exercise, "observations almost halfway between centers", **almost_halfway())
SIDES = [0.91, 0.75, -0.03, 0.65, -0.65, -1.83, 1.68, 0.48, -2.07, -1.06, -0.62, 0.34]
SIDES = np.array(SIDES)[:, None]
trap(FIT, "observations that change sides again", X=SIDES, centers=SIDES[:3])
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
trap(
    SEEDING,
    "an observation far from the others",
    X=np.array([[0.0], [1], [2], [12]]),
    centers=np.array([[0.0], [2]]),
)
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
trap(
    FIT,
    "a start with a center that is nearest to nothing",
    X=np.array([[0.0], [1], [10], [12], [30]]),
    centers=np.array([[1.0], [11], [100]]),
)
trap(
    FIT,
    "as many centers as observations, and two of them nearest to nothing",
    X=np.array([[-30.0, 0], [7, 1], [12, 4], [16, 5.5]]),
    centers=np.array([[90.0, 0], [0, 0], [80, 0], [16, 0]]),
)
trap(
    FIT,
    "an observation halfway between the centers to start from",
    X=np.array([[0.0], [2], [3], [-1], [0.5], [1], [1.5], [1]]),
    centers=np.array([[2.0], [0]]),
)
trap(
    FIT,
    "fewer different observations than centers",
    X=np.array([[1.0, 2], [1, 2], [5, 3]]),
    centers=np.array([[1.0, 2], [5, 3], [9, 8]]),
)


def squared_distances(X, centers):
    """From each observation to each center, (N, K)."""
    return np.square(X[:, None, :] - centers).sum(axis=2)


def own_distances(X, labels, centers):
    """The squared distance of each observation from its own center, (N,)."""
    return np.square(X - centers[labels]).sum(axis=1)


# --- the nearest center --------------------------------------------------------------------------


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def farthest(X, centers):
    """The farthest center is taken, and not the nearest.

    The assignment minimises the distance: `argmin`. Only for a similarity, such as a density, is
    the largest the best.
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
    """The dot product is not doubled, or the square beside it not halved.

    The squared distance is |x|^2 - 2 x . c + |c|^2: the product comes twice. Divided by -2, and
    without the first term, that is x . c - |c|^2 / 2. With too much of the square, centers near
    the origin win too often.
    """
    return (X @ centers.T - np.square(centers).sum(axis=1)).argmax(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def smallest_cosine_distance(X, centers):
    """The angle between observation and center is compared, and not their distance.

    Divided by the lengths of both, the dot product is the cosine of that angle. It depends on
    where the origin lies, which the distance does not.
    """
    lengths = np.linalg.norm(centers, axis=1)
    return (X @ centers.T / lengths).argmax(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def sum_of_absolute_differences(X, centers):
    """The distance is the sum of the absolute differences.

    That is the city-block distance, whose best center is the median of each feature. K-means
    squares the differences before it adds them, and its best center is the mean. With a single
    feature the nearest is the same.
    """
    return np.abs(X[:, None, :] - centers).sum(axis=2).argmin(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def largest_difference_alone(X, centers):
    """Only the feature that differs most counts.

    The squared distance adds up the squares of all the differences. The largest of them alone
    gives another distance, with square neighbourhoods for round ones.
    """
    return np.abs(X[:, None, :] - centers).max(axis=2).argmin(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def differences_not_squared(X, centers):
    """The differences are added without being squared.

    Positive and negative ones cancel, and what is smallest is the most negative sum, not the
    shortest distance. Square each difference first.
    """
    return (X[:, None, :] - centers).sum(axis=2).argmin(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def first_feature_only(X, centers):
    """Only the first feature is looked at.

    The squared distance is a sum over all the features i = 1..D. Look for a sum that is missing,
    or for an index [:, 0] that should not be there.
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
    """The nearest observation of each center is looked for.

    Of the distances (N, K) an observation looks along its row, over the K centers: `axis=1`.
    Along a column each center chooses an observation, and the result has K entries.
    """
    return squared_distances(X, centers).argmin(axis=0)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def last_of_equals(X, centers):
    """Of centers that are equally near the last is taken, and not the first.

    Some rule is needed, so that the same start leads to the same end. The rule here is `argmin`'s,
    the first. In a loop that keeps the best so far, compare with < and not with <=.
    """
    backwards = squared_distances(X, centers)[:, ::-1]
    return len(centers) - 1 - backwards.argmin(axis=1)


@mistake(ASSIGN, "eq-kmeans-assignment", "labels")
def expanded_far_from_the_origin(X, centers):
    """The squares lose the digits in which the distances differ.

    x . c - |c|^2 / 2 is a small difference of large numbers if the data lie far from the origin,
    and rounding decides which center is nearest. Subtract the mean of the data from both first:
    distances do not change.
    """
    return (X @ centers.T - np.square(centers).sum(axis=1) / 2).argmax(axis=1)


# --- the means -----------------------------------------------------------------------------------


def handed_over(X, labels, centers, distances=own_distances):
    """The labels, after each center without observations has taken over the farthest."""
    labels, K = labels.copy(), len(centers)
    for k in range(K):
        counts = np.bincount(labels, minlength=K)
        if counts[k] == 0:
            far = distances(X, labels, centers)
            far = np.where(counts[labels] > 1, far, -1.0)
            if far.max() > 0:
                labels[far.argmax()] = k
    return labels


def averages(X, labels, centers, average=np.mean):
    """The average of the observations of each center; one that has none stays."""
    return np.array(
        [
            average(X[labels == k], axis=0) if (labels == k).any() else centers[k]
            for k in range(len(centers))
        ]
    )


@mistake(UPDATE, "eq-kmeans-center", "centers")
def divided_by_all_observations(X, labels, centers):
    """The sums are divided by the number of all observations.

    The mean of a cluster is the sum over its own observations, divided by how many these are, N_k.
    Divided by N, every center moves towards the origin.
    """
    z = handed_over(X, labels, centers)
    counts = np.bincount(z, minlength=len(centers))[:, None]
    return averages(X, z, centers) * np.where(counts > 0, counts / len(X), 1.0)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def not_divided(X, labels, centers):
    """The sums are not divided by the number of observations.

    The center of a cluster is the mean of its observations: their sum divided by N_k, how
    many these are.
    """
    return averages(X, handed_over(X, labels, centers), centers, np.sum)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def one_too_few(X, labels, centers):
    """The sums are divided by N_k - 1.

    One less belongs into an unbiased estimate of a variance. A mean of N_k observations divides by
    all of them, and one observation alone is its own mean.
    """
    z = handed_over(X, labels, centers)
    counts = np.bincount(z, minlength=len(centers))[:, None]
    with np.errstate(all="ignore"):
        unbiased = averages(X, z, centers) * (counts / (counts - 1))
    return np.where(counts > 0, unbiased, centers)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def medians(X, labels, centers):
    """The centers are medians.

    The median of each feature minimises the sum of the absolute differences. The distortion adds
    up squares, and the mean minimises these. Of one or two observations the two agree.
    """
    return averages(X, handed_over(X, labels, centers), centers, np.median)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def old_center_counted(X, labels, centers):
    """The old center is counted among the observations.

    The new center is the mean of the observations alone. A sum that starts at the old center
    instead of zero drags it along.
    """
    z = handed_over(X, labels, centers)
    counts = np.bincount(z, minlength=len(centers))[:, None]
    return (averages(X, z, centers) * counts + centers) / (counts + 1)


@mistake(UPDATE, "eq-kmeans-center", "centers")
def half_a_step(X, labels, centers):
    """The centers move half of the way.

    The mean is the exact minimum for these labels, so nothing is gained by a smaller step. A step
    size belongs to the gradient method, or to learning from one observation at a time.
    """
    return (averages(X, handed_over(X, labels, centers), centers) + centers) / 2


@mistake(UPDATE, "eq-kmeans-center", "centers")
def mean_of_means(X, labels, centers):
    """The features are averaged, too.

    The mean runs over the observations of the cluster, `axis=0`, one feature at a time. Without
    an axis it is one number for the whole cluster.
    """

    def of_everything(rows, axis):
        return np.full(rows.shape[1], rows.mean())

    return averages(X, handed_over(X, labels, centers), centers, of_everything)


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def empty_center_stays(X, labels, centers):
    """A center without observations stays where it is.

    Then it may never get any, and one cluster too few is left. Here it takes over the observation
    that is farthest from its own center, which lowers the distortion at once.
    """
    return averages(X, labels, centers)


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def empty_center_at_zero(X, labels, centers):
    """A center without observations is moved to the origin.

    A sum over nothing is zero, and zero divided by at least one is zero. The origin has nothing to
    do with the data: give that center the observation that is farthest from its own.
    """
    return averages(X, labels, np.zeros_like(centers))


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def empty_center_divided_by_zero(X, labels, centers):
    """The mean of no observations is zero divided by zero.

    A center may be nearest to none. Before the means are formed, each such center takes over the
    observation that is farthest from its own center.
    """
    sums = np.zeros(centers.shape)
    np.add.at(sums, labels, X)
    with np.errstate(all="ignore"):
        return sums / np.bincount(labels, minlength=len(centers))[:, None]


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def empty_center_at_the_mean(X, labels, centers):
    """A center without observations is moved to the mean of all the data.

    There it may be nearest to none again. Moved to the observation that is farthest from its own
    center it has at least that one, and the distortion falls by at least its squared distance.
    """
    return averages(X, labels, np.tile(X.mean(axis=0), (len(centers), 1)))


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def empty_center_at_the_first_observation(X, labels, centers):
    """A center without observations is moved to the first observation.

    The first is as good as any, and so better than leaving the center where it is. What lowers the
    distortion most is the observation that is farthest from its own center.
    """
    return averages(X, labels, np.tile(X[0], (len(centers), 1)))


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def empty_center_takes_the_nearest(X, labels, centers):
    """A center without observations takes over the one that is nearest to it.

    That seems the shortest way, and may gain next to nothing: the observation may have been near
    its own center, too. The one farthest from its own center contributes most to the distortion.
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

    An observation belongs to one center only. Change its label first, and form all the means
    afterwards.
    """
    z = handed_over(X, labels, centers)
    given = np.bincount(labels, minlength=len(centers)) > 0
    old, new = averages(X, labels, centers), averages(X, z, centers)
    return np.where(given[:, None], old, new)


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def farthest_from_the_mean_of_all(X, labels, centers):
    """The observation that is taken over is the farthest from the mean of all the data.

    It may lie on its own center, with nothing to be gained. The distortion counts distances from
    the observation's own center: the largest of these is to go.
    """

    def from_the_mean(X, labels, centers):
        return np.square(X - X.mean(axis=0)).sum(axis=1)

    return averages(X, handed_over(X, labels, centers, from_the_mean), centers)


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def farthest_from_the_new_center(X, labels, centers):
    """The distances are taken from the new centers.

    The means are formed only after the empty centers have been given an observation. Until then an
    observation's own center is where it has been, in `centers`.
    """

    def from_the_new(X, labels, centers):
        return own_distances(X, labels, averages(X, labels, centers))

    return averages(X, handed_over(X, labels, centers, from_the_new), centers)


@mistake(UPDATE, "eq-kmeans-empty", "centers")
def lone_observation_taken(X, labels, centers):
    """A center that had one observation loses it.

    Then that center is the one without any. Only an observation that shares its center with others
    can be taken over.
    """
    labels = labels.copy()
    empty = np.flatnonzero(np.bincount(labels, minlength=len(centers)) == 0)
    for k in empty:
        far = own_distances(X, labels, centers)
        if far.max() > 0:
            labels[far.argmax()] = k
    return averages(X, labels, centers)


# --- the distortion ------------------------------------------------------------------------------


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


# --- the seeding ---------------------------------------------------------------------------------


def proportional(sizes):
    """Divided by their sum."""
    with np.errstate(all="ignore"):
        return sizes / sizes.sum()


@mistake(SEEDING, "eq-kmeans-seeding")
def in_proportion_to_the_distance(X, centers):
    """The probabilities are in proportion to the distances, and not to their squares.

    The square of an observation's distance is what it contributes to the distortion, and the
    guarantee of k-means++ is proved for that. Leave out the square root, or square.
    """
    return proportional(np.sqrt(squared_distances(X, centers).min(axis=1)))


@mistake(SEEDING, "eq-kmeans-seeding")
def squared_twice(X, centers):
    """The squared distances are squared again.

    The probabilities are in proportion to the squared distance. The fourth power goes after
    outliers.
    """
    return proportional(squared_distances(X, centers).min(axis=1) ** 2)


@mistake(SEEDING, "eq-kmeans-seeding")
def from_the_last_center(X, centers):
    """Only the center chosen last is looked at.

    An observation beside an earlier center has no need of another. What counts is the distance
    from the nearest of all the centers chosen so far.
    """
    return proportional(squared_distances(X, centers)[:, -1])


@mistake(SEEDING, "eq-kmeans-seeding")
def from_the_first_center(X, centers):
    """Only the first center is looked at.

    What counts is the distance from the nearest of all the centers chosen so far: a minimum over
    the K of them.
    """
    return proportional(squared_distances(X, centers)[:, 0])


@mistake(SEEDING, "eq-kmeans-seeding")
def from_the_farthest_center(X, centers):
    """The distance from the farthest center is taken.

    An observation on a center is far from some other one, and would be drawn again. Take the
    minimum over the centers.
    """
    return proportional(squared_distances(X, centers).max(axis=1))


@mistake(SEEDING, "eq-kmeans-seeding")
def added_over_the_centers(X, centers):
    """The distances from all the centers are added.

    An observation on a center is far from the others, and would be drawn again. What counts is
    the nearest center alone: the minimum, and not the sum or the mean.
    """
    return proportional(squared_distances(X, centers).sum(axis=1))


@mistake(SEEDING, "eq-kmeans-seeding")
def from_the_mean_of_the_centers(X, centers):
    """The distance from the mean of the centers is taken.

    Between two centers far apart there may be a cluster that needs a center of its own, and an
    observation on a center needs none. Take the distance from the nearest center.
    """
    return proportional(np.square(X - centers.mean(axis=0)).sum(axis=1))


@mistake(SEEDING, "eq-kmeans-seeding")
def without_dividing(X, centers):
    """The squared distances are not divided by their sum.

    Probabilities add up to one. What is in proportion to something is that, divided by its sum.
    """
    return squared_distances(X, centers).min(axis=1)


@mistake(SEEDING, "eq-kmeans-seeding")
def divided_by_the_largest(X, centers):
    """The squared distances are divided by the largest of them.

    Then the largest is one, and all together are more. Probabilities add up to one: divide by the
    sum.
    """
    nearest = squared_distances(X, centers).min(axis=1)
    return nearest / nearest.max()


@mistake(SEEDING, "eq-kmeans-seeding")
def farthest_with_certainty(X, centers):
    """The farthest observation is taken with certainty.

    That is another seeding, by the farthest first, and it takes every outlier for a cluster. In
    k-means++ chance decides: a crowd of observations at a middling distance together outweighs
    one that is far away.
    """
    nearest = squared_distances(X, centers).min(axis=1)
    return np.eye(len(X))[nearest.argmax()]


@mistake(SEEDING, "eq-kmeans-seeding")
def all_alike(X, centers):
    """All observations have the same probability.

    So the first center is drawn. Each later one is drawn far from those chosen so far, in
    proportion to the squared distance from the nearest.
    """
    return np.full(len(X), 1 / len(X))


@mistake(SEEDING, "eq-kmeans-seeding")
def softmax_of_the_distances(X, centers):
    """The squared distances go through a softmax.

    An observation on a center then keeps some probability, and the result depends on the units of
    the data. Divide the squared distances themselves by their sum.
    """
    nearest = squared_distances(X, centers).min(axis=1)
    return proportional(np.exp(nearest - nearest.max()))


# --- the loop ------------------------------------------------------------------------------------


def steps(X, centers):
    """Every assignment with the centers it was made with, from the start to the end."""
    path = [(centers, right.assign(X, centers))]
    while True:
        centers = right.update(X, path[-1][1], path[-1][0])
        path.append((centers, right.assign(X, centers)))
        if (path[-1][1] == path[-2][1]).all():
            return path


@mistake(FIT, "eq-kmeans-center", "centers")
def a_single_iteration(X, centers):
    """The centers are updated only once.

    With other centers other assignments are best. Assign and update in turn until no observation
    changes its center.
    """
    return steps(X, centers)[1][0]


@mistake(FIT, "eq-kmeans-empty", "centers")
def empty_centers_left_alone(X, centers):
    """A center without observations stays where it is.

    Then it may never get any. `update` gives it the observation that is farthest from its own
    center.
    """
    while True:
        labels = right.assign(X, centers)
        moved = averages(X, labels, centers)
        if (right.assign(X, moved) == labels).all():
            return moved
        centers = moved


@mistake(FIT, "eq-kmeans-assignment", "labels")
def labels_of_the_start(X, centers):
    """The labels are those of the start.

    The centers are right. Assign the observations anew in every iteration, and return the last
    labels.
    """
    return steps(X, centers)[0][1]


@mistake(FIT, "eq-kmeans-distortion", "distortion")
def distortion_of_the_start(X, centers):
    """The distortion is that of the start.

    The centers and the labels are right. The distortion that belongs to them is computed last.
    """
    start, labels = steps(X, centers)[0]
    return right.distortion(X, labels, start)


@mistake(FIT, "eq-kmeans-distortion", "distortion")
def distortion_one_update_behind(X, centers):
    """The distortion lags one update behind.

    It was computed before the last update of the centers, so it is too large, by little. Compute
    it from the centers that are returned.
    """
    path = steps(X, centers)
    return right.distortion(X, path[-1][1], path[-2][0])


@mistake(FIT, "eq-kmeans-distortion", "distortion")
def distortion_per_observation(X, centers):
    """The distortion is divided by the number of observations.

    The centers and the labels are right. The distortion is the sum of the squared distances, and
    not their average.
    """
    last, labels = steps(X, centers)[-1]
    return right.distortion(X, labels, last) / len(X)


@mistake(FIT, "eq-kmeans-center", "n_iter")
def assignments_counted(X, centers):
    """The assignments are counted, and not the updates.

    The centers and the labels are right. There is one assignment more than there are updates, for
    one comes first, at the start.
    """
    return len(steps(X, centers))


@mistake(FIT, "eq-kmeans-center", "n_iter")
def last_update_not_counted(X, centers):
    """The last update is not counted.

    The centers and the labels are right. The update after which no label changes is an update,
    too: the centers have moved.
    """
    return len(steps(X, centers)) - 2
