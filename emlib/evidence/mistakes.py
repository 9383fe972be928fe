"""Mistakes in log-sum-exp and in the lower bound."""

import numpy as np

from emlib._checks import HALF_DIGITS
from emlib.evidence import vectorized as right
from emlib.exercises._words import number, told
from emlib.exercises.mistakes import always, mistake, trap

LOG_SUM_EXP = "evidence.log_sum_exp"
LOWER_BOUND = "evidence.lower_bound"
KL_DIVERGENCE = "evidence.kl_divergence"

for words, log_terms in (
    ("terms whose exponentials overflow", [[1000.0, 1001]]),
    ("terms whose exponentials underflow", [[-1000.0, -1001]]),
    ("rows far apart", [[0.0, 1], [-2000, -2001]]),
    ("a row of minus infinities", [[-np.inf, -np.inf], [0, 1]]),
    ("terms of one row far apart", [[0.0, 2000], [2000, 0]]),
):
    trap(LOG_SUM_EXP, words, log_terms=np.array(log_terms))
trap(
    KL_DIVERGENCE,
    "a value that both distributions exclude",
    q=np.array([[0.5, 0.5, 0], [1, 0, 0]]),
    p=np.array([[0.2, 0.8, 0], [0.2, 0.8, 0]]),
)
trap(
    KL_DIVERGENCE,
    "a value that q allows and p excludes",
    q=np.array([[0.5, 0.5]]),
    p=np.array([[1.0, 0.0]]),
)
trap(
    LOWER_BOUND,
    "a value that q excludes, and the joint too",
    log_joint=np.array([[-1.0, -np.inf]]),
    q=np.array([[1.0, 0.0]]),
)
trap(
    LOWER_BOUND,
    "a value that q allows and the joint excludes",
    log_joint=np.array([[-1.0, -np.inf]]),
    q=np.array([[0.5, 0.5]]),
)


# --- what always holds ---------------------------------------------------------------------------


@always(LOG_SUM_EXP)
def near_the_largest(value, name, arguments):
    """Between the largest term and that plus log K."""
    terms = np.asarray(arguments["log_terms"])
    largest = terms.max(axis=1)
    slack = HALF_DIGITS * (1 + np.abs(np.where(np.isfinite(largest), largest, 0.0)))
    bad = (value < largest - slack) | (value > largest + np.log(terms.shape[1]) + slack)
    if bad.any():
        n, K = int(np.argmax(bad)), terms.shape[1]
        ends = largest[n], largest[n] + np.log(K)
        nearest = min(ends, key=lambda end: abs(value[n] - end))
        return (
            f"result[{n}] is {told(value[n], nearest)[0]}, but the sum of the exponentials lies "
            f"between the largest of them and {K} times that: its logarithm lies between "
            f"{number(ends[0])} and {number(ends[1])}"
        )
    return None


@always(LOWER_BOUND)
def below_the_evidence(value, name, arguments):
    """A bound from below."""
    evidence = right.log_sum_exp(arguments["log_joint"]).sum()
    if np.isfinite(evidence) and value > evidence + HALF_DIGITS * max(1, abs(evidence)):
        bound, above = told(value, evidence)
        return (
            f"the bound is {bound}, above the log-evidence {above}: a lower bound cannot be, for "
            f"any q"
        )
    return None


@always(KL_DIVERGENCE)
def not_negative(value, name, arguments):
    """Gibbs' inequality."""
    if value < -HALF_DIGITS:
        return f"the divergence is {number(value)}: by Gibbs' inequality it is not negative"
    return None


