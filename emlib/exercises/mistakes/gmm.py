"""Mistakes in the Gaussian mixture: its log-likelihood, its E step, its M step."""

import numpy as np

from emlib.evidence.vectorized import log_sum_exp
from emlib.exercises.mistakes import hard, mistake, shares, trap
from emlib.exercises.mistakes.gaussian import pieces
from emlib.gaussian import Params as Gaussian
from emlib.gaussian.vectorized import log_density as gaussian_log_density
from emlib.gmm import STRUCTURES, Params, Prior
from emlib.gmm import vectorized as right

LOG_DENSITY, LOG_LIKELIHOOD = "gmm.log_density", "gmm.log_likelihood"
E_STEP, M_STEP = "gmm.e_step", "gmm.m_step"
PROJECT, LOG_PRIOR = "gmm.project", "gmm.log_prior"

OUTLIER = {
    "X": np.array([[0.0], [100.0]]),
    "params": Params(
        np.array([0.25, 0.75]), np.array([[0.0], [1.0]]), np.array([np.eye(1)] * 2)
    ),
}
OUT_OF_REACH = "an observation so far out that every density underflows"
trap(LOG_DENSITY, OUT_OF_REACH, **OUTLIER)
trap(LOG_LIKELIHOOD, OUT_OF_REACH, **OUTLIER)
trap(E_STEP, OUT_OF_REACH, **OUTLIER)
# In double precision the squares of these two agree in every digit.
trap(
    M_STEP,
    "two observations far from the origin, one unit apart",
    X=np.array([[2.0**30], [2.0**30 + 1]]),
    responsibilities=np.ones((2, 1)),
)

LITTLE = 1e-9 * np.array([1.0, 2, 1, 3])
trap(
    M_STEP,
    "a component that holds far less than one observation",
    X=np.array([[0.0], [1], [2], [4]]),
    responsibilities=np.column_stack([1 - LITTLE, LITTLE]),
)
trap(
    M_STEP,
    "hard responsibilities",
    X=np.array([[0.0], [1], [5], [7]]),
    responsibilities=np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]]),
)

for structure in STRUCTURES:
    trap(
        PROJECT,
        f"the structure {structure!r}",
        scatters=np.array([np.diag([2.0, 6, 10]) + 1, np.diag([30.0, 20, 10]) - 3]),
        counts=np.array([2.0, 5]),
        structure=structure,
    )

joint = right._log_joint  # (N, K), log pi_k + log N(x_n | mu_k, Sigma_k)


# --- the log-density -----------------------------------------------------------------------------


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


# --- the log-likelihood --------------------------------------------------------------------------


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


# --- the E step ----------------------------------------------------------------------------------


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
    squared = [
        pieces(X, Gaussian(mean, covariance))[2]
        for mean, covariance in zip(params.means, params.covariances, strict=True)
    ]
    return shares(np.log(params.weights) - 0.5 * np.transpose(squared))


@mistake(E_STEP, "eq-gmm-responsibility", "responsibilities")
def responsibilities_outside_log_space(X, params):
    """The densities are formed and divided, and both are zero.

    Far from every component all densities underflow, and zero over zero is not a number. Subtract
    the logarithm of the sum (log-sum-exp), and take the exponential at the end.
    """
    densities = np.exp(joint(X, params))
    return densities / densities.sum(axis=1, keepdims=True)


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


# --- the M step: weights -------------------------------------------------------------------------


@mistake(M_STEP, "eq-gmm-weight", "weights")
def counts_as_weights(X, gamma):
    """The effective counts are returned as weights.

    N_k observations belong to component k, in fractions. As a share of all N observations that is
    a weight, and the weights then sum to one.
    """
    return gamma.sum(axis=0)


@mistake(M_STEP, "eq-gmm-effective-count", "weights")
def summed_over_components(X, gamma):
    """N_k is summed over the components.

    Summed over k a row of responsibilities gives one, for every observation. What component k
    holds is the sum down its column, over n: `axis=0`.
    """
    return gamma.sum(axis=1) / len(X)


@mistake(M_STEP, "eq-gmm-weight", "weights")
def equal_weights(X, gamma):
    """The weights stay equal.

    They are parameters like the others, and are to be estimated and returned. A new value that is
    kept in a local variable is lost.
    """
    return np.full(gamma.shape[1], 1 / gamma.shape[1])


