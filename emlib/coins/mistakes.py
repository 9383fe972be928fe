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
        exercise,
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


# --- the log-likelihood ---------------------------------------------------------------------------


def log_evidence(counts, params):
    """The log-probability (S,) of each set's tosses."""
    return log_sum_exp(log_tosses(counts, params) - math.log(len(params.biases)))


@mistake(LOG_LIKELIHOOD, "eq-coins-log-likelihood")
def logarithms_averaged(counts, params):
    """The logarithms are averaged over the coins.

    Average the probabilities over the coins, and take the logarithm of that. By Jensen's
    inequality, the average of the logarithms is smaller.
    """
    return float(log_tosses(counts, params).mean(axis=1).sum())


@mistake(LOG_LIKELIHOOD, "eq-coins-log-likelihood")
def one_coin_for_all_sets(counts, params):
    """One coin is picked for all the sets together.

    Every set has its own coin, so the average over the coins is inside the product over the sets.
    Here it is outside.
    """
    total = log_tosses(counts, params).sum(axis=0)  # (K,)
    return float(np.logaddexp.reduce(total) - np.log(len(total)))


@mistake(LOG_LIKELIHOOD, "eq-coins-joint")
def coin_not_drawn(counts, params):
    """The probability 1/K of drawing the coin is missing.

    A coin is drawn first, so a set's probability is the average over the coins, not the sum. Each
    set contributes a term -log K.
    """
    return float(log_sum_exp(log_tosses(counts, params)).sum())


@mistake(LOG_LIKELIHOOD, "eq-coins-joint")
def coin_drawn_once(counts, params):
    """The probability 1/K is counted once instead of once for each set.

    A coin is drawn for every set. So subtract log K as many times as there are sets.
    """
    total = log_sum_exp(log_tosses(counts, params)).sum()
    return float(total - math.log(len(params.biases)))


@mistake(LOG_LIKELIHOOD, "eq-coins-joint")
def all_tosses_are_tails(counts, params):
    """Heads are counted among the tails.

    Here one minus the bias is raised to the number of tosses. Raise it to the number of tails, the
    second column; the heads already have the power of the bias.
    """
    heads, tails = counts.T
    return float(log_evidence(np.column_stack([heads, heads + tails]), params).sum())


@mistake(LOG_LIKELIHOOD, "eq-coins-joint")
def heads_alone(counts, params):
    """Only the heads are counted.

    The tails have a probability too: one minus the bias for each of them. Without them, a coin with
    two heads would be the best for any tosses.
    """
    return float(log_evidence(counts * np.array([1.0, 0.0]), params).sum())


@mistake(LOG_LIKELIHOOD, "eq-coins-joint")
def heads_for_tails(counts, params):
    """Heads and tails are swapped.

    The first column of the counts is heads, which have the probability of the bias. The second is
    tails, which have one minus the bias.
    """
    return float(log_evidence(counts[:, ::-1], params).sum())


@mistake(LOG_LIKELIHOOD, "eq-coins-log-likelihood")
def best_coin_alone(counts, params):
    """Only the likeliest coin of each set is counted.

    Any of the coins may have made a set, so the probabilities of these stories add up. The largest
    one is smaller than their sum.
    """
    log_joint = log_tosses(counts, params) - math.log(len(params.biases))
    return float(log_joint.max(axis=1).sum())


@mistake(LOG_LIKELIHOOD, "eq-coins-log-likelihood")
def logarithms_of_all_stories(counts, params):
    """The logarithms of all the stories are added.

    The stories about one set are alternatives, so their probabilities add up. Take the logarithm of
    that sum.
    """
    return float((log_tosses(counts, params) - math.log(len(params.biases))).sum())


@mistake(LOG_LIKELIHOOD, "eq-coins-log-likelihood")
def objective_of_the_m_step(counts, params):
    """This is the expected complete-data log-likelihood.

    The M step maximises it: the logarithms of the stories, averaged with the responsibilities. The
    log-likelihood has the logarithm outside the sum over the coins.
    """
    log_joint = log_tosses(counts, params) - math.log(len(params.biases))
    return float((shares(log_joint) * log_joint).sum())


@mistake(LOG_LIKELIHOOD, "eq-coins-log-likelihood")
def probabilities_of_sets_added(counts, params):
    """The probabilities of the sets are added instead of multiplied.

    All of the sets were seen, and they are independent. So their probabilities multiply and the
    logarithms add: the sum over the sets is outside the logarithm.
    """
    return float(np.logaddexp.reduce(log_evidence(counts, params)))


