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

    They stand above the line and in every term below it. Above alone, the shares of an observation
    no longer add up to one: the denominator is not the density of the mixture.
    """
    log_joint = joint(X, params)
    below = log_sum_exp(log_joint - np.log(params.weights))
    return np.exp(log_joint - below[:, None])


@mistake(E_STEP, "eq-gmm-joint", "responsibilities")
def weights_missing(X, params):
    """The weights are missing, above the line and below.

    The rows do add up to one, so nothing looks wrong. But a rare component then claims as much as
    a common one: Bayes' rule without its prior.
    """
    return shares(joint(X, params) - np.log(params.weights))


@mistake(E_STEP, "eq-gmm-joint", "responsibilities")
def weights_added_to_logarithms(X, params):
    """The weights are added to the log-densities, and not their logarithms.

    Weight times density becomes a sum in logarithms: log pi_k plus the log-density. Added as they
    are, the weights hardly matter, and a rare component claims too much.
    """
    return shares(joint(X, params) - np.log(params.weights) + params.weights)


@mistake(E_STEP, "eq-gmm-joint", "responsibilities")
def logarithms_times_weights(X, params):
    """The log-densities are multiplied by the weights.

    Weight times density becomes a sum in logarithms: log pi_k plus the log-density. Multiplied,
    the density is raised to the power pi_k.
    """
    return shares(params.weights * (joint(X, params) - np.log(params.weights)))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def normalised_over_observations(X, params):
    """The shares are normalised over the observations.

    Each *observation* is divided among the components, so each row adds up to one: `sum(axis=1)`.
    Here each column does.
    """
    log_joint = joint(X, params)
    return np.exp(log_joint - np.logaddexp.reduce(log_joint, axis=0))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def not_normalised(X, params):
    """The numerator is there, the denominator is not.

    These are the densities of the stories 'component k, then this observation'. Divided by their
    sum over the components they become probabilities.
    """
    return np.exp(joint(X, params))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def logarithms_returned(X, params):
    """These are the logarithms of the responsibilities.

    Working with logarithms is right, and the exponential is left to the very end. It is still to
    come: a probability lies between 0 and 1.
    """
    log_joint = joint(X, params)
    return log_joint - log_sum_exp(log_joint)[:, None]


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def hard_assignments(X, params):
    """Each observation is given wholly to its likeliest component.

    That is a decision, and the E step makes none: it computes probabilities. It is the step of
    k-means and of hard EM, whose clusters end up, on average, too far apart.
    """
    return hard(joint(X, params))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def logarithms_normalised(X, params):
    """The logarithms are divided by their sum.

    Bayes' rule divides probabilities. Of logarithms one subtracts the log-sum-exp, and takes the
    exponential.
    """
    log_joint = joint(X, params)
    return log_joint / log_joint.sum(axis=1, keepdims=True)


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def components_by_observations(X, params):
    """The responsibilities are transposed.

    An observation has a row and a component a column: shape (N, K). A loop over the components
    that collects rows makes (K, N); transpose it, or stack the pieces as columns (`axis=1`).
    """
    return shares(joint(X, params)).T


@mistake(E_STEP, "eq-log-determinant", "responsibilities")
def densities_without_determinant(X, params):
    """The Gaussians lack their determinants.

    The constant with 2 pi cancels between the components, because it is the same for all. The
    determinant is each component's own and does not cancel.
    """
    return shares(np.log(params.weights) - 0.5 * squared_distances(X, params))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def responsibilities_outside_log_space(X, params):
    """The densities are formed and divided, and both are zero.

    Far from every component all densities underflow, and zero over zero is not a number. Subtract
    the logarithm of the sum (log-sum-exp), and take the exponential at the end.
    """
    densities = np.exp(joint(X, params))
    return densities / densities.sum(axis=1, keepdims=True)


@mistake(E_STEP, "eq-gmm-joint", "responsibilities")
def weights_twice(X, params):
    """The weights are multiplied in twice.

    Bayes' rule has the weight once: prior times density. A rare component claims too little if it
    is weighed again, and gets rarer in every iteration.
    """
    return shares(joint(X, params) + np.log(params.weights))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def divided_by_the_largest_story(X, params):
    """The stories are divided by the largest of the row, and not by their sum.

    Taking out the largest keeps the exponentials from underflowing. They still have to be divided
    by their sum, so that each row adds up to one.
    """
    log_joint = joint(X, params)
    return np.exp(log_joint - log_joint.max(axis=1, keepdims=True))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def divided_by_the_whole_sum(X, params):
    """The stories are divided by the sum over everything.

    Each observation is shared out by itself: the sum runs over the components alone, `axis=1`.
    Without an axis all the shares together add up to one.
    """
    log_joint = joint(X, params)
    return np.exp(log_joint - np.logaddexp.reduce(log_joint, axis=None))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def rows_of_length_one(X, params):
    """The rows have the length one, and not the sum one.

    A vector is divided by the root of the sum of its squares. Probabilities are divided by their
    sum.
    """
    log_joint = joint(X, params)
    gamma = shares(log_joint)
    return gamma / np.linalg.norm(gamma, axis=1, keepdims=True)


@mistake(E_STEP, "eq-gaussian-log-density", "responsibilities")
def exponent_alone(X, params):
    """Only the exponents of the Gaussians are compared.

    Neither the weights nor the determinants are there. They differ between the components, so that
    they do not cancel as the constant with 2 pi does.
    """
    return shares(-0.5 * squared_distances(X, params))


@mistake(E_STEP, "eq-gaussian-log-density", "responsibilities")
def inverse_squared_distances(X, params):
    """The shares are in proportion to one over the squared distance.

    That is fuzzy c-means, with the exponent 2. The shares of a mixture are in proportion to weight
    times density, and that falls exponentially with the squared distance.
    """
    with np.errstate(all="ignore"):
        return shares(-np.log(squared_distances(X, params)))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def tempered(X, params):
    """The responsibilities are squared and divided by their sum again.

    That makes them harder, as annealing does at the inverse temperature 2. Bayes' rule has the
    stories as they are. Look for a step that is done twice.
    """
    return shares(2 * joint(X, params))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def weights_for_everybody(X, params):
    """Every observation is shared out by the weights.

    The weights are the shares before an observation is looked at. Its own shares come from its
    densities besides: weight times density, over their sum.
    """
    return np.tile(params.weights, (len(X), 1))


def squared_distances(X, params):
    """Mahalanobis' distances (N, K), squared."""
    return np.transpose(
        [
            pieces(X, Gaussian(mean, covariance))[2]
            for mean, covariance in zip(params.means, params.covariances, strict=True)
        ]
    )


