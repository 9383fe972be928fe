"""Mistakes in the E step and the M step of the linkage example."""

import math

import numpy as np

from emlib.exercises.mistakes import mistake, trap
from emlib.linkage import Params

LOG_LIKELIHOOD, E_STEP, M_STEP = (
    "linkage.log_likelihood",
    "linkage.e_step",
    "linkage.m_step",
)

for exercise in (LOG_LIKELIHOOD, E_STEP):
    trap(
        exercise,
        "thousands of animals",
        counts=np.array([12500.0, 1800, 2000, 3400]),
        params=Params(0.6),
    )
trap(
    M_STEP,
    "no animal that speaks for theta",
    counts=np.array([125.0, 18, 20, 0]),
    expected_counts=np.array([125.0, 0, 18, 20, 0]),
)
trap(
    M_STEP,
    "no animal that speaks against theta = 1",
    counts=np.array([125.0, 0, 0, 34]),
    expected_counts=np.array([95.0, 30, 0, 0, 34]),
)


def divided(counts, second):
    """The five counts, with so many of the first class in its second part."""
    return np.concatenate([[counts[0] - second, second], counts[1:]])


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def not_a_share(counts, params):
    """The part's probability is taken for its share.

    theta / 4 is the probability that an animal is of the second kind. Of an animal that is known to
    be in class 1 it is that divided by the probability of class 1, by Bayes' rule.
    """
    return divided(counts, counts[0] * params.theta / 4)


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def parts_swapped(counts, params):
    """The two parts of class 1 are swapped.

    Entry 0 belongs to the part of probability 1/2, entry 1 to that of probability theta / 4.
    """
    second = counts[0] * (params.theta / 4) / (1 / 2 + params.theta / 4)
    return divided(counts, counts[0] - second)


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def quarter_forgotten(counts, params):
    """The second part has probability theta here.

    Its probability is theta / 4, above the line and below. With theta in both places the second
    part claims too many of the animals of class 1.
    """
    return divided(counts, counts[0] * params.theta / (1 / 2 + params.theta))


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def divided_in_half(counts, params):
    """Class 1 is divided in half.

    Its two parts are not equally probable. They have the probabilities 1/2 and theta / 4, and the
    posterior divides the count in that proportion.
    """
    return divided(counts, counts[0] / 2)


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def ratio_for_share(counts, params):
    """The denominator is the other part, and not the whole class.

    One part over the other is the odds. A share is one part over both: divide by the probability
    of the whole class, 1/2 + theta / 4.
    """
    return divided(counts, counts[0] * (params.theta / 4) / (1 / 2))


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def whole_animals(counts, params):
    """The expected count is rounded to whole animals.

    An expectation is an average over what may have been, and need not be a whole number. Rounded,
    EM makes no step smaller than an animal, and comes to rest beside the maximum.
    """
    second = counts[0] * (params.theta / 4) / (1 / 2 + params.theta / 4)
    return divided(counts, np.round(second))


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def all_animals_divided(counts, params):
    """All the animals are divided, and not only those of class 1.

    The other classes have one kind each, and nothing about them is hidden. Only counts[0] has to
    be divided.
    """
    share = (params.theta / 4) / (1 / 2 + params.theta / 4)
    return divided(counts, counts.sum() * share)


@mistake(E_STEP, "eq-linkage-log-likelihood", "log_likelihood")
def complete_log_likelihood(counts, params):
    """The log-likelihood is that of the five classes.

    The expected counts are right. Put into the likelihood of the complete data they give what the
    M step maximises; the log-likelihood has the four observed classes.
    """
    theta = params.theta
    second = counts[0] * (theta / 4) / (1 / 2 + theta / 4)
    x = divided(counts, second)
    p = np.array([1 / 2, theta / 4, (1 - theta) / 4, (1 - theta) / 4, theta / 4])
    return float(x @ np.log(p))


@mistake(E_STEP, "eq-linkage-log-likelihood", "log_likelihood")
def average_per_animal(counts, params):
    """The log-likelihood is divided by the number of animals.

    The expected counts are right. The animals are independent, so their log-probabilities add.
    """
    theta = params.theta
    p = np.array([1 / 2 + theta / 4, (1 - theta) / 4, (1 - theta) / 4, theta / 4])
    return float(counts @ np.log(p)) / math.fsum(counts)


@mistake(M_STEP, "eq-linkage-theta", "theta")
def divided_by_all(counts, x):
    """The denominator counts all the animals.

    Those of the first part, of probability 1/2, say nothing about theta. They belong neither above
    the line nor below.
    """
    return (x[1] + x[4]) / x.sum()


@mistake(M_STEP, "eq-linkage-theta", "theta")
def expected_part_forgotten(counts, x):
    """The second part of class 1 is left out.

    Then the E step was for nothing: this is what the other three classes say alone. The expected
    count x[1] belongs above the line and below.
    """
    return x[4] / (x[2] + x[3] + x[4])


@mistake(M_STEP, "eq-linkage-theta", "theta")
def last_class_forgotten(counts, x):
    """The last class is left out.

    Two classes have the probability theta / 4: the second part of class 1, and class 4.
    """
    return x[1] / (x[1] + x[2] + x[3])


@mistake(M_STEP, "eq-linkage-theta", "theta")
def one_class_too_early(counts, x):
    """The fourth of the five counts stands where the fifth belongs.

    The last of the four observed classes is the last of the five: y_4 is x_5. In code, counting
    from zero, that is entry 4 of the expected counts.
    """
    return (x[1] + x[3]) / (x[1] + x[2] + x[3] + x[4])


@mistake(M_STEP, "eq-linkage-theta", "theta")
def first_part_for_second(counts, x):
    """The first part of class 1 stands where the second belongs.

    The part of probability 1/2 is x_1, and says nothing about theta. The part of probability
    theta / 4 is x_2: in code, counting from zero, entry 1.
    """
    return (x[0] + x[4]) / (x[0] + x[2] + x[3] + x[4])


@mistake(M_STEP, "eq-linkage-theta", "theta")
def one_minus_theta(counts, x):
    """This is 1 - theta.

    The classes of probability (1 - theta) / 4 are the tails of this coin. Heads, above the line,
    are those of probability theta / 4.
    """
    return (x[2] + x[3]) / (x[1] + x[2] + x[3] + x[4])


@mistake(M_STEP, "eq-linkage-theta", "theta")
def odds(counts, x):
    """The heads are divided by the tails.

    That is theta over 1 - theta. Below the line stand all four counts that say something about
    theta.
    """
    return (x[1] + x[4]) / (x[2] + x[3])


@mistake(M_STEP, "eq-linkage-theta", "theta")
def fraction_times_four(counts, x):
    """The fraction of class 4 is multiplied by four.

    Its probability is theta / 4, so this is an estimate, and an unbiased one. It is not the
    maximum-likelihood estimate: it ignores the other classes, and may exceed one.
    """
    return 4 * x[4] / x.sum()


@mistake(M_STEP, "eq-linkage-theta", "theta")
def whole_class_counted(counts, x):
    """The whole of class 1 is counted as its second part.

    Only the expected count x[1] of it has the probability theta / 4; the E step was there to find
    it.
    """
    return (counts[0] + counts[3]) / counts.sum()
