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
    """The exponentials are taken before the largest term is out.

    `exp(1000)` is infinite and `exp(-1000)` is zero in double precision, so the formula as it is
    written fails where it is needed. Subtract each row's largest term before the exponential, and
    add it to the logarithm afterwards.
    """
    return np.log(np.exp(log_terms).sum(axis=1))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def largest_not_added_back(log_terms):
    """The largest term is taken out and never put back.

    Dividing every exponential by the largest one divides their sum by it too. Its logarithm has
    to be added at the end.
    """
    largest = log_terms.max(axis=1, keepdims=True)
    return np.log(np.exp(log_terms - largest).sum(axis=1))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def logarithms_added(log_terms):
    """The logarithms are added, and not what they are logarithms of.

    A sum of logarithms is the logarithm of a product. Probabilities of alternatives add up, so
    the exponentials have to come back for the addition.
    """
    return log_terms.sum(axis=1)


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def one_shift_for_all_rows(log_terms):
    """One largest term is taken for the whole array.

    Where another row's terms are larger by more than 745, everything in this row underflows to
    zero, whose logarithm is minus infinity. Each row needs its own largest term:
    `max(axis=1, keepdims=True)`.
    """
    largest = log_terms.max()
    return largest + np.log(np.exp(log_terms - largest).sum(axis=1))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def down_the_columns(log_terms):
    """The sum runs down the columns.

    One observation's alternatives stand in a row. The sum runs over k, along the row (`axis=1`),
    and there is one result for each n.
    """
    return np.logaddexp.reduce(log_terms, axis=0)


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def logarithm_forgotten(log_terms):
    """The sum of the shifted exponentials is added without its logarithm.

    The largest term is a logarithm, the sum of the shifted exponentials is not. Take its logarithm
    before adding the two.
    """
    largest = log_terms.max(axis=1)
    return largest + np.exp(log_terms - largest[:, None]).sum(axis=1)


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def minus_infinity_from_itself(log_terms):
    """A row of minus infinities gives NaN.

    The logarithm of zero is a legitimate term. In a row where all are, the largest is minus
    infinity too, and minus infinity minus itself is not a number. Shift such a row by zero.
    """
    largest = log_terms.max(axis=1)
    return largest + np.log(np.exp(log_terms - largest[:, None]).sum(axis=1))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def largest_alone(log_terms):
    """The largest term stands for the sum.

    The sum is larger than its largest term, by a factor of up to K. The exponentials of the
    differences from the largest have still to be added.
    """
    return log_terms.max(axis=1)


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def first_two_terms(log_terms):
    """Only the first two terms of each row are added.

    `np.logaddexp` takes two arrays and adds their exponentials. For all the K columns of an array
    use `np.logaddexp.reduce` along the row, or the largest term and a sum.
    """
    return np.logaddexp.reduce(log_terms[:, :2], axis=1)


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def minus_infinity_counted_as_zero(log_terms):
    """Minus infinity is replaced by zero.

    It is the logarithm of zero, and adds nothing to the sum. A zero is the logarithm of one, and
    adds one. Leave the terms as they are, and shift only a row without any other term by zero.
    """
    return np.logaddexp.reduce(np.where(np.isneginf(log_terms), 0, log_terms), axis=1)


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def largest_in_size(log_terms):
    """The term that is largest in size is taken out, and not the largest.

    For terms far below zero that is minus the smallest, and everything else underflows beside it.
    Take the largest term with its sign: `max`, without `abs`.
    """
    shift = np.abs(np.where(np.isneginf(log_terms), 0, log_terms)).max(axis=1)
    return shift + np.log(np.exp(log_terms - shift[:, None]).sum(axis=1))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def smallest_taken_out(log_terms):
    """The smallest term is taken out, and not the largest.

    Then all exponentials are at least one, and those of terms far above the smallest overflow.
    With the largest taken out none is above one, and what underflows does not matter.
    """
    smallest = log_terms.min(axis=1)
    smallest = np.where(np.isneginf(smallest), 0.0, smallest)
    return smallest + np.log(np.exp(log_terms - smallest[:, None]).sum(axis=1))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def mean_of_the_exponentials(log_terms):
    """The exponentials are averaged, and not added.

    The logarithm of their mean is less than that of their sum, by the logarithm of K. Use `sum`
    and not `mean`.
    """
    return np.logaddexp.reduce(log_terms, axis=1) - np.log(log_terms.shape[1])


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def over_the_whole_array(log_terms):
    """The sum runs over the whole array, and every row gets the same.

    Each row has a sum of its own. Without an axis NumPy adds up everything: `sum(axis=1)`.
    """
    return np.full(len(log_terms), np.logaddexp.reduce(log_terms, axis=None))


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def shares_returned(log_terms):
    """These are the exponentials over their sum, a softmax.

    They share out each row, with K numbers that add up to one. What is asked for is one number for
    each row: the logarithm of what they are divided by.
    """
    return np.exp(log_terms - np.logaddexp.reduce(log_terms, axis=1)[:, None])


