"""Mistakes in the E step: the responsibilities, and the log-likelihood beside them."""

import numpy as np

from emlib.evidence.vectorized import log_sum_exp
from emlib.exercises.mistakes import hard, mistake, shares, trap
from emlib.gaussian import Params as Gaussian
from emlib.gaussian.mistakes.log_density import pieces
from emlib.gmm.mistakes.ingredients import OUT_OF_REACH, OUTLIER, joint

E_STEP = "gmm.e_step"

trap(E_STEP, OUT_OF_REACH, **OUTLIER)


# --- the responsibilities ------------------------------------------------------------------------


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def weights_missing_below(X, params):
    """The denominator lacks the weights.

    They belong in the numerator and in every term of the denominator. If they are only in the
    numerator, the shares of an observation do not add up to one.
    """
    log_joint = joint(X, params)
    below = log_sum_exp(log_joint - np.log(params.weights))
    return np.exp(log_joint - below[:, None])


@mistake(E_STEP, "eq-gmm-joint", "responsibilities")
def weights_missing(X, params):
    """The weights are missing, in the numerator and in the denominator.

    The rows add up to one, so nothing looks wrong. But a rare component then gets as much
    responsibility as a common one: this is Bayes' rule without its prior.
    """
    return shares(joint(X, params) - np.log(params.weights))


@mistake(E_STEP, "eq-gmm-joint", "responsibilities")
def weights_added_to_logarithms(X, params):
    """The weights are added to the log-densities instead of their logarithms.

    Weight times density becomes a sum of logarithms: log pi_k plus the log-density. If you add the
    weights themselves, they hardly matter, and a rare component gets too much responsibility.
    """
    return shares(joint(X, params) - np.log(params.weights) + params.weights)


@mistake(E_STEP, "eq-gmm-joint", "responsibilities")
def logarithms_times_weights(X, params):
    """The log-densities are multiplied by the weights.

    Weight times density becomes a sum of logarithms: log pi_k plus the log-density. If you multiply
    instead, you raise the density to the power pi_k.
    """
    return shares(params.weights * (joint(X, params) - np.log(params.weights)))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def normalised_over_observations(X, params):
    """The shares are normalised over the observations.

    Each *observation* is shared among the components, so each row adds up to one: `sum(axis=1)`.
    Here each column does.
    """
    log_joint = joint(X, params)
    return np.exp(log_joint - np.logaddexp.reduce(log_joint, axis=0))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def not_normalised(X, params):
    """The denominator is missing.

    These are the densities of the stories 'component k, then this observation'. Divide them by
    their sum over the components, and they become probabilities.
    """
    return np.exp(joint(X, params))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def logarithms_returned(X, params):
    """These are the logarithms of the responsibilities.

    It is right to work with logarithms and to leave the exponential to the very end, but here it is
    missing. A probability lies between 0 and 1.
    """
    log_joint = joint(X, params)
    return log_joint - log_sum_exp(log_joint)[:, None]


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def hard_assignments(X, params):
    """Each observation is given entirely to its likeliest component.

    That is a decision, and the E step makes none: it computes probabilities. Hard assignments
    belong to k-means and to hard EM, whose clusters end up, on average, too far apart.
    """
    return hard(joint(X, params))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def logarithms_normalised(X, params):
    """The logarithms are divided by their sum.

    Bayes' rule divides probabilities. With logarithms, subtract the log-sum-exp, then take the
    exponential.
    """
    log_joint = joint(X, params)
    return log_joint / log_joint.sum(axis=1, keepdims=True)


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def components_by_observations(X, params):
    """The responsibilities are transposed.

    Each observation has a row and each component a column: shape (N, K). If a loop over the
    components collects rows, they form (K, N): transpose, or stack the pieces as columns
    (`axis=1`).
    """
    return shares(joint(X, params)).T


@mistake(E_STEP, "eq-log-determinant", "responsibilities")
def densities_without_determinant(X, params):
    """The Gaussians lack their determinants.

    The constant with 2 pi cancels, because it is the same for all components. The determinant
    differs from component to component and does not cancel.
    """
    return shares(np.log(params.weights) - 0.5 * squared_distances(X, params))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def responsibilities_outside_log_space(X, params):
    """The densities are formed and divided, and they can all be zero.

    Far from every component all densities underflow, and zero over zero is not a number. Subtract
    the logarithm of the sum (log-sum-exp), and take the exponential at the end.
    """
    densities = np.exp(joint(X, params))
    return densities / densities.sum(axis=1, keepdims=True)


