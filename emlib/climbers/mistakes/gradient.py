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

    A larger logit makes one weight larger and all the others smaller: subtract N times the weight.
    Otherwise the gradient is never zero, not even at the summit.
    """
    return responsibilities.sum(axis=0)


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def derivative_by_the_weight(X, responsibilities, params):
    """This is the derivative with respect to the weight, not the logit.

    N_k / pi_k is the slope if the weights can move freely. A logit moves all of them, so the chain
    rule sums over the components and leaves N_k - N pi_k.
    """
    return responsibilities.sum(axis=0) / right.constrain(params)[0]


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def multiplier_of_lagrange(X, responsibilities, params):
    """This is the derivative with respect to the weight, with a Lagrange multiplier.

    N_k / pi_k - N is zero at the same place, but it is the slope of another function of other
    parameters. With respect to the logit, the slope is N_k - N pi_k, which is pi_k times this.
    """
    counts = responsibilities.sum(axis=0)
    return counts / right.constrain(params)[0] - len(X)


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def average_for_the_logits(X, responsibilities, params):
    """The slope of the logits is divided by N.

    That is the gradient of the average log-density. The log-likelihood is the sum over the
    observations, and so are the other parts of the gradient.
    """
    return responsibilities.mean(axis=0) - right.constrain(params)[0]


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def logits_downhill(X, responsibilities, params):
    """The slope of the logits has the wrong sign.

    If the effective count exceeds N times the weight, the weight should grow. So the slope is N_k -
    N pi_k, not the reverse.
    """
    return len(X) * right.constrain(params)[0] - responsibilities.sum(axis=0)


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def own_weight_alone(X, responsibilities, params):
    """You assume that a logit changes only its own weight.

    The derivative of log w_k is 1 - w_k with respect to its own logit and -w_j with respect to
    another. Both kinds add up to N_k - N w_k; the first alone gives N_k (1 - w_k).
    """
    return responsibilities.sum(axis=0) * (1 - right.constrain(params)[0])


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def equal_weights_subtracted(X, responsibilities, params):
    """N / K is subtracted from the effective counts.

    Subtract the count that the mixture expects of the component: N times its weight. The weights
    are the softmax of the logits.
    """
    return responsibilities.sum(axis=0) - len(X) / len(params.logits)


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def logits_subtracted(X, responsibilities, params):
    """N times the logit is subtracted, instead of N times the weight.

    The weights are the softmax of the logits. Compute them first, as `constrain` does.
    """
    return responsibilities.sum(axis=0) - len(X) * params.logits


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def exponentials_subtracted(X, responsibilities, params):
    """N times the exponential of the logit is subtracted.

    The weight is that exponential divided by the sum of all of them. The sum is one only if the
    logits are the logarithms of the weights.
    """
    return responsibilities.sum(axis=0) - len(X) * np.exp(params.logits)


@mistake(GRADIENT, "eq-climbers-logit-slope", "logits")
def weights_subtracted_once(X, responsibilities, params):
    """The weight is subtracted once instead of N times.

    Each of the N observations draws its component, so the weight enters the likelihood of each.
    Compare the effective count with N times the weight.
    """
    return responsibilities.sum(axis=0) - right.constrain(params)[0]


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def covariance_missing_from_the_mean(X, responsibilities, params):
    """The precision is missing from the slope of the means.

    Differentiate minus half the squared distance: you get the inverse of the covariance, times the
    difference. Where a component is narrow, the slope is steep.
    """
    apart = parts(X, responsibilities, params)[3]
    return np.einsum("nk,nkd->kd", responsibilities, apart)


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def one_factor_of_two(X, responsibilities, params):
    """You solve with only one of the two factors.

    The inverse of L L^T takes two substitutions: forward with L, then backward with its transpose.
    After the first, the difference is only whitened.
    """
    u = parts(X, responsibilities, params)[4]
    return np.einsum("nk,nkd->kd", responsibilities, u)


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def covariance_for_its_inverse(X, responsibilities, params):
    """The differences are multiplied by the covariance instead of its inverse.

    The slope of the log-density is the precision times the difference. Where a component is narrow,
    the slope is steep; the covariance would make it flat.
    """
    apart = parts(X, responsibilities, params)[3]
    covariances = right.constrain(params)[2]
    return np.einsum("kde,nk,nke->kd", covariances, responsibilities, apart)


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def step_of_em(X, responsibilities, params):
    """This is EM's step, the new mean minus the old one, and not the slope.

    EM's step is the slope of the means times the covariance, divided by N_k. Gradient ascent has to
    choose its own step length.
    """
    _, _, counts, apart, _ = parts(X, responsibilities, params)
    with np.errstate(all="ignore"):
        return np.einsum("nk,nkd->kd", responsibilities, apart) / counts[:, None]


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def means_downhill(X, responsibilities, params):
    """The slope of the means has the wrong sign.

    A mean climbs towards its observations. The difference is the observation minus the mean: x -
    mu, not mu - x.
    """
    return -right.gradient(X, responsibilities, params).means


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def every_observation_counts_in_full(X, responsibilities, params):
    """The responsibilities are missing from the slope of the means.

    Each observation pulls a component in proportion to the component's responsibility for it:
    multiply each difference by the responsibility.
    """
    u, L = parts(X, responsibilities, params)[4].sum(axis=0), factors_of(params)
    return np.linalg.solve(L.transpose(0, 2, 1), u[:, :, None])[:, :, 0]


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def factors_in_the_other_order(X, responsibilities, params):
    """You solve with the two factors in the wrong order.

    To apply the inverse of L L^T, solve with L first, then with its transpose. The other order
    gives the inverse of L^T L, another matrix.
    """
    L, apart = factors_of(params), parts(X, responsibilities, params)[3]
    total = np.einsum("nk,nkd->kd", responsibilities, apart)[:, :, None]
    return np.linalg.solve(L, np.linalg.solve(L.transpose(0, 2, 1), total))[:, :, 0]


@mistake(GRADIENT, "eq-climbers-mean-slope", "means")
def slope_of_the_variances(X, responsibilities, params):
    """The differences are divided by the variances, and the covariances are ignored.

    This is right for a diagonal covariance. If features are correlated, the precision mixes them:
    solve with the factor and then with its transpose.
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
    """The slope on the diagonal is with respect to the factor's entry, not its logarithm.

    The parameter there is the logarithm f, and the derivative of exp(f) is exp(f) again: multiply
    the diagonal of the slope by that of the factor.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    return finished(unfinished(X, responsibilities, params), L, counts, chain=False)


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def determinant_missing(X, responsibilities, params):
    """The determinant is missing.

    The density of a wide Gaussian is low everywhere: its logarithm contains minus the logarithms of
    the factor's diagonal. Each contributes -N_k to the slope. Otherwise a component widens forever.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    return finished(unfinished(X, responsibilities, params), L, 0 * counts)


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def all_observations_in_the_determinant(X, responsibilities, params):
    """N is used instead of N_k.

    Each observation contributes the determinant of a component in proportion to the component's
    responsibility for it. That adds up to N_k, not N.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    everybody = np.full(counts.shape, float(len(X)))
    return finished(unfinished(X, responsibilities, params), L, everybody)


@mistake(GRADIENT, "eq-climbers-factor-slope", "factors")
def upper_triangle_left(X, responsibilities, params):
    """There are slopes above the diagonal.

    A factor is lower triangular, so there is no parameter above the diagonal. A step along these
    slopes would make the factor a full matrix. Keep only the lower triangle.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    G = unfinished(X, responsibilities, params)
    return np.triu(G, 1) + finished(G, L, counts)


