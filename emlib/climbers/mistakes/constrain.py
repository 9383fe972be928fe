"""Mistakes in the mixture that free parameters stand for."""

import numpy as np

from emlib.climbers import Params
from emlib.exercises.mistakes import mistake, trap

CONSTRAIN = "climbers.constrain"


def free(logits, means, factors):
    """Unconstrained parameters."""
    return Params(np.array(logits), np.array(means), np.array(factors))


trap(
    CONSTRAIN,
    "logits far from zero",
    params=free([1001.0, 1000.0], [[0.0], [1.0]], [[[0.0]], [[0.5]]]),
)
trap(
    CONSTRAIN,
    "logits far below zero",
    params=free([-1001.0, -1000.0], [[0.0], [1.0]], [[[0.0]], [[0.5]]]),
)


def softmax(logits):
    """Weights in proportion to the exponentials."""
    shares = np.exp(logits - logits.max())
    return shares / shares.sum()


def factors_of(params):
    """Lower triangular factors with their diagonal as it is."""
    L, i = params.factors.copy(), np.arange(params.means.shape[1])
    L[:, i, i] = np.exp(L[:, i, i])
    return L


def squared(L):
    """Each factor times its transpose."""
    return L @ L.transpose(0, 2, 1)


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def exponentials_not_divided(params):
    """The exponentials are not divided by their sum.

    They are positive, but weights must also add up to one: divide each exponential by the sum of
    all of them.
    """
    return np.exp(params.logits)


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def logits_divided_by_their_sum(params):
    """The logits themselves are divided by their sum.

    Then they add up to one, but a logit may be negative. Take exponentials first: they are positive
    whatever the logits are.
    """
    with np.errstate(all="ignore"):
        return params.logits / params.logits.sum()


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def sigmoid_of_each(params):
    """Each logit goes through its own sigmoid.

    1 / (1 + exp(-a)) is the weight of one of two components if its logit exceeds the other by a.
    Here every component has a logit: divide each exponential by the sum of all.
    """
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp(-params.logits))


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def largest_takes_all(params):
    """The largest logit takes all the weight.

    That is a hard maximum. A softmax leaves some weight for the other components, in proportion to
    the exponentials of their logits.
    """
    return np.eye(len(params.logits))[params.logits.argmax()]


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def exponent_negative(params):
    """The exponent has the wrong sign.

    A component with a larger logit has a larger weight. Take the exponential of the logit, not of
    minus the logit.
    """
    return softmax(-params.logits)


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def squares_for_exponentials(params):
    """The weights are proportional to the squares of the logits.

    Squares are never negative, but then the logits a and -a give the same weight. The weights are
    proportional to the exponentials.
    """
    return params.logits**2 / np.square(params.logits).sum()


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def exponentials_overflow(params):
    """The exponentials of large logits overflow, or those of small ones underflow.

    Then infinity is divided by infinity, or zero by zero. Adding a number to all the logits
    changes nothing, so subtract the largest before you take exponentials.
    """
    shares = np.exp(params.logits)
    return shares / shares.sum()


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def divided_by_the_largest_exponential(params):
    """The exponentials are divided by the largest of them instead of their sum.

    You are right to subtract the largest logit: it keeps the exponentials from overflowing. You
    still have to divide by their sum.
    """
    return np.exp(params.logits - params.logits.max())


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def a_zero_appended(params):
    """There is one weight too many, from an added logit of zero.

    With K - 1 logits, the last one is zero by convention and has to be added. Here every component
    already has a logit.
    """
    return softmax(np.append(params.logits, 0.0))


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def last_logit_taken_for_zero(params):
    """The last logit is replaced by zero.

    With K - 1 logits, the last one is zero by convention. Here every component has a logit, and the
    last one counts like the others.
    """
    return softmax(np.append(params.logits[:-1], 0.0))


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def sigmoids_divided_by_their_sum(params):
    """Sigmoids are divided by their sum, instead of exponentials.

    A sigmoid levels off, so two large logits give nearly equal weights however different they are.
    The weights are proportional to the exponentials.
    """
    with np.errstate(over="ignore"):
        sigmoids = 1 / (1 + np.exp(-params.logits))
        return sigmoids / sigmoids.sum()


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def logits_returned(params):
    """The logits are returned as they are.

    Logits may be any numbers, but weights are positive and add up to one: take exponentials, and
    divide by their sum.
    """
    return np.array(params.logits)


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def transpose_on_the_left(params):
    """The transpose is on the left of the factor.

    L^T L is symmetric and positive definite as well, but it is another matrix. The covariance is L
    L^T: row i of L times row j.
    """
    L = factors_of(params)
    return L.transpose(0, 2, 1) @ L


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def logarithms_left_on_the_diagonal(params):
    """The diagonal of the factor is used as it is, without an exponential.

    It holds logarithms, so that any number is allowed there. Take the exponentials of the diagonal
    before you multiply the factor by its transpose.
    """
    return squared(params.factors)


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def every_entry_exponentiated(params):
    """Every entry of the factor goes through the exponential, even the zeros above the diagonal.

    Only the diagonal has to be positive, and only the diagonal holds logarithms. Leave the entries
    below it as they are, and the zeros above it, whose exponentials would be ones.
    """
    return squared(np.exp(params.factors))


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def lower_triangle_exponentiated(params):
    """The entries below the diagonal go through the exponential, too.

    Only the diagonal has to be positive, and only the diagonal holds logarithms. Below it any
    number is allowed as it is.
    """
    return squared(np.tril(np.exp(params.factors)))


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def factor_for_covariance(params):
    """The factor is returned instead of the covariance.

    The factor is a kind of square root of the covariance. The covariance is the factor times its
    transpose.
    """
    return factors_of(params)


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def diagonal_alone(params):
    """Only the diagonal of the factor is used.

    Then no two features are correlated, and the variances are too small. The entries below the
    diagonal are part of the factor.
    """
    return squared(factors_of(params) * np.eye(params.means.shape[1]))


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def logarithms_of_variances(params):
    """The diagonal is treated as logarithms of squares.

    The factor times its transpose already squares the diagonal. The diagonal holds the logarithms
    of the factor's own entries, so do not halve them.
    """
    halved = params.factors.copy()
    i = np.arange(params.means.shape[1])
    halved[:, i, i] /= 2
    return squared(factors_of(params._replace(factors=halved)))


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def entries_squared(params):
    """The entries of the factor are squared one by one.

    The covariance is a product of matrices, L @ L.T: multiply row i of the factor by row j, and sum
    over the columns.
    """
    return factors_of(params) ** 2


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def softplus_for_exponential(params):
    """The diagonal goes through a softplus instead of the exponential.

    log(1 + exp(f)) is positive, too, and some libraries use it. Here the diagonal holds the
    logarithms of the factor's entries.
    """
    return squared(with_diagonal_of(params, lambda f: np.logaddexp(0.0, f)))


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def squares_on_the_diagonal(params):
    """The diagonal is squared instead of exponentiated.

    Squares are never negative, but f and -f give the same factor, and zero gives none. The diagonal
    holds logarithms: take exponentials.
    """
    return squared(with_diagonal_of(params, np.square))


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def sizes_on_the_diagonal(params):
    """The diagonal goes through the absolute value instead of the exponential.

    Absolute values are never negative, but f and -f give the same factor, and zero gives none. The
    diagonal holds logarithms: take exponentials.
    """
    return squared(with_diagonal_of(params, np.abs))


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def exponential_after_the_product(params):
    """The exponential is taken of the covariance's diagonal instead of the factor's.

    The logarithms are in the factor. Take their exponentials first, and then multiply the factor by
    its transpose.
    """
    C, i = squared(params.factors), np.arange(params.means.shape[1])
    C[:, i, i] = np.exp(C[:, i, i])
    return C


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def factor_times_itself(params):
    """The factor is multiplied by itself instead of its transpose.

    L L is lower triangular, so it is not a covariance. `L @ L.T` multiplies row i of the factor by
    its row j.
    """
    L = factors_of(params)
    return L @ L


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def triangle_mirrored(params):
    """The factor is made symmetric instead of multiplied by its transpose.

    A symmetric matrix with a positive diagonal need not be a covariance. The product of the factor
    and its transpose always is.
    """
    L = factors_of(params)
    return L + np.tril(L, -1).transpose(0, 2, 1)


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def precision_for_covariance(params):
    """This is the inverse of the covariance.

    The factor times its transpose is the covariance itself. The inverse belongs to the gradient,
    which gets it by solving with the factor.
    """
    return np.linalg.solve(squared(factors_of(params)), np.eye(params.means.shape[1]))


def with_diagonal_of(params, change):
    """The factors with another function of their diagonal."""
    L, i = params.factors.copy(), np.arange(params.means.shape[1])
    L[:, i, i] = change(L[:, i, i])
    return L
