"""Mistakes in the E step and the M step of the coins."""

import math

import numpy as np

from emlib.coins import Params
from emlib.evidence.vectorized import log_sum_exp
from emlib.exercises.mistakes import hard, mistake, shares, trap

LOG_LIKELIHOOD, E_STEP, M_STEP = "coins.log_likelihood", "coins.e_step", "coins.m_step"

for exercise in (LOG_LIKELIHOOD, E_STEP):
    trap(
        exercise,
        "sets so long that every probability underflows",
        counts=np.array([[600.0, 500.0], [400.0, 800.0]]),
        params=Params(np.array([0.6, 0.5])),
    )
trap(
    E_STEP,
    "a coin with two heads",
    counts=np.array([[3.0, 0.0], [2.0, 1.0]]),
    params=Params(np.array([1.0, 0.5])),
)


def log_tosses(counts, params):
    """The log-probability (S, K) of each set's tosses with each coin; 0 log 0 is 0."""
    faces = np.array([params.biases, 1 - params.biases])  # (2, K)
    impossible = counts @ (faces == 0) > 0
    return np.where(impossible, -np.inf, counts @ np.log(np.where(faces > 0, faces, 1)))


trap(
    M_STEP,
    "one coin all heads, the other all tails",
    counts=np.array([[7.0, 0.0], [0.0, 5.0], [3.0, 0.0]]),
    responsibilities=np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]),
)


@mistake(E_STEP, "eq-coins-joint", "responsibilities")
def tails_ignored(counts, params):
    """The tails are left out.

    A set's probability is that of its heads times that of its tails. With the heads alone the coin
    with the larger bias wins every set that has a head.
    """
    return shares(counts[:, :1] * np.log(params.biases))


@mistake(E_STEP, "eq-coins-joint", "responsibilities")
def heads_and_tails_swapped(counts, params):
    """Heads and tails are swapped.

    The first column of the counts is heads, and it belongs to the bias; the second is tails, and
    it belongs to one minus the bias.
    """
    return shares(log_tosses(counts[:, ::-1], params))


@mistake(E_STEP, "eq-coins-responsibility", "responsibilities")
def stories_not_normalised(counts, params):
    """The stories are not divided by their sum.

    These are the probabilities of 'this coin, and then these tosses'. By Bayes' rule a
    responsibility is one story over all the stories about the same set.
    """
    return np.exp(log_tosses(counts, params)) / len(params.biases)


@mistake(E_STEP, "eq-coins-responsibility", "responsibilities")
def normalised_over_sets(counts, params):
    """The stories are divided by their sum over the sets.

    Each set is shared out between the coins, so each row adds up to one: the sum in the
    denominator runs over the coins, `axis=1`.
    """
    terms = log_tosses(counts, params)
    return np.exp(terms - np.logaddexp.reduce(terms, axis=0))


@mistake(E_STEP, "eq-coins-responsibility", "responsibilities")
def likelier_coin_takes_all(counts, params):
    """Each set is given wholly to the likelier coin.

    That is a decision, and EM makes none. Hard EM is another algorithm, and it estimates biases
    that are, on average, too far apart.
    """
    return hard(log_tosses(counts, params))


@mistake(E_STEP, "eq-coins-responsibility", "responsibilities")
def coins_logarithms_normalised(counts, params):
    """The logarithms are divided by their sum.

    Bayes' rule divides probabilities. Of logarithms one subtracts the logarithm of the sum, and
    takes the exponential.
    """
    terms = log_tosses(counts, params) - math.log(len(params.biases))
    return terms / terms.sum(axis=1, keepdims=True)


@mistake(E_STEP, "eq-coins-joint", "responsibilities")
def fractions_for_counts(counts, params):
    """The fractions of heads and tails stand where their numbers belong.

    Nine heads of ten say more than the fraction 0.9: they are ten tosses, and each multiplies its
    probability in. With fractions every set counts as a single toss.
    """
    return shares(log_tosses(counts / counts.sum(axis=1, keepdims=True), params))


@mistake(E_STEP, "eq-log-sum-exp", "responsibilities")
def probabilities_of_long_sets(counts, params):
    """The probabilities are multiplied before they are divided.

    So many tosses have a probability below the smallest number that double precision can hold, and
    zero over zero is not a number. Add logarithms, take out the largest, and let the
    exponential come last.
    """
    heads, tails = counts.T[:, :, None]
    stories = params.biases**heads * (1 - params.biases) ** tails
    return stories / stories.sum(axis=1, keepdims=True)


@mistake(E_STEP, "eq-coins-joint", "responsibilities")
def zero_times_log_zero(counts, params):
    """Zero times the logarithm of zero is not a number.

    A coin with two heads gives no tails the probability 1, not NaN: zero to the power zero is one.
    Leave a face out of the sum where it was never seen.
    """
    faces = np.array([params.biases, 1 - params.biases])
    return shares((counts[:, :, None] * np.log(faces)).sum(axis=1))


@mistake(E_STEP, "eq-coins-joint", "log_likelihood")
def draw_of_the_coin_missing(counts, params):
    """The log-likelihood lacks the probability 1/K of drawing the coin.

    It cancels in the responsibilities, which are right. In the likelihood it stays: each set
    brings a term -log K.
    """
    return log_sum_exp(log_tosses(counts, params)).sum()


