"""Mistakes in the M step: the weights, the means, the covariances."""

import numpy as np

from emlib.exercises.mistakes import hard, mistake, trap

M_STEP = "gmm.m_step"

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


# --- the weights ---------------------------------------------------------------------------------


@mistake(M_STEP, "eq-gmm-weight", "weights")
def counts_as_weights(X, gamma):
    """The effective counts are returned as weights.

    N_k is how many observations belong to component k, in fractions. The weight is N_k as a share
    of all N observations, so that the weights sum to one.
    """
    return gamma.sum(axis=0)


@mistake(M_STEP, "eq-gmm-effective-count", "weights")
def summed_over_components(X, gamma):
    """N_k is summed over the components.

    A row of responsibilities sums to one over k, for every observation. What component k holds is
    the sum down its column, over n: `axis=0`.
    """
    return gamma.sum(axis=1) / len(X)


@mistake(M_STEP, "eq-gmm-weight", "weights")
def equal_weights(X, gamma):
    """The weights stay equal.

    They are parameters like the others: estimate and return them. If you keep the new value only in
    a local variable, it is lost.
    """
    return np.full(gamma.shape[1], 1 / gamma.shape[1])


@mistake(M_STEP, "eq-gmm-weight", "weights")
def weights_of_hard_clusters(X, gamma):
    """Each observation counts only for its largest share.

    An observation that is shared 60 to 40 counts 0.6 here and 0.4 there. If you round that to 1 and
    0, you have the M step of another algorithm.
    """
    return hard(gamma).mean(axis=0)


@mistake(M_STEP, "eq-gmm-weight", "weights")
def divided_by_components(X, gamma):
    """The counts are divided by the number of components.

    Every observation is shared out completely, so the counts sum to N, the number of observations.
    Divide by N, and the weights sum to one.
    """
    return gamma.sum(axis=0) / gamma.shape[1]


@mistake(M_STEP, "eq-gmm-weight", "weights")
def one_observation_less(X, gamma):
    """The counts are divided by N - 1.

    The multiplier in the derivation is N, the sum of all counts. The weights have to sum to one, so
    there is no correction for a lost degree of freedom.
    """
    return gamma.sum(axis=0) / (len(X) - 1)


@mistake(M_STEP, "eq-gmm-weight", "weights")
def one_observation_of_each_added(X, gamma):
    """One observation is added to every component.

    That keeps weights away from zero. It is the mean under a uniform prior. Without a prior, EM
    needs the maximum likelihood estimate.
    """
    return (gamma.sum(axis=0) + 1) / (len(X) + gamma.shape[1])


@mistake(M_STEP, "eq-gmm-weight", "weights")
def squares_counted(X, gamma):
    """The squares of the responsibilities are counted.

    If two components share an observation equally, it counts one half in each. Its squares are
    quarters, and the weights add up to less than one.
    """
    return (gamma**2).mean(axis=0)


@mistake(M_STEP, "eq-gmm-weight", "weights")
def divided_by_the_largest_count(X, gamma):
    """The counts are divided by the largest count.

    The largest weight is then one, and the weights add up to more than one. Divide by N, so that
    they add up to one.
    """
    counts = gamma.sum(axis=0)
    return counts / counts.max()


@mistake(M_STEP, "eq-gmm-weight", "weights")
def divided_by_the_features_too(X, gamma):
    """The counts are divided by the number of entries of X.

    `X.size` is N times D. The counts add up to N, the number of rows, and the weights have to add
    up to one: divide by `len(X)`.
    """
    return gamma.sum(axis=0) / X.size


@mistake(M_STEP, "eq-gmm-weight", "weights")
def softmax_of_the_counts(X, gamma):
    """The counts go through a softmax.

    A softmax is for numbers that may be negative. Here a lead of a few observations gives nearly
    all the weight. The counts are not negative: divide them by their sum.
    """
    counts = gamma.sum(axis=0)
    return np.exp(counts - counts.max()) / np.exp(counts - counts.max()).sum()


