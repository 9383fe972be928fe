"""Mistakes in the gradient."""

import numpy as np

from emlib.climbers import vectorized as right
from emlib.climbers.mistakes.constrain import factors_of
from emlib.exercises.mistakes import mistake

GRADIENT = "climbers.gradient"


def parts(X, gamma, params):
    """Weights, factors, counts, differences (N, K, D), and those through the inverse factor."""
    weights, means, _ = right.constrain(params)
    L = factors_of(params)
    apart = X[:, None] - means
    u = np.linalg.solve(L, apart[..., None])[..., 0]  # (N, K, D)
    return weights, L, gamma.sum(axis=0), apart, u


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def nothing_subtracted_from_the_count(X, responsibilities, params):
    """Nothing is subtracted from the effective counts.

    A larger logit makes one weight larger and all the others smaller, which costs N times the
    weight. Without that the gradient would never be zero, not even at the summit.
    """
    return responsibilities.sum(axis=0)


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def derivative_by_the_weight(X, responsibilities, params):
    """This is the derivative by the weight, and not by the logit.

    N_k / pi_k is what one gets if the weights could move freely. A logit moves them all, so the
    chain rule sums over the components, and N_k - N pi_k is what remains.
    """
    return responsibilities.sum(axis=0) / right.constrain(params)[0]


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def multiplier_of_lagrange(X, responsibilities, params):
    """This is the derivative by the weight with Lagrange's multiplier, and not by the logit.

    N_k / pi_k - N is zero in the same place, but it is the slope of another function of other
    parameters. By the logit it is N_k - N pi_k, smaller by the factor pi_k.
    """
    counts = responsibilities.sum(axis=0)
    return counts / right.constrain(params)[0] - len(X)


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def average_for_the_logits(X, responsibilities, params):
    """The slope of the logits is divided by N.

    This would be the gradient of the average log-density. The log-likelihood is the sum over the
    observations, and so are the other parts of the gradient.
    """
    return responsibilities.mean(axis=0) - right.constrain(params)[0]


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def logits_downhill(X, responsibilities, params):
    """The slope of the logits has the wrong sign.

    Where the effective count exceeds N times the weight, the weight should grow: the slope is
    N_k - N pi_k, and not the reverse.
    """
    return len(X) * right.constrain(params)[0] - responsibilities.sum(axis=0)


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def own_weight_alone(X, responsibilities, params):
    """A logit is taken to change its own weight alone.

    The derivative of log w_k by its own logit is 1 - w_k, and by another one -w_j. Both kinds add
    up to N_k - N w_k; the first alone is N_k (1 - w_k).
    """
    return responsibilities.sum(axis=0) * (1 - right.constrain(params)[0])


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def equal_weights_subtracted(X, responsibilities, params):
    """N / K is subtracted from the effective counts.

    Subtracted is what the mixture expects the component to have, N times its weight, which is the
    softmax of the logits.
    """
    return responsibilities.sum(axis=0) - len(X) / len(params.logits)


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def logits_subtracted(X, responsibilities, params):
    """N times the logit is subtracted, and not N times the weight.

    The weights are the softmax of the logits. Compute them first, as `constrain` does.
    """
    return responsibilities.sum(axis=0) - len(X) * params.logits


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def exponentials_subtracted(X, responsibilities, params):
    """N times the exponential of the logit is subtracted.

    The weight is that exponential divided by the sum of all of them. Only if the logits are the
    logarithms of the weights is the sum one.
    """
    return responsibilities.sum(axis=0) - len(X) * np.exp(params.logits)


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def weights_subtracted_once(X, responsibilities, params):
    """The weight is subtracted once, and not N times.

    Each of the N observations draws its component, and the weight stands in each one's likelihood:
    the effective count is compared with N times the weight.
    """
    return responsibilities.sum(axis=0) - right.constrain(params)[0]


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def covariance_missing_from_the_mean(X, responsibilities, params):
    """The precision is missing from the slope of the means.

    The derivative of half the squared distance by the mean is the inverse of the covariance,
    times the difference. Where a component is narrow the slope is steep.
    """
    apart = parts(X, responsibilities, params)[3]
    return np.einsum("nk,nkd->kd", responsibilities, apart)


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def one_factor_of_two(X, responsibilities, params):
    """Only one of the two factors is solved for.

    The inverse of L L^T takes two substitutions, first forward with L, then backward with its
    transpose. After the first the difference is whitened, and no more.
    """
    u = parts(X, responsibilities, params)[4]
    return np.einsum("nk,nkd->kd", responsibilities, u)


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def covariance_for_its_inverse(X, responsibilities, params):
    """The differences are multiplied by the covariance and not by its inverse.

    The slope of the log-density is the precision times the difference. Multiplied by the
    covariance the slope would lose what the precision gave it, twice.
    """
    apart = parts(X, responsibilities, params)[3]
    covariances = right.constrain(params)[2]
    return np.einsum("kde,nk,nke->kd", covariances, responsibilities, apart)


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def step_of_em(X, responsibilities, params):
    """This is EM's step, the new mean minus the old one, and not the slope.

    EM's step is the slope of the means times the covariance, divided by N_k. Gradient ascent has
    to choose the length of its step itself.
    """
    _, _, counts, apart, _ = parts(X, responsibilities, params)
    with np.errstate(all="ignore"):
        return np.einsum("nk,nkd->kd", responsibilities, apart) / counts[:, None]


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def means_downhill(X, responsibilities, params):
    """The slope of the means has the wrong sign.

    A mean climbs towards its observations: it is x - mu that counts, and not mu - x.
    """
    return -right.gradient(X, responsibilities, params).means


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def every_observation_counts_in_full(X, responsibilities, params):
    """The responsibilities are missing from the slope of the means.

    A component feels an observation as strongly as it claims it: each difference is weighted with
    the responsibility.
    """
    u, L = parts(X, responsibilities, params)[4].sum(axis=0), factors_of(params)
    return np.linalg.solve(L.transpose(0, 2, 1), u[:, :, None])[:, :, 0]


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def factors_in_the_other_order(X, responsibilities, params):
    """The two factors are solved for in the wrong order.

    The inverse of L L^T solves with L first, and then with its transpose. The other way round it
    is the inverse of L^T L, another matrix.
    """
    L, apart = factors_of(params), parts(X, responsibilities, params)[3]
    total = np.einsum("nk,nkd->kd", responsibilities, apart)[:, :, None]
    return np.linalg.solve(L, np.linalg.solve(L.transpose(0, 2, 1), total))[:, :, 0]


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def slope_of_the_variances(X, responsibilities, params):
    """The differences are divided by the variances, and the covariances are ignored.

    This is right for a diagonal covariance. Where features are correlated the precision mixes them:
    solve with the factor and with its transpose.
    """
    variances = np.einsum("kii->ki", right.constrain(params)[2])
    apart = parts(X, responsibilities, params)[3]
    return np.einsum("nk,nkd->kd", responsibilities, apart) / variances


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def slope_of_an_average(X, responsibilities, params):
    """The slope of the means is divided by N_k.

    The log-likelihood is a sum over the observations, and so is its slope. The average of the
    differences belongs to EM's step.
    """
    slopes = right.gradient(X, responsibilities, params).means
    with np.errstate(all="ignore"):
        return slopes / responsibilities.sum(axis=0)[:, None]