@mistake(M_STEP, "eq-gmm-weight", "weights")
def weights_of_hard_clusters(X, gamma):
    """The weights count the observations by their largest share.

    An observation that is claimed 60 to 40 counts 0.6 here and 0.4 there. Rounding it to 1 and 0
    is the M step of another algorithm.
    """
    return hard(gamma).mean(axis=0)


@mistake(M_STEP, "eq-gmm-weight", "weights")
def divided_by_components(X, gamma):
    """The counts are divided by the number of components.

    The counts sum to N, the number of observations, as every observation is shared out whole. So
    it is N that makes the weights sum to one.
    """
    return gamma.sum(axis=0) / gamma.shape[1]


@mistake(M_STEP, "eq-gmm-weight", "weights")
def one_observation_less(X, gamma):
    """The counts are divided by N - 1.

    The multiplier in the derivation is N, the sum of all counts. There is no correction for a
    lost degree of freedom: the weights have to sum to one.
    """
    return gamma.sum(axis=0) / (len(X) - 1)


# --- the M step: means ---------------------------------------------------------------------------


def weighted_means(X, gamma):
    """The means (K, D), right."""
    return gamma.T @ X / gamma.sum(axis=0)[:, None]


@mistake(M_STEP, "eq-gmm-mean", "means")
def means_divided_by_n(X, gamma):
    """The means are divided by N and not by N_k.

    A weighted average is divided by the sum of its weights, and the responsibilities of component
    k sum to N_k. Divided by N every mean is drawn towards the origin.
    """
    return gamma.T @ X / len(X)


@mistake(M_STEP, "eq-gmm-mean", "means")
def means_not_divided(X, gamma):
    """The weighted sums are not divided.

    The more observations a component holds, the larger the sum. A mean is a weighted average:
    divide by N_k.
    """
    return gamma.T @ X


@mistake(M_STEP, "eq-gmm-mean", "means")
def one_mean_for_all(X, gamma):
    """Every component gets the mean of all the data.

    The responsibilities are to weight the observations, each component with its own column.
    Components with the same mean are hard to tell apart, and nothing ever separates them again.
    """
    return np.tile(X.mean(axis=0), (gamma.shape[1], 1))


@mistake(M_STEP, "eq-gmm-mean", "means")
def means_of_hard_clusters(X, gamma):
    """The means are those of hard clusters.

    Every observation enters every mean, with its responsibility. Averaging only the observations
    whose largest share is k's is the M step of k-means.
    """
    return weighted_means(X, hard(gamma))


@mistake(M_STEP, "eq-gmm-mean", "means")
def features_by_components(X, gamma):
    """The means are transposed.

    A component has a row and a feature a column: shape (K, D), from `responsibilities.T @ X`.
    """
    return weighted_means(X, gamma).T


@mistake(M_STEP, "eq-gmm-mean", "means")
def means_with_squared_shares(X, gamma):
    """The responsibilities are multiplied in twice.

    Each observation counts gamma, not gamma squared. Usually an array that already holds gamma
    times X is multiplied by gamma once more.
    """
    return (gamma**2).T @ X / gamma.sum(axis=0)[:, None]


# --- the M step: covariances ---------------------------------------------------------------------


def spreads(X, gamma, means, counts):
    """The weighted squares (K, D, D) around `means` (K, D), divided by `counts` (K,)."""
    z = X[:, None, :] - means  # (N, K, D)
    return np.einsum("nk,nki,nkj->kij", gamma, z, z) / counts[:, None, None]


