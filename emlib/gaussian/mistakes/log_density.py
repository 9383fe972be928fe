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
    """A log-density to use instead of the private one, which takes the factor."""
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

    Each of the D features contributes a factor 1 / sqrt(2 pi). It cancels in responsibilities, so
    you notice the error only when you compare log-likelihoods with another program's.
    """
    _, log_determinant, squared = pieces(X, params)
    return -0.5 * (log_determinant + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def constant_once(X, params):
    """The constant is that of a single feature.

    The factor is (2 pi) to the power -D/2, so its logarithm is multiplied by D. With one feature
    you cannot see the mistake.
    """
    _, log_determinant, squared = pieces(X, params)
    return -0.5 * (LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def constant_by_the_observations(X, params):
    """The constant is multiplied by the number of observations.

    Each of the D features contributes a factor 1 / sqrt(2 pi) to every density. D is the number of
    columns, `X.shape[1]`; `len(X)` is N.
    """
    _, log_determinant, squared = pieces(X, params)
    return -0.5 * (len(X) * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-log-determinant")
def determinant_missing(X, params):
    """The determinant is missing.

    A wide Gaussian is low and a narrow one is high, because the area under each is one. Without the
    determinant they are all equally high, so a wide one pays nothing for its width.
    """
    D, _, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + squared)


@mistake(LOG_DENSITY, "eq-log-determinant")
def determinant_of_the_factor(X, params):
    """The log-determinant is that of the factor, not of the covariance.

    The covariance is L times its transpose. The determinant of each is the product of the diagonal,
    so the sum of its logarithms counts twice.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + log_determinant / 2 + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def determinant_not_halved(X, params):
    """The determinant enters without its square root.

    The density contains det to the power -1/2, so the logarithm of the determinant is halved, like
    everything else in the bracket.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + 2 * log_determinant + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def squared_distance_not_halved(X, params):
    """The squared distance is not halved.

    The exponent is minus one half of the squared Mahalanobis distance. Without the half, the cloud
    is narrower than its covariance says, by a factor of the square root of two.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + log_determinant) - squared


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def exponent_positive(X, params):
    """The squared distance has the wrong sign.

    The density falls with the distance from the mean: the exponent is negative. With a plus, it is
    smallest at the mean and has no finite integral.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + log_determinant) + 0.5 * squared


@mistake(LOG_DENSITY, "eq-mahalanobis")
def covariance_not_inverted(X, params):
    """The distance is multiplied by the covariance instead of divided.

    A deviation counts for less in a direction in which the cloud is wide. That is what the inverse
    does: solve with the covariance, or with its factor.
    """
    D, log_determinant, _ = pieces(X, params)
    z = X - params.mean
    squared = ((z @ params.covariance) * z).sum(axis=1)
    return -0.5 * (D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-mahalanobis")
def distance_not_squared(X, params):
    """The distance is not squared.

    The exponent contains the squared Mahalanobis distance. With the distance itself, the tails are
    those of another distribution.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + log_determinant + np.sqrt(squared))