# --- log-sum-exp ---------------------------------------------------------------------------------


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def exponentials_at_once(log_terms):
    """The exponentials are taken before the largest term is subtracted.

    `exp(1000)` is infinite and `exp(-1000)` is zero in double precision, so the formula as written
    fails where you need it. Subtract each row's largest term before the exponential, and add it to
    the logarithm afterwards.
    """
    return np.log(np.exp(log_terms).sum(axis=1))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def largest_not_added_back(log_terms):
    """The largest term is subtracted and never added back.

    Subtracting the largest term divides the sum of the exponentials by the largest of them. Add
    that term to the logarithm at the end.
    """
    largest = log_terms.max(axis=1, keepdims=True)
    return np.log(np.exp(log_terms - largest).sum(axis=1))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def logarithms_added(log_terms):
    """The logarithms are added instead of their exponentials.

    A sum of logarithms is the logarithm of a product. Probabilities of alternatives add up, so take
    the exponentials before you add.
    """
    return log_terms.sum(axis=1)


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def one_shift_for_all_rows(log_terms):
    """One largest term is used for the whole array.

    If the terms of a row are more than 745 below it, they all underflow to zero, whose logarithm is
    minus infinity. Each row needs its own largest term: `max(axis=1, keepdims=True)`.
    """
    largest = log_terms.max()
    return largest + np.log(np.exp(log_terms - largest).sum(axis=1))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def down_the_columns(log_terms):
    """The sum runs down the columns.

    Each row holds the alternatives for one observation. Sum over k, along the row (`axis=1`): there
    is one result for each n.
    """
    return np.logaddexp.reduce(log_terms, axis=0)


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def logarithm_forgotten(log_terms):
    """The sum of the shifted exponentials is added without its logarithm.

    The largest term is a logarithm, but the sum of the shifted exponentials is not. Take its
    logarithm before you add the two.
    """
    largest = log_terms.max(axis=1)
    return largest + np.exp(log_terms - largest[:, None]).sum(axis=1)


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def minus_infinity_from_itself(log_terms):
    """A row of minus infinities gives NaN.

    The logarithm of zero is a legitimate term. If a whole row is minus infinity, so is its largest
    term, and minus infinity minus itself is not a number. Shift such a row by zero.
    """
    largest = log_terms.max(axis=1)
    return largest + np.log(np.exp(log_terms - largest[:, None]).sum(axis=1))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def largest_alone(log_terms):
    """The largest term is returned instead of the sum.

    The sum of the exponentials is up to K times the largest. Add the exponentials of the
    differences from the largest term before you take the logarithm.
    """
    return log_terms.max(axis=1)


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def first_two_terms(log_terms):
    """Only the first two terms of each row are added.

    `np.logaddexp` takes two arrays and adds their exponentials. For all K columns of an array, use
    `np.logaddexp.reduce` along the row, or the largest term and a sum.
    """
    return np.logaddexp.reduce(log_terms[:, :2], axis=1)


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def minus_infinity_counted_as_zero(log_terms):
    """Minus infinity is replaced by zero.

    Minus infinity is the logarithm of zero, which adds nothing to the sum. Zero is the logarithm of
    one, which adds one. Leave the terms as they are; if a row has no other terms, shift it by zero.
    """
    return np.logaddexp.reduce(np.where(np.isneginf(log_terms), 0, log_terms), axis=1)


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def largest_in_size(log_terms):
    """The largest absolute value is subtracted instead of the largest term.

    For terms far below zero, that value is positive, and all the exponentials underflow. Take the
    largest term with its sign: `max`, without `abs`.
    """
    shift = np.abs(np.where(np.isneginf(log_terms), 0, log_terms)).max(axis=1)
    return shift + np.log(np.exp(log_terms - shift[:, None]).sum(axis=1))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def smallest_taken_out(log_terms):
    """The smallest term is subtracted instead of the largest.

    Then all exponentials are at least one, and those of terms far above the smallest overflow. If
    you subtract the largest, none is above one, and underflow does no harm.
    """
    smallest = log_terms.min(axis=1)
    smallest = np.where(np.isneginf(smallest), 0.0, smallest)
    return smallest + np.log(np.exp(log_terms - smallest[:, None]).sum(axis=1))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def mean_taken_out(log_terms):
    """The mean of the terms is subtracted instead of the largest.

    Terms far above the mean still overflow, and one term of minus infinity makes the mean infinite.
    If you subtract the largest, no exponential is above one.
    """
    mean = log_terms.mean(axis=1)
    with np.errstate(all="ignore"):
        return mean + np.log(np.exp(log_terms - mean[:, None]).sum(axis=1))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def mean_of_the_exponentials(log_terms):
    """The exponentials are averaged instead of added.

    The logarithm of their mean is less than that of their sum, by the logarithm of K. Use `sum`,
    not `mean`.
    """
    return np.logaddexp.reduce(log_terms, axis=1) - np.log(log_terms.shape[1])


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def over_the_whole_array(log_terms):
    """The sum runs over the whole array, so every row gets the same result.

    Each row has its own sum. Without an axis, NumPy adds up everything: use `sum(axis=1)`.
    """
    return np.full(len(log_terms), np.logaddexp.reduce(log_terms, axis=None))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def shares_returned(log_terms):
    """This is a softmax: the exponentials divided by their sum.

    A softmax gives K numbers for each row, which add up to one. Return one number for each row: the
    logarithm of what they are divided by.
    """
    return np.exp(log_terms - np.logaddexp.reduce(log_terms, axis=1)[:, None])


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def exponential_of_the_sum(log_terms):
    """This is the sum of the exponentials, not its logarithm.

    It overflows or underflows if the terms are far from zero. The function returns a logarithm to
    avoid that.
    """
    return np.exp(log_terms).sum(axis=1)