def right_spreads(X, gamma):
    """The covariances (K, D, D), right."""
    return spreads(X, gamma, weighted_means(X, gamma), gamma.sum(axis=0))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def around_no_mean(X, gamma):
    """The squares are taken around zero.

    A covariance is the spread around the mean. Subtract the component's new mean before taking
    the outer products.
    """
    return spreads(X, gamma, np.zeros((gamma.shape[1], X.shape[1])), gamma.sum(axis=0))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def around_the_common_mean(X, gamma):
    """The squares are taken around the mean of all the data.

    Component k is spread around its own mean. Around the common one its distance from there
    is counted as spread, and the clouds come out too wide.
    """
    centre = np.tile(X.mean(axis=0), (gamma.shape[1], 1))
    return spreads(X, gamma, centre, gamma.sum(axis=0))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def covariances_divided_by_n(X, gamma):
    """The covariances are divided by N and not by N_k.

    A weighted average is divided by the sum of its weights. Divided by N the covariances are
    too small, by the factor pi_k.
    """
    return right_spreads(X, gamma) * gamma.mean(axis=0)[:, None, None]


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def unbiased(X, gamma):
    """The covariances are divided by N_k - 1.

    That would correct a bias in the estimate from a single sample. The M step maximises the
    expected complete-data log-likelihood, and that is highest at the division by N_k.
    """
    counts = gamma.sum(axis=0)
    return spreads(X, gamma, weighted_means(X, gamma), counts - 1)


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def covariances_not_divided(X, gamma):
    """The weighted squares are added and not divided.

    The sum of squares grows with the number of observations. The covariance is their weighted
    average: divide by N_k.
    """
    counts = np.ones(gamma.shape[1])
    return spreads(X, gamma, weighted_means(X, gamma), counts)


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def squares_not_weighted(X, gamma):
    """The squares are added without their responsibilities.

    Around the right mean and divided by N_k, but every observation counts fully in every
    component. Multiply each outer product by gamma.
    """
    ones = np.ones(gamma.shape)
    return spreads(X, ones, weighted_means(X, gamma), gamma.sum(axis=0))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def diagonal_only(X, gamma):
    """Only the variances are kept.

    A mixture with diagonal covariances is a model of its own, with clouds along the axes. Here the
    covariances are full, and the products of different features belong in them.
    """
    return right_spreads(X, gamma) * np.eye(X.shape[1])


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def inner_product(X, gamma):
    """A number stands where an outer product is meant.

    The transpose of a one-dimensional array is the array itself, so `z @ z.T` is the squared
    length of z. It is then added to every entry. Use `np.outer(z, z)`.
    """
    lengths = np.trace(right_spreads(X, gamma), axis1=1, axis2=2)
    D = X.shape[1]
    return np.tile(lengths[:, None, None], (1, D, D))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def covariances_with_squared_shares(X, gamma):
    """The responsibilities are multiplied in twice.

    In `(gamma * z).T @ (gamma * z)` each square gets gamma times gamma. Put it on one side only,
    or its square root on both.
    """
    counts = gamma.sum(axis=0)
    return spreads(X, gamma**2, weighted_means(X, gamma), counts)


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def covariance_of_all_data(X, gamma):
    """Every component gets the covariance of all the data.

    The responsibilities weight the squares as they weight the means. Unweighted, all the
    components have the same shape, that of the whole cloud.
    """
    K = gamma.shape[1]
    z = X - X.mean(axis=0)
    return np.tile(z.T @ z / len(X), (K, 1, 1))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def one_covariance_shared(X, gamma):
    """One covariance is shared by all components.

    Averaged over the components with their weights, this is the M step of a mixture with a tied
    covariance, a model of its own. Here each component keeps its own.
    """
    pooled = np.tensordot(gamma.mean(axis=0), right_spreads(X, gamma), axes=1)
    return np.tile(pooled, (gamma.shape[1], 1, 1))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def difference_of_moments(X, gamma):
    """The covariance is computed as a difference of moments.

    The mean of the squares minus the square of the mean is right on paper. Far from the origin two
    large numbers agree in nearly all of their digits, and their difference is noise. Subtract the
    mean first, then square.
    """
    means, counts = weighted_means(X, gamma), gamma.sum(axis=0)
    squares = np.einsum("nk,ni,nj->kij", gamma, X, X) / counts[:, None, None]
    return squares - means[:, :, None] * means[:, None, :]


# --- the structures ------------------------------------------------------------------------------


def each_its_own(scatters, counts):
    """The full covariances (K, D, D), right."""
    return scatters / counts[:, None, None]


def wrong_for(structure, wrong):
    """What is right for the other structures, and `wrong(scatters, counts)` for this one."""

    def function(scatters, counts, asked):
        if asked == structure:
            return wrong(scatters, counts)
        return right.project(scatters, counts, asked)

    return function


