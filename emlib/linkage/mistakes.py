"""Mistakes in the E step and the M step of the linkage example."""

import math

import numpy as np

from emlib._checks import HALF_DIGITS
from emlib.exercises._words import first, number, told
from emlib.exercises.mistakes import always, mistake, trap
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
    "no animal in a class of probability theta / 4",
    counts=np.array([125.0, 18, 20, 0]),
    expected_counts=np.array([125.0, 0, 18, 20, 0]),
)
trap(
    M_STEP,
    "no animal in a class of probability (1 - theta) / 4",
    counts=np.array([125.0, 0, 0, 34]),
    expected_counts=np.array([95.0, 30, 0, 0, 34]),
)


for theta, counts in ((1.0, [5.0, 0, 0, 3]), (0.0, [5.0, 2, 1, 0])):
    trap(
        LOG_LIKELIHOOD,
        f"theta = {theta:g}, and no animal that it excludes",
        counts=np.array(counts),
        params=Params(theta),
    )


@always("linkage", part="expected_counts")
def parts_of_the_first_class(value, name, arguments):
    """The hidden classes divide the observed ones."""
    counts = np.asarray(arguments["counts"])
    bad = value < -HALF_DIGITS * counts.sum()
    if bad.any():
        entry, index = first(name, bad)
        return f"{entry} is {number(value[index])}: an expected count is not negative"
    if abs(value[0] + value[1] - counts[0]) > HALF_DIGITS * max(counts[0], 1):
        return (
            f"entries 0 and 1 add up to {told(value[0] + value[1], counts[0])[0]}, not to the "
            f"{number(counts[0])} animals of class 1 that they divide"
        )
    return None


def divided(counts, second):
    """The five counts, with so many of the first class in its second part."""
    return np.concatenate([[counts[0] - second, second], counts[1:]])


# --- the log-likelihood ---------------------------------------------------------------------------


def cells(params):
    """The probabilities (4,) of the classes."""
    theta = params.theta
    return np.array([2 + theta, 1 - theta, 1 - theta, theta]) / 4


@mistake(LOG_LIKELIHOOD, "eq-linkage-log-likelihood")
def logarithm_of_the_sum(counts, params):
    """The logarithm of the sum is taken, not the sum of the logarithms.

    The animals are independent, so their probabilities multiply and the logarithms add. Each class
    counts as often as it was seen.
    """
    return float(np.log(counts @ cells(params)))


@mistake(LOG_LIKELIHOOD, "eq-linkage-log-likelihood")
def product_of_powers(counts, params):
    """The probabilities are multiplied before the logarithm is taken.

    A product of thousands of probabilities underflows to zero, and its logarithm is minus infinity.
    Add the logarithms.
    """
    return float(np.log(np.prod(cells(params) ** counts)))


@mistake(LOG_LIKELIHOOD, "eq-linkage-log-likelihood")
def zero_animals_of_probability_zero(counts, params):
    """Zero animals times the logarithm of zero is not a number.

    At theta = 0 or 1 some classes have probability zero. If no animal of such a class was seen, it
    contributes nothing. In floating point the product is NaN: do not form it.
    """
    return float(np.sum(counts * np.log(cells(params))))


@mistake(LOG_LIKELIHOOD, "eq-linkage-log-likelihood")
def complete_data(counts, params):
    """This is the expected complete-data log-likelihood.

    The M step maximises it. It has five classes, the first two with expected counts. The
    log-likelihood has the four observed classes, and the first of these has the probability 1/2 +
    theta / 4.
    """
    share = (params.theta / 4) / (1 / 2 + params.theta / 4)
    x = divided(counts, counts[0] * share)
    return complete_cells(x, params.theta)


def complete_cells(x, theta):
    """The log-likelihood of five counts."""
    p = np.array([1 / 2, theta / 4, (1 - theta) / 4, (1 - theta) / 4, theta / 4])
    seen = x > 0
    return float(x[seen] @ np.log(p[seen]))


def with_cells(counts, p):
    """The log-likelihood with other probabilities of the classes."""
    p, seen = np.asarray(p, dtype=float), counts > 0
    return float(counts[seen] @ np.log(p[seen]))


@mistake(LOG_LIKELIHOOD, "eq-linkage-cells")
def theta_of_the_recombination_fraction(counts, params):
    """theta is mistaken for the recombination fraction.

    theta is the square of one minus the recombination fraction (in coupling). You are given theta
    itself, so do not subtract it from one and square it.
    """
    return with_cells(counts, cells(Params((1 - params.theta) ** 2)))