@mistake(LOG_LIKELIHOOD, "eq-coins-log-likelihood")
def average_over_sets(counts, params):
    """The sets are averaged instead of added.

    The sets are independent, so their log-probabilities add. Do not divide by the number of sets.
    """
    return float(log_evidence(counts, params).mean())


@mistake(LOG_LIKELIHOOD, "eq-coins-joint")
def number_of_heads(counts, params):
    """The binomial coefficient is included.

    With it, you get the probability of so many heads in any order. Here the tosses came in one
    order, so leave the coefficient out.
    """
    return float(log_evidence(counts, params).sum() + log_orders(counts).sum())


@mistake(LOG_LIKELIHOOD, "eq-coins-joint")
def fractions_of_heads(counts, params):
    """The fractions of heads and tails are used instead of their numbers.

    Nine heads in ten tosses say more than the fraction 0.9: each of the ten tosses contributes a
    factor. With fractions, every set counts as a single toss.
    """
    return float(log_evidence(counts / counts.sum(axis=1)[:, None], params).sum())


@mistake(LOG_LIKELIHOOD, "eq-coins-log-likelihood")
def negative_sum(counts, params):
    """The sign is wrong.

    This is the negative log-likelihood, which optimisers like to minimise. EM climbs the
    log-likelihood itself: the logarithm of a probability, which is never positive.
    """
    return float(-log_evidence(counts, params).sum())


@mistake(LOG_LIKELIHOOD, "eq-log-sum-exp")
def probabilities_before_logarithms(counts, params):
    """The probabilities are multiplied before the logarithm is taken.

    The probability of so many tosses is below the smallest number in double precision, so it
    becomes zero, and its logarithm minus infinity. Add logarithms, and use log-sum-exp for the
    average.
    """
    heads, tails = counts.T[:, :, None]
    stories = params.biases**heads * (1 - params.biases) ** tails
    return float(np.log(stories.mean(axis=1)).sum())


@mistake(LOG_LIKELIHOOD, "eq-coins-joint")
def zero_times_minus_infinity(counts, params):
    """Zero times the logarithm of zero is not a number.

    A coin with two heads shows no tails with probability 1, not NaN: zero to the power zero is one.
    If a face was never seen, leave it out of the sum.
    """
    faces = np.array([params.biases, 1 - params.biases])
    log_joint = (counts[:, :, None] * np.log(faces)).sum(axis=1)
    return float(
        (np.logaddexp.reduce(log_joint, axis=1) - math.log(len(faces.T))).sum()
    )


def log_orders(counts):
    """The logarithms (S,) of in how many orders the tosses of each set may come."""
    log_factorial = np.vectorize(lambda n: math.lgamma(n + 1))
    heads, tails = counts.T
    return log_factorial(heads + tails) - log_factorial(heads) - log_factorial(tails)


