"""Mistakes in the integrated completed likelihood."""

import numpy as np

from emlib import gmm
from emlib.exercises.mistakes import mistake
from emlib.selection import vectorized as right
from emlib.selection.mistakes.ingredients import counted_as, deviance

ICL = "selection.icl"

counted_as(ICL)


def entropies(gamma):
    """The entropy of each row (N,)."""
    return -np.sum(gamma * np.log(np.where(gamma > 0, gamma, 1.0)), axis=1)


def responsibilities(X, params):
    """What the E step finds."""
    return gmm.vectorized.e_step(X, params)[0]


@mistake(ICL, "eq-selection-entropy")
def zero_times_infinity(X, params, structure):
    """Zero times minus infinity is not a number.

    A responsibility may be zero in floating point, where a component is far away. The limit of
    gamma log gamma is zero there, but NumPy forms the product of zero and minus infinity. Choose
    the entries with gamma > 0 first.
    """
    gamma = responsibilities(X, params)
    return right.bic(X, params, structure) - 2 * np.sum(gamma * np.log(gamma))


@mistake(ICL, "eq-selection-icl")
def entropy_not_doubled(X, params, structure):
    """The entropy is added once.

    BIC is on the scale of twice the log-likelihood. On that scale the entropy, in nats, counts
    twice, too.
    """
    H = entropies(responsibilities(X, params)).sum()
    return right.bic(X, params, structure) + H


@mistake(ICL, "eq-selection-icl")
def doubt_rewarded(X, params, structure):
    """The entropy is subtracted, so that doubt is rewarded.

    The completed log-likelihood is the log-likelihood less the entropy; times minus two the
    entropy is added. Overlap makes ICL worse, that is, larger. Look for the minus sign of the
    entropy itself.
    """
    H = entropies(responsibilities(X, params)).sum()
    return right.bic(X, params, structure) - 2 * H


@mistake(ICL, "eq-selection-entropy")
def entropy_of_the_weights(X, params, structure):
    """The entropy is that of the mean responsibilities, and not of each observation's.

    How evenly the data are spread over the components is no doubt about any of them. Take the
    entropy of each row, and add up.
    """
    mean = responsibilities(X, params).mean(axis=0, keepdims=True)
    return right.bic(X, params, structure) + 2 * len(X) * entropies(mean)[0]


@mistake(ICL, "eq-selection-entropy")
def largest_alone(X, params, structure):
    """Only the largest responsibility of each observation is charged, as in mclust.

    Minus the logarithm of the largest responsibility is the charge if each observation is given
    to its winner. Here the observations are given in the proportions gamma, and the charge is
    the entropy, with a term for each component.
    """
    largest = responsibilities(X, params).max(axis=1)
    return right.bic(X, params, structure) - 2 * np.log(largest).sum()


@mistake(ICL, "eq-selection-icl")
def on_top_of_aic(X, params, structure):
    """The entropy is added to AIC.

    ICL approximates an evidence, that of the data together with their labels. It takes the charge
    for parameters from there: log N for each, as in BIC.
    """
    H = entropies(responsibilities(X, params)).sum()
    return right.aic(X, params, structure) + 2 * H


@mistake(ICL, "eq-selection-entropy")
def entropy_averaged(X, params, structure):
    """The entropy is the mean over the observations.

    The log-likelihood is a sum over n, and so is the entropy beside it. Divided by N it hardly
    counts.
    """
    H = entropies(responsibilities(X, params)).mean()
    return right.bic(X, params, structure) + 2 * H


@mistake(ICL, "eq-selection-entropy")
def in_bits(X, params, structure):
    """The entropy is measured in bits.

    BIC is made of natural logarithms, so the entropy has to be in nats. The logarithm to the base
    2 makes it larger by a factor of 1.44.
    """
    H = entropies(responsibilities(X, params)).sum() / np.log(2)
    return right.bic(X, params, structure) + 2 * H