@mistake(PROJECT, "eq-gmm-covariance")
def scatters_not_divided(scatters, counts, structure):
    """The scatters are not divided by their counts.

    A scatter is a sum over the observations and grows with them; a covariance is an average.
    Divide S_k by N_k, and the pooled scatter by the sum of all the counts.
    """
    return right.project(scatters, counts, structure) * (
        counts.sum() if structure == "tied" else counts[:, None, None]
    )


@mistake(PROJECT, "eq-gmm-covariance")
def scatters_divided_by_the_total(scatters, counts, structure):
    """The scatters are divided by the sum of all the counts.

    That is right for the tied structure alone, where all the observations share one covariance.
    Elsewhere component k has N_k observations to itself, and its scatter is divided by those.
    """
    return right.project(scatters, np.full_like(counts, counts.sum()), structure) * (
        len(counts) if structure == "tied" else 1
    )


@mistake(PROJECT, "eq-gmm-covariance")
def a_degree_of_freedom_less(scatters, counts, structure):
    """The counts are reduced by one for the mean.

    N_k - 1 makes the estimate from a single sample unbiased. The M step asks for the highest
    expected log-likelihood, and that is reached with N_k.
    """
    lost = counts.sum() - 1 if structure == "tied" else (counts - 1)[:, None, None]
    have = counts.sum() if structure == "tied" else counts[:, None, None]
    return right.project(scatters, counts, structure) * have / lost


@mistake(PROJECT, "eq-gmm-covariance")
def structure_ignored(scatters, counts, structure):
    """The structure is not looked at: every result is full.

    The four structures are four sets of allowed covariances, and the third argument says which.
    For "tied", "diag" and "spherical" something is still to be done to the scatters.
    """
    return each_its_own(scatters, counts)


