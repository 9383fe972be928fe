"""Mistakes in the free parameters of a mixture."""

import numpy as np

from emlib.exercises.mistakes import mistake

UNCONSTRAIN = "climbers.unconstrain"


def with_diagonal(factors, diagonals):
    """Factors (K, D, D) with other numbers (K, D) on their diagonals."""
    factors, i = factors.copy(), np.arange(factors.shape[1])
    factors[:, i, i] = diagonals
    return factors


def diagonals_of(matrices):
    """The diagonals (K, D)."""
    return np.einsum("kii->ki", matrices)


def logged(factors):
    """Factors with the logarithms of their diagonals."""
    return with_diagonal(factors, np.log(diagonals_of(factors)))


# --- the logits -----------------------------------------------------------------------------------


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def weights_for_logits(weights, means, covariances):
    """The weights are returned as they are.

    A softmax takes exponentials of the logits and divides by their sum. Take logarithms to undo it:
    then any number is allowed, not only those between 0 and 1.
    """
    return np.array(weights)


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def log_odds(weights, means, covariances):
    """These are the log-odds of each weight.

    log(w / (1 - w)) undoes a sigmoid, which is for a single probability. The weights are
    proportional to the exponentials of the logits, so the logits are their logarithms.
    """
    with np.errstate(divide="ignore"):
        return np.log(weights) - np.log1p(-np.minimum(weights, 1.0))


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def relative_to_the_last(weights, means, covariances):
    """The last logit is zero, and the others are relative to it.

    These logits give the same weights, because adding a number to all of them changes nothing. Of
    all such logits, return the logarithms of the weights.
    """
    return np.log(weights) - np.log(weights[-1])


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def relative_to_the_first(weights, means, covariances):
    """The first logit is zero, and the others are relative to it.

    These logits give the same weights, because adding a number to all of them changes nothing. Of
    all such logits, return the logarithms of the weights.
    """
    return np.log(weights) - np.log(weights[0])


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def relative_to_the_largest(weights, means, covariances):
    """The largest logit is zero.

    Subtracting the largest belongs to the softmax, where it keeps exponentials from overflowing.
    The weights stay the same, but you should return their logarithms as they are.
    """
    return np.log(weights) - np.log(weights.max())


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def logits_add_up_to_zero(weights, means, covariances):
    """The mean of the logits is subtracted.

    That is the centered log-ratio. It gives the same weights, because adding a number to all the
    logits changes nothing. But return the logarithms of the weights as they are.
    """
    return np.log(weights) - np.log(weights).mean()


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def last_logit_left_out(weights, means, covariances):
    """There are K - 1 logits, relative to the last weight.

    K - 1 numbers are enough for K weights that sum to one. Here every component has a logit: return
    the logarithm of each weight.
    """
    return np.log(weights[:-1]) - np.log(weights[-1])


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def softmax_again(weights, means, covariances):
    """The weights go through a softmax instead of its inverse.

    `unconstrain` goes the other way: from the weights to the numbers whose softmax they are.
    """
    return np.exp(weights) / np.exp(weights).sum()


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def minus_the_logarithms(weights, means, covariances):
    """The logarithms have the wrong sign.

    A component with a larger weight has a larger logit. The logit is the logarithm of the weight,
    which is never positive.
    """
    return -np.log(weights)


