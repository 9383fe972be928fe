"""Mistakes in one Gaussian: its log-density, its Cholesky factor, its fit."""

import numpy as np

from emlib.exercises.mistakes import mistake, trap
from emlib.gaussian import LOG_2_PI, Params
from emlib.gaussian import vectorized as right

LOG_DENSITY = "gaussian.log_density"
CHOLESKY, FIT = "gaussian.cholesky", "gaussian.fit"

trap(
    LOG_DENSITY,
    "an observation so far out that its density underflows",
    X=np.array([[0.0], [100.0]]),
    params=Params(np.zeros(1), np.eye(1)),
)
trap(
    LOG_DENSITY,
    "variances whose product underflows",
    X=np.array([[0.0, 1e-45, 0, 0]]),
    params=Params(np.zeros(4), 1e-90 * np.eye(4)),
)
# In double precision the squares of these two agree in every digit.
trap(
    FIT,
    "two observations far from the origin, one unit apart",
    X=np.array([[2.0**30], [2.0**30 + 1]]),
)


# --- the log-density -----------------------------------------------------------------------------


def pieces(X, params):
    """The number of features, the log-determinant and the squared distances (N,)."""
    factor = right._cholesky(params.covariance)
    u = np.linalg.solve(factor, (X - params.mean).T)  # (D, N)
    log_determinant = 2 * np.log(np.diagonal(factor)).sum()
    return len(params.mean), log_determinant, (u**2).sum(axis=0)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def constant_missing(X, params):
    """The constant with 2 pi is missing.

    Each of the D features brings a factor 1 / sqrt(2 pi). It cancels in responsibilities, which
    is why nobody misses it, until a log-likelihood is compared with somebody else's.
    """
    _, log_determinant, squared = pieces(X, params)
    return -0.5 * (log_determinant + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def constant_once(X, params):
    """The constant is that of a single feature.

    The factor is (2 pi) to the power -D/2, so its logarithm is multiplied by D. With one feature
    the mistake cannot be seen.
    """
    _, log_determinant, squared = pieces(X, params)
    return -0.5 * (LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-log-determinant")
def determinant_missing(X, params):
    """The determinant is missing.

    A wide Gaussian is low and a narrow one is high, because the area under each is one. Without
    the determinant all of them are equally high: a wide one is not charged for its width.
    """
    D, _, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + squared)


@mistake(LOG_DENSITY, "eq-log-determinant")
def determinant_of_the_factor(X, params):
    """The log-determinant is that of the factor, and not of the covariance.

    The covariance is L times its transpose, and both have the product of the diagonal as
    determinant. So the sum of the logarithms counts twice.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + log_determinant / 2 + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def determinant_not_halved(X, params):
    """The determinant enters without its square root.

    The density holds det to the power -1/2, so the logarithm of the determinant is halved like
    everything else in the bracket.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + 2 * log_determinant + squared)


