"""Mistakes in the structures of the covariances."""

import numpy as np

from emlib.exercises.mistakes import mistake, trap
from emlib.gmm import STRUCTURES
from emlib.gmm import vectorized as right

PROJECT = "gmm.project"

for structure in STRUCTURES:
    trap(
        PROJECT,
        f"the structure {structure!r}",
        scatters=np.array([np.diag([2.0, 6, 10]) + 1, np.diag([30.0, 20, 10]) - 3]),
        counts=np.array([2.0, 5]),
        structure=structure,
    )


def each_its_own(scatters, counts):
    """The full covariances (K, D, D), right."""
    return scatters / counts[:, None, None]


def wrong_for(structure, wrong):
    """What is right for the other structures, and `wrong(scatters, counts)` for this one."""

    def function(scatters, counts, asked):
        if asked == structure:
            return wrong(scatters, counts)
        return right.project(scatters, counts, asked)

    return function


@mistake(PROJECT, "eq-gmm-covariance")
def scatters_not_divided(scatters, counts, structure):
    """The scatters are not divided by their counts.

    A scatter is a sum over the observations and grows with them; a covariance is an average.
    Divide S_k by N_k, and the pooled scatter by the sum of all the counts.
    """
    return right.project(scatters, counts, structure) * (
        counts.sum() if structure == "tied" else counts[:, None, None]
    )


@mistake(PROJECT, "eq-gmm-covariance")
def scatters_divided_by_the_total(scatters, counts, structure):
    """The scatters are divided by the sum of all the counts.

    That is right for the tied structure alone, where all the observations share one covariance.
    Elsewhere component k has N_k observations to itself, and its scatter is divided by those.
    """
    return right.project(scatters, np.full_like(counts, counts.sum()), structure) * (
        len(counts) if structure == "tied" else 1
    )


@mistake(PROJECT, "eq-gmm-covariance")
def a_degree_of_freedom_less(scatters, counts, structure):
    """The counts are reduced by one for the mean.

    N_k - 1 makes the estimate from a single sample unbiased. The M step asks for the highest
    expected log-likelihood, and that is reached with N_k.
    """
    lost = counts.sum() - 1 if structure == "tied" else (counts - 1)[:, None, None]
    have = counts.sum() if structure == "tied" else counts[:, None, None]
    return right.project(scatters, counts, structure) * have / lost


@mistake(PROJECT, "eq-gmm-covariance")
def structure_ignored(scatters, counts, structure):
    """The structure is not looked at: every result is full.

    The four structures are four sets of allowed covariances, and the third argument says which.
    For "tied", "diag" and "spherical" something is still to be done to the scatters.
    """
    return each_its_own(scatters, counts)


