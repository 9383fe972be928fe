"""Mistakes in drawing from a mixture."""

import numpy as np

from emlib.exercises.mistakes import mistake
from emlib.gmm.mistakes.ingredients import moments

SAMPLE = "gmm.sample"


def picked(params, n_samples, rng):
    """A component (N,) for each row, with the right probabilities."""
    return rng.choice(len(params.weights), n_samples, p=params.weights)


def drawn_by(matrices, params, components, rng, noise=None):
    """Rows (N, D): a mean, and noise multiplied by the component's matrix."""
    if noise is None:
        noise = rng.standard_normal((len(components), params.means.shape[1]))
    spread = np.einsum("nij,nj->ni", matrices[components], noise)
    return params.means[components] + spread


@mistake(SAMPLE, "eq-gmm-draw", "X")
def covariance_for_its_factor(params, n_samples, rng):
    """The noise is multiplied by the covariance instead of its Cholesky factor.

    If you multiply noise of covariance I by a matrix A, its covariance becomes A times its
    transpose. So A has to be a root of the covariance. With one feature, multiply by the standard
    deviation, not by the variance.
    """
    components = picked(params, n_samples, rng)
    return drawn_by(params.covariances, params, components, rng), components


@mistake(SAMPLE, "eq-gmm-draw", "X")
def factor_transposed(params, n_samples, rng):
    """The noise is multiplied by the transpose of the Cholesky factor.

    The covariance is L times its transpose, in this order; the other order gives another matrix
    with the same determinant. If the noise is in rows, the product is `noise @ L.T`.
    """
    components = picked(params, n_samples, rng)
    factors = np.linalg.cholesky(params.covariances).transpose(0, 2, 1)
    return drawn_by(factors, params, components, rng), components


@mistake(SAMPLE, "eq-gmm-draw", "X")
def average_of_all_components(params, n_samples, rng):
    """Each observation is an average over all the components.

    A mixture draws each observation from one component. The weighted sum of a draw from each is a
    single Gaussian, with its peak where the mixture may have a valley.
    """
    components = picked(params, n_samples, rng)
    K, D = params.means.shape
    factors = np.linalg.cholesky(params.covariances)
    noise = rng.standard_normal((n_samples, K, D))
    all_of_them = params.means + np.einsum("kij,nkj->nki", factors, noise)
    return np.einsum("k,nki->ni", params.weights, all_of_them), components


@mistake(SAMPLE, "eq-gmm-draw", "X")
def one_noise_for_all_rows(params, n_samples, rng):
    """The same noise is used for every row.

    It is drawn once, before the loop. The observations are independent only if each has its own
    noise.
    """
    components = picked(params, n_samples, rng)
    noise = np.tile(rng.standard_normal(params.means.shape[1]), (n_samples, 1))
    factors = np.linalg.cholesky(params.covariances)
    return drawn_by(factors, params, components, rng, noise), components


@mistake(SAMPLE, "eq-gmm-draw", "X")
def one_noise_for_all_features(params, n_samples, rng):
    """The same number is used as the noise of every feature.

    Each feature needs its own standard normal number, D for each row. With a single number, the
    observations of a component lie on a line.
    """
    components = picked(params, n_samples, rng)
    D = params.means.shape[1]
    noise = np.tile(rng.standard_normal((n_samples, 1)), (1, D))
    factors = np.linalg.cholesky(params.covariances)
    return drawn_by(factors, params, components, rng, noise), components


@mistake(SAMPLE, "eq-gmm-draw", "X")
def uniform_noise(params, n_samples, rng):
    """The noise is uniform instead of normal.

    `rng.random` draws between 0 and 1, with mean 1/2 and variance 1/12. For the noise of a
    Gaussian, use `rng.standard_normal`.
    """
    components = picked(params, n_samples, rng)
    noise = rng.random((n_samples, params.means.shape[1]))
    factors = np.linalg.cholesky(params.covariances)
    return drawn_by(factors, params, components, rng, noise), components