@mistake(ICL, "eq-selection-icl")
def charged_for_doubt_alone(X, params, structure):
    """The charge for the parameters is missing.

    ICL is BIC with a charge for doubt, and BIC's own charge stays: log N for each parameter.
    """
    H = entropies(responsibilities(X, params)).sum()
    return deviance(X, params) + 2 * H


@mistake(ICL, "eq-selection-icl")
def entropy_missing(X, params, structure):
    """This is BIC: the entropy is missing.

    ICL charges for doubt besides. Twice the entropy of the responsibilities is added, which is
    zero only where every observation is wholly one component's.
    """
    return right.bic(X, params, structure)


@mistake(ICL, "eq-selection-entropy")
def largest_of_each_row_in_the_entropy(X, params, structure):
    """The entropy has one term for each observation, that of the largest responsibility.

    It is a sum over the components, of gamma times log gamma. The second largest is where the
    doubt is: add its term, too.
    """
    largest = responsibilities(X, params).max(axis=1)
    return right.bic(X, params, structure) - 2 * (largest * np.log(largest)).sum()


@mistake(ICL, "eq-selection-entropy")
def logarithms_not_weighted(X, params, structure):
    """The logarithms of the responsibilities are added without their weights.

    The entropy is the average of minus log gamma, with the weights gamma. Without them the
    components that are far away, with the smallest shares, count most.
    """
    gamma = responsibilities(X, params)
    with np.errstate(all="ignore"):
        return right.bic(X, params, structure) - 2 * np.log(gamma).sum()


@mistake(ICL, "eq-selection-entropy")
def entropy_of_the_mixture_s_weights(X, params, structure):
    """The entropy is that of the weights.

    It says how evenly the components share the data, and not how surely each observation belongs
    to one of them. Take the responsibilities, row by row.
    """
    H = entropies(params.weights[None])[0]
    return right.bic(X, params, structure) + 2 * len(X) * H


@mistake(ICL, "eq-selection-entropy")
def in_units_of_log_k(X, params, structure):
    """The entropy is divided by log K.

    Then it lies between 0 and 1 for each observation, and can be compared between mixtures of
    different size. Beside the log-likelihood it has to be in nats, as it is.
    """
    H = entropies(responsibilities(X, params)).sum()
    with np.errstate(all="ignore"):
        return right.bic(X, params, structure) + 2 * H / np.log(len(params.weights))


@mistake(ICL, "eq-selection-entropy")
def impurity_for_entropy(X, params, structure):
    """One minus the sum of the squares stands for the entropy.

    That is Gini's impurity. It is zero where there is no doubt, too, and smaller elsewhere. The
    entropy is minus the sum of gamma log gamma.
    """
    gamma = responsibilities(X, params)
    return right.bic(X, params, structure) + 2 * (1 - (gamma**2).sum(axis=1)).sum()


@mistake(ICL, "eq-selection-icl")
def icl_larger_is_better(X, params, structure):
    """The sign of the whole is the other one: here larger would be better.

    This is how the criterion is reported by mclust. The book takes minus twice the completed
    log-likelihood plus the charge, and the smallest wins.
    """
    return -right.icl(X, params, structure)


@mistake(ICL, "eq-selection-icl")
def icl_halved(X, params, structure):
    """The whole is halved.

    The order of the models is the same. BIC is on the scale of twice the log-likelihood, and ICL
    with it: log N for each parameter, and twice the entropy.
    """
    return right.icl(X, params, structure) / 2


@mistake(ICL, "eq-selection-icl")
def entropy_charged_by_log_n(X, params, structure):
    """The entropy is multiplied by log N.

    log N is the price of a parameter. The entropy is a part of the completed log-likelihood, and
    is doubled like the rest of it.
    """
    H = entropies(responsibilities(X, params)).sum()
    return right.bic(X, params, structure) + np.log(len(X)) * H