@mistake(PROJECT, "eq-gmm-tied")
def tied_without_counts(scatters, counts, structure):
    """The tied covariance is the plain average of the components' covariances.

    A component of ten observations then has as much say as one of a thousand. Add up the scatters
    first and divide once, by the sum of the counts: every observation has the same say.
    """
    return wrong_for(
        "tied", lambda S, N: np.tile(each_its_own(S, N).mean(axis=0), (len(N), 1, 1))
    )(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-tied")
def tied_divided_by_components(scatters, counts, structure):
    """The pooled scatter is divided by the number of components.

    The average of the K scatter matrices is still a sum over observations. Divide the pooled
    scatter by how many observations are in it: the sum of the counts.
    """
    return wrong_for("tied", lambda S, N: np.tile(S.mean(axis=0), (len(N), 1, 1)))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-tied")
def tied_once(scatters, counts, structure):
    """The tied covariance is returned once and not once for each component.

    There is one matrix, and the result still has the shape (K, D, D), so that an E step need not
    know the structure. Repeat it, for example with `np.tile(pooled, (K, 1, 1))`.
    """
    return wrong_for("tied", lambda S, N: S.sum(axis=0) / N.sum())(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-diag")
def diagonals_as_vectors(scatters, counts, structure):
    """The diagonal covariances are returned as vectors of variances.

    The variances are right, and they belong on the diagonal of a matrix: shape (K, D, D) whatever
    the structure. Multiply the full covariances by `np.eye(D)`, entry by entry.
    """
    return wrong_for("diag", lambda S, N: np.einsum("kii->ki", each_its_own(S, N)))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-diag")
def precisions_truncated(scatters, counts, structure):
    """The diagonal covariance matches the diagonal of the inverse.

    Dropping entries off the diagonal from the precision, and inverting, gives the variance of a
    feature when all the others are known. That is too small where features are correlated. What
    maximises the likelihood are the variances themselves.
    """

    def wrong(S, N):
        precisions = np.linalg.solve(each_its_own(S, N), np.eye(S.shape[1]))
        return np.eye(S.shape[1]) / np.einsum("kii->ki", precisions)[:, None, :]

    return wrong_for("diag", wrong)(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-diag")
def diagonals_pooled(scatters, counts, structure):
    """All the components share one diagonal.

    Diagonal is not tied: each component has D variances of its own, from its own scatter and its
    own count. Pooling them is a fifth structure, with fewer parameters.
    """

    def wrong(S, N):
        return np.tile(S.sum(axis=0) / N.sum() * np.eye(S.shape[1]), (len(N), 1, 1))

    return wrong_for("diag", wrong)(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def trace_not_divided(scatters, counts, structure):
    """The spherical variance is the whole trace.

    The trace adds up the variances of D features. One number that stands for all of them is their
    average: divide by D as well as by N_k.
    """
    D = scatters.shape[1]
    return wrong_for("spherical", lambda S, N: D * right.project(S, N, "spherical"))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-spherical")
def volume_kept(scatters, counts, structure):
    """The spherical variance is the geometric mean of the variances along the axes.

    A ball of the same volume as the ellipsoid has the determinant's D-th root for its variance.
    The highest likelihood asks for the arithmetic mean, the trace over D, and that is larger.
    """

    def wrong(S, N):
        D = S.shape[1]
        _, logarithms = np.linalg.slogdet(each_its_own(S, N))
        return np.exp(logarithms / D)[:, None, None] * np.eye(D)

    return wrong_for("spherical", wrong)(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def variance_in_every_entry(scatters, counts, structure):
    """The spherical variance fills the whole matrix.

    A number added to or spread over an array goes into every entry. It belongs on the diagonal
    alone: multiply the identity by it. With equal entries everywhere the matrix is singular.
    """

    def wrong(S, N):
        variances = right.project(S, N, "spherical")[:, :1, :1]
        return variances * np.ones(S.shape)

    return wrong_for("spherical", wrong)(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def one_sphere_for_all(scatters, counts, structure):
    """All the components share one variance.

    Each component has a variance of its own, from the trace of its own scatter and its own count.
    One for all is a poorer structure, the relative of k-means.
    """

    def wrong(S, N):
        D = S.shape[1]
        variance = np.trace(S.sum(axis=0)) / (D * N.sum())
        return np.tile(variance * np.eye(D), (len(N), 1, 1))

    return wrong_for("spherical", wrong)(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-tied")
def tied_covariances_added(scatters, counts, structure):
    """The tied covariance is the sum of the components' covariances.

    The pooled scatter is a sum, and is divided by all the observations in it. Covariances are
    averages already, and a sum of them is K times too large.
    """
    return wrong_for(
        "tied", lambda S, N: np.tile(each_its_own(S, N).sum(axis=0), (len(N), 1, 1))
    )(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-tied")
def first_for_all(scatters, counts, structure):
    """The tied covariance is the first component's.

    All the components share one matrix, and all their observations say what it is: add up the
    scatters, and divide by the sum of the counts.
    """
    return wrong_for(
        "tied", lambda S, N: np.tile(each_its_own(S, N)[0], (len(N), 1, 1))
    )(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-tied")
def tied_with_own_counts(scatters, counts, structure):
    """The pooled scatter is divided by each component's own count.

    The result is then K different matrices. The pooled scatter holds the observations of all the
    components, and is divided by all of them.
    """
    return wrong_for(
        "tied", lambda S, N: each_its_own(np.tile(S.sum(axis=0), (len(N), 1, 1)), N)
    )(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-diag")
def deviations_on_the_diagonal(scatters, counts, structure):
    """On the diagonal stand standard deviations, and not variances.

    Some programs keep a diagonal covariance as deviations. The result here is a covariance, whose
    diagonal holds squares: no root is taken.
    """
    return wrong_for("diag", lambda S, N: np.sqrt(right.project(S, N, "diag")))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-diag")
def lower_triangle_kept(scatters, counts, structure):
    """The lower triangle is kept, and not the diagonal alone.

    A diagonal covariance has zeros below its diagonal as well as above. `np.tril` keeps half of the
    correlations; multiply by the identity instead.
    """
    return wrong_for("diag", lambda S, N: np.tril(each_its_own(S, N)))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-diag")
def rows_added_up(scatters, counts, structure):
    """Each row's sum stands on the diagonal.

    Setting covariances to zero does not add them to the variances. The variances that maximise the
    likelihood are the diagonal as it is.
    """
    return wrong_for(
        "diag",
        lambda S, N: each_its_own(S, N).sum(axis=2)[:, :, None] * np.eye(S.shape[1]),
    )(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def first_variance_for_all(scatters, counts, structure):
    """The spherical variance is the first feature's.

    One number stands for all the features, and all of them say what it is: the average of the D
    variances, the trace over D.
    """
    return spherical(lambda C: C[:, 0, 0])(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def mean_of_all_entries(scatters, counts, structure):
    """The spherical variance is the mean of all the entries of the matrix.

    The covariances off the diagonal are no variances, and may be negative. Average the diagonal
    alone: the trace over D.
    """
    return spherical(lambda C: C.mean(axis=(1, 2)))(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def largest_variance(scatters, counts, structure):
    """The spherical variance is the largest of the features' variances.

    Then the ball holds the cloud in every direction, and is too large in most. The highest
    likelihood asks for the average of the variances.
    """
    return spherical(lambda C: np.einsum("kii->ki", C).max(axis=1))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-spherical")
def longest_axis(scatters, counts, structure):
    """The spherical variance is the largest eigenvalue.

    That is the variance along the cloud's longest axis. The highest likelihood asks for the average
    over the axes, which is the trace over D, whichever axes they are.
    """
    return spherical(lambda C: np.linalg.eigvalsh(C)[:, -1])(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-spherical")
def median_variance(scatters, counts, structure):
    """The spherical variance is the median of the variances.

    The highest likelihood asks for the mean: the squared distances from a component's mean are
    added up over all the features. With one or two features the mistake cannot be seen.
    """
    return spherical(lambda C: np.median(np.einsum("kii->ki", C), axis=1))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-spherical")
def average_deviation_squared(scatters, counts, structure):
    """The standard deviations are averaged, and not the variances.

    The square of the average deviation is less than the average of the squares. It is the squares
    that are added in the likelihood.
    """
    return spherical(lambda C: np.sqrt(np.einsum("kii->ki", C)).mean(axis=1) ** 2)(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-spherical")
def deviations_for_variances(scatters, counts, structure):
    """On the spherical diagonal stands the standard deviation, and not the variance.

    A covariance holds squares. The trace over D is a variance already, and no root is taken.
    """
    return spherical(lambda C: np.sqrt(np.einsum("kii->ki", C).mean(axis=1)))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-spherical")
def spherical_as_numbers(scatters, counts, structure):
    """The spherical covariances are returned as single variances.

    The variances are right, and each stands for a matrix: shape (K, D, D) whatever the structure.
    Multiply the identity by each.
    """
    return wrong_for(
        "spherical", lambda S, N: right.project(S, N, "spherical")[:, 0, 0]
    )(scatters, counts, structure)


def spherical(variance):
    """The function with another spherical variance, made of the full covariances."""

    def wrong(S, N):
        variances = variance(each_its_own(S, N))
        return variances[:, None, None] * np.eye(S.shape[1])

    return wrong_for("spherical", wrong)