@mistake(LOG_LIKELIHOOD, "eq-linkage-cells")
def first_class_by_its_first_part(counts, params):
    """The first class is given the probability of its first part only.

    This class combines two kinds of animals, with the probabilities 1/2 and theta / 4. Its
    probability is their sum.
    """
    _, *others = cells(params)
    return with_cells(counts, [1 / 2, *others])


@mistake(LOG_LIKELIHOOD, "eq-linkage-cells")
def first_class_by_its_parts_product(counts, params):
    """The probabilities of the first class's two parts are multiplied instead of added.

    An animal of the first class is of one kind or the other. The two exclude each other, so their
    probabilities add up: 1/2 + theta / 4.
    """
    _, *others = cells(params)
    return with_cells(counts, [params.theta / 8, *others])


@mistake(LOG_LIKELIHOOD, "eq-linkage-cells")
def quarters_left_out(counts, params):
    """The probabilities are not divided by four.

    (2 + theta, 1 - theta, 1 - theta, theta) are in the right proportion, but add up to four. This
    changes no estimate, but adds log 4 to the log-likelihood for every animal.
    """
    return with_cells(counts, 4 * cells(params))


@mistake(LOG_LIKELIHOOD, "eq-linkage-cells")
def theta_and_one_minus_theta_swapped(counts, params):
    """theta and 1 - theta are swapped in the last three classes.

    The two classes in the middle have the probability (1 - theta) / 4 each, and the last class has
    theta / 4. The probabilities must add up to one.
    """
    theta = params.theta
    return with_cells(counts, np.array([2 + theta, theta, theta, 1 - theta]) / 4)


@mistake(LOG_LIKELIHOOD, "eq-linkage-log-likelihood")
def first_class_left_out(counts, params):
    """The first class is left out.

    It holds most of the animals, and its probability 1/2 + theta / 4 depends on theta like the
    others.
    """
    return with_cells(counts * np.array([0.0, 1, 1, 1]), cells(params))


@mistake(LOG_LIKELIHOOD, "eq-linkage-log-likelihood")
def each_class_once(counts, params):
    """Every class counts once, no matter how often it was seen.

    The animals are independent, and each contributes the probability of its class as a factor. So
    multiply the logarithm for each class by its count.
    """
    return with_cells(np.sign(counts), cells(params))


@mistake(LOG_LIKELIHOOD, "eq-linkage-log-likelihood")
def average_animal(counts, params):
    """The animals are averaged instead of added.

    The animals are independent, so their log-probabilities add. Do not divide by the number of
    animals.
    """
    return with_cells(counts, cells(params)) / counts.sum()


@mistake(LOG_LIKELIHOOD, "eq-linkage-log-likelihood")
def orders_of_animals(counts, params):
    """The multinomial coefficient is included.

    With it, you get the probability of so many animals in each class, in any order. The book leaves
    it out: it is the same for every theta.
    """
    orders = math.lgamma(counts.sum() + 1) - sum(math.lgamma(y + 1) for y in counts)
    return with_cells(counts, cells(params)) + orders


@mistake(LOG_LIKELIHOOD, "eq-linkage-log-likelihood")
def up_to_a_constant(counts, params):
    """Constant factors are left out of the probabilities.

    This changes no estimate, because they do not depend on theta. But the log-likelihood includes
    them, so that you can compare it with that of another model.
    """
    theta = params.theta
    return with_cells(counts, [1 + theta / 2, 1 - theta, 1 - theta, theta])


@mistake(LOG_LIKELIHOOD, "eq-linkage-log-likelihood")
def animals_negative(counts, params):
    """The sign is wrong.

    This is the negative log-likelihood, which optimisers like to minimise. EM climbs the
    log-likelihood itself: the logarithm of a probability, which is never positive.
    """
    return -with_cells(counts, cells(params))