# --- the means -----------------------------------------------------------------------------------


def weighted_means(X, gamma):
    """The means (K, D), right."""
    return gamma.T @ X / gamma.sum(axis=0)[:, None]


@mistake(M_STEP, "eq-gmm-mean", "means")
def means_divided_by_n(X, gamma):
    """The means are divided by N and not by N_k.

    A weighted average is divided by the sum of its weights, and the responsibilities of component k
    sum to N_k. Dividing by N pulls every mean towards the origin.
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

    The responsibilities weight the observations, each component with its own column. Without them
    all the components have the same mean in every iteration.
    """
    return np.tile(X.mean(axis=0), (gamma.shape[1], 1))


@mistake(M_STEP, "eq-gmm-mean", "means")
def means_of_hard_clusters(X, gamma):
    """The means are those of hard clusters.

    Every observation enters every mean, with its responsibility. The M step of k-means averages
    only the observations whose largest share is k's.
    """
    return weighted_means(X, hard(gamma))


@mistake(M_STEP, "eq-gmm-mean", "means")
def features_by_components(X, gamma):
    """The means are transposed.

    Each component has a row and each feature a column: shape (K, D), from `responsibilities.T @ X`.
    """
    return weighted_means(X, gamma).T


@mistake(M_STEP, "eq-gmm-mean", "means")
def means_with_squared_shares(X, gamma):
    """The responsibilities are multiplied in twice.

    Each observation counts gamma, not gamma squared. Look for an array that already contains gamma
    times X and is multiplied by gamma again.
    """
    return (gamma**2).T @ X / gamma.sum(axis=0)[:, None]


@mistake(M_STEP, "eq-gmm-mean", "means")
def likeliest_observations(X, gamma):
    """The means are the observations with the largest responsibilities.

    Which observation that is depends on chance, and a component may keep the same one for ever. The
    mean is the weighted average of all of them.
    """
    return X[gamma.argmax(axis=0)].astype(float)


@mistake(M_STEP, "eq-gmm-mean", "means")
def means_divided_by_one_less(X, gamma):
    """The weighted sums are divided by N_k - 1.

    N_k - 1 is for an unbiased estimate of a variance, which is not used here either. A weighted
    average is divided by the sum of its weights, N_k.
    """
    return gamma.T @ X / (gamma.sum(axis=0) - 1)[:, None]


@mistake(M_STEP, "eq-gmm-mean", "means")
def means_with_roots_of_shares(X, gamma):
    """The observations are weighted with the square roots of their responsibilities.

    In the covariance, the root belongs on both sides of a product of differences. In the mean, the
    weight of each observation is its responsibility.
    """
    return np.sqrt(gamma).T @ X / gamma.sum(axis=0)[:, None]


@mistake(M_STEP, "eq-gmm-mean", "means")
def means_divided_by_components(X, gamma):
    """The weighted sums are divided by N / K.

    Components differ in how much they hold. A weighted average is divided by the sum of its
    weights, N_k, which is N / K only on average.
    """
    return gamma.T @ X * gamma.shape[1] / len(X)


@mistake(M_STEP, "eq-gmm-mean", "means")
def mean_over_the_features_too(X, gamma):
    """The features are averaged too.

    A mean is a point with D coordinates, one for each feature. Without an axis, the weighted
    average is one number for the whole component.
    """
    means = weighted_means(X, gamma)
    return np.tile(means.mean(axis=1, keepdims=True), (1, X.shape[1]))


@mistake(M_STEP, "eq-gmm-mean", "means")
def sums_go_on(X, gamma):
    """The sums continue from one component to the next.

    The weighted sum and the count of each component start at zero. Reset them inside the loop over
    the components, not before it.
    """
    sums, counts = (gamma.T @ X).cumsum(axis=0), gamma.sum(axis=0).cumsum()
    return sums / counts[:, None]