@mistake(PROJECT, "eq-gmm-tied")
def tied_without_counts(scatters, counts, structure):
    """The tied covariance is the plain average of the components' covariances.

    A component of ten observations then has as much say as one of a thousand. Add up the scatters
    first and divide once, by the sum of the counts: every observation has the same say.
    """
    return wrong_for(
        "tied", lambda S, N: np.tile(each_its_own(S, N).mean(axis=0), (len(N), 1, 1))
    )(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-tied")
def tied_divided_by_components(scatters, counts, structure):
    """The pooled scatter is divided by the number of components.

    The average of the K scatter matrices is still a sum over observations. Divide the pooled
    scatter by how many observations are in it: the sum of the counts.
    """
    return wrong_for("tied", lambda S, N: np.tile(S.mean(axis=0), (len(N), 1, 1)))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-tied")
def tied_once(scatters, counts, structure):
    """The tied covariance is returned once and not once for each component.

    There is one matrix, and the result still has the shape (K, D, D), so that an E step need not
    know the structure. Repeat it, for example with `np.tile(pooled, (K, 1, 1))`.
    """
    return wrong_for("tied", lambda S, N: S.sum(axis=0) / N.sum())(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-diag")
def diagonals_as_vectors(scatters, counts, structure):
    """The diagonal covariances are returned as vectors of variances.

    The variances are right, and they belong on the diagonal of a matrix: shape (K, D, D) whatever
    the structure. Multiply the full covariances by `np.eye(D)`, entry by entry.
    """
    return wrong_for("diag", lambda S, N: np.einsum("kii->ki", each_its_own(S, N)))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-diag")
def precisions_truncated(scatters, counts, structure):
    """The diagonal covariance matches the diagonal of the inverse.

    Dropping entries off the diagonal from the precision, and inverting, gives the variance of a
    feature when all the others are known. That is too small where features are correlated. What
    maximises the likelihood are the variances themselves.
    """

    def wrong(S, N):
        precisions = np.linalg.solve(each_its_own(S, N), np.eye(S.shape[1]))
        return np.eye(S.shape[1]) / np.einsum("kii->ki", precisions)[:, None, :]

    return wrong_for("diag", wrong)(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-diag")
def diagonals_pooled(scatters, counts, structure):
    """All the components share one diagonal.

    Diagonal is not tied: each component has D variances of its own, from its own scatter and its
    own count. Pooling them is a fifth structure, with fewer parameters.
    """

    def wrong(S, N):
        return np.tile(S.sum(axis=0) / N.sum() * np.eye(S.shape[1]), (len(N), 1, 1))

    return wrong_for("diag", wrong)(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def trace_not_divided(scatters, counts, structure):
    """The spherical variance is the whole trace.

    The trace adds up the variances of D features. One number that stands for all of them is their
    average: divide by D as well as by N_k.
    """
    D = scatters.shape[1]
    return wrong_for("spherical", lambda S, N: D * right.project(S, N, "spherical"))(
        scatters, counts, structure
    )


@mistake(PROJECT, "eq-gmm-spherical")
def volume_kept(scatters, counts, structure):
    """The spherical variance is the geometric mean of the variances along the axes.

    A ball of the same volume as the ellipsoid has the determinant's D-th root for its variance.
    The highest likelihood asks for the arithmetic mean, the trace over D, and that is larger.
    """

    def wrong(S, N):
        D = S.shape[1]
        _, logarithms = np.linalg.slogdet(each_its_own(S, N))
        return np.exp(logarithms / D)[:, None, None] * np.eye(D)

    return wrong_for("spherical", wrong)(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def variance_in_every_entry(scatters, counts, structure):
    """The spherical variance fills the whole matrix.

    A number added to or spread over an array goes into every entry. It belongs on the diagonal
    alone: multiply the identity by it. With equal entries everywhere the matrix is singular.
    """

    def wrong(S, N):
        variances = right.project(S, N, "spherical")[:, :1, :1]
        return variances * np.ones(S.shape)

    return wrong_for("spherical", wrong)(scatters, counts, structure)


@mistake(PROJECT, "eq-gmm-spherical")
def one_sphere_for_all(scatters, counts, structure):
    """All the components share one variance.

    Each component has a variance of its own, from the trace of its own scatter and its own count.
    One for all is a poorer structure, the relative of k-means.
    """

    def wrong(S, N):
        D = S.shape[1]
        variance = np.trace(S.sum(axis=0)) / (D * N.sum())
        return np.tile(variance * np.eye(D), (len(N), 1, 1))

    return wrong_for("spherical", wrong)(scatters, counts, structure)


# --- the prior -----------------------------------------------------------------------------------

trap(
    LOG_PRIOR,
    "variances so small that their determinant underflows",
    params=Params(np.ones(1), np.zeros((1, 4)), 1e-90 * np.eye(4)[None]),
    prior=Prior(np.zeros(4), 1.0, 1e-90 * np.eye(4), 4.0),
)


def prior_terms(params, prior):
    """For each component (K,): log-weight, log-determinant, trace, and squared distance."""
    apart = (params.means - prior.mean)[:, :, None]  # (K, D, 1)
    ratios = np.linalg.solve(params.covariances, prior.scatter)
    return (
        np.log(params.weights),
        np.linalg.slogdet(params.covariances)[1],
        np.trace(ratios, axis1=1, axis2=2),
        (apart * np.linalg.solve(params.covariances, apart)).sum(axis=(1, 2)),
    )


def assembled(terms, prior, exponent):
    """The logarithm of the prior from its terms, with this power of the determinant."""
    log_weight, log_determinant, trace, squared = terms
    spread = exponent * log_determinant + trace + prior.mean_strength * squared
    return ((prior.concentration - 1) * log_weight - 0.5 * spread).sum()


def whole_exponent(prior):
    """The power of the determinant, doubled."""
    return prior.degrees + len(prior.mean) + 2


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def inverse_wishart_alone(params, prior):
    """The determinant that comes with the mean is missing.

    The mean has a density of its own, a Gaussian with the covariance Sigma / kappa, and that has a
    determinant to the power -1/2. With the inverse Wishart's the power is (nu + D + 2) / 2, and
    not (nu + D + 1) / 2.
    """
    return assembled(prior_terms(params, prior), prior, whole_exponent(prior) - 1)


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def wishart_exponent(params, prior):
    """The power of the determinant is that of a Wishart distribution.

    A Wishart density of the precision has (nu - D - 1) / 2. The covariance is its inverse, and the
    change of variables adds D + 1; with the mean's determinant that is (nu + D + 2) / 2.
    """
    exponent = prior.degrees - len(prior.mean) - 1
    return assembled(prior_terms(params, prior), prior, exponent)


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def prior_of_covariances_only(params, prior):
    """The means' distance from where they are expected is missing.

    Besides its covariance each component has a mean, with a Gaussian density around the prior's
    mean: kappa times the squared distance, measured with the component's covariance.
    """
    log_weight, log_determinant, trace, squared = prior_terms(params, prior)
    terms = log_weight, log_determinant, trace, 0 * squared
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def distance_without_strength(params, prior):
    """The strength of the mean is left out.

    The expectation of the mean counts for kappa observations, so its squared distance is
    multiplied by kappa.
    """
    terms = prior_terms(params, prior)
    one = prior._replace(mean_strength=1.0)
    return assembled(terms, one, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def distance_in_plain_units(params, prior):
    """The distance of the means is measured without the covariance.

    The mean's own covariance is Sigma / kappa, so the distance is Mahalanobis', with the inverse
    of Sigma between the two factors. A plain distance depends on the units of the features.
    """
    log_weight, log_determinant, trace, _ = prior_terms(params, prior)
    plain = ((params.means - prior.mean) ** 2).sum(axis=1)
    terms = log_weight, log_determinant, trace, plain
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def trace_left_out(params, prior):
    """The trace is missing.

    It is what the prior is here for: tr(Psi Sigma^-1) grows without limit as a covariance shrinks,
    faster than the logarithm of the determinant falls. Without it a collapse is even rewarded.
    """
    log_weight, log_determinant, trace, squared = prior_terms(params, prior)
    terms = log_weight, log_determinant, 0 * trace, squared
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def trace_not_inverted(params, prior):
    """The trace holds the covariance and not its inverse.

    tr(Psi Sigma) charges for large covariances. The charge is for small ones: tr(Psi Sigma^-1).
    """
    log_weight, log_determinant, _, squared = prior_terms(params, prior)
    product = prior.scatter @ params.covariances
    trace = np.trace(product, axis1=1, axis2=2)
    terms = log_weight, log_determinant, trace, squared
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def concentration_itself(params, prior):
    """The log-weights are multiplied by alpha and not by alpha - 1.

    A Dirichlet density holds the weights to the power alpha - 1. With alpha = 1 all weights are
    equally likely, and the term must vanish.
    """
    terms = prior_terms(params, prior)
    return assembled(terms, prior, whole_exponent(prior)) + terms[0].sum()


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def weights_have_no_prior(params, prior):
    """The prior of the weights is missing.

    With a concentration alpha above 1 the weights have a density, too: the sum of
    (alpha - 1) log pi_k, which keeps them from zero.
    """
    terms = prior_terms(params, prior)
    flat = prior._replace(concentration=1.0)
    return assembled(terms, flat, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def without_the_half(params, prior):
    """The factor 1/2 is missing.

    Like a Gaussian's, the exponents of the normal and of the inverse Wishart distribution are
    halved: the determinant's power, the trace and the squared distance.
    """
    log_weight, log_determinant, trace, squared = prior_terms(params, prior)
    terms = log_weight, 2 * log_determinant, 2 * trace, 2 * squared
    return assembled(terms, prior, whole_exponent(prior))


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def averaged_over_components(params, prior):
    """The components are averaged and not added.

    Their parameters are independent under the prior, so the densities multiply and the logarithms
    add up over k.
    """
    terms = prior_terms(params, prior)
    total = assembled(terms, prior, whole_exponent(prior))
    return total / len(params.weights)


@mistake(LOG_PRIOR, "eq-gmm-log-prior")
def determinant_outside_log_space(params, prior):
    """The determinants are formed before their logarithm is taken.

    A determinant is a product of D variances. With many features, or in a small unit, it
    underflows, and the logarithm is minus infinity. Add the logarithms of the Cholesky factor's
    diagonal, twice.
    """
    log_weight, _, trace, squared = prior_terms(params, prior)
    with np.errstate(divide="ignore"):
        log_determinant = np.log(np.linalg.eigvalsh(params.covariances).prod(axis=1))
    terms = log_weight, log_determinant, trace, squared
    return assembled(terms, prior, whole_exponent(prior))