@mistake(LOG_SUM_EXP, "eq-log-sum-exp")
def exponential_of_the_sum(log_terms):
    """This is the sum of the exponentials, and not its logarithm.

    It over- or underflows where the terms are far from zero, and going back to logarithms is what
    the function is for.
    """
    return np.exp(log_terms).sum(axis=1)


# --- the lower bound -----------------------------------------------------------------------------


@mistake(LOWER_BOUND, "eq-lower-bound")
def entropy_missing(log_joint, q):
    """The entropy of q is missing.

    This is the expected complete-data log-likelihood, the part that the M step needs. The bound
    has the entropy of q besides. Without that it touches the likelihood only where the posterior
    leaves no doubt and has no entropy.
    """
    return np.sum(q * log_joint)


@mistake(LOWER_BOUND, "eq-lower-bound")
def entropy_subtracted(log_joint, q):
    """The entropy of q has the wrong sign.

    The bound averages the logarithm of a ratio, joint over q, so log q is subtracted. Added, it
    subtracts the entropy that the bound adds.
    """
    return np.sum(q * (log_joint + np.log(q)))


@mistake(LOWER_BOUND, "eq-lower-bound")
def zero_times_infinity(log_joint, q):
    """Zero times minus infinity is not a number.

    Where q is zero the term is zero, by the limit of q log q, whatever the joint is. In floating
    point the product is NaN and must not be formed: choose the entries with q > 0 first.
    """
    return np.sum(q * (log_joint - np.log(q)))


@mistake(LOWER_BOUND, "eq-lower-bound")
def impossible_values_left_out(log_joint, q):
    """What the joint excludes is left out, though q allows it.

    Only where q is zero does a term vanish. Where q is positive and the joint is zero, the term is
    minus infinity, and so is the bound: such a q is no use.
    """
    some = (q > 0) & np.isfinite(log_joint)
    return np.sum(q[some] * (log_joint[some] - np.log(q[some])))


@mistake(LOWER_BOUND, "eq-lower-bound")
def the_evidence_itself(log_joint, q):
    """This is the log-evidence, and not the bound.

    The logarithm stands outside the sum over k, and q does not matter. The bound has the logarithm
    inside, weighted by q, and equals this only where q is the posterior.
    """
    return right.log_sum_exp(log_joint).sum()


@mistake(LOWER_BOUND, "eq-lower-bound")
def averaged_over_observations(log_joint, q):
    """The observations are averaged and not added.

    The bound of N independent observations is the sum of their bounds. Their average differs by
    the factor N, and then bound plus gap is no longer the evidence.
    """
    return np.sum(q * (log_joint - np.log(q))) / len(q)


@mistake(LOWER_BOUND, "eq-lower-bound")
def negated(log_joint, q):
    """The sign is wrong.

    This is the quantity that one minimises, log q minus the log-joint on average. The lower bound
    is its negative.
    """
    return np.sum(q * (np.log(q) - log_joint))


@mistake(LOWER_BOUND, "eq-lower-bound")
def not_weighted_by_q(log_joint, q):
    """The ratios are added without their weights.

    Jensen's inequality is about an average, with q as the weights. Multiply each log-ratio by
    q[n, k] before adding.
    """
    return np.sum(log_joint - np.log(q))


@mistake(LOWER_BOUND, "eq-lower-bound")
def logarithm_outside_the_average(log_joint, q):
    """The logarithm is taken of the average, and not averaged.

    By Jensen's inequality the logarithm of an average is the larger of the two. The bound averages
    the logarithms of the ratios.
    """
    return np.log(np.sum(q * np.exp(log_joint), axis=1)).sum()