@mistake(GRADIENT, "eq-climbers-factor-slope", "factors")
def whitened_scatter_alone(X, responsibilities, params):
    """The second substitution is missing from the slope of the factors.

    After you whiten the differences, solve for their scatter with the transpose of the factor, as
    you do for their sum in the slope of the means.
    """
    _, L, counts, _, u = parts(X, responsibilities, params)
    scatter = np.einsum("nk,nkd,nke->kde", responsibilities, u, u)
    return finished(scatter, L, counts)


@mistake(GRADIENT, "eq-climbers-factor-slope", "factors")
def by_the_covariance(X, responsibilities, params):
    """This is the derivative with respect to the covariance, not its factor.

    The covariance is L L^T. The chain rule turns its slope G into the lower triangle of 2 G L, the
    slope with respect to the factor.
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
    """Every entry of the slope is multiplied by the factor's entry.

    The parameters are logarithms only on the diagonal. Below it they are the entries themselves,
    and their slopes stay as they are.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    G = unfinished(X, responsibilities, params) * L
    return finished(G, np.ones_like(L), counts)


@mistake(GRADIENT, "eq-climbers-factor-slope", "factors")
def factors_downhill(X, responsibilities, params):
    """The slope of the factors has the wrong sign.

    A component should widen if its observations lie farther out than it predicts, and narrow if
    they lie closer.
    """
    return -right.gradient(X, responsibilities, params).factors