@mistake(SAMPLE, "eq-gmm-pick", "components")
def counts_not_random(params, n_samples, rng):
    """The number of rows of each component is not random.

    Every row picks its component on its own, so the numbers vary around N pi_k. Here they are
    always N pi_k, rounded.
    """
    K = len(params.weights)
    edges = np.round(np.cumsum(params.weights) * n_samples).astype(int)
    components = np.minimum(
        np.searchsorted(edges, np.arange(n_samples), side="right"), K - 1
    )
    factors = np.linalg.cholesky(params.covariances)
    return drawn_by(factors, params, components, rng), components


@mistake(SAMPLE, "eq-gmm-pick", "components")
def one_component_for_all_rows(params, n_samples, rng):
    """One component is picked for all the rows.

    Every row picks its component on its own. Here all the rows of a call come from the same
    component, so they are not independent.
    """
    components = np.repeat(picked(params, 1, rng), n_samples)
    factors = np.linalg.cholesky(params.covariances)
    return drawn_by(factors, params, components, rng), components


@mistake(SAMPLE, "eq-gmm-pick", "components")
def labels_of_another_draw(params, n_samples, rng):
    """The returned components are not the ones that made the rows.

    They are drawn a second time. Keep the components that you picked, and draw each row from its
    own component.
    """
    factors = np.linalg.cholesky(params.covariances)
    X = drawn_by(factors, params, picked(params, n_samples, rng), rng)
    return X, picked(params, n_samples, rng)


@mistake(SAMPLE, "eq-gmm-pick", "components")
def largest_weight_only(params, n_samples, rng):
    """The component with the largest weight is always taken.

    A weight is a probability: a component with weight 0.2 makes one observation in five. Draw the
    component, for instance with `rng.choice(K, p=weights)`.
    """
    components = np.full(n_samples, np.argmax(params.weights))
    factors = np.linalg.cholesky(params.covariances)
    return drawn_by(factors, params, components, rng), components


@mistake(SAMPLE, "eq-gmm-draw", "X")
def rows_shuffled_apart(params, n_samples, rng):
    """The rows are shuffled, but the components are not.

    A row is then paired with a component that did not make it. Shuffle both with the same
    permutation, or neither: rows that are drawn one by one need no shuffling.
    """
    components = picked(params, n_samples, rng)
    factors = np.linalg.cholesky(params.covariances)
    X = drawn_by(factors, params, components, rng)
    return X[rng.permutation(n_samples)], components


@mistake(SAMPLE, "eq-gmm-pick", "components")
def largest_weight_times_a_uniform_number(params, n_samples, rng):
    """The component with the largest product of weight and uniform number is taken.

    The largest weight wins more often than it should. Compare one uniform number with the
    cumulative sums of the weights, or add Gumbel noise to their logarithms.
    """
    K = len(params.weights)
    components = (params.weights * rng.random((n_samples, K))).argmax(axis=1)
    factors = np.linalg.cholesky(params.covariances)
    return drawn_by(factors, params, components, rng), components


@mistake(SAMPLE, "eq-gmm-pick", "components")
def components_equally_likely(params, n_samples, rng):
    """All the components are equally likely.

    A weight is a probability: a component with weight 0.2 makes one observation in five. Pass the
    weights to the draw: `rng.choice(K, p=weights)`.
    """
    components = rng.integers(len(params.weights), size=n_samples)
    factors = np.linalg.cholesky(params.covariances)
    return drawn_by(factors, params, components, rng), components


@mistake(SAMPLE, "eq-gmm-pick", "components")
def rows_sorted_by_component(params, n_samples, rng):
    """The rows are sorted by component.

    The number of rows of each component is random, as it should be. But they are drawn component by
    component, so the first row nearly always comes from the first component. Shuffle both, or let
    every row pick on its own.
    """
    components = np.sort(picked(params, n_samples, rng))
    factors = np.linalg.cholesky(params.covariances)
    return drawn_by(factors, params, components, rng), components