# --- the E step ----------------------------------------------------------------------------------


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

    The first column of the counts is heads, which have the probability of the bias. The second is
    tails, which have one minus the bias.
    """
    return shares(log_tosses(counts[:, ::-1], params))


@mistake(E_STEP, "eq-coins-responsibility", "responsibilities")
def stories_not_normalised(counts, params):
    """The stories are not divided by their sum.

    These are the probabilities of 'this coin, and then these tosses'. By Bayes' rule, a
    responsibility is one story over the sum of the stories about the same set.
    """
    return np.exp(log_tosses(counts, params)) / len(params.biases)


@mistake(E_STEP, "eq-coins-responsibility", "responsibilities")
def normalised_over_sets(counts, params):
    """The stories are divided by their sum over the sets.

    Each set is divided among the coins, so each row adds up to one. The sum in the denominator runs
    over the coins, `axis=1`.
    """
    terms = log_tosses(counts, params)
    return np.exp(terms - np.logaddexp.reduce(terms, axis=0))


@mistake(E_STEP, "eq-coins-responsibility", "responsibilities")
def likelier_coin_takes_all(counts, params):
    """Each set is given wholly to the likelier coin.

    That is a decision, and EM makes none. Hard EM is another algorithm: on average, it estimates
    biases that are too far apart.
    """
    return hard(log_tosses(counts, params))


@mistake(E_STEP, "eq-coins-responsibility", "responsibilities")
def coins_logarithms_normalised(counts, params):
    """The logarithms are divided by their sum.

    Bayes' rule divides probabilities. With logarithms, subtract the logarithm of the sum, and then
    take the exponential.
    """
    terms = log_tosses(counts, params) - math.log(len(params.biases))
    return terms / terms.sum(axis=1, keepdims=True)


@mistake(E_STEP, "eq-coins-joint", "responsibilities")
def fractions_for_counts(counts, params):
    """The fractions of heads and tails are used instead of their numbers.

    Nine heads in ten tosses say more than the fraction 0.9: each of the ten tosses contributes a
    factor. With fractions, every set counts as a single toss.
    """
    return shares(log_tosses(counts / counts.sum(axis=1, keepdims=True), params))


@mistake(E_STEP, "eq-log-sum-exp", "responsibilities")
def probabilities_of_long_sets(counts, params):
    """The probabilities underflow before they are divided.

    The probability of so many tosses is below the smallest number in double precision, and zero
    divided by zero is not a number. Add logarithms, subtract the largest, and take the exponential
    last.
    """
    heads, tails = counts.T[:, :, None]
    stories = params.biases**heads * (1 - params.biases) ** tails
    return stories / stories.sum(axis=1, keepdims=True)


@mistake(E_STEP, "eq-coins-joint", "responsibilities")
def zero_times_log_zero(counts, params):
    """Zero times the logarithm of zero is not a number.

    A coin with two heads shows no tails with probability 1, not NaN: zero to the power zero is one.
    If a face was never seen, leave it out of the sum.
    """
    faces = np.array([params.biases, 1 - params.biases])
    return shares((counts[:, :, None] * np.log(faces)).sum(axis=1))


@mistake(E_STEP, "eq-coins-joint", "log_likelihood")
def draw_of_the_coin_missing(counts, params):
    """The log-likelihood lacks the probability 1/K of drawing the coin.

    It cancels in the responsibilities, which are right, but not in the likelihood. Each set
    contributes a term -log K.
    """
    return log_sum_exp(log_tosses(counts, params)).sum()


@mistake(E_STEP, "eq-coins-joint", "log_likelihood")
def always_two_coins(counts, params):
    """The probability of drawing a coin is 1/2, however many coins there are.

    It cancels in the responsibilities, which are right, but not in the likelihood. With K coins it
    is 1/K.
    """
    return log_sum_exp(log_tosses(counts, params) - math.log(2)).sum()


@mistake(E_STEP, "eq-coins-log-likelihood", "log_likelihood")
def expected_complete_tosses(counts, params):
    """This is the M step's objective, not the log-likelihood.

    The responsibilities are right. As weights of the logarithms of the stories, they give the
    expected complete-data log-likelihood. The log-likelihood has the logarithm outside the sum over
    coins.
    """
    log_joint = log_tosses(counts, params) - math.log(len(params.biases))
    return (shares(log_joint) * log_joint).sum()


@mistake(E_STEP, "eq-coins-log-likelihood", "log_likelihood")
def stories_logarithms_added(counts, params):
    """The log-likelihood adds the logarithms of all the stories.

    The responsibilities are right. The stories about one set are alternatives, so their
    probabilities add up. Take the logarithm of that sum.
    """
    return (log_tosses(counts, params) - math.log(len(params.biases))).sum()


@mistake(E_STEP, "eq-coins-joint", "log_likelihood")
def orders_counted(counts, params):
    """The log-likelihood includes the binomial coefficient.

    With it, you get the probability of so many heads in any order. Here the tosses came in one
    order, so the book leaves it out. It is the same for all biases, so both conventions lead to the
    same estimates.
    """
    return (log_orders(counts) + log_evidence(counts, params)).sum()


@mistake(E_STEP, "eq-coins-log-likelihood", "log_likelihood")
def averaged_over_sets(counts, params):
    """The log-likelihood is averaged over the sets instead of added up.

    The responsibilities are right. The sets are independent, so their log-probabilities add.
    """
    return log_evidence(counts, params).mean()


@mistake(E_STEP, "eq-coins-joint", "responsibilities")
def picked_by_bias(counts, params):
    """The coins are picked in proportion to their biases.

    A coin's bias is how often it shows heads once it is tossed. The coin is picked before that,
    each with the same probability 1/K.
    """
    return shares(log_tosses(counts, params) + np.log(params.biases))


@mistake(E_STEP, "eq-coins-responsibility", "responsibilities")
def coins_by_sets(counts, params):
    """The responsibilities are transposed.

    Each set has a row and each coin a column: the shape is (S, K). A loop over the coins that
    collects rows gives (K, S).
    """
    return shares(log_tosses(counts, params)).T


@mistake(E_STEP, "eq-coins-responsibility", "responsibilities")
def logarithms_of_responsibilities(counts, params):
    """These are the logarithms of the responsibilities.

    It is right to use logarithms and to take the exponential at the very end. But it is missing
    here: a probability lies between 0 and 1.
    """
    log_joint = log_tosses(counts, params)
    return log_joint - np.logaddexp.reduce(log_joint, axis=1)[:, None]


@mistake(E_STEP, "eq-coins-joint", "responsibilities")
def tosses_for_tails(counts, params):
    """Heads are counted among the tails.

    Here one minus the bias is raised to the number of tosses. Raise it to the number of tails, the
    second column; the heads already have the power of the bias.
    """
    heads, tails = counts.T
    return shares(log_tosses(np.column_stack([heads, heads + tails]), params))


@mistake(E_STEP, "eq-coins-responsibility", "responsibilities")
def biases_made_shares(counts, params):
    """The biases are divided by their sum, and the tosses are ignored.

    A responsibility is the probability of the coin, given the tosses. By Bayes' rule, it is the
    likelihood of that coin divided by the sum over all coins. A bias is the probability of one
    head.
    """
    return np.tile(params.biases / params.biases.sum(), (len(counts), 1))


@mistake(E_STEP, "eq-coins-joint", "responsibilities")
def sets_run_together(counts, params):
    """All the sets are divided among the coins together instead of one by one.

    Every set has its own coin, so its responsibilities come from its own tosses. Here the counts of
    all the sets are added first, so every row is the same.
    """
    all_of_them = np.tile(counts.sum(axis=0), (len(counts), 1))
    return shares(log_tosses(all_of_them, params))


# --- the M step ----------------------------------------------------------------------------------


def expected(counts, gamma):
    """The expected heads (K,) and tails (K,) of each coin."""
    return counts.T @ gamma


@mistake(M_STEP, "eq-coins-bias", "biases")
def tosses_of_all_coins(counts, gamma):
    """The heads are divided by the tosses of all the coins.

    Coin k's bias is its own heads divided by its own tosses. If you divide by all the tosses, the
    biases are too small by about a factor of K.
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

    The bias is the probability of heads, the first column of the counts. Every bias that you return
    is one minus the right one.
    """
    heads, tails = expected(counts, gamma)
    return tails / (heads + tails)


@mistake(M_STEP, "eq-coins-bias", "biases")
def one_bias_for_all(counts, gamma):
    """Every coin gets the bias of all the tosses together.

    Weight the sets with the responsibilities: each coin has its own column. Coins with equal biases
    stay equal forever.
    """
    return np.full(gamma.shape[1], counts[:, 0].sum() / counts.sum())


@mistake(M_STEP, "eq-coins-bias", "biases")
def average_of_fractions(counts, gamma):
    """The sets' fractions of heads are averaged.

    A set of thirty tosses says more than a set of three. Add up the heads and the tosses first, and
    divide once at the end. With sets of equal length, this mistake does not show.
    """
    fractions = counts[:, 0] / counts.sum(axis=1)
    return fractions @ gamma / gamma.sum(axis=0)


@mistake(M_STEP, "eq-coins-bias", "biases")
def heads_per_set(counts, gamma):
    """The heads are divided by the number of sets.

    That is the average number of heads in a set. The bias is heads divided by tosses: weight the
    tosses of each set with the responsibility too.
    """
    return counts[:, 0] @ gamma / gamma.sum(axis=0)


@mistake(M_STEP, "eq-coins-bias", "biases")
def biases_of_hard_sets(counts, gamma):
    """Each set is counted for its likelier coin alone.

    A set for which coin A has the responsibility 0.6 counts 0.6 times for coin A and 0.4 times for
    coin B. Rounded to 1 and 0, this is hard EM.
    """
    heads, tails = expected(counts, hard(gamma))
    return heads / (heads + tails)


@mistake(M_STEP, "eq-coins-bias", "biases")
def one_toss_of_each_added(counts, gamma):
    """One head and one tail are added to every coin.

    That keeps a bias away from 0 and 1. It is the posterior mean under a uniform prior, Laplace's
    rule, not maximum likelihood. EM as derived here climbs the likelihood.
    """
    heads, tails = expected(counts, gamma)
    return (heads + 1) / (heads + tails + 2)


@mistake(M_STEP, "eq-coins-bias", "biases")
def likeliest_coin_takes_all(counts, responsibilities):
    """Each set counts wholly for its likeliest coin.

    That is hard EM. In EM, each set's heads and tails are divided among the coins, in proportion to
    the responsibilities.
    """
    heads, tails = counts.T @ hard(responsibilities)  # (K,) each
    return heads / np.where(heads + tails > 0, heads + tails, 1.0)


@mistake(M_STEP, "eq-coins-bias", "biases")
def one_half_where_nothing_is_won(counts, gamma):
    """Each set counts wholly for its likeliest coin, and a coin without sets gets 1/2.

    That is hard EM, with a default bias for coins that win no set. With responsibilities, each coin
    has a share of every set, so there is no division by zero.
    """
    heads, tails = expected(counts, hard(gamma))
    tosses = heads + tails
    return np.where(tosses > 0, heads / np.where(tosses > 0, tosses, 1.0), 0.5)


@mistake(M_STEP, "eq-coins-bias", "biases")
def all_sets_as_long_as_the_first(counts, gamma):
    """All the sets are assumed to be as long as the first.

    A coin's tosses are the lengths of the sets, each weighted with the coin's responsibility. With
    sets of equal length, this mistake does not show.
    """
    return counts[:, 0] @ gamma / (max(counts[0].sum(), 1) * gamma.sum(axis=0))


@mistake(M_STEP, "eq-coins-bias", "biases")
def all_sets_as_long_as_the_average(counts, gamma):
    """All the sets are assumed to be of average length.

    A coin's tosses are the lengths of the sets, each weighted with the coin's responsibility. A
    coin that made the longer sets has more tosses than the average length gives it.
    """
    return counts[:, 0] @ gamma / (counts.sum(axis=1).mean() * gamma.sum(axis=0))


@mistake(M_STEP, "eq-coins-bias", "biases")
def sums_run_on(counts, gamma):
    """The sums continue from one coin to the next.

    The heads and the tosses of each coin start at zero. Reset the two sums inside the loop over the
    coins, not before it.
    """
    heads, tails = np.cumsum(expected(counts, gamma), axis=1)
    return heads / (heads + tails)


@mistake(M_STEP, "eq-coins-bias", "biases")
def heads_in_whole_numbers(counts, gamma):
    """The expected heads are truncated to whole numbers.

    An integer array can hold only integers: a value that you assign to it loses its fraction.
    Expected heads have fractions, so create the array with a float type.
    """
    heads, tails = expected(counts, gamma)
    return np.trunc(heads) / (heads + tails)


@mistake(M_STEP, "eq-coins-bias", "biases")
def heads_and_tosses_in_whole_numbers(counts, gamma):
    """The expected heads and tails are truncated to whole numbers.

    Integer arrays can hold only integers: a value that you assign to them loses its fraction.
    Expected counts have fractions, so create the arrays with a float type.
    """
    heads, tails = np.trunc(expected(counts, gamma))
    return heads / (heads + tails)


@mistake(M_STEP, "eq-coins-bias", "biases")
def tosses_not_shared_out(counts, gamma):
    """The tosses are not weighted with the responsibilities.

    Both the heads and the tosses of each set are divided among the coins. All the tosses divided by
    the number of coins is the right denominator only if the coins have equally many.
    """
    heads, _ = expected(counts, gamma)
    return heads / (counts.sum() / gamma.shape[1])


@mistake(M_STEP, "eq-coins-bias", "biases")
def responsibilities_squared(counts, gamma):
    """The heads are weighted with the responsibilities twice.

    Weight each set once in the numerator and once in the denominator. Usually an array that already
    holds gamma times the counts has been multiplied by gamma once more.
    """
    return counts[:, 0] @ gamma**2 / (counts.sum(axis=1) @ gamma)


@mistake(M_STEP, "eq-coins-bias", "biases")
def half_a_toss_of_each_added(counts, gamma):
    """Half a head and half a tail are added to every coin.

    That is the posterior mean under Jeffreys' prior. It keeps a bias away from 0 and 1, but it is
    not maximum likelihood, which EM as derived here climbs.
    """
    heads, tails = expected(counts, gamma)
    return (heads + 0.5) / (heads + tails + 1)


@mistake(M_STEP, "eq-coins-bias", "biases")
def share_of_all_heads(counts, gamma):
    """The heads are divided by the heads of all the coins.

    That is this coin's share of all the heads. A bias is the share of heads among the coin's own
    tosses: divide by its expected heads and tails together.
    """
    return counts[:, 0] @ gamma / counts[:, 0].sum()
