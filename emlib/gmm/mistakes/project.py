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

    A scatter is a sum over the observations and grows with them; a covariance is an average. Divide
    S_k by N_k, and the pooled scatter by the sum of all the counts.
    """
    return right.project(scatters, counts, structure) * (
        counts.sum() if structure == "tied" else counts[:, None, None]
    )


@mistake(PROJECT, "eq-gmm-covariance")
def scatters_divided_by_the_total(scatters, counts, structure):
    """The scatters are divided by the sum of all the counts.

    That is right only for the tied structure, where all the observations share one covariance.
    Otherwise component k has its own N_k observations: divide its scatter by N_k.
    """
    return right.project(scatters, np.full_like(counts, counts.sum()), structure) * (
        len(counts) if structure == "tied" else 1
    )


@mistake(PROJECT, "eq-gmm-covariance")
def a_degree_of_freedom_less(scatters, counts, structure):
    """The counts are reduced by one for the mean.

    N_k - 1 makes the estimate from a single sample unbiased. The M step maximises the expected
    log-likelihood, which is highest with N_k.
    """
    lost = counts.sum() - 1 if structure == "tied" else (counts - 1)[:, None, None]
    have = counts.sum() if structure == "tied" else counts[:, None, None]
    return right.project(scatters, counts, structure) * have / lost


@mistake(PROJECT, "eq-gmm-covariance")
def structure_ignored(scatters, counts, structure):
    """The structure is ignored: every result is full.

    The four structures are four sets of allowed covariances, and the third argument says which one
    to use. For "tied", "diag" and "spherical", full covariances are not the result.
    """
    return each_its_own(scatters, counts)


@mistake(PROJECT, "eq-gmm-tied")
def tied_without_counts(scatters, counts, structure):
    """The tied covariance is the plain average of the components' covariances.

    A component of ten observations then counts as much as one of a thousand. Add up the scatters
    first and divide once, by the sum of the counts. Then every observation counts equally.
    """
    return wrong_for(
        "tied", lambda S, N: np.tile(each_its_own(S, N).mean(axis=0), (len(N), 1, 1))
    )(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-tied")
def tied_divided_by_components(scatters, counts, structure):
    """The pooled scatter is divided by the number of components.

    The average of the K scatter matrices is still a sum over observations. Divide the pooled
    scatter by the number of observations in it: the sum of the counts.
    """
    return wrong_for("tied", lambda S, N: np.tile(S.mean(axis=0), (len(N), 1, 1)))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-tied")
def tied_once(scatters, counts, structure):
    """The tied covariance is returned once instead of once for each component.

    There is one matrix, but the result still has the shape (K, D, D), so that an E step need not
    know the structure. Repeat it, for example with `np.tile(pooled, (K, 1, 1))`.
    """
    return wrong_for("tied", lambda S, N: S.sum(axis=0) / N.sum())(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-diag")
def diagonals_as_vectors(scatters, counts, structure):
    """The diagonal covariances are returned as vectors of variances.

    The variances are right, but they belong on the diagonal of a matrix: the shape is (K, D, D) for
    every structure. Multiply the full covariances by `np.eye(D)`, entry by entry.
    """
    return wrong_for("diag", lambda S, N: np.einsum("kii->ki", each_its_own(S, N)))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-diag")
def precisions_truncated(scatters, counts, structure):
    """The diagonal covariance has the diagonal of the precision, inverted.

    If you drop the entries off the diagonal of the precision and invert, you get the variance of a
    feature given all the others. That is too small if features are correlated. The variances
    themselves maximise the likelihood.
    """

    def wrong(S, N):
        precisions = np.linalg.solve(each_its_own(S, N), np.eye(S.shape[1]))
        return np.eye(S.shape[1]) / np.einsum("kii->ki", precisions)[:, None, :]

    return wrong_for("diag", wrong)(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-diag")
def diagonals_pooled(scatters, counts, structure):
    """All the components share one diagonal.

    Diagonal does not mean tied: each component has its own D variances, from its own scatter and
    its own count. Pooling them is a fifth structure, with fewer parameters.
    """

    def wrong(S, N):
        return np.tile(S.sum(axis=0) / N.sum() * np.eye(S.shape[1]), (len(N), 1, 1))

    return wrong_for("diag", wrong)(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def trace_not_divided(scatters, counts, structure):
    """The spherical variance is the whole trace.

    The trace is the sum of the D variances. The one number that stands for all of them is their
    average: divide by D as well as by N_k.
    """
    D = scatters.shape[1]
    return wrong_for("spherical", lambda S, N: D * right.project(S, N, "spherical"))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-spherical")
def volume_kept(scatters, counts, structure):
    """The spherical variance is the geometric mean of the variances along the axes.

    A ball of the same volume as the ellipsoid has the D-th root of the determinant as its variance.
    The likelihood is highest at the arithmetic mean, the trace over D, which is larger.
    """

    def wrong(S, N):
        D = S.shape[1]
        _, logarithms = np.linalg.slogdet(each_its_own(S, N))
        return np.exp(logarithms / D)[:, None, None] * np.eye(D)

    return wrong_for("spherical", wrong)(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def variance_in_every_entry(scatters, counts, structure):
    """The spherical variance fills the whole matrix.

    If you add a number to an array, or broadcast it, it goes into every entry. It belongs only on
    the diagonal: multiply the identity by it. If all entries are equal, the matrix is singular.
    """

    def wrong(S, N):
        variances = right.project(S, N, "spherical")[:, :1, :1]
        return variances * np.ones(S.shape)

    return wrong_for("spherical", wrong)(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def one_sphere_for_all(scatters, counts, structure):
    """All the components share one variance.

    Each component has its own variance, from the trace of its own scatter and its own count. One
    variance for all is a simpler structure, related to k-means.
    """

    def wrong(S, N):
        D = S.shape[1]
        variance = np.trace(S.sum(axis=0)) / (D * N.sum())
        return np.tile(variance * np.eye(D), (len(N), 1, 1))

    return wrong_for("spherical", wrong)(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-tied")
def tied_covariances_added(scatters, counts, structure):
    """The tied covariance is the sum of the components' covariances.

    The pooled scatter is a sum, so you divide it by the number of observations in it. Covariances
    are averages already, and their sum is K times as large as their average.
    """
    return wrong_for(
        "tied", lambda S, N: np.tile(each_its_own(S, N).sum(axis=0), (len(N), 1, 1))
    )(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-tied")
def first_for_all(scatters, counts, structure):
    """The tied covariance is that of the first component.

    All the components share one matrix, and all their observations count in it: add up the
    scatters, and divide by the sum of the counts.
    """
    return wrong_for(
        "tied", lambda S, N: np.tile(each_its_own(S, N)[0], (len(N), 1, 1))
    )(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-tied")
def tied_with_own_counts(scatters, counts, structure):
    """The pooled scatter is divided by each component's own count.

    You then get K different matrices. The pooled scatter holds the observations of all the
    components: divide by the sum of all the counts.
    """
    return wrong_for(
        "tied", lambda S, N: each_its_own(np.tile(S.sum(axis=0), (len(N), 1, 1)), N)
    )(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-diag")
def deviations_on_the_diagonal(scatters, counts, structure):
    """The diagonal holds standard deviations, not variances.

    Some programs store a diagonal covariance as standard deviations. The result here is a
    covariance, whose diagonal holds squares: take no root.
    """
    return wrong_for("diag", lambda S, N: np.sqrt(right.project(S, N, "diag")))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-diag")
def lower_triangle_kept(scatters, counts, structure):
    """The whole lower triangle is kept, not just the diagonal.

    A diagonal covariance is zero below its diagonal as well as above. `np.tril` keeps half of the
    covariances between features: multiply by the identity instead.
    """
    return wrong_for("diag", lambda S, N: np.tril(each_its_own(S, N)))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-diag")
def rows_added_up(scatters, counts, structure):
    """The diagonal holds the sum of each row.

    Setting covariances to zero does not add them to the variances. The diagonal as it is holds the
    variances that maximise the likelihood.
    """
    return wrong_for(
        "diag",
        lambda S, N: each_its_own(S, N).sum(axis=2)[:, :, None] * np.eye(S.shape[1]),
    )(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def first_variance_for_all(scatters, counts, structure):
    """The spherical variance is that of the first feature.

    One number stands for all the features, and all of them count in it: the average of the D
    variances, the trace over D.
    """
    return spherical(lambda C: C[:, 0, 0])(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def mean_of_all_entries(scatters, counts, structure):
    """The spherical variance is the mean of all the entries of the matrix.

    The entries off the diagonal are not variances, and may be negative. Average only the diagonal:
    the trace over D.
    """
    return spherical(lambda C: C.mean(axis=(1, 2)))(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def largest_variance(scatters, counts, structure):
    """The spherical variance is the largest of the features' variances.

    That is too large for all the other features. The likelihood is highest at the average of the
    variances, the trace over D.
    """
    return spherical(lambda C: np.einsum("kii->ki", C).max(axis=1))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-spherical")
def longest_axis(scatters, counts, structure):
    """The spherical variance is the largest eigenvalue.

    That is the variance along the cloud's longest axis. The likelihood is highest at the average
    over the axes, which is the trace over D for any choice of axes.
    """
    return spherical(lambda C: np.linalg.eigvalsh(C)[:, -1])(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-spherical")
def median_variance(scatters, counts, structure):
    """The spherical variance is the median of the variances.

    The likelihood is highest at the mean, because it adds up the squared distances over all the
    features. With one or two features you cannot see the mistake.
    """
    return spherical(lambda C: np.median(np.einsum("kii->ki", C), axis=1))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-spherical")
def geometric_mean_of_the_variances(scatters, counts, structure):
    """The spherical variance is the geometric mean of the variances.

    It keeps the volume that a diagonal covariance has. The likelihood is highest at the arithmetic
    mean, because it adds up the squared distances over all the features.
    """
    return spherical(lambda C: np.exp(np.log(np.einsum("kii->ki", C)).mean(axis=1)))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-spherical")
def average_deviation_squared(scatters, counts, structure):
    """The standard deviations are averaged instead of the variances.

    The square of the average deviation is less than the average of the squares. The likelihood adds
    up the squares.
    """
    return spherical(lambda C: np.sqrt(np.einsum("kii->ki", C)).mean(axis=1) ** 2)(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-spherical")
def deviations_for_variances(scatters, counts, structure):
    """The diagonal of the spherical covariance holds standard deviations, not variances.

    A covariance holds squares. The trace over D is a variance already, so take no root.
    """
    return spherical(lambda C: np.sqrt(np.einsum("kii->ki", C).mean(axis=1)))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-spherical")
def spherical_as_numbers(scatters, counts, structure):
    """The spherical covariances are returned as single variances.

    The variances are right, but each stands for a matrix: the shape is (K, D, D) for every
    structure. Multiply the identity by each variance.
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