@mistake(LOWER_BOUND, "eq-lower-bound")
def likeliest_value_alone(log_joint, q):
    """Only the likeliest latent value of each observation counts.

    The bound averages over all the values that q allows. To look at the one with the largest q is
    to put in another q, which is certain.
    """
    n, k = np.arange(len(q)), q.argmax(axis=1)
    return np.sum(log_joint[n, k] - np.log(q[n, k]))


@mistake(LOWER_BOUND, "eq-lower-bound")
def gap_added(log_joint, q):
    """The gap is added to the log-evidence, and not subtracted.

    The divergence of q from the posterior is never negative, so that with a plus this is a bound
    from above. The lower bound is the evidence less the gap.
    """
    evidence = right.log_sum_exp(log_joint).sum()
    return 2 * evidence - right.lower_bound(log_joint, q)


@mistake(LOWER_BOUND, "eq-lower-bound")
def gap_returned(log_joint, q):
    """This is the gap between the bound and the log-evidence.

    It is the divergence of q from the posterior, the log-joint minus the log-evidence. The bound
    averages the log-joint as it is, and gap and bound together are the evidence.
    """
    return right.log_sum_exp(log_joint).sum() - right.lower_bound(log_joint, q)


@mistake(LOWER_BOUND, "eq-lower-bound")
def logarithms_of_q_not_weighted(log_joint, q):
    """The logarithms of q are not multiplied by q.

    Both terms of the log-ratio are averaged with the weights q. Multiply the difference, log-joint
    minus log q, and not the log-joint alone.
    """
    return np.sum(q * log_joint - np.log(q))


@mistake(LOWER_BOUND, "eq-lower-bound")
def q_without_logarithm(log_joint, q):
    """The distribution q is subtracted, and not its logarithm.

    The joint is given as a logarithm, and the logarithm of a ratio is the difference of two
    logarithms. q is given as it is: take its logarithm first.
    """
    return np.sum(q * (log_joint - q))


@mistake(LOWER_BOUND, "eq-lower-bound")
def bound_of_each_observation(log_joint, q):
    """The bounds of the observations are not added up.

    There is one number for each row, and the bound is for all the observations together. Sum over
    n as well as over k.
    """
    some = q > 0
    ratio = np.where(some, log_joint, 0.0) - np.log(np.where(some, q, 1.0))
    return np.sum(np.where(some, q * ratio, 0.0), axis=1)


@mistake(LOWER_BOUND, "eq-lower-bound")
def entropy_of_the_mean_q(log_joint, q):
    """The entropy is that of q averaged over the observations.

    Each observation has a distribution of its own, and the entropy of each row is to be added. How
    the rows look on average is another question.
    """
    mean = q.mean(axis=0)
    return np.sum(q * log_joint) - len(q) * np.sum(mean * np.log(mean))