@mistake(E_STEP, "eq-gmm-joint", "responsibilities")
def weights_twice(X, params):
    """The weights are multiplied in twice.

    Bayes' rule has the weight once: prior times density. If you count the weight twice, a rare
    component gets too little and becomes rarer in every iteration.
    """
    return shares(joint(X, params) + np.log(params.weights))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def divided_by_the_largest_story(X, params):
    """The stories are divided by the largest one in the row, not by their sum.

    Dividing by the largest keeps the exponentials from underflowing. You still have to divide them
    by their sum, so that each row adds up to one.
    """
    log_joint = joint(X, params)
    return np.exp(log_joint - log_joint.max(axis=1, keepdims=True))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def divided_by_the_whole_sum(X, params):
    """The stories are divided by the sum of the whole array.

    Each observation is shared out on its own: sum only over the components, `axis=1`. Without an
    axis, all the shares together add up to one.
    """
    log_joint = joint(X, params)
    return np.exp(log_joint - np.logaddexp.reduce(log_joint, axis=None))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def rows_of_length_one(X, params):
    """The rows have length one instead of sum one.

    To give a vector length one, you divide by the root of the sum of its squares. Divide
    probabilities by their sum.
    """
    log_joint = joint(X, params)
    gamma = shares(log_joint)
    return gamma / np.linalg.norm(gamma, axis=1, keepdims=True)


@mistake(E_STEP, "eq-gaussian-log-density", "responsibilities")
def exponent_alone(X, params):
    """Only the exponents of the Gaussians are compared.

    The weights and the determinants are missing. They differ between the components, so they do not
    cancel as the constant with 2 pi does.
    """
    return shares(-0.5 * squared_distances(X, params))


@mistake(E_STEP, "eq-gaussian-log-density", "responsibilities")
def inverse_squared_distances(X, params):
    """The shares are proportional to one over the squared distance.

    That is fuzzy c-means, with exponent 2. The shares of a mixture are proportional to weight times
    density, and the density falls exponentially with the squared distance.
    """
    with np.errstate(all="ignore"):
        return shares(-np.log(squared_distances(X, params)))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def tempered(X, params):
    """The responsibilities are squared and normalised again.

    That makes them harder, like annealing at the inverse temperature 2. Bayes' rule uses the
    stories as they are. Look for a step that you take twice.
    """
    return shares(2 * joint(X, params))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def weights_for_everybody(X, params):
    """Every observation has the weights as its responsibilities.

    The weights are the shares before you see an observation. After it, they are proportional to
    weight times density.
    """
    return np.tile(params.weights, (len(X), 1))


def squared_distances(X, params):
    """The squared Mahalanobis distances (N, K)."""
    return np.transpose(
        [
            pieces(X, Gaussian(mean, covariance))[2]
            for mean, covariance in zip(params.means, params.covariances, strict=True)
        ]
    )


# --- the log-likelihood --------------------------------------------------------------------------


@mistake(E_STEP, "eq-gmm-log-likelihood", "log_likelihood")
def mean_log_likelihood(X, params):
    """The log-likelihood is averaged instead of added up.

    The responsibilities are right. The log-likelihood is the sum over the observations; yours is
    that sum divided by N.
    """
    return log_sum_exp(joint(X, params)).mean()


@mistake(E_STEP, "eq-gmm-log-density", "log_likelihood")
def expected_complete_likelihood(X, params):
    """The log-likelihood is the M step's objective instead.

    The responsibilities are right. If you average the log-joint with them, you get the expected
    complete-data log-likelihood; `em.fit` watches the log-likelihood itself.
    """
    log_joint = joint(X, params)
    return (shares(log_joint) * log_joint).sum()


@mistake(E_STEP, "eq-gmm-log-density", "log_likelihood")
def joint_added_up(X, params):
    """The log-likelihood has the logarithm inside the sum over the components.

    The responsibilities are right. The density of an observation is the sum of the components'
    stories; its logarithm is the log-sum-exp of a row, not the sum of the row.
    """
    return joint(X, params).sum()


@mistake(E_STEP, "eq-gmm-log-likelihood", "log_likelihood")
def negative_likelihood(X, params):
    """The log-likelihood has the wrong sign.

    The responsibilities are right. EM climbs the log-likelihood. Its negative falls, and `em.fit`
    raises an error.
    """
    return -log_sum_exp(joint(X, params)).sum()