# --- the lower bound -----------------------------------------------------------------------------


@mistake(LOWER_BOUND, "eq-lower-bound")
def entropy_missing(log_joint, q):
    """The entropy of q is missing.

    This is the expected complete-data log-likelihood, the part that the M step needs. The bound
    also has the entropy of q. Without it, the bound touches the log-likelihood only if the
    posterior is certain and has no entropy.
    """
    return np.sum(q * log_joint)


@mistake(LOWER_BOUND, "eq-lower-bound")
def entropy_subtracted(log_joint, q):
    """The entropy of q has the wrong sign.

    The bound averages the logarithm of a ratio, the joint over q, so log q is subtracted. If you
    add log q, you subtract the entropy.
    """
    return np.sum(q * (log_joint + np.log(q)))


@mistake(LOWER_BOUND, "eq-lower-bound")
def zero_times_infinity(log_joint, q):
    """Zero times minus infinity is not a number.

    If q is zero, the term is zero, by the limit of q log q, whatever the joint is. In floating
    point the product is NaN, so do not form it: select the entries with q > 0 first.
    """
    return np.sum(q * (log_joint - np.log(q)))


@mistake(LOWER_BOUND, "eq-lower-bound")
def impossible_values_left_out(log_joint, q):
    """Values that the joint excludes are left out, although q allows them.

    A term vanishes only if q is zero. If q is positive and the joint is zero, the term is minus
    infinity, and so is the bound: such a q is useless.
    """
    some = (q > 0) & np.isfinite(log_joint)
    return np.sum(q[some] * (log_joint[some] - np.log(q[some])))


@mistake(LOWER_BOUND, "eq-lower-bound")
def the_evidence_itself(log_joint, q):
    """This is the log-evidence, not the bound.

    Here the logarithm is outside the sum over k, and q does not matter. The bound has the logarithm
    inside, weighted by q. The two are equal only if q is the posterior.
    """
    return right.log_sum_exp(log_joint).sum()


@mistake(LOWER_BOUND, "eq-lower-bound")
def averaged_over_observations(log_joint, q):
    """The bounds of the observations are averaged instead of added.

    The bound for N independent observations is the sum of their bounds. The average differs by a
    factor of N, and bound plus gap is no longer the log-evidence.
    """
    return np.sum(q * (log_joint - np.log(q))) / len(q)


@mistake(LOWER_BOUND, "eq-lower-bound")
def negated(log_joint, q):
    """The sign is wrong.

    This is log q minus the log-joint, on average, which is often minimised. The lower bound is its
    negative.
    """
    return np.sum(q * (np.log(q) - log_joint))


@mistake(LOWER_BOUND, "eq-lower-bound")
def not_weighted_by_q(log_joint, q):
    """The log-ratios are added without their weights.

    Jensen's inequality is about an average, with q as the weights. Multiply each log-ratio by q[n,
    k] before adding.
    """
    return np.sum(log_joint - np.log(q))


@mistake(LOWER_BOUND, "eq-lower-bound")
def logarithm_outside_the_average(log_joint, q):
    """The logarithm of the average joint is taken, not the average log-ratio.

    This is the logarithm of the joint averaged over q. First take the logarithm of each ratio,
    joint over q, and then average it over q.
    """
    return np.log(np.sum(q * np.exp(log_joint), axis=1)).sum()


@mistake(LOWER_BOUND, "eq-lower-bound")
def likeliest_value_alone(log_joint, q):
    """Only the likeliest latent value of each observation is counted.

    The bound averages the log-ratio over all the values that q allows. Here it is taken only at the
    value with the largest q, with weight one.
    """
    n, k = np.arange(len(q)), q.argmax(axis=1)
    return np.sum(log_joint[n, k] - np.log(q[n, k]))