@mistake(SAMPLE, "eq-gmm-pick", "components")
def components_from_one(params, n_samples, rng):
    """The components are numbered from 1.

    Python counts from 0: the components are 0 to K - 1. They are used as indices of the weights and
    the means.
    """
    components = picked(params, n_samples, rng)
    factors = np.linalg.cholesky(params.covariances)
    return drawn_by(factors, params, components, rng), components + 1


@mistake(SAMPLE, "eq-gmm-draw", "X")
def standard_deviations_only(params, n_samples, rng):
    """The features are drawn independently of each other.

    Only the variances are used. Multiply the noise by the Cholesky factor, so that the features of
    a component are correlated as its covariance says.
    """
    components = picked(params, n_samples, rng)
    D = params.means.shape[1]
    deviations = np.sqrt(np.einsum("kii->ki", params.covariances))
    return drawn_by(
        deviations[:, :, None] * np.eye(D), params, components, rng
    ), components


@mistake(SAMPLE, "eq-gmm-draw", "X")
def noise_added_as_it_is(params, n_samples, rng):
    """The noise is not multiplied by anything.

    Its covariance is the identity. Multiply it by the Cholesky factor of the component's
    covariance.
    """
    components = picked(params, n_samples, rng)
    K, D = params.means.shape
    units = np.tile(np.eye(D), (K, 1, 1))
    return drawn_by(units, params, components, rng), components


@mistake(SAMPLE, "eq-gmm-draw", "X")
def means_without_noise(params, n_samples, rng):
    """The rows are the means themselves.

    A component spreads its observations around its mean. Add noise, multiplied by the Cholesky
    factor of its covariance.
    """
    components = picked(params, n_samples, rng)
    return params.means[components], components


@mistake(SAMPLE, "eq-gmm-draw", "X")
def means_left_out(params, n_samples, rng):
    """The means are not added.

    Noise times a factor is spread around zero. Each row is spread around the mean of its component.
    """
    components = picked(params, n_samples, rng)
    factors = np.linalg.cholesky(params.covariances)
    centered = params._replace(means=np.zeros_like(params.means))
    return drawn_by(factors, centered, components, rng), components


@mistake(SAMPLE, "eq-gmm-draw", "X")
def divided_by_the_factor(params, n_samples, rng):
    """The noise is divided by the factor instead of multiplied.

    Solving with the factor whitens: it turns observations into noise of covariance I. Here you need
    the opposite: multiply.
    """
    components = picked(params, n_samples, rng)
    eye = np.broadcast_to(np.eye(params.means.shape[1]), params.covariances.shape)
    inverses = np.linalg.solve(np.linalg.cholesky(params.covariances), eye)
    return drawn_by(inverses, params, components, rng), components


@mistake(SAMPLE, "eq-gmm-draw", "X")
def covariance_of_the_first(params, n_samples, rng):
    """All the components have the covariance of the first.

    Each component has its own covariance. Use the factor of the component that was picked:
    `factors[k]`.
    """
    components = picked(params, n_samples, rng)
    factors = np.linalg.cholesky(params.covariances)
    first = np.tile(factors[0], (len(factors), 1, 1))
    return drawn_by(first, params, components, rng), components


@mistake(SAMPLE, "eq-gmm-draw", "X")
def gaussian_of_the_mixture(params, n_samples, rng):
    """All the rows come from one Gaussian with the moments of the mixture.

    That Gaussian has the mixture's mean and covariance, but not its shape. Draw each row from the
    component that was picked for it.
    """
    components = picked(params, n_samples, rng)
    mean, covariance = moments(params)
    noise = rng.standard_normal((n_samples, len(mean)))
    return mean + noise @ np.linalg.cholesky(covariance).T, components