@mistake(LOG_DENSITY, "eq-mahalanobis")
def variances_only(X, params):
    """Only the variances are used, and the covariances ignored.

    This is right only if the covariance is diagonal, when the features are independent. Otherwise
    the cloud is tilted, and distance along the tilt counts for less than distance across it.
    """
    D = len(params.mean)
    variances = np.diagonal(params.covariance)
    squared = ((X - params.mean) ** 2 / variances).sum(axis=1)
    return -0.5 * (D * LOG_2_PI + np.log(variances).sum() + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def half_missing(X, params):
    """The factor one half is missing.

    The whole bracket (constant, determinant and distance) is multiplied by -1/2. Without the half,
    this is the logarithm of the squared density.
    """
    D, log_determinant, squared = pieces(X, params)
    return -(D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def density_not_logarithm(X, params):
    """This is the density, not its logarithm.

    A density far from the mean underflows to zero, and a product of many densities underflows or
    overflows. Work with the logarithm throughout.
    """
    return np.exp(right.log_density(X, params))


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def density_by_the_book(X, params):
    """The density is computed from its definition, and its logarithm afterwards.

    The determinant underflows if variances are small, and the exponential underflows far from the
    mean. The logarithm comes too late for both. Instead, add the logarithms of the factors: that of
    the determinant from the Cholesky factor, and minus half the squared distance as it is.
    """
    D, _, squared = pieces(X, params)
    determinant = np.prod(np.diagonal(right._cholesky(params.covariance)) ** 2)
    return np.log(np.exp(-0.5 * squared) / np.sqrt((2 * np.pi) ** D * determinant))


@mistake(LOG_DENSITY, "eq-forward-substitution")
def solved_with_the_covariance(X, params):
    """The system is solved with the covariance, and the solution is squared.

    If u solves L u = x - mu, with the factor L, its squares add up to the squared distance. If you
    solve with the covariance itself, multiply the solution by x - mu, not by itself.
    """
    D, log_determinant, _ = pieces(X, params)
    u = np.linalg.solve(params.covariance, (X - params.mean).T)
    return -0.5 * (D * LOG_2_PI + log_determinant + (u**2).sum(axis=0))


@mistake(LOG_DENSITY, "eq-forward-substitution")
def solved_with_the_transpose(X, params):
    """The system is solved with the transpose of the factor.

    The covariance is L times its transpose, in this order, so solve L u = x - mu, from the top row
    down. With one feature you cannot see the mistake.
    """
    D, log_determinant, _ = pieces(X, params)
    u = np.linalg.solve(right._cholesky(params.covariance).T, (X - params.mean).T)
    return -0.5 * (D * LOG_2_PI + log_determinant + (u**2).sum(axis=0))


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def logarithm_of_the_density(X, params):
    """The density is computed first and its logarithm afterwards.

    At 40 standard deviations the density is below the smallest number in double precision. You then
    take the logarithm of zero. Never form the density: add the logarithms of its factors.
    """
    return np.log(np.exp(right.log_density(X, params)))


@mistake(LOG_DENSITY, "eq-log-determinant")
def logarithm_of_the_determinant(X, params):
    """The determinant is formed before its logarithm is taken.

    A product of many variances underflows or overflows even where its logarithm is an ordinary
    number. Add the logarithms of the Cholesky factor's diagonal, and double the sum.
    """
    D, _, squared = pieces(X, params)
    determinant = np.prod(np.diagonal(right._cholesky(params.covariance)) ** 2)
    return -0.5 * (D * LOG_2_PI + np.log(determinant) + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def constant_without_two(X, params):
    """The constant contains pi instead of 2 pi.

    The integral of exp(-x^2 / 2) is the root of 2 pi; the root of pi belongs to exp(-x^2). Each
    feature contributes a factor 1 / sqrt(2 pi).
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * np.log(np.pi) + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def constant_without_root(X, params):
    """The constant enters without its square root.

    The density contains 2 pi to the power -D/2, so its logarithm is halved, like everything else in
    the bracket.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (2 * D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def constant_positive(X, params):
    """The constant with 2 pi has the wrong sign.

    It is in the denominator, like the root of the determinant. In the logarithm both are
    subtracted.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (log_determinant + squared - D * LOG_2_PI)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def determinant_positive(X, params):
    """The log-determinant has the wrong sign.

    A wide Gaussian is low: the root of the determinant is in the denominator, so you subtract its
    logarithm. You would add the log-determinant of the precision.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI - log_determinant + squared)


@mistake(LOG_DENSITY, "eq-log-determinant")
def determinant_of_the_diagonal(X, params):
    """The determinant is the product of the variances.

    That is the determinant of a diagonal matrix. If features are correlated, it is larger than that
    of the covariance. Multiply the squares of the factor's diagonal, not the covariance's diagonal.
    """
    D, _, squared = pieces(X, params)
    log_determinant = np.log(np.diagonal(params.covariance)).sum()
    return -0.5 * (D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-log-determinant")
def trace_for_determinant(X, params):
    """The trace is used instead of the determinant.

    The trace adds the variances. The determinant multiplies the squares of the factor's diagonal;
    the density is divided by its root, which measures the volume of the cloud.
    """
    D, _, squared = pieces(X, params)
    total = np.log(np.trace(params.covariance))
    return -0.5 * (D * LOG_2_PI + total + squared)


@mistake(LOG_DENSITY, "eq-log-determinant")
def determinant_without_logarithm(X, params):
    """The determinant is subtracted instead of its logarithm.

    A factor of the density becomes a term of the log-density: its logarithm. The constant and the
    determinant are factors; only the exponent stays as it is.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + np.exp(log_determinant) + squared)


@mistake(LOG_DENSITY, "eq-mahalanobis")
def distance_in_the_plane(X, params):
    """The distance is measured without the covariance.

    That is the Euclidean distance, in the units of the features. The Mahalanobis distance measures
    a deviation by the cloud's width in that direction: divide by the covariance.
    """
    D, log_determinant, _ = pieces(X, params)
    squared = np.square(X - params.mean).sum(axis=1)
    return -0.5 * (D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-mahalanobis")
def reciprocal_of_each_entry(X, params):
    """Each entry of the covariance is inverted, not the matrix.

    `1 / Sigma` and `Sigma ** -1` divide entry by entry. Even for a diagonal matrix, that is the
    inverse only on the diagonal. Solve with the covariance, or with its factor.
    """
    D, log_determinant, _ = pieces(X, params)
    z = X - params.mean
    with np.errstate(all="ignore"):
        squared = ((z @ (1 / params.covariance)) * z).sum(axis=1)
    return -0.5 * (D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-mahalanobis")
def divided_by_deviations_only_in_the_distance(X, params):
    """The distance ignores the covariances, but the determinant does not.

    After you divide by the standard deviations, the features are on one scale but still correlated.
    The distance needs the whole covariance: solve with its factor.
    """
    D, log_determinant, _ = pieces(X, params)
    squared = ((X - params.mean) ** 2 / np.diagonal(params.covariance)).sum(axis=1)
    return -0.5 * (D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-mahalanobis")
def factor_multiplied(X, params):
    """The difference is multiplied by the factor instead of divided.

    u solves L u = x - mu, so a deviation counts for less where the cloud is wide. If you multiply
    by L, or by its transpose, it counts for more.
    """
    D, log_determinant, _ = pieces(X, params)
    u = right._cholesky(params.covariance) @ (X - params.mean).T
    return -0.5 * (D * LOG_2_PI + log_determinant + (u**2).sum(axis=0))


@mistake(LOG_DENSITY, "eq-mahalanobis")
def mean_not_subtracted(X, params):
    """The mean is not subtracted.

    The distance is from the observation to the mean, not to the origin. Subtract the mean before
    you solve with the factor.
    """
    D, log_determinant, squared = pieces(X + params.mean, params)
    return -0.5 * (D * LOG_2_PI + log_determinant + squared)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def log_densities_added(X, params):
    """The log-densities of all the observations are added up.

    That is the log-likelihood, one number. Here each observation has its own log-density: sum only
    over the features.
    """
    return np.float64(right.log_density(X, params).sum())


@mistake(LOG_DENSITY, "eq-mahalanobis")
def averaged_over_the_features(X, params):
    """The squares are averaged over the features instead of added.

    The squared distance is the sum over the D coordinates of u. If you take the mean instead, the
    density falls more slowly the more features there are.
    """
    D, log_determinant, squared = pieces(X, params)
    return -0.5 * (D * LOG_2_PI + log_determinant + squared / D)