@mistake(LOWER_BOUND, "eq-lower-bound")
def gap_added(log_joint, q):
    """The gap is added to the log-evidence instead of subtracted.

    The divergence of q from the posterior is never negative, so with a plus this is an upper bound.
    The lower bound is the log-evidence minus the gap.
    """
    evidence = right.log_sum_exp(log_joint).sum()
    return 2 * evidence - right.lower_bound(log_joint, q)


@mistake(LOWER_BOUND, "eq-lower-bound")
def gap_returned(log_joint, q):
    """This is the gap between the bound and the log-evidence.

    It is the divergence of q from the posterior. The bound averages the log-joint instead of the
    log-posterior. Bound plus gap is the log-evidence.
    """
    return right.log_sum_exp(log_joint).sum() - right.lower_bound(log_joint, q)


@mistake(LOWER_BOUND, "eq-lower-bound")
def logarithms_of_q_not_weighted(log_joint, q):
    """The logarithms of q are not multiplied by q.

    Both terms of the log-ratio are averaged with the weights q. Multiply the difference, log-joint
    minus log q, by q, not only the log-joint.
    """
    return np.sum(q * log_joint - np.log(q))


@mistake(LOWER_BOUND, "eq-lower-bound")
def q_without_logarithm(log_joint, q):
    """The distribution q is subtracted instead of its logarithm.

    The logarithm of a ratio is the difference of two logarithms. The joint is given as a logarithm,
    but q is not: take its logarithm first.
    """
    return np.sum(q * (log_joint - q))


@mistake(LOWER_BOUND, "eq-lower-bound")
def bound_of_each_observation(log_joint, q):
    """The bounds of the observations are not added up.

    This is one number for each row, but the bound is one number for all the observations. Sum over
    n as well as over k.
    """
    some = q > 0
    ratio = np.where(some, log_joint, 0.0) - np.log(np.where(some, q, 1.0))
    return np.sum(np.where(some, q * ratio, 0.0), axis=1)


@mistake(LOWER_BOUND, "eq-lower-bound")
def entropy_of_the_mean_q(log_joint, q):
    """The entropy is that of q averaged over the observations.

    Each observation has its own distribution. Compute the entropy of each row, and add these. Do
    not average the rows first.
    """
    mean = q.mean(axis=0)
    return np.sum(q * log_joint) - len(q) * np.sum(mean * np.log(mean))


@mistake(LOWER_BOUND, "eq-lower-bound")
def entropy_in_bits(log_joint, q):
    """The entropy of q is in bits, and the log-joint in nats.

    The two are added, so both need the natural logarithm. `log2` makes the entropy larger by a
    factor of 1.44, and the bound may exceed the log-evidence.
    """
    return np.sum(q * (log_joint - np.log2(q)))


# --- the divergence ------------------------------------------------------------------------------


def divergence(q, p):
    """The right divergence of each row (N,), for distributions that exclude nothing."""
    return np.sum(np.where(q > 0, q * (logarithm(q) - np.log(p)), 0.0), axis=1)


