"""Mistakes in the loop."""

from itertools import pairwise

import numpy as np

from emlib.exercises.mistakes import mistake, trap
from emlib.kmeans import vectorized as right
from emlib.kmeans.mistakes.assign import HALFWAY, almost_halfway
from emlib.kmeans.mistakes.ingredients import (
    ALONE,
    averages,
    handed_over,
)

FIT = "kmeans.fit"
SIDES = [0.91, 0.75, -0.03, 0.65, -0.65, -1.83, 1.68, 0.48, -2.07, -1.06, -0.62, 0.34]
SIDES = np.array(SIDES)[:, None]

trap(FIT, "a single observation", **ALONE)
trap(FIT, "observations almost halfway between centers", **almost_halfway())
trap(FIT, "observations that change sides again", X=SIDES, centers=SIDES[:3])
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
trap(FIT, "an observation halfway between the centers to start from", **HALFWAY)
trap(
    FIT,
    "fewer different observations than centers",
    X=np.array([[1.0, 2], [1, 2], [5, 3]]),
    centers=np.array([[1.0, 2], [5, 3], [9, 8]]),
)


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

    When the centers move, other assignments become the best. Assign and update in turn until no
    observation changes its center.
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


def lloyd(X, centers, assign=right.assign, update=right.update, max_iter=300):
    """The last centers, with other steps."""
    labels = assign(X, centers)
    for _ in range(max_iter):
        centers = update(X, labels, centers)
        before, labels = labels, assign(X, centers)
        if (labels == before).all():
            break
    return centers


def of_medians(X, labels, centers):
    """The medians of the observations of each center; one that has none stays."""
    return averages(X, labels, centers, np.median)


@mistake(FIT, "eq-kmeans-center", "centers")
def start_returned(X, centers):
    """The initial centers are returned.

    The results of the loop are kept in another variable, or lost inside a function. Return the
    centers after the last update.
    """
    return np.array(centers)


@mistake(FIT, "eq-kmeans-center", "centers")
def centers_before_the_last_update(X, centers):
    """The centers are those before the last update.

    The loop ends when no label changes, but then the update with these labels is missing or is
    thrown away. Return the means of the last labels.
    """
    return steps(X, centers)[-2][0]


@mistake(FIT, "eq-kmeans-center", "centers")
def two_iterations(X, centers):
    """The loop ends after two updates.

    Observations may still change their center. Go on until no label changes, however many updates
    it takes.
    """
    path = steps(X, centers)
    return path[min(2, len(path) - 1)][0]


@mistake(FIT, "eq-kmeans-center", "centers")
def fit_with_medians(X, centers):
    """The centers are medians.

    That is k-medians, which minimises the sum of the absolute differences. The distortion is a sum
    of squares, which the mean minimises.
    """

    def update(X, labels, centers):
        return of_medians(X, handed_over(X, labels, centers), centers)

    return lloyd(X, centers, update=update)


@mistake(FIT, "eq-kmeans-assignment", "centers")
def fit_with_absolute_differences(X, centers):
    """The distance is the sum of the absolute differences.

    City-block assignments and means do not lower the same quantity, so the loop may go in circles.
    If the differences are squared, both lower the distortion.
    """

    def assign(X, centers):
        return np.abs(X[:, None] - centers).sum(axis=2).argmin(axis=1)

    return lloyd(X, centers, assign=assign)


@mistake(FIT, "eq-kmeans-center", "centers")
def updated_one_observation_at_a_time(X, centers):
    """The centers move after each observation, not after all of them.

    That is MacQueen's k-means: each observation moves its nearest center by a fraction of the way,
    so the order of the rows matters. Lloyd's assigns all of them, and then computes the means.
    """
    centers = np.array(centers, dtype=float)
    counts = np.zeros(len(centers))
    for x in X:
        k = np.square(x - centers).sum(axis=1).argmin()
        counts[k] += 1
        centers[k] += (x - centers[k]) / counts[k]
    return centers


@mistake(FIT, "eq-kmeans-center", "centers")
def first_observations_for_the_start(X, centers):
    """The start is ignored, and the first K observations are used instead.

    K-means finds an optimum near its start, and `seed` chooses a good start. Begin with the given
    centers.
    """
    return lloyd(X, X[: len(centers)].astype(float))


@mistake(FIT, "eq-kmeans-center", "centers")
def half_of_the_way(X, centers):
    """The centers move half of the way in each update.

    The mean is the exact minimum for the labels. With smaller steps, the labels may stop changing
    before the centers arrive there.
    """

    def update(X, labels, centers):
        return (right.update(X, labels, centers) + centers) / 2

    return lloyd(X, centers, update=update)


@mistake(FIT, "eq-kmeans-assignment", "labels")
def labels_of_the_start(X, centers):
    """The initial labels are returned.

    The centers are right. Assign the observations again in every iteration, and return the last
    labels.
    """
    return steps(X, centers)[0][1]


@mistake(FIT, "eq-kmeans-distortion", "distortion")
def distortion_of_the_start(X, centers):
    """The distortion is that of the initial centers.

    The centers and the labels are right. Compute the distortion from these, at the end.
    """
    start, labels = steps(X, centers)[0]
    return right.distortion(X, labels, start)


@mistake(FIT, "eq-kmeans-distortion", "distortion")
def distortion_one_update_behind(X, centers):
    """The distortion is one update behind.

    It was computed before the last update of the centers, so it is slightly too large. Compute it
    from the centers that you return.
    """
    path = steps(X, centers)
    return right.distortion(X, path[-1][1], path[-2][0])


@mistake(FIT, "eq-kmeans-distortion", "distortion")
def distortion_per_observation(X, centers):
    """The distortion is divided by the number of observations.

    The centers and the labels are right. The distortion is the sum of the squared distances, not
    their average.
    """
    last, labels = steps(X, centers)[-1]
    return right.distortion(X, labels, last) / len(X)


@mistake(FIT, "eq-kmeans-center", "n_iter")
def assignments_counted(X, centers):
    """The assignments are counted instead of the updates.

    The centers and the labels are right. There is one more assignment than there are updates,
    because one is made at the start.
    """
    return len(steps(X, centers))


@mistake(FIT, "eq-kmeans-center", "n_iter")
def last_update_not_counted(X, centers):
    """The last update is not counted.

    The centers and the labels are right. The update after which no label changes counts too: the
    centers have moved.
    """
    return len(steps(X, centers)) - 2


@mistake(FIT, "eq-kmeans-assignment", "labels")
def labels_after_one_update(X, centers):
    """The labels are those after the first update.

    The centers are right. Return the labels that belong to them, those of the last assignment.
    """
    return steps(X, centers)[1][1]


@mistake(FIT, "eq-kmeans-center", "n_iter")
def largest_number_of_iterations(X, centers):
    """This is how many iterations are allowed, not how many there were.

    The centers and the labels are right. Count the updates, and stop when the loop does.
    """
    return 300


@mistake(FIT, "eq-kmeans-center", "n_iter")
def both_steps_counted(X, centers):
    """Assignments and updates are both counted.

    The centers and the labels are right. An iteration is one of each: count the updates alone.
    """
    return 2 * (len(steps(X, centers)) - 1)


@mistake(FIT, "eq-kmeans-center", "n_iter")
def changes_counted(X, centers):
    """The observations that changed their center are counted.

    The centers and the labels are right. Count how many times the centers were updated instead.
    """
    path = [z for _, z in steps(X, centers)]
    return int(sum((a != b).sum() for a, b in pairwise(path)))
