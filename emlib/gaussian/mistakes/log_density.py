"""Mistakes in the log-density of a Gaussian."""

import numpy as np

from emlib.exercises.mistakes import mistake, stands_in, trap
from emlib.gaussian import LOG_2_PI, Params
from emlib.gaussian import vectorized as right

LOG_DENSITY = "gaussian.log_density"

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


@stands_in(LOG_DENSITY)
def of_the_factor(wrong):
    """A log-density in the place of that which is given the factor."""
    return lambda X, mean, L: wrong(X, Params(mean, L @ L.T))


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


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def squared_distance_not_halved(X, params):
    """The squared distance is not halved.

    The exponent is minus one half of the squared Mahalanobis distance. Without the half the cloud
    is narrower, by a factor of the root of two, than its covariance says.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + log_determinant) - squared


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def exponent_positive(X, params):
    """The squared distance enters with the wrong sign.

    The density falls with the distance from the mean: the exponent is negative. With a plus it is
    smallest at the mean, and has no finite integral.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + log_determinant) + 0.5 * squared


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


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def constant_without_two(X, params):
    """The constant has pi in it, and not 2 pi.

    The integral of exp(-x^2 / 2) is the root of 2 pi; the root of pi belongs to exp(-x^2). Each
    feature brings a factor 1 / sqrt(2 pi).
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * np.log(np.pi) + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def constant_without_root(X, params):
    """The constant enters without its square root.

    The density holds 2 pi to the power -D/2, so its logarithm is halved like everything else in
    the bracket.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (2 * D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def constant_positive(X, params):
    """The constant with 2 pi has the wrong sign.

    It stands below the line, like the root of the determinant. In the logarithm both are
    subtracted.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (log_determinant + squared - D * LOG_2_PI)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def determinant_positive(X, params):
    """The log-determinant has the wrong sign.

    A wide Gaussian is low: the root of the determinant stands below the line, and its logarithm is
    subtracted. The determinant of the precision would enter with a plus.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI - log_determinant + squared)


@mistake(LOG_DENSITY, "eq-log-determinant")
def determinant_of_the_diagonal(X, params):
    """The determinant is the product of the variances.

    That is the determinant of a diagonal matrix, and more than that of the covariance wherever
    features are correlated. Multiply the squares of the factor's diagonal, not of the covariance's.
    """
    D, _, squared = pieces(X, params)
    log_determinant = np.log(np.diagonal(params.covariance)).sum()
    return -0.5 * (D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-log-determinant")
def trace_for_determinant(X, params):
    """The trace stands in the place of the determinant.

    The trace adds the variances. The determinant multiplies the squares of the factor's diagonal,
    and it is the volume of the cloud that the density is divided by.
    """
    D, _, squared = pieces(X, params)
    total = np.log(np.trace(params.covariance))
    return -0.5 * (D * LOG_2_PI + total + squared)


@mistake(LOG_DENSITY, "eq-log-determinant")
def determinant_without_logarithm(X, params):
    """The determinant is subtracted, and not its logarithm.

    A factor of the density becomes a term of the log-density, as its logarithm. The constant and
    the determinant are factors; only the exponent stands there as it is.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + np.exp(log_determinant) + squared)


@mistake(LOG_DENSITY, "eq-mahalanobis")
def distance_in_the_plane(X, params):
    """The distance is measured without the covariance.

    That is the Euclidean distance, in the units of the features. Mahalanobis' counts a deviation
    in units of the cloud's width in that direction: divide by the covariance.
    """
    D, log_determinant, _ = pieces(X, params)
    squared = np.square(X - params.mean).sum(axis=1)
    return -0.5 * (D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-mahalanobis")
def reciprocal_of_each_entry(X, params):
    """Each entry of the covariance is inverted by itself, and not the matrix.

    `1 / Sigma` and `Sigma ** -1` divide entry by entry, which is the inverse of a diagonal matrix
    alone, and only on its diagonal. Solve with the covariance, or with its factor.
    """
    D, log_determinant, _ = pieces(X, params)
    z = X - params.mean
    with np.errstate(all="ignore"):
        squared = ((z @ (1 / params.covariance)) * z).sum(axis=1)
    return -0.5 * (D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-mahalanobis")
def divided_by_deviations_only_in_the_distance(X, params):
    """The distance ignores the covariances, and the determinant does not.

    Divided by the standard deviations, the features are on one scale, and still correlated. The
    whole covariance belongs in the distance: solve with its factor.
    """
    D, log_determinant, _ = pieces(X, params)
    squared = ((X - params.mean) ** 2 / np.diagonal(params.covariance)).sum(axis=1)
    return -0.5 * (D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-mahalanobis")
def factor_multiplied(X, params):
    """The difference is multiplied by the factor, and not divided.

    u solves L u = x - mu, so that a deviation counts for less where the cloud is wide. Multiplied
    by L, or by its transpose, it would count for more.
    """
    D, log_determinant, _ = pieces(X, params)
    u = right._cholesky(params.covariance) @ (X - params.mean).T
    return -0.5 * (D * LOG_2_PI + log_determinant + (u**2).sum(axis=0))


@mistake(LOG_DENSITY, "eq-mahalanobis")
def mean_not_subtracted(X, params):
    """The mean is not subtracted.

    The distance is that of the observation from the mean, and not from the origin.
    Subtract the mean before you solve with the factor.
    """
    D, log_determinant, squared = pieces(X + params.mean, params)
    return -0.5 * (D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def log_densities_added(X, params):
    """The log-densities of all the observations are added up.

    That is the log-likelihood, one number. Here each observation has a log-density of its own:
    sum over the features alone.
    """
    return np.float64(right.log_density(X, params).sum())


@mistake(LOG_DENSITY, "eq-mahalanobis")
def averaged_over_the_features(X, params):
    """The squares are averaged over the features, and not added.

    The squared distance is the sum over the D coordinates of u. With the mean in its place the
    density would fall more slowly the more features there are.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + log_determinant + squared / D)