# --- the E step -----------------------------------------------------------------------------------


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def not_a_share(counts, params):
    """The second part's probability is used as its share.

    theta / 4 is the probability that an animal is of the second kind. For an animal known to be in
    class 1, divide it by the probability of class 1, by Bayes' rule.
    """
    return divided(counts, counts[0] * params.theta / 4)


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def parts_swapped(counts, params):
    """The two parts of class 1 are swapped.

    Entry 0 belongs to the part with probability 1/2, entry 1 to the part with probability theta /
    4.
    """
    second = counts[0] * (params.theta / 4) / (1 / 2 + params.theta / 4)
    return divided(counts, counts[0] - second)


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def quarter_forgotten(counts, params):
    """The second part is given the probability theta.

    Its probability is theta / 4, in the numerator and in the denominator. With theta in both places
    the second part gets too many of the animals of class 1.
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
    """The denominator is the other part instead of the whole class.

    One part over the other is the odds. A share is one part over both: divide by the probability of
    the whole class, 1/2 + theta / 4.
    """
    return divided(counts, counts[0] * (params.theta / 4) / (1 / 2))


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def whole_animals(counts, params):
    """The expected count is rounded to whole animals.

    An expectation is an average, so it need not be a whole number. With rounding, EM cannot take a
    step smaller than an animal, and stops near the maximum but not at it.
    """
    second = counts[0] * (params.theta / 4) / (1 / 2 + params.theta / 4)
    return divided(counts, np.round(second))


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def all_animals_divided(counts, params):
    """All the animals are divided, not only those of class 1.

    Each of the other classes is a single kind, so nothing about it is hidden. Divide only
    counts[0].
    """
    share = (params.theta / 4) / (1 / 2 + params.theta / 4)
    return divided(counts, counts.sum() * share)


@mistake(E_STEP, "eq-linkage-log-likelihood", "log_likelihood")
def complete_log_likelihood(counts, params):
    """The log-likelihood is computed for the five classes instead of the four.

    The expected counts are right. In the likelihood of the complete data, they give what the M step
    maximises. The log-likelihood has the four observed classes.
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


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def first_class_not_normalised(counts, params):
    """The two parts of the first class are not divided by their sum.

    An animal of the first class is in one of the two, so their conditional probabilities add up to
    one. If you multiply by 1/2 and theta / 4 only, you lose some of the animals.
    """
    second = counts[0] * params.theta / 4
    return np.concatenate([[counts[0] / 2, second], counts[1:]])


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def theta_for_the_share(counts, params):
    """The first class is divided in the proportion 1 - theta to theta.

    Its two parts have the probabilities 1/2 and theta / 4. The share of the second is theta / 4
    divided by their sum.
    """
    return divided(counts, counts[0] * params.theta)


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def in_proportion_to_one_minus_theta(counts, params):
    """The second part is given the probability (1 - theta) / 4.

    That is the probability of each of the two classes in the middle. The hidden part of class 1 has
    that of the last class, theta / 4.
    """
    other = (1 - params.theta) / 4
    return divided(counts, counts[0] * other / (1 / 2 + other))


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def a_quarter_for_a_half(counts, params):
    """The first part is given the probability 1/4 instead of 1/2.

    In quarters, the two parts of class 1 are 2 and theta. So the share of the second is theta / (2
    + theta), not theta / (1 + theta).
    """
    return divided(counts, counts[0] * params.theta / (1 + params.theta))


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def quarter_above_the_line_only(counts, params):
    """The factor 1/4 is in the numerator only.

    (theta / 4) / (1/2 + theta / 4) equals theta / (2 + theta). Multiply by four in both places, the
    numerator and the denominator.
    """
    return divided(counts, counts[0] * (params.theta / 4) / (2 + params.theta))


@mistake(E_STEP, "eq-linkage-expected", "expected_counts")
def as_many_as_the_last_class(counts, params):
    """The second part is assumed to be as large as the last class.

    Both have the probability theta / 4. But once theta is known, the size of the last class says
    nothing about class 1. Divide class 1 in proportion to the probabilities of its parts.
    """
    return divided(counts, counts[3])


# --- the M step -----------------------------------------------------------------------------------


@mistake(M_STEP, "eq-linkage-theta", "theta")
def divided_by_all(counts, x):
    """The denominator counts all the animals.

    Those of the first part, with probability 1/2, say nothing about theta. Leave them out of the
    numerator and the denominator.
    """
    return (x[1] + x[4]) / x.sum()


