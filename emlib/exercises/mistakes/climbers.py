"""Mistakes in other climbers: the constraints, the gradient, the acceptance of a move."""

import numpy as np

from emlib.climbers import Params
from emlib.climbers import vectorized as right
from emlib.exercises.mistakes import mistake, trap

CONSTRAIN, GRADIENT = "climbers.constrain", "climbers.gradient"
ACCEPTANCE = "climbers.acceptance"


def free(logits, means, factors):
    """Unconstrained parameters."""
    return Params(np.array(logits), np.array(means), np.array(factors))


trap(
    CONSTRAIN,
    "logits far from zero",
    params=free([1001.0, 1000.0], [[0.0], [1.0]], [[[0.0]], [[0.5]]]),
)
trap(
    CONSTRAIN,
    "logits far below zero",
    params=free([-1001.0, -1000.0], [[0.0], [1.0]], [[[0.0]], [[0.5]]]),
)
trap(
    ACCEPTANCE,
    "log-likelihoods far below zero",
    log_likelihoods=np.array([-1130.0, -1131.0, -1132.0]),
    proposed=np.array([-1131.0, -1130.0, -1134.0]),
    temperature=1.0,
)
trap(
    ACCEPTANCE,
    "a large gain, a large loss, neither, and what is impossible",
    log_likelihoods=np.array([-9000.0, -1000.0, -1000.0, -1000.0]),
    proposed=np.array([-1000.0, -9000.0, -1000.0, -np.inf]),
    temperature=0.5,
)


# --- the constraints ------------------------------------------------------------------------------


def softmax(logits):
    """Weights in proportion to the exponentials."""
    shares = np.exp(logits - logits.max())
    return shares / shares.sum()


def factors_of(params):
    """Lower triangular factors with their diagonal as it is."""
    L, i = params.factors.copy(), np.arange(params.means.shape[1])
    L[:, i, i] = np.exp(L[:, i, i])
    return L


def squared(L):
    """Each factor times its transpose."""
    return L @ L.transpose(0, 2, 1)


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def exponentials_not_divided(params):
    """The exponentials are not divided by their sum.

    They are positive, and that is half of what is asked. Weights add up to one besides: divide
    each exponential by the sum of all of them.
    """
    return np.exp(params.logits)


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def logits_divided_by_their_sum(params):
    """The logits themselves are divided by their sum.

    They add up to one then, but a logit may be negative. Take exponentials first: these are
    positive whatever the logits are.
    """
    with np.errstate(all="ignore"):
        return params.logits / params.logits.sum()


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def sigmoid_of_each(params):
    """Each logit goes through a sigmoid of its own.

    With two components 1 / (1 + exp(-a)) is the weight of one whose logit lies a above the other
    one's. With logits for all of them each exponential is divided by the sum of all.
    """
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp(-params.logits))


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def largest_takes_all(params):
    """The largest logit takes all the weight.

    That is the maximum itself. A softmax leaves something to the others, in proportion to the
    exponentials of their logits.
    """
    return np.eye(len(params.logits))[params.logits.argmax()]


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def exponent_negative(params):
    """The exponent has the wrong sign.

    A component with a larger logit has a larger weight: it is the exponential of the logit, and
    not of minus the logit.
    """
    return softmax(-params.logits)


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def squares_for_exponentials(params):
    """The weights are in proportion to the squares of the logits.

    Squares are positive, too, but logits of a and -a then stand for the same weight. The weights
    are in proportion to the exponentials.
    """
    return params.logits**2 / np.square(params.logits).sum()


@mistake(CONSTRAIN, "eq-climbers-softmax", "weights")
def exponentials_overflow(params):
    """The exponentials of large logits overflow, or those of small ones underflow.

    Then infinity is divided by infinity, or zero by zero. Adding a number to all the logits
    changes nothing, so subtract the largest before you take exponentials.
    """
    shares = np.exp(params.logits)
    return shares / shares.sum()


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def transpose_on_the_left(params):
    """The transpose stands on the left of the factor.

    L^T L is symmetric and positive definite as well, but another matrix. The covariance is L L^T:
    row i of L times row j.
    """
    L = factors_of(params)
    return L.transpose(0, 2, 1) @ L


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def logarithms_left_on_the_diagonal(params):
    """The diagonal of the factor is used as it stands, without an exponential.

    It holds logarithms, so that any number is allowed there. Take the exponentials of the
    diagonal before you multiply the factor by its transpose.
    """
    return squared(params.factors)


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def every_entry_exponentiated(params):
    """Every entry of the factor goes through the exponential, the zeros above the diagonal too.

    Only the diagonal has to be positive, and only there stand logarithms. Below it any number is
    allowed as it is, and above it are zeros, whose exponentials would be ones.
    """
    return squared(np.exp(params.factors))


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def lower_triangle_exponentiated(params):
    """The entries below the diagonal go through the exponential, too.

    Only the diagonal has to be positive, and only there stand logarithms. Below it any number is
    allowed as it is.
    """
    return squared(np.tril(np.exp(params.factors)))


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def factor_for_covariance(params):
    """The factor is returned in the place of the covariance.

    A factor is a kind of square root. The covariance is the factor times its transpose.
    """
    return factors_of(params)


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def diagonal_alone(params):
    """Only the diagonal of the factor is used.

    Then no two features are correlated, and the variances are too small. The entries below the
    diagonal belong to the factor.
    """
    return squared(factors_of(params) * np.eye(params.means.shape[1]))