# --- the factors ----------------------------------------------------------------------------------


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def diagonal_as_it_is(weights, means, covariances):
    """The diagonal of the factors is left as it is.

    It is positive, but any number has to be allowed there. Take its logarithms: `constrain` undoes
    them with the exponential.
    """
    return np.linalg.cholesky(covariances)


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def every_entry_logged(weights, means, covariances):
    """The logarithm is taken of every entry of the factors.

    Entries below the diagonal may be negative, and those above it are zero. Only the diagonal has
    to be positive: take logarithms only there.
    """
    with np.errstate(all="ignore"):
        return np.log(np.linalg.cholesky(covariances))


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def exponentials_on_the_diagonal(weights, means, covariances):
    """The diagonal holds exponentials instead of logarithms.

    `constrain` takes the exponential, which makes any number positive. Here you undo it: take the
    logarithms.
    """
    factors = np.linalg.cholesky(covariances)
    return with_diagonal(factors, np.exp(diagonals_of(factors)))


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def logarithms_of_squares(weights, means, covariances):
    """The diagonal holds the logarithms of the squares.

    They are twice the logarithms of the factor's entries. The factor times its transpose already
    squares the diagonal.
    """
    factors = np.linalg.cholesky(covariances)
    return with_diagonal(factors, 2 * np.log(diagonals_of(factors)))


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def logarithms_of_the_deviations(weights, means, covariances):
    """The diagonal holds the logarithms of the features' standard deviations.

    The factor's diagonal is the deviation that remains once the earlier features are known. Only
    for the first feature are the two always equal. Take the logarithms of the factor's diagonal.
    """
    factors = np.linalg.cholesky(covariances)
    return with_diagonal(factors, 0.5 * np.log(diagonals_of(covariances)))


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def columns_divided_by_the_diagonal(weights, means, covariances):
    """The entries below the diagonal are divided by the diagonal entry of their column.

    That is the L of the factorisation L D L^T, with ones on its diagonal. Here the factor is
    Cholesky's: leave the entries below its diagonal as they are.
    """
    factors = np.linalg.cholesky(covariances)
    diagonals = diagonals_of(factors)
    return with_diagonal(factors / diagonals[:, None, :], np.log(diagonals))


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def rows_divided_by_the_diagonal(weights, means, covariances):
    """The entries below the diagonal are divided by the diagonal entry of their row.

    The entries below the diagonal of the factor may be any numbers, in the units of their row.
    Leave them as they are.
    """
    factors = np.linalg.cholesky(covariances)
    diagonals = diagonals_of(factors)
    return with_diagonal(factors / diagonals[:, :, None], np.log(diagonals))


@mistake(UNCONSTRAIN, "eq-climbers-covariance", "factors")
def covariances_for_factors(weights, means, covariances):
    """The covariances are not factorised.

    Any lower triangle with a positive diagonal is a factor: times its transpose, it gives a
    covariance. The lower triangle of a covariance is not its factor, so factorise first.
    """
    return logged(np.tril(covariances))


@mistake(UNCONSTRAIN, "eq-climbers-covariance", "factors")
def upper_factors(weights, means, covariances):
    """The factors are transposed.

    The covariance is L times its transpose, with L lower triangular. `scipy.linalg.cholesky`
    returns the upper triangle unless you pass `lower=True`.
    """
    return logged(np.linalg.cholesky(covariances)).transpose(0, 2, 1)


@mistake(UNCONSTRAIN, "eq-climbers-covariance", "factors")
def factors_of_the_precisions(weights, means, covariances):
    """The factors are those of the inverse covariances.

    The precisions have factors, too, and they could describe the mixture. Here the covariance
    itself is the factor times its transpose.
    """
    eye = np.broadcast_to(np.eye(means.shape[1]), covariances.shape)
    return logged(np.linalg.cholesky(np.linalg.solve(covariances, eye)))


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def softplus_undone(weights, means, covariances):
    """On the diagonal a softplus is undone instead of an exponential.

    log(1 + exp(f)) is another function with positive values, and some libraries use it. Here the
    diagonal of the factor is exp(f): take its logarithm.
    """
    factors = np.linalg.cholesky(covariances)
    return with_diagonal(factors, np.log(np.expm1(diagonals_of(factors))))


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def nothing_below_the_diagonal(weights, means, covariances):
    """The entries below the diagonal are left out.

    They describe how the features of a component vary together. With the diagonal alone you get
    another mixture, without correlations.
    """
    factors = logged(np.linalg.cholesky(covariances))
    return factors * np.eye(means.shape[1])