@mistake(M_STEP, "eq-linkage-theta", "theta")
def expected_part_forgotten(counts, x):
    """The second part of class 1 is left out.

    Then the E step has no effect: the estimate comes from the other three classes alone. The
    expected count x[1] belongs in the numerator and in the denominator.
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
    """The fourth of the five counts is used instead of the fifth.

    The last of the four observed classes is the last of the five: y_4 is x_5. In code, counting
    from zero, that is entry 4 of the expected counts.
    """
    return (x[1] + x[3]) / (x[1] + x[2] + x[3] + x[4])


@mistake(M_STEP, "eq-linkage-theta", "theta")
def first_part_for_second(counts, x):
    """The first part of class 1 is used instead of the second.

    The part with probability 1/2 is x_1, and says nothing about theta. The part with probability
    theta / 4 is x_2: in code, counting from zero, entry 1.
    """
    return (x[0] + x[4]) / (x[0] + x[2] + x[3] + x[4])


@mistake(M_STEP, "eq-linkage-theta", "theta")
def one_minus_theta(counts, x):
    """This is 1 - theta.

    The numerator needs the classes with probability theta / 4. Those with probability (1 - theta) /
    4 belong in the denominator only.
    """
    return (x[2] + x[3]) / (x[1] + x[2] + x[3] + x[4])


@mistake(M_STEP, "eq-linkage-theta", "theta")
def odds(counts, x):
    """The counts for theta are divided by those for 1 - theta.

    That is theta / (1 - theta). Divide by all four counts that say something about theta.
    """
    return (x[1] + x[4]) / (x[2] + x[3])


@mistake(M_STEP, "eq-linkage-theta", "theta")
def fraction_times_four(counts, x):
    """The fraction of class 4 is multiplied by four.

    Its probability is theta / 4, so this is an unbiased estimate. It is not the maximum-likelihood
    estimate: it ignores the other classes, and it may exceed one.
    """
    return 4 * x[4] / x.sum()


@mistake(M_STEP, "eq-linkage-theta", "theta")
def whole_class_counted(counts, x):
    """The whole of class 1 is counted as its second part.

    Only part of it has the probability theta / 4. The E step finds the expected count of that part,
    x[1].
    """
    return (counts[0] + counts[3]) / counts.sum()


@mistake(M_STEP, "eq-linkage-theta", "theta")
def two_estimates_averaged(counts, expected_counts):
    """Two separate estimates are averaged.

    Both the hidden part of the first class and the last class have the probability theta / 4. Add
    their counts, and divide once.
    """
    x = expected_counts
    against = x[2] + x[3]
    return float((x[1] / (x[1] + against) + x[4] / (x[4] + against)) / 2)


@mistake(M_STEP, "eq-linkage-theta", "theta")
def recombination_fraction(counts, expected_counts):
    """This is the recombination fraction, not theta.

    theta is the square of one minus the recombination fraction (in coupling). Return theta itself:
    the two counts for theta / 4 divided by all four.
    """
    x = expected_counts
    return float(1 - np.sqrt((x[1] + x[4]) / x[1:].sum()))


@mistake(M_STEP, "eq-linkage-theta", "theta")
def each_estimate_with_half_of_those_against(counts, expected_counts):
    """Two separate estimates are averaged, each with half of the two classes in the middle.

    Both the hidden part of the first class and the last class have the probability theta / 4. Add
    their counts, and divide once by all four counts.
    """
    x = expected_counts
    against = (x[2] + x[3]) / 2
    return float((x[1] / (x[1] + against) + x[4] / (x[4] + against)) / 2)


@mistake(M_STEP, "eq-linkage-theta", "theta")
def maximum_of_the_observed(counts, expected_counts):
    """This is the maximum of the observed log-likelihood, not a step towards it.

    Here a quadratic equation gives it at once. The M step maximises another function: the expected
    complete-data log-likelihood for the given expected counts.
    """
    a, b, c, d = counts
    total, linear = counts.sum(), a - 2 * (b + c) - d
    return float((linear + np.sqrt(linear**2 + 8 * total * d)) / (2 * total))


@mistake(M_STEP, "eq-linkage-theta", "theta")
def one_animal_of_each_added(counts, expected_counts):
    """One animal for theta and one for 1 - theta are added.

    That is the posterior mean under a uniform prior, Laplace's rule, not maximum likelihood. EM as
    derived here climbs the likelihood.
    """
    x = expected_counts
    return float((x[1] + x[4] + 1) / (x[1:].sum() + 2))


@mistake(M_STEP, "eq-linkage-theta", "theta")
def share_of_all_animals_doubled(counts, expected_counts):
    """The share of the two kinds with probability theta / 4 is multiplied by two.

    Together they have the probability theta / 2, so this is an estimate. But it does not maximise
    the likelihood: the animals of the first part say nothing about theta. Leave them out of the
    numerator and the denominator.
    """
    x = expected_counts
    return float(2 * (x[1] + x[4]) / x.sum())


@mistake(M_STEP, "eq-linkage-theta", "theta")
def one_class_against_forgotten(counts, expected_counts):
    """One of the two classes with probability (1 - theta) / 4 is left out.

    They are the second and the third of the four observed classes. Both belong in the denominator.
    """
    x = expected_counts
    return float((x[1] + x[4]) / (x[1] + x[2] + x[4]))