def unfinished(X, gamma, params):
    """L^-T times the scatter of the whitened differences (K, D, D), not yet triangular."""
    _, L, _, _, u = parts(X, gamma, params)
    scatter = np.einsum("nk,nkd,nke->kde", gamma, u, u)
    return np.linalg.solve(L.transpose(0, 2, 1), scatter)


def finished(G, L, counts, chain=True):
    """The lower triangle, with the logarithm's determinant taken off, by the logarithms."""
    G, i = np.tril(G), np.arange(L.shape[1])
    if chain:
        G[:, i, i] *= L[:, i, i]
    G[:, i, i] -= counts[:, None] if chain else counts[:, None] / L[:, i, i]
    return G


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def diagonal_by_the_factor(X, responsibilities, params):
    """On the diagonal stands the slope by the factor's entry, and not by its logarithm.

    The parameter there is the logarithm, and the derivative of exp(f) by f is exp(f) again:
    multiply the diagonal of the slope by that of the factor.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    return finished(unfinished(X, responsibilities, params), L, counts, chain=False)


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def determinant_missing(X, responsibilities, params):
    """The determinant is missing.

    The log-density of a wide Gaussian is low everywhere: its logarithm holds minus the logarithms
    of the factor's diagonal, each with derivative -N_k in all. Without that a component would
    widen for ever.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    return finished(unfinished(X, responsibilities, params), L, 0 * counts)


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def all_observations_in_the_determinant(X, responsibilities, params):
    """N stands in the place of N_k.

    The determinant of a component counts once for each observation that it claims, and to the
    degree that it does: N_k times, and not N times.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    everybody = np.full(counts.shape, float(len(X)))
    return finished(unfinished(X, responsibilities, params), L, everybody)


@mistake(GRADIENT, "eq-climbers-factor-slope", "factors")
def upper_triangle_left(X, responsibilities, params):
    """There are slopes above the diagonal.

    A factor is lower triangular: above the diagonal there is no parameter. A step along these
    slopes would lead out of the triangular matrices. Keep the lower triangle alone.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    G = unfinished(X, responsibilities, params)
    return np.triu(G, 1) + finished(G, L, counts)


@mistake(GRADIENT, "eq-climbers-factor-slope", "factors")
def whitened_scatter_alone(X, responsibilities, params):
    """The second substitution is missing from the slope of the factors.

    The scatter of the whitened differences is to be solved for once more, backward with the
    transpose of the factor, as the sum is for the means.
    """
    _, L, counts, _, u = parts(X, responsibilities, params)
    scatter = np.einsum("nk,nkd,nke->kde", responsibilities, u, u)
    return finished(scatter, L, counts)