# --- the covariances -----------------------------------------------------------------------------


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

    A covariance is the spread around the mean. Subtract the component's new mean before you take
    the outer products.
    """
    return spreads(X, gamma, np.zeros((gamma.shape[1], X.shape[1])), gamma.sum(axis=0))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def around_the_common_mean(X, gamma):
    """The squares are taken around the mean of all the data.

    Component k is spread around its own mean. Around the common mean, the distance between the two
    counts as spread, and the components become too wide.
    """
    centre = np.tile(X.mean(axis=0), (gamma.shape[1], 1))
    return spreads(X, gamma, centre, gamma.sum(axis=0))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def covariances_divided_by_n(X, gamma):
    """The covariances are divided by N instead of N_k.

    A weighted average is divided by the sum of its weights. Dividing by N makes the covariances too
    small, by the factor pi_k.
    """
    return right_spreads(X, gamma) * gamma.mean(axis=0)[:, None, None]


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def unbiased(X, gamma):
    """The covariances are divided by N_k - 1.

    That would correct the bias of an estimate from a single sample. The M step maximises the
    expected complete-data log-likelihood, which is highest if you divide by N_k.
    """
    counts = gamma.sum(axis=0)
    return spreads(X, gamma, weighted_means(X, gamma), counts - 1)


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def covariances_not_divided(X, gamma):
    """The weighted squares are summed but not divided.

    The sum of squares grows with the number of observations. The covariance is their weighted
    average: divide by N_k.
    """
    counts = np.ones(gamma.shape[1])
    return spreads(X, gamma, weighted_means(X, gamma), counts)


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def squares_not_weighted(X, gamma):
    """The squares are added without the responsibilities.

    The mean and the division by N_k are right, but every observation counts fully in every
    component. Multiply each outer product by gamma.
    """
    ones = np.ones(gamma.shape)
    return spreads(X, ones, weighted_means(X, gamma), gamma.sum(axis=0))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def diagonal_only(X, gamma):
    """Only the variances are kept.

    A mixture with diagonal covariances is another model, with clouds along the axes. Here the
    covariances are full, and contain the products of different features.
    """
    return right_spreads(X, gamma) * np.eye(X.shape[1])


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def inner_product(X, gamma):
    """There is a number where you need an outer product.

    The transpose of a one-dimensional array is the array itself, so `z @ z.T` is the squared length
    of z. It is then added to every entry. Use `np.outer(z, z)`.
    """
    lengths = np.trace(right_spreads(X, gamma), axis1=1, axis2=2)
    D = X.shape[1]
    return np.tile(lengths[:, None, None], (1, D, D))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def covariances_with_squared_shares(X, gamma):
    """The responsibilities are multiplied in twice.

    In `(gamma * z).T @ (gamma * z)` each square gets gamma times gamma. Put gamma on one side only,
    or its square root on both.
    """
    counts = gamma.sum(axis=0)
    return spreads(X, gamma**2, weighted_means(X, gamma), counts)


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def covariance_of_all_data(X, gamma):
    """Every component gets the covariance of all the data.

    The responsibilities weight the squares, as they weight the means. Without them all the
    components have the same shape, that of the whole cloud.
    """
    K = gamma.shape[1]
    z = X - X.mean(axis=0)
    return np.tile(z.T @ z / len(X), (K, 1, 1))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def one_covariance_shared(X, gamma):
    """One covariance is shared by all components.

    The weighted average over the components is the M step of a mixture with a tied covariance,
    which is another model. Here each component has its own covariance.
    """
    pooled = np.tensordot(gamma.mean(axis=0), right_spreads(X, gamma), axes=1)
    return np.tile(pooled, (gamma.shape[1], 1, 1))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def scatters_of_all_over_one_count(X, gamma):
    """The scatters of all components are added, and the sum is divided by each N_k.

    The sum over k belongs to no component: an `einsum` that ends in `->ij` has summed over it. Keep
    the index k in the result, so that each component has a scatter of its own.
    """
    N_k = gamma.sum(axis=0)
    total = np.tensordot(N_k, right_spreads(X, gamma), axes=1)
    return total / N_k[:, None, None]


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def difference_of_moments(X, gamma):
    """The covariance is computed as a difference of moments.

    The mean of the squares minus the square of the mean is right on paper. Far from the origin the
    two agree in nearly all their digits, so their difference is noise. Subtract the mean first,
    then square.
    """
    means, counts = weighted_means(X, gamma), gamma.sum(axis=0)
    squares = np.einsum("nk,ni,nj->kij", gamma, X, X) / counts[:, None, None]
    return squares - means[:, :, None] * means[:, None, :]


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def unbiased_by_the_shares(X, gamma):
    """The covariances are made unbiased, as `np.cov` does with `aweights`.

    `np.cov` divides by N_k minus the sum of the squared shares over N_k, unless you pass `ddof=0`.
    The M step maximises the likelihood, so divide by N_k.
    """
    counts = gamma.sum(axis=0)
    lost = (gamma**2).sum(axis=0) / counts
    return spreads(X, gamma, weighted_means(X, gamma), counts - lost)


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def a_millionth_added(X, gamma):
    """A millionth is added to the variances.

    scikit-learn does so unless you pass `reg_covar=0`. It keeps a component from collapsing, but
    its effect depends on the unit, and the step does not quite reach the maximum.
    """
    return right_spreads(X, gamma) + 1e-6 * np.eye(X.shape[1])


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def covariances_of_hard_clusters(X, gamma):
    """The covariances are those of hard clusters, around the soft means.

    Every observation enters every covariance, with its responsibility. If you count only those
    whose largest share is k's, the components usually become too narrow.
    """
    ones = hard(gamma)
    return spreads(X, ones, weighted_means(X, gamma), ones.sum(axis=0))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def root_of_each_covariance(X, gamma):
    """These are the Cholesky factors of the covariances.

    The parameters are the covariances themselves: each factor times its transpose. The E step
    factorises them.
    """
    return np.linalg.cholesky(right_spreads(X, gamma))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def correlations(X, gamma):
    """These are correlation matrices.

    Their diagonals are one, whatever the units are. A covariance is in squared units of the data:
    do not divide by the standard deviations.
    """
    spread = right_spreads(X, gamma)
    deviations = np.sqrt(np.einsum("kii->ki", spread))
    return spread / (deviations[:, :, None] * deviations[:, None, :])


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def around_means_divided_by_n(X, gamma):
    """The squares are taken around means that were divided by N.

    Those means lie nearer to the origin, and their distance from the right means counts as spread.
    Divide the means by N_k before you subtract them.
    """
    means = gamma.T @ X / len(X)
    return spreads(X, gamma, means, gamma.sum(axis=0))


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def one_variance_for_each(X, gamma):
    """Each component has one variance for all the features.

    A mixture with spherical covariances is another model. Here the covariances are full, with a
    variance for every feature and a covariance for every two.
    """
    variances = np.trace(right_spreads(X, gamma), axis1=1, axis2=2) / X.shape[1]
    return variances[:, None, None] * np.eye(X.shape[1])


@mistake(M_STEP, "eq-gmm-covariance", "covariances")
def observations_weighted_before(X, gamma):
    """The observations are multiplied by their responsibilities before the mean is subtracted.

    The difference is x minus the mean, and the weight belongs on the product of two differences.
    Here you use gamma times x instead of x.
    """
    means, counts = weighted_means(X, gamma), gamma.sum(axis=0)
    z = gamma[:, :, None] * X[:, None, :] - means  # (N, K, D)
    return np.einsum("nki,nkj->kij", z, z) / counts[:, None, None]
