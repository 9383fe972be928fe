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

    A softmax takes exponentials of the logits and divides by their sum. To undo it take
    logarithms: any number is allowed then, and not only those between 0 and 1.
    """
    return np.array(weights)


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def log_odds(weights, means, covariances):
    """These are the log-odds of each weight.

    log w / (1 - w) undoes a sigmoid, which is for a single probability. The weights are in
    proportion to the exponentials of the logits, so the logits are their logarithms.
    """
    with np.errstate(divide="ignore"):
        return np.log(weights) - np.log1p(-np.minimum(weights, 1.0))


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def relative_to_the_last(weights, means, covariances):
    """The logits are taken relative to the last one, which is zero.

    They stand for the same weights, as adding a number to all of them changes nothing. Of all such
    logits the logarithms of the weights are asked for.
    """
    return np.log(weights) - np.log(weights[-1])


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def relative_to_the_first(weights, means, covariances):
    """The logits are taken relative to the first one, which is zero.

    They stand for the same weights, as adding a number to all of them changes nothing. Of all such
    logits the logarithms of the weights are asked for.
    """
    return np.log(weights) - np.log(weights[0])


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def relative_to_the_largest(weights, means, covariances):
    """The largest logit is zero.

    Subtracting the largest belongs to the softmax, where it keeps exponentials from overflowing.
    It changes nothing in the weights; but asked for are their logarithms as they are.
    """
    return np.log(weights) - np.log(weights.max())


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def logits_add_up_to_zero(weights, means, covariances):
    """The mean of the logits is subtracted.

    That is the centered log-ratio. It stands for the same weights, as adding a number to all the
    logits changes nothing; but asked for are the logarithms of the weights as they are.
    """
    return np.log(weights) - np.log(weights).mean()


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def last_logit_left_out(weights, means, covariances):
    """There are K - 1 logits, relative to the last weight.

    K - 1 numbers are enough for K weights that sum to one. Here there is a logit for every
    component, and adding a number to all of them changes nothing.
    """
    return np.log(weights[:-1]) - np.log(weights[-1])


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def softmax_again(weights, means, covariances):
    """The weights go through a softmax, which is to be undone.

    `unconstrain` is the way back: from the weights to the numbers whose softmax they are.
    """
    return np.exp(weights) / np.exp(weights).sum()


@mistake(UNCONSTRAIN, "eq-climbers-softmax", "logits")
def minus_the_logarithms(weights, means, covariances):
    """The logarithms have the wrong sign.

    A component with a larger weight has a larger logit: it is the logarithm of the weight, and
    that is negative.
    """
    return -np.log(weights)


# --- the factors ----------------------------------------------------------------------------------


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def diagonal_as_it_is(weights, means, covariances):
    """The diagonal of the factors is left as it is.

    It is positive, and any number has to be allowed there: take its logarithms, which `constrain`
    undoes with the exponential.
    """
    return np.linalg.cholesky(covariances)


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def every_entry_logged(weights, means, covariances):
    """The logarithm is taken of every entry of the factors.

    Below the diagonal a factor may be negative, and above it is zero. Only the diagonal has to be
    positive, and only there stand logarithms.
    """
    with np.errstate(all="ignore"):
        return np.log(np.linalg.cholesky(covariances))


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def exponentials_on_the_diagonal(weights, means, covariances):
    """On the diagonal stand exponentials, and not logarithms.

    The exponential belongs to `constrain`, which makes a positive number of any. Here it is undone:
    take the logarithms.
    """
    factors = np.linalg.cholesky(covariances)
    return with_diagonal(factors, np.exp(diagonals_of(factors)))


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def logarithms_of_squares(weights, means, covariances):
    """On the diagonal stand the logarithms of the squares.

    They are twice those of the factor's entries. The factor times its transpose squares the
    diagonal by itself.
    """
    factors = np.linalg.cholesky(covariances)
    return with_diagonal(factors, 2 * np.log(diagonals_of(factors)))


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def logarithms_of_the_deviations(weights, means, covariances):
    """On the diagonal stand the logarithms of the features' standard deviations.

    The diagonal of the factor is what the features before it leave of a deviation, and equals it
    for the first alone. Take the logarithms of the factor's own diagonal.
    """
    factors = np.linalg.cholesky(covariances)
    return with_diagonal(factors, 0.5 * np.log(diagonals_of(covariances)))


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def columns_divided_by_the_diagonal(weights, means, covariances):
    """The entries below the diagonal are divided by the diagonal of their column.

    With ones on the diagonal that is the L of the factorisation L D L^T. Here the factor is
    Cholesky's, and below the diagonal it stays as it is.
    """
    factors = np.linalg.cholesky(covariances)
    diagonals = diagonals_of(factors)
    return with_diagonal(factors / diagonals[:, None, :], np.log(diagonals))


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def rows_divided_by_the_diagonal(weights, means, covariances):
    """The entries below the diagonal are divided by the diagonal of their row.

    The entries of the factor below its diagonal are any numbers already, in the units of their
    row. They stay as they are.
    """
    factors = np.linalg.cholesky(covariances)
    diagonals = diagonals_of(factors)
    return with_diagonal(factors / diagonals[:, :, None], np.log(diagonals))


@mistake(UNCONSTRAIN, "eq-climbers-covariance", "factors")
def covariances_for_factors(weights, means, covariances):
    """The covariances are not factorised.

    Any lower triangle with a positive diagonal is a factor, and its product with its transpose a
    covariance. Not any triangle is the half of a covariance: factorise first.
    """
    return logged(np.tril(covariances))


@mistake(UNCONSTRAIN, "eq-climbers-covariance", "factors")
def upper_factors(weights, means, covariances):
    """The factors are transposed.

    The covariance is L times its transpose, with L lower triangular. SciPy's function of that name
    returns the upper triangle unless it is asked for the lower.
    """
    return logged(np.linalg.cholesky(covariances)).transpose(0, 2, 1)


@mistake(UNCONSTRAIN, "eq-climbers-covariance", "factors")
def factors_of_the_precisions(weights, means, covariances):
    """The factors are those of the inverse covariances.

    The precisions have factors, too, and a mixture may be described by them. Here the covariance
    itself is the factor times its transpose.
    """
    eye = np.broadcast_to(np.eye(means.shape[1]), covariances.shape)
    return logged(np.linalg.cholesky(np.linalg.solve(covariances, eye)))


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def softplus_undone(weights, means, covariances):
    """On the diagonal a softplus is undone, and not an exponential.

    log(1 + exp(f)) is another function with positive values, and some libraries use it. Here the
    diagonal of the factor is exp(f): take its logarithm.
    """
    factors = np.linalg.cholesky(covariances)
    return with_diagonal(factors, np.log(np.expm1(diagonals_of(factors))))


@mistake(UNCONSTRAIN, "eq-climbers-factor", "factors")
def nothing_below_the_diagonal(weights, means, covariances):
    """The entries below the diagonal are left out.

    They say how the features of a component go together. With the diagonal alone another mixture
    comes back, without correlations.
    """
    factors = logged(np.linalg.cholesky(covariances))
    return factors * np.eye(means.shape[1])
