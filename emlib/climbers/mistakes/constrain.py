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

    They are positive, and that is half of what is asked. Weights add up to one besides: divide
    each exponential by the sum of all of them.
    """
    return np.exp(params.logits)


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def logits_divided_by_their_sum(params):
    """The logits themselves are divided by their sum.

    They add up to one then, but a logit may be negative. Take exponentials first: these are
    positive whatever the logits are.
    """
    with np.errstate(all="ignore"):
        return params.logits / params.logits.sum()


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def sigmoid_of_each(params):
    """Each logit goes through a sigmoid of its own.

    With two components 1 / (1 + exp(-a)) is the weight of one whose logit lies a above the other
    one's. With logits for all of them each exponential is divided by the sum of all.
    """
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp(-params.logits))


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def largest_takes_all(params):
    """The largest logit takes all the weight.

    That is the maximum itself. A softmax leaves something to the others, in proportion to the
    exponentials of their logits.
    """
    return np.eye(len(params.logits))[params.logits.argmax()]


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def exponent_negative(params):
    """The exponent has the wrong sign.

    A component with a larger logit has a larger weight: it is the exponential of the logit, and
    not of minus the logit.
    """
    return softmax(-params.logits)


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def squares_for_exponentials(params):
    """The weights are in proportion to the squares of the logits.

    Squares are positive, too, but logits of a and -a then stand for the same weight. The weights
    are in proportion to the exponentials.
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
    """The exponentials are divided by the largest of them, and not by their sum.

    Subtracting the largest logit is right, and keeps the exponentials from overflowing. Their sum
    is still to be divided by.
    """
    return np.exp(params.logits - params.logits.max())


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def a_zero_appended(params):
    """There is one weight too many, of a logit zero.

    With K - 1 logits the last one is zero by agreement, and has to be added. Here there is one for
    every component.
    """
    return softmax(np.append(params.logits, 0.0))


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def last_logit_taken_for_zero(params):
    """The last logit is taken for zero.

    With K - 1 logits the last one is zero by agreement. Here there is one for every component, and
    the last has its say.
    """
    return softmax(np.append(params.logits[:-1], 0.0))


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def sigmoids_divided_by_their_sum(params):
    """Sigmoids are divided by their sum, and not exponentials.

    A sigmoid levels off, so that two large logits stand for equal weights however different they
    are. The weights are in proportion to the exponentials.
    """
    with np.errstate(over="ignore"):
        sigmoids = 1 / (1 + np.exp(-params.logits))
        return sigmoids / sigmoids.sum()


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def logits_returned(params):
    """The logits are returned as they are.

    They may be any numbers, and weights are positive and add up to one: take exponentials, and
    divide by their sum.
    """
    return np.array(params.logits)


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def transpose_on_the_left(params):
    """The transpose stands on the left of the factor.

    L^T L is symmetric and positive definite as well, but another matrix. The covariance is L L^T:
    row i of L times row j.
    """
    L = factors_of(params)
    return L.transpose(0, 2, 1) @ L


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def logarithms_left_on_the_diagonal(params):
    """The diagonal of the factor is used as it stands, without an exponential.

    It holds logarithms, so that any number is allowed there. Take the exponentials of the
    diagonal before you multiply the factor by its transpose.
    """
    return squared(params.factors)


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def every_entry_exponentiated(params):
    """Every entry of the factor goes through the exponential, the zeros above the diagonal too.

    Only the diagonal has to be positive, and only there stand logarithms. Below it any number is
    allowed as it is, and above it are zeros, whose exponentials would be ones.
    """
    return squared(np.exp(params.factors))


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def lower_triangle_exponentiated(params):
    """The entries below the diagonal go through the exponential, too.

    Only the diagonal has to be positive, and only there stand logarithms. Below it any number is
    allowed as it is.
    """
    return squared(np.tril(np.exp(params.factors)))


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def factor_for_covariance(params):
    """The factor is returned in the place of the covariance.

    A factor is a kind of square root. The covariance is the factor times its transpose.
    """
    return factors_of(params)


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def diagonal_alone(params):
    """Only the diagonal of the factor is used.

    Then no two features are correlated, and the variances are too small. The entries below the
    diagonal belong to the factor.
    """
    return squared(factors_of(params) * np.eye(params.means.shape[1]))


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def logarithms_of_variances(params):
    """The diagonal is taken for logarithms of squares.

    The factor times its transpose squares the diagonal by itself. What stands there is the
    logarithm of the factor's entry, so do not halve it.
    """
    halved = params.factors.copy()
    i = np.arange(params.means.shape[1])
    halved[:, i, i] /= 2
    return squared(factors_of(params._replace(factors=halved)))


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def entries_squared(params):
    """The entries of the factor are squared one by one.

    The covariance is a product of matrices, L @ L.T: row i of the factor times its row j, added up
    over the columns.
    """
    return factors_of(params) ** 2


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def softplus_for_exponential(params):
    """The diagonal goes through a softplus, and not through the exponential.

    log(1 + exp(f)) is positive, too, and some libraries use it. Here the diagonal holds the
    logarithms of the factor's entries.
    """
    return squared(with_diagonal_of(params, lambda f: np.logaddexp(0.0, f)))


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def squares_on_the_diagonal(params):
    """The diagonal is squared, and not exponentiated.

    Squares are positive, too, but f and -f then stand for the same factor. The diagonal holds
    logarithms: take exponentials.
    """
    return squared(with_diagonal_of(params, np.square))


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def sizes_on_the_diagonal(params):
    """The absolute values of the diagonal are taken, and not the exponentials.

    They are not negative, but f and -f then stand for the same factor, and zero for none. The
    diagonal holds logarithms: take exponentials.
    """
    return squared(with_diagonal_of(params, np.abs))


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def exponential_after_the_product(params):
    """The exponential is taken of the covariance's diagonal, and not of the factor's.

    The logarithms stand in the factor. Take their exponentials first, and then the product of the
    factor and its transpose.
    """
    C, i = squared(params.factors), np.arange(params.means.shape[1])
    C[:, i, i] = np.exp(C[:, i, i])
    return C


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def factor_times_itself(params):
    """The factor is multiplied by itself, and not by its transpose.

    L L is lower triangular, and no covariance. Row i of the factor times its row j is `L @ L.T`.
    """
    L = factors_of(params)
    return L @ L


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def triangle_mirrored(params):
    """The factor is made symmetric, and not multiplied by its transpose.

    A symmetric matrix with a positive diagonal need not be a covariance. The product of the factor
    and its transpose is one for any factor.
    """
    L = factors_of(params)
    return L + np.tril(L, -1).transpose(0, 2, 1)


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def precision_for_covariance(params):
    """This is the inverse of the covariance.

    The factor times its transpose is the covariance itself. The gradient needs the inverse, by
    solving with the factor, and not here.
    """
    return np.linalg.solve(squared(factors_of(params)), np.eye(params.means.shape[1]))


def with_diagonal_of(params, change):
    """The factors with another function of their diagonal."""
    L, i = params.factors.copy(), np.arange(params.means.shape[1])
    L[:, i, i] = change(L[:, i, i])
    return L
