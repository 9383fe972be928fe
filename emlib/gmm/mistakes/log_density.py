"""Mistakes in the log-density of a mixture."""

import numpy as np

from emlib.evidence.vectorized import log_sum_exp
from emlib.exercises.mistakes import mistake, shares, trap
from emlib.gaussian import Params as Gaussian
from emlib.gaussian.vectorized import log_density as gaussian_log_density
from emlib.gmm.mistakes.ingredients import OUT_OF_REACH, OUTLIER, joint, moments

LOG_DENSITY = "gmm.log_density"

trap(LOG_DENSITY, OUT_OF_REACH, **OUTLIER)


@mistake(LOG_DENSITY, "eq-gmm-joint")
def density_without_weights(X, params):
    """The weights are missing.

    Component k is picked with probability pi_k before it draws anything. Without the weights the
    result is the logarithm of a sum of densities, which integrates to K and not to one.
    """
    return log_sum_exp(joint(X, params) - np.log(params.weights))


@mistake(LOG_DENSITY, "eq-gmm-joint")
def weights_without_their_logarithm(X, params):
    """The weights are added to the log-densities, and not their logarithms.

    Weight times density becomes a sum in logarithms: log pi_k plus the log-density. Added as it
    is, a weight of 0.2 multiplies its density by exp(0.2), and the mixture by more than one.
    """
    return log_sum_exp(joint(X, params) - np.log(params.weights) + params.weights)


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def log_densities_averaged(X, params):
    """The logarithm is taken inside the average over the components.

    The density of the mixture is the average of the components' densities, with the weights; its
    logarithm comes last. The average of the logarithms is smaller, by Jensen's inequality: it is
    the logarithm of a product of powers.
    """
    return (joint(X, params) - np.log(params.weights)) @ params.weights


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def log_joint_added_up(X, params):
    """The logarithms of the components' stories are added.

    A sum of logarithms is the logarithm of a product, and would say that all the components made
    the observation together. One of them did: add the exponentials, with log-sum-exp.
    """
    return joint(X, params).sum(axis=1)


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def mixture_density_not_logarithm(X, params):
    """This is the density, and not its logarithm.

    Far from every component it underflows to zero, and a product of many such factors does so
    sooner. Leave the result as the logarithm that log-sum-exp returns.
    """
    return np.exp(log_sum_exp(joint(X, params)))


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def largest_story_only(X, params):
    """Only the best component of each observation counts.

    The density adds up all the stories that end in the observation. The largest of them is a lower
    bound, short by at most log K, and by most where the components overlap.
    """
    return joint(X, params).max(axis=1)


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def not_summed_over_components(X, params):
    """The sum over the components is missing.

    These are the logarithms of the stories 'component k, then this observation', one column for
    each component. The density of the observation adds up its row, in exponentials.
    """
    return joint(X, params)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def mixture_without_constant(X, params):
    """The constant with 2 pi is missing.

    Each of the D features brings a factor 1 / sqrt(2 pi). It is the same for all the components,
    so responsibilities do not miss it. A density does: without it, it does not integrate to one.
    """
    return log_sum_exp(joint(X, params)) + 0.5 * X.shape[1] * np.log(2 * np.pi)


@mistake(LOG_DENSITY, "eq-log-determinant")
def mixture_without_determinants(X, params):
    """The Gaussians lack their determinants.

    A wide component spreads its probability over more room, so its density is lower everywhere.
    The determinant, to the power -1/2, is what it is charged for its width.
    """
    log_joint = joint(X, params)
    for k, covariance in enumerate(params.covariances):
        log_joint[:, k] += 0.5 * np.linalg.slogdet(covariance)[1]
    return log_sum_exp(log_joint)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def determinants_without_root(X, params):
    """The determinants enter without their square roots.

    The density of a Gaussian holds det to the power -1/2. So the logarithm of the determinant is
    halved, like everything else in the bracket.
    """
    log_joint = joint(X, params)
    for k, covariance in enumerate(params.covariances):
        log_joint[:, k] -= 0.5 * np.linalg.slogdet(covariance)[1]
    return log_sum_exp(log_joint)


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def parameters_averaged(X, params):
    """The parameters are averaged, and not the densities.

    That is one Gaussian between the components, with their average mean and covariance. A mixture
    of two Gaussians is not a Gaussian: it can have a summit at each mean and a valley between.
    """
    mean = params.weights @ params.means
    covariance = np.tensordot(params.weights, params.covariances, axes=1)
    return gaussian_log_density(X, Gaussian(mean, covariance))


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def density_outside_log_space(X, params):
    """The densities are formed before the logarithm is taken.

    Of an observation far from every component all densities underflow to zero, and the logarithm
    of their sum is minus infinity. Keep the logarithms, and add with log-sum-exp.
    """
    return np.log(np.exp(joint(X, params)).sum(axis=1))


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def gaussian_of_the_same_moments(X, params):
    """This is one Gaussian with the mean and the covariance of the mixture.

    It has the mixture's first two moments, and not its shape: a mixture can have a summit at each
    mean and a valley between. Add up the densities of the components, with the weights.
    """
    return gaussian_log_density(X, moments(params))


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def averaged_with_the_responsibilities(X, params):
    """The logarithms are averaged with the responsibilities.

    That is each observation's part of the M step's objective. The log-density has the logarithm
    outside the sum over the components, and more: the entropy of the responsibilities.
    """
    log_joint = joint(X, params)
    return (shares(log_joint) * log_joint).sum(axis=1)


@mistake(LOG_DENSITY, "eq-gmm-joint")
def weights_in_twice(X, params):
    """The weights are multiplied in twice.

    If the stories 'component k, then this observation' hold the weights already, they are only to
    be added up. Weight the densities, and not the stories.
    """
    return log_sum_exp(joint(X, params) + np.log(params.weights))


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def averaged_over_components(X, params):
    """The stories are averaged over the components, and not added.

    The weights are there already, and add up to one. Divided by K as well, the density integrates
    to 1 / K.
    """
    return log_sum_exp(joint(X, params)) - np.log(len(params.weights))


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def log_densities_of_all_added(X, params):
    """The log-densities of all the observations are added up.

    That is the log-likelihood, one number. Here each observation has a log-density of its own: sum
    over the components alone.
    """
    return np.float64(log_sum_exp(joint(X, params)).sum())


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def nearest_component_alone(X, params):
    """Only the component of the nearest mean counts.

    The density adds up all the stories that end in the observation. And which component is the
    likeliest depends on its covariance and its weight, not on the distance alone.
    """
    nearest = np.square(X[:, None] - params.means).sum(axis=2).argmin(axis=1)
    return joint(X, params)[np.arange(len(X)), nearest]


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def negative_log_density(X, params):
    """The sign is wrong.

    Minus the log-density is what some scores of how unusual an observation is return. The
    log-density itself is asked for, larger where there are more observations.
    """
    return -log_sum_exp(joint(X, params))