@mistake(CONSTRAIN, "eq-climbers-factor", "covariances")
def logarithms_of_variances(params):
    """The diagonal is taken for logarithms of squares.

    The factor times its transpose squares the diagonal by itself. What stands there is the
    logarithm of the factor's entry, so do not halve it.
    """
    halved = params.factors.copy()
    i = np.arange(params.means.shape[1])
    halved[:, i, i] /= 2
    return squared(factors_of(params._replace(factors=halved)))


@mistake(CONSTRAIN, "eq-climbers-covariance", "covariances")
def entries_squared(params):
    """The entries of the factor are squared one by one.

    The covariance is a product of matrices, L @ L.T: row i of the factor times its row j, added up
    over the columns.
    """
    return factors_of(params) ** 2


# --- the gradient ---------------------------------------------------------------------------------


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


# --- the acceptance -------------------------------------------------------------------------------


def capped(exponent):
    """The exponential, at most 1."""
    return np.exp(np.minimum(0.0, exponent))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def no_cap(log_likelihoods, proposed, temperature):
    """The probability of a gain is above 1.

    A move that gains is always taken. Cap the exponent at zero before the exponential is formed,
    so that a large gain cannot overflow either.
    """
    with np.errstate(all="ignore"):
        return np.exp((proposed - log_likelihoods) / temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def losses_welcome(log_likelihoods, proposed, temperature):
    """The sign is wrong: losses are always taken, and gains seldom.

    That is the rule for an energy, which annealing lowers. A log-likelihood is to rise: the
    exponent is what is proposed minus where we are.
    """
    return capped((log_likelihoods - proposed) / temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def multiplied_by_the_temperature(log_likelihoods, proposed, temperature):
    """The gain is multiplied by the temperature.

    Then losses become less likely as it gets hotter. The temperature divides: at a high one
    almost every loss is taken.
    """
    return capped((proposed - log_likelihoods) * temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def no_temperature(log_likelihoods, proposed, temperature):
    """The temperature is ignored.

    That is the walk at temperature 1. Divide the gain by the temperature: it says how large a
    loss may be.
    """
    return capped(proposed - log_likelihoods)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def gains_only(log_likelihoods, proposed, temperature):
    """Only gains are taken.

    That is annealing at temperature zero, which never leaves a hill. A loss is taken with a
    probability that falls with its size.
    """
    return 1.0 * (proposed >= log_likelihoods)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def barker_s_rule(log_likelihoods, proposed, temperature):
    """This is another rule, Barker's: a gain is not certain to be taken.

    1 / (1 + exp(-gain / T)) leads to the same distribution, but stands still more often: a move
    to a place of equal height is taken every second time only. The rule of Metropolis takes it
    always.
    """
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp((log_likelihoods - proposed) / temperature))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def ratio_of_the_logarithms(log_likelihoods, proposed, temperature):
    """The log-likelihoods are divided by each other.

    What counts is the ratio of the likelihoods. Its logarithm is the difference of the
    log-likelihoods.
    """
    with np.errstate(all="ignore"):
        return np.minimum(1.0, (proposed / log_likelihoods) ** (1 / temperature))


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def logarithm_of_the_probability(log_likelihoods, proposed, temperature):
    """The logarithm of the probability is returned.

    It is zero for a gain and negative for a loss. The probability is its exponential.
    """
    return np.minimum(0.0, (proposed - log_likelihoods) / temperature)


@mistake(ACCEPTANCE, "eq-climbers-acceptance")
def likelihoods_underflow(log_likelihoods, proposed, temperature):
    """The likelihoods themselves are formed, and underflow.

    The exponential of -1130 is zero in double precision, and so is that of -1131: zero is
    divided by zero. Subtract the logarithms first.
    """
    with np.errstate(all="ignore"):
        after, before = (
            np.exp(proposed / temperature),
            np.exp(log_likelihoods / temperature),
        )
        return np.minimum(1.0, after / before)