@mistake(LOG_DENSITY, "eq-mahalanobis")
def covariance_not_inverted(X, params):
    """The distance is multiplied by the covariance, and not divided.

    In a direction in which the cloud is wide a deviation counts for less. That is what the inverse
    does; solve with the covariance, or with its factor.
    """
    D, log_determinant, _ = pieces(X, params)
    z = X - params.mean
    squared = ((z @ params.covariance) * z).sum(axis=1)
    return -0.5 * (D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-mahalanobis")
def distance_not_squared(X, params):
    """The distance is not squared.

    The exponent holds the squared Mahalanobis distance. With the distance itself the tails are
    those of another distribution.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + log_determinant + np.sqrt(squared))


@mistake(LOG_DENSITY, "eq-mahalanobis")
def variances_only(X, params):
    """Only the variances are used, and the covariances ignored.

    This is right if the features are independent, when the covariance is diagonal. Otherwise the
    cloud is tilted, and distance along the tilt counts for less than distance across it.
    """
    D = len(params.mean)
    variances = np.diagonal(params.covariance)
    squared = ((X - params.mean) ** 2 / variances).sum(axis=1)
    return -0.5 * (D * LOG_2_PI + np.log(variances).sum() + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def half_missing(X, params):
    """The factor one half is missing.

    The whole bracket, constant, determinant and distance, is multiplied by -1/2. Without the half
    this is the logarithm of the squared density.
    """
    D, log_determinant, squared = pieces(X, params)
    return -(D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def density_not_logarithm(X, params):
    """This is the density, and not its logarithm.

    A density far from the mean underflows to zero, and a product of many under- or overflows. Stay
    with the logarithm.
    """
    return np.exp(right.log_density(X, params))


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def density_by_the_book(X, params):
    """The density is computed as it is defined, and its logarithm afterwards.

    The determinant underflows where variances are small, and the exponential far from the mean.
    The logarithm comes too late for either. Add the logarithms of the factors instead: that of the
    determinant from the Cholesky factor, and minus half the squared distance as it is.
    """
    D, _, squared = pieces(X, params)
    determinant = np.prod(np.diagonal(right._cholesky(params.covariance)) ** 2)
    return np.log(np.exp(-0.5 * squared) / np.sqrt((2 * np.pi) ** D * determinant))


@mistake(LOG_DENSITY, "eq-forward-substitution")
def solved_with_the_covariance(X, params):
    """The system is solved with the covariance, and the solution squared.

    u solves L u = x - mu, with the factor L; then its squares add up to the squared distance.
    Solved with the covariance itself, x - mu has to be multiplied by the solution, and not the
    solution by itself.
    """
    D, log_determinant, _ = pieces(X, params)
    u = np.linalg.solve(params.covariance, (X - params.mean).T)
    return -0.5 * (D * LOG_2_PI + log_determinant + (u**2).sum(axis=0))


@mistake(LOG_DENSITY, "eq-forward-substitution")
def solved_with_the_transpose(X, params):
    """The system is solved with the transpose of the factor.

    The covariance is L times its transpose, in this order, so it is L u = x - mu that has to be
    solved, from the top row down. With one feature the mistake cannot be seen.
    """
    D, log_determinant, _ = pieces(X, params)
    u = np.linalg.solve(right._cholesky(params.covariance).T, (X - params.mean).T)
    return -0.5 * (D * LOG_2_PI + log_determinant + (u**2).sum(axis=0))


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def logarithm_of_the_density(X, params):
    """The density is computed first and its logarithm afterwards.

    At 40 standard deviations the density is below the smallest number that double precision can
    hold. Its logarithm is then that of zero. Never form the density: add the logarithms of its
    factors.
    """
    return np.log(np.exp(right.log_density(X, params)))


@mistake(LOG_DENSITY, "eq-log-determinant")
def logarithm_of_the_determinant(X, params):
    """The determinant is formed before its logarithm is taken.

    A product of many variances underflows or overflows long before its logarithm is anything
    special. Add the logarithms of the Cholesky factor's diagonal.
    """
    D, _, squared = pieces(X, params)
    determinant = np.prod(np.diagonal(right._cholesky(params.covariance)) ** 2)
    return -0.5 * (D * LOG_2_PI + np.log(determinant) + squared)


# --- the Cholesky factor -------------------------------------------------------------------------


@mistake(CHOLESKY, "eq-cholesky")
def upper_factor(covariance):
    """The factor is the upper one, the transpose.

    The equations here take the product in the order L times its transpose, with L lower triangular.
    SciPy's function of the same name returns the upper factor unless it is asked for the lower.
    """
    return right._cholesky(covariance).T


@mistake(CHOLESKY, "eq-cholesky")
def factor_in_the_other_order(covariance):
    """The product is the covariance in the wrong order.

    The transpose of this factor times the factor is the covariance. It is lower triangular, too,
    but a different one: forward substitution needs the factor that stands on the left.
    """
    return right._cholesky(covariance[::-1, ::-1]).T[::-1, ::-1]


@mistake(CHOLESKY, "eq-cholesky")
def symmetric_root(covariance):
    """This is the symmetric square root.

    Its square is the covariance, and its columns are no triangle. A system with it cannot be solved
    from the top row down, which is what the factor is for.
    """
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(values)) @ vectors.T


@mistake(CHOLESKY, "eq-cholesky")
def deviations_only(covariance):
    """Only the standard deviations are there.

    That is the factor of a diagonal covariance. Below the diagonal stand the parts of a feature
    that the features before it explain.
    """
    return np.diag(np.sqrt(np.diagonal(covariance)))


@mistake(CHOLESKY, "eq-cholesky")
def unit_diagonal(covariance):
    """The diagonal is all ones.

    This is the L of the factorisation L times a diagonal times the transpose of L. Here there is no
    matrix in between: each column is multiplied by the square root of its pivot.
    """
    factor = right._cholesky(covariance)
    return factor / np.diagonal(factor)


@mistake(CHOLESKY, "eq-cholesky")
def upper_triangle_left_over(covariance):
    """The covariance is still there above the diagonal.

    A factor that is computed in a copy of the covariance overwrites the lower triangle and nothing
    else. Set what is above the diagonal to zero, or begin with an array of zeros.
    """
    return right._cholesky(covariance) + np.triu(covariance, 1)


def column_by_column(covariance, pivot_of, below, explained=True):
    """Factor by columns, with another pivot, another column below it, or the rest left as it is."""
    rest = np.array(covariance, dtype=float)
    factor = np.zeros_like(rest)
    for j in range(len(rest)):
        factor[j, j] = pivot_of(rest[j, j])
        factor[j + 1 :, j] = below(rest[j + 1 :, j], factor[j, j])
        if explained:
            rest -= np.outer(factor[:, j], factor[:, j])
    return factor


@mistake(CHOLESKY, "eq-cholesky")
def square_root_missing(covariance):
    """The square root on the diagonal is missing.

    The diagonal of the covariance holds squares: the entry is the sum of the squares of a row of L.
    What is left after the earlier columns is the square of the diagonal entry.
    """
    return column_by_column(covariance, lambda p: p, lambda c, d: c / d)


@mistake(CHOLESKY, "eq-cholesky")
def column_not_divided(covariance):
    """The entries below the diagonal are not divided.

    Entry (i, j) of the product ends in the term L_ij L_jj. To get L_ij out of it, divide by the
    diagonal entry of its column.
    """
    return column_by_column(covariance, np.sqrt, lambda c, d: c)


@mistake(CHOLESKY, "eq-cholesky")
def divided_by_the_variance(covariance):
    """The entries below the diagonal are divided by the square of the diagonal entry.

    The division comes before the square root has been taken, or twice. Entry (i, j) of the product
    ends in the term L_ij L_jj, so it is L_jj that divides, once.
    """
    return column_by_column(covariance, np.sqrt, lambda c, d: c / d**2)


@mistake(CHOLESKY, "eq-cholesky")
def nothing_explained(covariance):
    """What the earlier columns explain is not subtracted.

    Entry (i, j) of the product is a sum over all columns up to j. The terms of the columns before j
    have to be taken away first, on the diagonal and below it.
    """
    return column_by_column(covariance, np.sqrt, lambda c, d: c / d, explained=False)


# --- the fit -------------------------------------------------------------------------------------


@mistake(FIT, "eq-gaussian-mean", "mean")
def mean_of_everything(X):
    """The mean runs over the features as well.

    A mean without an axis is one number for the whole array, and here every feature has it. Average
    down each column, over the observations: `axis=0`.
    """
    return np.full(X.shape[1], X.mean())


@mistake(FIT, "eq-gaussian-mean", "mean")
def mean_of_each_row(X):
    """The mean is taken along the rows.

    `axis=1` averages the features of each observation, minutes with metres. The observations are
    the rows; averaging over them is `axis=0`.
    """
    return X.mean(axis=1)


@mistake(FIT, "eq-gaussian-mean", "mean")
def mean_not_divided(X):
    """The sum is not divided.

    The more observations there are, the larger is their sum. The mean divides it by how many there
    are.
    """
    return X.sum(axis=0)


@mistake(FIT, "eq-gaussian-mean", "mean")
def mean_of_one_less(X):
    """The mean is divided by N - 1.

    The correction by one that some textbooks make belongs to the variance, and not here either. A
    mean of N numbers is divided by N.
    """
    return X.sum(axis=0) / (len(X) - 1)


@mistake(FIT, "eq-gaussian-mean", "mean")
def median_for_mean(X):
    """This is the median.

    It minimises the sum of the distances, and the likelihood of a Gaussian asks for the smallest
    sum of the squared distances: that is the mean.
    """
    return np.median(X, axis=0)


@mistake(FIT, "eq-gaussian-mean", "mean")
def middle_of_the_range(X):
    """This is the middle between the smallest and the largest.

    Two observations decide it and the others do not matter. In the mean every observation counts
    alike.
    """
    return (X.min(axis=0) + X.max(axis=0)) / 2


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def divided_by_one_less(X):
    """The covariance is divided by N - 1.

    That makes the estimate unbiased, and the likelihood lower. The maximum is at the division by N.
    `np.cov` divides by N - 1 unless it is told `bias=True`.
    """
    z = X - X.mean(axis=0)
    return z.T @ z / (len(X) - 1)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def fit_around_zero(X):
    """The squares are taken around zero.

    A covariance is the spread around the mean. In the difference of moments the second term is
    missing, the outer product of the mean with itself.
    """
    return X.T @ X / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def scatter_not_divided(X):
    """The products are added and not divided.

    This is the scatter matrix. It grows with the number of observations; divide it by N.
    """
    z = X - X.mean(axis=0)
    return z.T @ z


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def fit_of_the_variances(X):
    """Only the variances are kept.

    Off the diagonal stands what two features do together, the tilt of the cloud. Multiply every
    feature with every other: a matrix product, or an outer product for each observation.
    """
    return np.diag(X.var(axis=0))


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def correlation(X):
    """This is the correlation matrix.

    Its diagonal is one, whatever the unit. A covariance is in squared units of the data: do not
    divide by the standard deviations.
    """
    z = (X - X.mean(axis=0)) / X.std(axis=0)
    return z.T @ z / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def between_observations(X):
    """The covariance is that between the observations.

    The product is taken in the wrong order, which gives (N, N). Features are columns: transpose the
    factor on the left. And `np.cov` takes rows for features unless it is told `rowvar=False`.
    """
    z = X - X.mean(axis=0)
    return z @ z.T / len(X)


@mistake(FIT, "eq-gaussian-covariance", "covariance")
def fit_by_a_difference_of_moments(X):
    """The covariance is computed as a difference of moments.

    The mean of the products minus the product of the means is right on paper. Far from the origin
    the two agree in nearly all of their digits, and their difference is noise. Subtract the mean,
    or any fixed point near the data, before multiplying.
    """
    mean = X.mean(axis=0)
    return X.T @ X / len(X) - np.outer(mean, mean)