@mistake(GRADIENT, "eq-climbers-factor-slope", "factors")
def by_the_covariance(X, responsibilities, params):
    """This is the derivative by the covariance, and not by its factor.

    The covariance is L L^T, and the chain rule turns a slope G by the covariance into the lower
    triangle of 2 G L by the factor.
    """
    _, L, counts, _, u = parts(X, responsibilities, params)
    D = L.shape[1]
    scatter = np.einsum("nk,nkd,nke->kde", responsibilities, u, u)
    inside = 0.5 * (scatter - counts[:, None, None] * np.eye(D))
    backward = L.transpose(0, 2, 1)
    left = np.linalg.solve(backward, inside)
    return np.tril(np.linalg.solve(backward, left.transpose(0, 2, 1)))


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def chain_rule_everywhere(X, responsibilities, params):
    """Every entry of the slope is multiplied by the factor's.

    Only on the diagonal are the parameters logarithms. Below it they are the entries themselves,
    and their slopes stay as they are.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    G = unfinished(X, responsibilities, params) * L
    return finished(G, np.ones_like(L), counts)


@mistake(GRADIENT, "eq-climbers-factor-slope", "factors")
def factors_downhill(X, responsibilities, params):
    """The slope of the factors has the wrong sign.

    A component widens where its observations lie farther out than it says, and narrows where they
    lie nearer.
    """
    return -right.gradient(X, responsibilities, params).factors


@mistake(GRADIENT, "eq-climbers-factor-slope", "factors")
def whole_matrix_left(X, responsibilities, params):
    """The whole matrix is left, with what the determinant has above the diagonal.

    Its derivative is the transposed inverse of the factor, an upper triangle. Above the diagonal
    there is no parameter: keep the lower triangle alone.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    G, i = unfinished(X, responsibilities, params), np.arange(L.shape[1])
    eye = np.broadcast_to(np.eye(L.shape[1]), L.shape)
    G = G - counts[:, None, None] * np.linalg.solve(L.transpose(0, 2, 1), eye)
    G[:, i, i] *= L[:, i, i]
    return G


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def determinant_by_the_factor(X, responsibilities, params):
    """The determinant's slope is by the factor's entry, and the rest by its logarithm.

    The derivative of the logarithm of the entry by itself is one, so that N_k is subtracted. It is
    N_k over the entry before the chain rule, which holds for both terms.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    G, i = unfinished(X, responsibilities, params), np.arange(L.shape[1])
    G[:, i, i] *= L[:, i, i]
    G[:, i, i] -= counts[:, None] / L[:, i, i]
    return np.tril(G)


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def distances_by_the_factor(X, responsibilities, params):
    """The distances' slope is by the factor's entry, and the determinant's by its logarithm.

    The parameter on the diagonal is the logarithm, and the derivative of exp(f) by f is exp(f)
    again: multiply the diagonal of this slope by that of the factor before N_k is subtracted.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    G, i = unfinished(X, responsibilities, params), np.arange(L.shape[1])
    G[:, i, i] -= counts[:, None]
    return np.tril(G)


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def determinant_added(X, responsibilities, params):
    """The determinant's slope has the wrong sign.

    A wide Gaussian is low everywhere. The logarithm of its determinant is subtracted, and its
    slope, N_k, too.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    return finished(unfinished(X, responsibilities, params), L, -counts)


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def half_of_the_determinant(X, responsibilities, params):
    """The determinant's slope is halved.

    The log-density has half of the logarithm of the covariance's determinant, and that is twice
    the sum of the factor's logarithms. So each of these counts once, and N_k times in all.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    return finished(unfinished(X, responsibilities, params), L, counts / 2)


@mistake(GRADIENT, "eq-climbers-scatter", "factors")
def scatter_not_whitened(X, responsibilities, params):
    """The scatter is that of the plain differences.

    Each difference goes through the inverse of the factor first. The scatter of what comes out is
    solved for once more, with the transpose of the factor.
    """
    _, L, counts, apart, _ = parts(X, responsibilities, params)
    scatter = np.einsum("nk,nkd,nke->kde", responsibilities, apart, apart)
    return finished(np.linalg.solve(L.transpose(0, 2, 1), scatter), L, counts)


@mistake(GRADIENT, "eq-climbers-factor-slope", "factors")
def solved_with_the_factor_again(X, responsibilities, params):
    """The scatter is solved for with the factor, and not with its transpose.

    The inverse of L L^T solves with L first, as the differences have been, and then backward with
    the transpose.
    """
    _, L, counts, _, u = parts(X, responsibilities, params)
    scatter = np.einsum("nk,nkd,nke->kde", responsibilities, u, u)
    return finished(np.linalg.solve(L, scatter), L, counts)