@mistake(GRADIENT, "eq-climbers-factor-slope", "factors")
def whole_matrix_left(X, responsibilities, params):
    """The whole matrix is kept, with the determinant's slope above the diagonal.

    That slope is the transposed inverse of the factor, an upper triangle. There is no parameter
    above the diagonal: keep only the lower triangle.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    G, i = unfinished(X, responsibilities, params), np.arange(L.shape[1])
    eye = np.broadcast_to(np.eye(L.shape[1]), L.shape)
    G = G - counts[:, None, None] * np.linalg.solve(L.transpose(0, 2, 1), eye)
    G[:, i, i] *= L[:, i, i]
    return G


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def determinant_by_the_factor(X, responsibilities, params):
    """Only the determinant's slope is with respect to the factor's entry, not its logarithm.

    With respect to the entry, the slope is N_k over the entry; with respect to the logarithm, it is
    N_k. Apply the chain rule to both terms, or subtract N_k after it.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    G, i = unfinished(X, responsibilities, params), np.arange(L.shape[1])
    G[:, i, i] *= L[:, i, i]
    G[:, i, i] -= counts[:, None] / L[:, i, i]
    return np.tril(G)


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def distances_by_the_factor(X, responsibilities, params):
    """Only the distances' slope is with respect to the factor's entry, not its logarithm.

    The parameter on the diagonal is the logarithm f, and the derivative of exp(f) is exp(f) again:
    multiply the diagonal of this slope by that of the factor before you subtract N_k.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    G, i = unfinished(X, responsibilities, params), np.arange(L.shape[1])
    G[:, i, i] -= counts[:, None]
    return np.tril(G)


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def determinant_added(X, responsibilities, params):
    """The determinant's slope has the wrong sign.

    The log-density contains minus the logarithm of the factor's determinant. So subtract its slope,
    N_k, from the diagonal.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    return finished(unfinished(X, responsibilities, params), L, -counts)


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def half_of_the_determinant(X, responsibilities, params):
    """The determinant's slope is halved.

    Half the logarithm of the covariance's determinant is the sum of the logarithms on the factor's
    diagonal. So each of these logarithms counts once, and N_k times in all.
    """
    _, L, counts, *_ = parts(X, responsibilities, params)
    return finished(unfinished(X, responsibilities, params), L, counts / 2)


@mistake(GRADIENT, "eq-climbers-log-slope", "factors")
def expected_counts_for_effective(X, responsibilities, params):
    """N times the weight is used instead of the effective count.

    The determinant enters once for each observation, with its responsibility: N_k times in all. N
    pi_k is what the weight predicts. The two agree when the weights come from an M step.
    """
    weights, L, *_ = parts(X, responsibilities, params)
    return finished(unfinished(X, responsibilities, params), L, len(X) * weights)


@mistake(GRADIENT, "eq-climbers-scatter", "factors")
def scatter_not_whitened(X, responsibilities, params):
    """The scatter is that of the plain differences.

    First whiten each difference: solve with the factor. Then take the scatter of the results, and
    solve once more with the transpose of the factor.
    """
    _, L, counts, apart, _ = parts(X, responsibilities, params)
    scatter = np.einsum("nk,nkd,nke->kde", responsibilities, apart, apart)
    return finished(np.linalg.solve(L.transpose(0, 2, 1), scatter), L, counts)


@mistake(GRADIENT, "eq-climbers-factor-slope", "factors")
def solved_with_the_factor_again(X, responsibilities, params):
    """You solve for the scatter with the factor instead of its transpose.

    The inverse of L L^T takes L first, which has whitened the differences. Then solve backward with
    the transpose.
    """
    _, L, counts, _, u = parts(X, responsibilities, params)
    scatter = np.einsum("nk,nkd,nke->kde", responsibilities, u, u)
    return finished(np.linalg.solve(L, scatter), L, counts)
