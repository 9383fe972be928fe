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

    Component k is picked with probability pi_k before it draws anything. Without the weights the
    sum of the densities is no density: it integrates to K.
    """
    return log_sum_exp(joint(X, params) - np.log(params.weights)).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def logarithm_inside(X, params):
    """The logarithm is taken inside the sum over the components.

    An observation has one density, the sum of the components' stories about it. The logarithm of
    a sum is not the sum of the logarithms; that it is not is the reason for EM.
    """
    return joint(X, params).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def weighted_log_densities(X, params):
    """The log-densities are averaged with the weights.

    That is the logarithm on the wrong side of an average. By Jensen's inequality it is never too
    large: average the densities first, then take the logarithm.
    """
    log_densities = joint(X, params) - np.log(params.weights)
    return (log_densities @ params.weights).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-likelihood")
def averaged_likelihood(X, params):
    """The observations are averaged and not added.

    The observations are independent, so their densities multiply and the logarithms add. The
    average per observation is what some libraries call a score; multiply it by N.
    """
    return log_sum_exp(joint(X, params)).mean()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def expected_complete(X, params):
    """This is the expected complete-data log-likelihood.

    It is what the M step maximises, Q. It lacks the entropy of the responsibilities, so it lies
    below the log-likelihood.
    """
    log_joint = joint(X, params)
    return (shares(log_joint) * log_joint).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-likelihood")
def densities_added_up(X, params):
    """The densities of the observations are added and not multiplied.

    The sum over the observations stands outside the logarithm. Inside it would say that one *or*
    the other observation was made, where all of them were.
    """
    return np.logaddexp.reduce(log_sum_exp(joint(X, params)))


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def best_component_only(X, params):
    """Only the best component of each observation counts.

    The density of an observation adds up all the stories that end in it. The largest alone is the
    classification likelihood, which EM with hard assignments climbs; it is smaller.
    """
    return joint(X, params).max(axis=1).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-likelihood")
def negative_log_likelihood(X, params):
    """The sign is wrong.

    This is the negative log-likelihood, which optimisers like to minimise. EM climbs the
    log-likelihood itself.
    """
    return -log_sum_exp(joint(X, params)).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def likelihood_outside_log_space(X, params):
    """The densities are formed before the logarithm is taken.

    Of an observation far from every component all densities underflow to zero, and the logarithm
    of their sum is minus infinity. Keep the logarithms, and add with log-sum-exp.
    """
    return np.log(np.exp(joint(X, params)).sum(axis=1)).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-likelihood")
def over_the_observations_inside(X, params):
    """The sums are in the wrong order: over the observations inside, over the components outside.

    Each observation is made by one of the components, so the sum over k stands inside the
    logarithm. All the observations were made, so the sum over n stands outside.
    """
    return np.logaddexp.reduce(joint(X, params), axis=0).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def one_component_for_all(X, params):
    """One component is taken to have made all the observations.

    Every observation picks its own component, so the sum over k is taken for each of them. Here the
    log-densities are added over n first, and the components are summed over last.
    """
    log_weights = np.log(params.weights)
    log_densities = joint(X, params) - log_weights
    return np.logaddexp.reduce(log_weights + log_densities.sum(axis=0))


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def likelihood_of_the_moments(X, params):
    """This is the log-likelihood of one Gaussian with the moments of the mixture.

    A mixture has its mean and its covariance, and not its shape. Add up the densities of the
    components, with the weights, before the logarithm is taken.
    """
    return gaussian_log_density(X, moments(params)).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-likelihood")
def twice_negative(X, params):
    """This is minus twice the log-likelihood.

    The criteria for the number of components begin with it. The log-likelihood itself has neither
    the sign nor the factor.
    """
    return -2 * log_sum_exp(joint(X, params)).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-likelihood")
def one_for_each_observation(X, params):
    """The log-densities are not added up.

    There is one for each observation, and one number is asked for in all. The observations are
    independent, so the logarithms add.
    """
    return log_sum_exp(joint(X, params))


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-likelihood")
def likelihood_in_bits(X, params):
    """The log-likelihood is in bits.

    With the logarithm to the base 2 it is larger in size by a factor of 1.44. Everything here is in
    nats: take the natural logarithm.
    """
    return log_sum_exp(joint(X, params)).sum() / np.log(2)


@mistake(LOG_LIKELIHOOD, "eq-gmm-joint")
def likelihood_with_weights_twice(X, params):
    """The weights are multiplied in twice.

    If the stories 'component k, then this observation' hold the weights already, they are only to
    be added up. Weight the densities, and not the stories.
    """
    return log_sum_exp(joint(X, params) + np.log(params.weights)).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-joint")
def likelihood_with_weights_as_they_are(X, params):
    """The weights are added to the log-densities, and not their logarithms.

    Weight times density becomes a sum in logarithms: log pi_k plus the log-density. Added as they
    are, the weights would multiply the densities by more than one.
    """
    log_densities = joint(X, params) - np.log(params.weights)
    return log_sum_exp(log_densities + params.weights).sum()


@mistake(LOG_LIKELIHOOD, "eq-gmm-log-density")
def likelihood_averaged_over_components(X, params):
    """The stories are averaged over the components, and not added.

    The weights are there already, and add up to one. Divided by K as well, every observation lacks
    log K.
    """
    log_p = log_sum_exp(joint(X, params)) - np.log(len(params.weights))
    return log_p.sum()