# --- the log-likelihood --------------------------------------------------------------------------


@mistake(E_STEP, "eq-gmm-log-likelihood", "log_likelihood")
def mean_log_likelihood(X, params):
    """The log-likelihood is averaged and not added up.

    The responsibilities are right. The log-likelihood is the sum over the observations; this is
    that divided by N.
    """
    return log_sum_exp(joint(X, params)).mean()


@mistake(E_STEP, "eq-gmm-log-density", "log_likelihood")
def expected_complete_likelihood(X, params):
    """The log-likelihood is the M step's objective instead.

    The responsibilities are right. Their average of the log-joint is the expected complete-data
    log-likelihood; `em.fit` watches the log-likelihood itself.
    """
    log_joint = joint(X, params)
    return (shares(log_joint) * log_joint).sum()


@mistake(E_STEP, "eq-gmm-log-density", "log_likelihood")
def joint_added_up(X, params):
    """The log-likelihood has the logarithm inside the sum over the components.

    The responsibilities are right. The density of an observation adds up the components' stories;
    its logarithm is the log-sum-exp of a row, not the sum of the row.
    """
    return joint(X, params).sum()


@mistake(E_STEP, "eq-gmm-log-likelihood", "log_likelihood")
def negative_likelihood(X, params):
    """The log-likelihood has the wrong sign.

    The responsibilities are right. EM climbs the log-likelihood; its negative falls, and `em.fit`
    objects.
    """
    return -log_sum_exp(joint(X, params)).sum()
