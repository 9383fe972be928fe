"""Mistakes in the log-likelihood of a mixture."""

import numpy as np

from emlib.evidence.vectorized import log_sum_exp
from emlib.exercises.mistakes import mistake, shares, trap
from emlib.gaussian.vectorized import log_density as gaussian_log_density
from emlib.gmm.mistakes.ingredients import OUT_OF_REACH, OUTLIER, joint, moments

LOG_LIKELIHOOD = "gmm.log_likelihood"

trap(LOG_LIKELIHOOD, OUT_OF_REACH, **OUTLIER)


@mistake(LOG_LIKELIHOOD, "eq-gmm-joint")
def mixture_without_weights(X, params):
    """The weights are missing.

    Component k is picked with probability pi_k before it draws anything. Without the weights, the
    sum of the densities is not a density: it integrates to K.
    """
    return log_sum_exp(joint(X, params) - np.log(params.weights)).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def logarithm_inside(X, params):
    """The logarithm is taken inside the sum over the components.

    An observation has one density, the sum of the components' stories about it. The logarithm of a
    sum is not the sum of the logarithms, and this is why we need EM.
    """
    return joint(X, params).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def weighted_log_densities(X, params):
    """The log-densities are averaged with the weights.

    That is the average of the logarithms. By Jensen's inequality it is never too large. Average the
    densities first, then take the logarithm.
    """
    log_densities = joint(X, params) - np.log(params.weights)
    return (log_densities @ params.weights).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-likelihood")
def averaged_likelihood(X, params):
    """The observations are averaged instead of added.

    The observations are independent, so their densities multiply and the logarithms add. Some
    libraries call the average per observation a score: multiply it by N.
    """
    return log_sum_exp(joint(X, params)).mean()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def expected_complete(X, params):
    """This is the expected complete-data log-likelihood.

    That is Q, which the M step maximises. It lacks the entropy of the responsibilities, so it is
    smaller than the log-likelihood.
    """
    log_joint = joint(X, params)
    return (shares(log_joint) * log_joint).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-likelihood")
def densities_added_up(X, params):
    """The densities of the observations are added instead of multiplied.

    The sum over the observations is outside the logarithm. Inside, it would say that one *or* the
    other observation was made, but all of them were.
    """
    return np.logaddexp.reduce(log_sum_exp(joint(X, params)))


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def best_component_only(X, params):
    """Only the best component of each observation counts.

    The density of an observation adds up all the stories that end in it. The largest alone gives
    the classification likelihood, which is smaller. EM with hard assignments climbs that one.
    """
    return joint(X, params).max(axis=1).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-likelihood")
def negative_log_likelihood(X, params):
    """The sign is wrong.

    This is the negative log-likelihood, which optimisers minimise. EM climbs the log-likelihood
    itself.
    """
    return -log_sum_exp(joint(X, params)).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def likelihood_outside_log_space(X, params):
    """The densities are formed before the logarithm is taken.

    If an observation is far from every component, all densities underflow to zero. The logarithm of
    their sum is then minus infinity. Keep the logarithms, and add with log-sum-exp.
    """
    return np.log(np.exp(joint(X, params)).sum(axis=1)).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-likelihood")
def over_the_observations_inside(X, params):
    """The sums over the observations and over the components are swapped.

    Each observation is made by one of the components, so the sum over k is inside the logarithm.
    All the observations were made, so the sum over n is outside.
    """
    return np.logaddexp.reduce(joint(X, params), axis=0).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def one_component_for_all(X, params):
    """This assumes that one component made all the observations.

    Every observation picks its own component, so you sum over k for each of them. Here the
    log-densities are added over n first, and the sum over the components comes last.
    """
    log_weights = np.log(params.weights)
    log_densities = joint(X, params) - log_weights
    return np.logaddexp.reduce(log_weights + log_densities.sum(axis=0))


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def likelihood_of_the_moments(X, params):
    """This is the log-likelihood of one Gaussian with the moments of the mixture.

    That Gaussian has the mean and the covariance of the mixture, but not its shape. Add up the
    weighted densities of the components before you take the logarithm.
    """
    return gaussian_log_density(X, moments(params)).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-likelihood")
def twice_negative(X, params):
    """This is minus twice the log-likelihood.

    The criteria for the number of components start from it. The log-likelihood itself has neither
    the sign nor the factor.
    """
    return -2 * log_sum_exp(joint(X, params)).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-likelihood")
def one_for_each_observation(X, params):
    """The log-densities are not added up.

    You return one number for each observation; the log-likelihood is a single number. The
    observations are independent, so the logarithms add.
    """
    return log_sum_exp(joint(X, params))


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-likelihood")
def likelihood_in_bits(X, params):
    """The log-likelihood is in bits.

    Logarithms to the base 2 are larger in size by a factor of 1.44. Everything here is in nats:
    take the natural logarithm.
    """
    return log_sum_exp(joint(X, params)).sum() / np.log(2)


@mistake(LOG_LIKELIHOOD, "eq-gmm-joint")
def likelihood_with_weights_twice(X, params):
    """The weights are multiplied in twice.

    The stories 'component k, then this observation' already contain the weights, so just add the
    stories up. Weight the densities, not the stories.
    """
    return log_sum_exp(joint(X, params) + np.log(params.weights)).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-joint")
def likelihood_with_weights_as_they_are(X, params):
    """The weights are added to the log-densities instead of their logarithms.

    Weight times density becomes a sum of logarithms: log pi_k plus the log-density. If you add the
    weights themselves, you multiply every density by more than one.
    """
    log_densities = joint(X, params) - np.log(params.weights)
    return log_sum_exp(log_densities + params.weights).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def likelihood_averaged_over_components(X, params):
    """The stories are averaged over the components instead of added.

    The stories already contain the weights, which add up to one. If you also divide by K, every
    observation lacks log K.
    """
    log_p = log_sum_exp(joint(X, params)) - np.log(len(params.weights))
    return log_p.sum()
