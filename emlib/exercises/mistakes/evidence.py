"""Mistakes in log-sum-exp and in the lower bound."""

import numpy as np

from emlib.evidence import vectorized as right
from emlib.exercises.mistakes import mistake, trap

LOG_SUM_EXP = "evidence.log_sum_exp"
LOWER_BOUND = "evidence.lower_bound"
KL_DIVERGENCE = "evidence.kl_divergence"

trap(
    LOG_SUM_EXP,
    "terms whose exponentials overflow",
    log_terms=np.array([[1000.0, 1001]]),
)
trap(
    LOG_SUM_EXP,
    "terms whose exponentials underflow",
    log_terms=np.array([[-1000.0, -1001]]),
)
trap(
    LOG_SUM_EXP,
    "rows far apart",
    log_terms=np.array([[0.0, 1], [-2000, -2001]]),
)
trap(
    LOG_SUM_EXP,
    "a row of minus infinities",
    log_terms=np.array([[-np.inf, -np.inf], [0, 1]]),
)
trap(
    LOG_SUM_EXP,
    "terms of one row far apart",
    log_terms=np.array([[0.0, 2000], [2000, 0]]),
)
trap(
    KL_DIVERGENCE,
    "a value that both distributions exclude",
    q=np.array([[0.5, 0.5, 0], [1, 0, 0]]),
    p=np.array([[0.2, 0.8, 0], [0.2, 0.8, 0]]),
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