@mistake(E_STEP, "eq-coins-joint", "log_likelihood")
def always_two_coins(counts, params):
    """The probability of drawing a coin is 1/2, however many coins there are.

    It cancels in the responsibilities, which are right. In the likelihood it stays, and with K
    coins it is 1/K.
    """
    return log_sum_exp(log_tosses(counts, params) - math.log(2)).sum()


@mistake(E_STEP, "eq-coins-log-likelihood", "log_likelihood")
def expected_complete_tosses(counts, params):
    """The log-likelihood is the M step's objective instead.

    The responsibilities are right. Their average of the logarithms of the stories is the expected
    complete-data log-likelihood. The log-likelihood has the logarithm outside the sum over coins.
    """
    log_joint = log_tosses(counts, params) - math.log(len(params.biases))
    return (shares(log_joint) * log_joint).sum()


@mistake(E_STEP, "eq-coins-log-likelihood", "log_likelihood")
def stories_logarithms_added(counts, params):
    """The log-likelihood adds the logarithms of all the stories.

    The responsibilities are right. The stories about one set are alternatives: their probabilities
    add up, and the logarithm is taken of the sum.
    """
    return (log_tosses(counts, params) - math.log(len(params.biases))).sum()


@mistake(E_STEP, "eq-coins-joint", "log_likelihood")
def orders_counted(counts, params):
    """The log-likelihood counts the orders of the tosses.

    With the binomial coefficient it is the probability of so many heads, in any order. The tosses
    here came in one order, and the book leaves the coefficient out. It is the same for all biases,
    so either convention leads to the same estimates.
    """
    log_factorial = np.vectorize(lambda n: math.lgamma(n + 1))
    heads, tails = counts.T
    orders = log_factorial(heads + tails) - log_factorial(heads) - log_factorial(tails)
    evidence = log_sum_exp(log_tosses(counts, params) - math.log(len(params.biases)))
    return (orders + evidence).sum()


@mistake(E_STEP, "eq-coins-log-likelihood", "log_likelihood")
def averaged_over_sets(counts, params):
    """The log-likelihood is averaged over the sets and not added up.

    The responsibilities are right. The sets are independent, so their log-probabilities add.
    """
    evidence = log_sum_exp(log_tosses(counts, params) - math.log(len(params.biases)))
    return evidence.mean()


def expected(counts, gamma):
    """The expected heads (K,) and tails (K,) of each coin."""
    return counts.T @ gamma


@mistake(M_STEP, "eq-coins-bias", "biases")
def tosses_of_all_coins(counts, gamma):
    """The heads are divided by the tosses of all the coins.

    Coin k's bias is its own heads over its own tosses. Divided by everybody's tosses the biases
    come out too small, by about the factor K.
    """
    heads, _ = expected(counts, gamma)
    return heads / counts.sum()


@mistake(M_STEP, "eq-coins-bias", "biases")
def heads_over_tails(counts, gamma):
    """The heads are divided by the tails.

    That is the odds. A probability is heads over tosses, and tosses are heads and tails together.
    """
    heads, tails = expected(counts, gamma)
    return heads / tails


@mistake(M_STEP, "eq-coins-bias", "biases")
def tails_over_tosses(counts, gamma):
    """This is the probability of tails.

    The bias is the probability of heads, the first column of the counts. Every bias that comes out
    is one minus the right one.
    """
    heads, tails = expected(counts, gamma)
    return tails / (heads + tails)


@mistake(M_STEP, "eq-coins-bias", "biases")
def one_bias_for_all(counts, gamma):
    """Every coin gets the bias of all the tosses.

    The responsibilities are to weight the sets, each coin with its own column. Coins with equal
    biases stay equal forever.
    """
    return np.full(gamma.shape[1], counts[:, 0].sum() / counts.sum())


@mistake(M_STEP, "eq-coins-bias", "biases")
def average_of_fractions(counts, gamma):
    """The sets' fractions of heads are averaged.

    A set of thirty tosses says more than a set of three. Add up the heads and the tosses first,
    and divide once at the end. With sets of equal length the mistake cannot be seen.
    """
    fractions = counts[:, 0] / counts.sum(axis=1)
    return fractions @ gamma / gamma.sum(axis=0)


@mistake(M_STEP, "eq-coins-bias", "biases")
def heads_per_set(counts, gamma):
    """The heads are divided by the number of sets.

    That is the average number of heads in a set. The bias is heads over tosses: weight the tosses
    of each set with the responsibility too.
    """
    return counts[:, 0] @ gamma / gamma.sum(axis=0)


@mistake(M_STEP, "eq-coins-bias", "biases")
def biases_of_hard_sets(counts, gamma):
    """Each set is counted for its likelier coin alone.

    A set that coin A claims with 0.6 enters coin A's heads with 0.6 and coin B's with 0.4. Rounded
    to 1 and 0 this is hard EM.
    """
    heads, tails = expected(counts, hard(gamma))
    return heads / (heads + tails)


@mistake(M_STEP, "eq-coins-bias", "biases")
def one_toss_of_each_added(counts, gamma):
    """One head and one tail are added to every coin.

    That keeps a bias away from 0 and 1. It is the mean under a uniform prior, Laplace's rule, and
    not maximum likelihood. EM as derived here climbs the likelihood.
    """
    heads, tails = expected(counts, gamma)
    return (heads + 1) / (heads + tails + 2)
