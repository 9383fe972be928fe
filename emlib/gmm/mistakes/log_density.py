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

    Component k is picked with probability pi_k before it draws anything. Without the weights you
    get the logarithm of a sum of densities, which integrates to K instead of one.
    """
    return log_sum_exp(joint(X, params) - np.log(params.weights))


@mistake(LOG_DENSITY, "eq-gmm-joint")
def weights_without_their_logarithm(X, params):
    """The weights are added to the log-densities instead of their logarithms.

    Weight times density becomes a sum of logarithms: log pi_k plus the log-density. If you add a
    weight of 0.2 as it is, you multiply its density by exp(0.2), and the mixture integrates to more
    than one.
    """
    return log_sum_exp(joint(X, params) - np.log(params.weights) + params.weights)


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def log_densities_averaged(X, params):
    """The logarithm is taken inside the average over the components.

    The density of the mixture is the weighted average of the components' densities; take its
    logarithm last. The average of the logarithms is smaller, by Jensen's inequality: it is the
    logarithm of a product of powers.
    """
    return (joint(X, params) - np.log(params.weights)) @ params.weights


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def log_joint_added_up(X, params):
    """The logarithms of the components' stories are added.

    A sum of logarithms is the logarithm of a product, as if all the components had made the
    observation together. Only one of them did: add the exponentials, with log-sum-exp.
    """
    return joint(X, params).sum(axis=1)


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def mixture_density_not_logarithm(X, params):
    """This is the density, not its logarithm.

    Far from every component it underflows to zero, and a product of many such factors underflows
    sooner. Return the logarithm that log-sum-exp gives you.
    """
    return np.exp(log_sum_exp(joint(X, params)))


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def largest_story_only(X, params):
    """Only the best component of each observation counts.

    The density adds up all the stories that end in the observation. The largest of them is a lower
    bound. It is too low by at most log K, and by most where the components overlap.
    """
    return joint(X, params).max(axis=1)


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def not_summed_over_components(X, params):
    """The sum over the components is missing.

    These are the logarithms of the stories 'component k, then this observation', one column for
    each component. To get the density of an observation, add the exponentials of its row.
    """
    return joint(X, params)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def mixture_without_constant(X, params):
    """The constant with 2 pi is missing.

    Each of the D features contributes a factor 1 / sqrt(2 pi). It is the same for all components,
    so it cancels in the responsibilities. But without it a density does not integrate to one.
    """
    return log_sum_exp(joint(X, params)) + 0.5 * X.shape[1] * np.log(2 * np.pi)


@mistake(LOG_DENSITY, "eq-log-determinant")
def mixture_without_determinants(X, params):
    """The Gaussians lack their determinants.

    A wide component spreads its probability over more room, so its peak is lower. That is what the
    determinant to the power -1/2 does.
    """
    log_joint = joint(X, params)
    for k, covariance in enumerate(params.covariances):
        log_joint[:, k] += 0.5 * np.linalg.slogdet(covariance)[1]
    return log_sum_exp(log_joint)


@mistake(LOG_DENSITY, "eq-gaussian-log-density")
def determinants_without_root(X, params):
    """The determinants enter without their square roots.

    The density of a Gaussian contains det to the power -1/2. So the logarithm of the determinant is
    halved, like everything else in the bracket.
    """
    log_joint = joint(X, params)
    for k, covariance in enumerate(params.covariances):
        log_joint[:, k] -= 0.5 * np.linalg.slogdet(covariance)[1]
    return log_sum_exp(log_joint)


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def parameters_averaged(X, params):
    """The parameters are averaged instead of the densities.

    That is one Gaussian between the components, with their average mean and covariance. A mixture
    of two Gaussians is not a Gaussian: it can have a peak at each mean and a valley between them.
    """
    mean = params.weights @ params.means
    covariance = np.tensordot(params.weights, params.covariances, axes=1)
    return gaussian_log_density(X, Gaussian(mean, covariance))


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def density_outside_log_space(X, params):
    """The densities are formed before the logarithm is taken.

    If an observation is far from every component, all densities underflow to zero. The logarithm of
    their sum is then minus infinity. Keep the logarithms, and add with log-sum-exp.
    """
    return np.log(np.exp(joint(X, params)).sum(axis=1))


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def gaussian_of_the_same_moments(X, params):
    """This is one Gaussian with the mean and the covariance of the mixture.

    It has the mixture's first two moments but not its shape: a mixture can have a peak at each mean
    and a valley between them. Add up the weighted densities of the components.
    """
    return gaussian_log_density(X, moments(params))


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def averaged_with_the_responsibilities(X, params):
    """The logarithms are averaged with the responsibilities.

    That is each observation's part of the M step's objective. The log-density has the logarithm
    outside the sum over the components. It is larger by the entropy of the responsibilities.
    """
    log_joint = joint(X, params)
    return (shares(log_joint) * log_joint).sum(axis=1)


@mistake(LOG_DENSITY, "eq-gmm-joint")
def weights_in_twice(X, params):
    """The weights are multiplied in twice.

    The stories 'component k, then this observation' already contain the weights, so just add the
    stories up. Weight the densities, not the stories.
    """
    return log_sum_exp(joint(X, params) + np.log(params.weights))


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def averaged_over_components(X, params):
    """The stories are averaged over the components instead of added.

    The stories already contain the weights, which add up to one. If you also divide by K, the
    density integrates to 1 / K.
    """
    return log_sum_exp(joint(X, params)) - np.log(len(params.weights))


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def log_densities_of_all_added(X, params):
    """The log-densities of all the observations are added up.

    That is the log-likelihood, one number. Here each observation has its own log-density: sum only
    over the components.
    """
    return np.float64(log_sum_exp(joint(X, params)).sum())


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def nearest_component_alone(X, params):
    """Only the component with the nearest mean counts.

    The density adds up all the stories that end in the observation. And which component is the
    likeliest depends also on the covariances and the weights, not only on the distance.
    """
    nearest = np.square(X[:, None] - params.means).sum(axis=2).argmin(axis=1)
    return joint(X, params)[np.arange(len(X)), nearest]


@mistake(LOG_DENSITY, "eq-gmm-log-density")
def negative_log_density(X, params):
    """The sign is wrong.

    Some scores of how unusual an observation is are minus the log-density. Here you need the
    log-density itself, which is larger where the density is.
    """
    return -log_sum_exp(joint(X, params))