def logarithm(q):
    """The logarithm, and 0 for that of 0."""
    return np.log(np.where(q > 0, q, 1.0))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def excluded_values_skipped(q, p):
    """Values that p excludes are left out, although q allows them.

    A term vanishes only if q is zero. If q is positive and p is zero, the term is infinite, and so
    is the divergence.
    """
    some = (q > 0) & (p > 0)
    return float(np.sum(q[some] * (np.log(q[some]) - np.log(p[some]))))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def zero_log_zero(q, p):
    """Zero times the logarithm of zero is not a number.

    If q is zero, the term is zero, by the limit of q log q, whatever p is. In floating point the
    product is NaN, so do not form it: select the entries with q > 0 first.
    """
    return float(np.sum(q * (np.log(q) - np.log(p))))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def cross_entropy(q, p):
    """This is the cross entropy.

    It is minus the average of log p over q. The divergence subtracts the entropy of q from it, so
    it is zero if the two are equal.
    """
    some = q > 0
    return float(-np.sum(q[some] * np.log(p[some])))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def not_weighted(q, p):
    """The logarithms of the ratios are added without their weights.

    The divergence is an average over q. Multiply each logarithm by q[n, k] before adding.
    """
    some = q > 0
    return float(np.sum(np.log(q[some]) - np.log(p[some])))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def arguments_swapped(q, p):
    """This is the divergence of p from q: the two are swapped.

    The divergence is not symmetric: it averages over only one of the two. KL(q || p) averages over
    q, the first, so values that q excludes contribute nothing.
    """
    return float(divergence(p, q).sum())


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def divergence_negative(q, p):
    """The sign is wrong.

    The ratio is q over p. The other way round, the average of log p minus log q is never positive,
    by Gibbs' inequality.
    """
    return float(-divergence(q, p).sum())


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def weighted_by_p(q, p):
    """The logarithms are weighted with p instead of q.

    The divergence is the average, over q, of log q minus log p. Averaged over p, the same
    differences give minus the divergence of p from q.
    """
    return float(np.sum(p * (np.log(q) - np.log(p))))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def both_directions_averaged(q, p):
    """The divergences in both directions are averaged.

    That is half of Jeffreys' divergence, which is symmetric. The gap between bound and evidence has
    one direction: from q, the approximation, to p, the posterior.
    """
    return float((divergence(q, p) + divergence(p, q)).sum() / 2)


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def both_directions_added(q, p):
    """The divergences in both directions are added.

    That is Jeffreys' divergence, which is symmetric. Return only the average over q of log q minus
    log p.
    """
    return float((divergence(q, p) + divergence(p, q)).sum())


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def from_their_mean(q, p):
    """This is the Jensen-Shannon divergence.

    It measures how far q and p are from their mean, and it is at most log 2 for each row. KL(q ||
    p) compares q with p itself, and has no upper bound.
    """
    mean = (q + p) / 2
    return float((divergence(q, mean) + divergence(p, mean)).sum() / 2)


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def logarithm_of_the_average_ratio(q, p):
    """The logarithm of the average ratio is taken, not the average of the logarithms.

    The average of a logarithm is smaller than the logarithm of the average, by Jensen's inequality.
    Take the logarithm of each ratio first, and weight it with q.
    """
    return float(np.log(np.sum(q * q / p, axis=1)).sum())


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def columns_made_distributions(q, p):
    """Each column is divided by its sum first.

    Each row is a distribution. `scipy.stats.entropy` takes each column for one, and makes it add up
    to one, unless you pass `axis=1`.
    """
    own, other = q / q.sum(axis=0), p / p.sum(axis=0)
    return float(divergence(own, other).sum())


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def divergence_of_the_means(q, p):
    """The rows are averaged before they are compared.

    Each observation has its own two distributions. They may differ in every row and still agree on
    average. Add up the divergences of the rows.
    """
    return float(len(q) * divergence(q.mean(axis=0)[None], p.mean(axis=0)[None])[0])


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def averaged_over_rows(q, p):
    """The divergences of the rows are averaged instead of added.

    The observations are independent, so their divergences add, like their log-evidences and bounds.
    In PyTorch, `batchmean` divides by N.
    """
    return float(divergence(q, p).mean())


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def divergence_of_each_row(q, p):
    """The divergences of the rows are not added up.

    This is one number for each observation, but one number is needed for all of them. Sum over n as
    well as over k.
    """
    return divergence(q, p)


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def divergence_in_bits(q, p):
    """The divergence is in bits.

    The logarithm to the base 2 makes it larger by a factor of 1.44. Everything here is in nats:
    take the natural logarithm, as in the bound and the evidence.
    """
    return float(divergence(q, p).sum() / np.log(2))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def difference_of_the_entropies(q, p):
    """One entropy is subtracted from the other.

    Each is an average over its own distribution. The divergence averages both logarithms over q: it
    is the cross entropy of q and p minus the entropy of q.
    """
    return float(np.sum(q * logarithm(q)) - np.sum(p * logarithm(p)))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def quotient_of_the_logarithms(q, p):
    """One logarithm is divided by the other.

    The logarithm of a ratio is the difference of the logarithms: log q minus log p. Their quotient
    is one if q and p are equal, but the divergence must be zero.
    """
    return float(np.sum(q * logarithm(q) / np.log(p)))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def logarithm_forgotten_in_divergence(q, p):
    """The ratios are averaged without their logarithm.

    The divergence is the average of log q minus log p. For equal distributions, the ratio is one
    and its logarithm is zero, as a divergence must be.
    """
    return float(np.sum(q * q / p))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def sizes_of_the_logarithms(q, p):
    """The absolute values of the logarithms are averaged.

    Some of the log-ratios are negative, and they must reduce the average. By Gibbs' inequality, the
    average is still not negative. Leave out `abs`.
    """
    return float(np.sum(q * np.abs(logarithm(q) - np.log(p))))