@mistake(LOWER_BOUND, "eq-lower-bound")
def entropy_in_bits(log_joint, q):
    """The entropy of q is in bits, and the log-joint in nats.

    The two are to be added, so both need the natural logarithm. `log2` makes the entropy larger by
    a factor of 1.44, and the bound may lie above the evidence.
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
    """What p excludes is left out, though q allows it.

    Only where q is zero does a term vanish. Where q is positive and p is zero, the term is
    infinite, and so is the divergence.
    """
    some = (q > 0) & (p > 0)
    return float(np.sum(q[some] * (np.log(q[some]) - np.log(p[some]))))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def zero_log_zero(q, p):
    """Zero times the logarithm of zero is not a number.

    Where q is zero the term is zero, by the limit of q log q, whatever p is. In floating point the
    product is NaN and must not be formed: choose the entries with q > 0 first.
    """
    return float(np.sum(q * (np.log(q) - np.log(p))))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def cross_entropy(q, p):
    """This is the cross entropy.

    It is minus the average of log p. The divergence subtracts the entropy of q from it, and so is
    zero where the two agree.
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
    """This is the divergence of p from q: the two are in each other's place.

    The divergence is no distance: it depends on which of the two it averages over. KL(q || p)
    averages over q, the first, so that what q excludes costs nothing.
    """
    return float(divergence(p, q).sum())


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def divergence_negative(q, p):
    """The sign is wrong.

    The logarithm is that of q over p. Upside down, log p minus log q averages to something that is
    never positive, by Gibbs' inequality.
    """
    return float(-divergence(q, p).sum())


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def weighted_by_p(q, p):
    """The logarithms are weighted with p, and not with q.

    The divergence is the average, over q, of log q minus log p. Averaged over p the same
    differences give minus the divergence of p from q.
    """
    return float(np.sum(p * (np.log(q) - np.log(p))))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def both_directions_averaged(q, p):
    """The divergences in both directions are averaged.

    That is symmetric, and another quantity, Jeffreys'. The gap between bound and evidence has one
    direction: from q, the approximation, to p, the posterior.
    """
    return float((divergence(q, p) + divergence(p, q)).sum() / 2)


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def both_directions_added(q, p):
    """The divergences in both directions are added.

    That is symmetric, and another quantity. Here it is asked for the average over q alone, of
    log q minus log p.
    """
    return float((divergence(q, p) + divergence(p, q)).sum())


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def from_their_mean(q, p):
    """This is the Jensen-Shannon divergence.

    It measures how far q and p are from their mean, and is at most log 2. KL(q || p) compares q
    with p itself, and has no bound.
    """
    mean = (q + p) / 2
    return float((divergence(q, mean) + divergence(p, mean)).sum() / 2)


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def logarithm_of_the_average_ratio(q, p):
    """The logarithm is taken of the average ratio, and not averaged.

    The average of a logarithm is smaller than the logarithm of the average, by Jensen's
    inequality. Take the logarithm of each ratio first, and weight it with q.
    """
    return float(np.log(np.sum(q * q / p, axis=1)).sum())


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def columns_made_distributions(q, p):
    """Each column is divided by its sum first.

    A distribution stands in a row. `scipy.stats.entropy` takes columns for distributions, and
    makes them add up to one, unless it is told `axis=1`.
    """
    own, other = q / q.sum(axis=0), p / p.sum(axis=0)
    return float(divergence(own, other).sum())


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def divergence_of_the_means(q, p):
    """The rows are averaged before they are compared.

    Each observation has two distributions of its own. They may differ in every row and agree on
    average. Add up the divergences of the rows.
    """
    return float(len(q) * divergence(q.mean(axis=0)[None], p.mean(axis=0)[None])[0])


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def averaged_over_rows(q, p):
    """The divergences of the rows are averaged, and not added.

    The observations are independent, so that their divergences add, like their log-evidences and
    bounds. `batchmean` in PyTorch divides by N.
    """
    return float(divergence(q, p).mean())


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def divergence_of_each_row(q, p):
    """The divergences of the rows are not added up.

    There is one number for each observation, and one is asked for in all. Sum over n as well as
    over k.
    """
    return divergence(q, p)


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def divergence_in_bits(q, p):
    """The divergence is in bits.

    With the logarithm to the base 2 it is larger by a factor of 1.44. Everything here is in nats:
    take the natural logarithm, as the bound and the evidence do.
    """
    return float(divergence(q, p).sum() / np.log(2))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def difference_of_the_entropies(q, p):
    """The entropies are subtracted.

    Each is an average over its own distribution. The divergence averages both logarithms over q:
    it is the cross entropy of q and p, less the entropy of q.
    """
    return float(np.sum(q * logarithm(q)) - np.sum(p * logarithm(p)))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def quotient_of_the_logarithms(q, p):
    """The logarithms are divided by each other.

    The logarithm of a ratio is the difference of the logarithms: log q minus log p. Their quotient
    is one where q and p are equal, and the divergence has to be zero there.
    """
    return float(np.sum(q * logarithm(q) / np.log(p)))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def logarithm_forgotten_in_divergence(q, p):
    """The ratios are averaged without their logarithm.

    The divergence is the average of log q minus log p. For equal distributions the ratio is one,
    and its logarithm zero, as a divergence has to be.
    """
    return float(np.sum(q * q / p))


@mistake(KL_DIVERGENCE, "eq-kl-divergence")
def sizes_of_the_logarithms(q, p):
    """The absolute values of the logarithms are averaged.

    Some of the log-ratios are negative, and they count as such: the average is still not negative,
    by Gibbs' inequality. Without `abs` they take away what they should.
    """
    return float(np.sum(q * np.abs(logarithm(q) - np.log(p))))
