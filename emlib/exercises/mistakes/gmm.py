"""Mistakes in the Gaussian mixture: its log-likelihood, its E step, its M step."""

import numpy as np

from emlib.evidence.vectorized import log_sum_exp
from emlib.exercises.mistakes import hard, mistake, shares, trap
from emlib.exercises.mistakes.gaussian import pieces
from emlib.gaussian import Params as Gaussian
from emlib.gaussian.vectorized import log_density as gaussian_log_density
from emlib.gmm import STRUCTURES, Params
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
