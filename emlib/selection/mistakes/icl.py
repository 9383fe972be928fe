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

    A responsibility may be zero in floating point if a component is far away. There the limit of
    gamma log gamma is zero, but NumPy multiplies zero by minus infinity. Choose the entries with
    gamma > 0 first.
    """
    gamma = responsibilities(X, params)
    return right.bic(X, params, structure) - 2 * np.sum(gamma * np.log(gamma))


@mistake(ICL, "eq-selection-icl")
def entropy_not_doubled(X, params, structure):
    """The entropy is added only once.

    BIC is on the scale of twice the log-likelihood. The entropy is in nats: on that scale you have
    to double it, too.
    """
    H = entropies(responsibilities(X, params)).sum()
    return right.bic(X, params, structure) + H


@mistake(ICL, "eq-selection-icl")
def doubt_rewarded(X, params, structure):
    """The entropy is subtracted, so that doubt is rewarded.

    The completed log-likelihood is the log-likelihood minus the entropy. Times minus two, the
    entropy is added: overlap makes ICL larger, that is, worse. Look for the minus sign in the
    entropy itself.
    """
    H = entropies(responsibilities(X, params)).sum()
    return right.bic(X, params, structure) - 2 * H


@mistake(ICL, "eq-selection-entropy")
def entropy_of_the_weights(X, params, structure):
    """The entropy is that of the mean responsibilities, instead of each observation's.

    The mean shows how evenly the data are spread over the components, and not how uncertain each
    observation is. Take the entropy of each row, and add them up.
    """
    mean = responsibilities(X, params).mean(axis=0, keepdims=True)
    return right.bic(X, params, structure) + 2 * len(X) * entropies(mean)[0]


@mistake(ICL, "eq-selection-entropy")
def largest_alone(X, params, structure):
    """Only the largest responsibility of each observation is charged, as in mclust.

    Minus the logarithm of the largest responsibility is the charge if you assign each observation
    to one component. Here you share it in the proportions gamma, and the charge is the entropy,
    with a term for each component.
    """
    largest = responsibilities(X, params).max(axis=1)
    return right.bic(X, params, structure) - 2 * np.log(largest).sum()


@mistake(ICL, "eq-selection-icl")
def on_top_of_aic(X, params, structure):
    """The entropy is added to AIC.

    ICL approximates the evidence of the data together with their labels. So its charge for the
    parameters is the same as in BIC: log N for each.
    """
    H = entropies(responsibilities(X, params)).sum()
    return right.aic(X, params, structure) + 2 * H


@mistake(ICL, "eq-selection-entropy")
def entropy_averaged(X, params, structure):
    """The entropy is averaged over the observations.

    The log-likelihood is a sum over n, and so is the entropy next to it. Divided by N, the
    entropy hardly counts.
    """
    H = entropies(responsibilities(X, params)).mean()
    return right.bic(X, params, structure) + 2 * H


@mistake(ICL, "eq-selection-entropy")
def in_bits(X, params, structure):
    """The entropy is measured in bits.

    BIC uses natural logarithms, so the entropy has to be in nats. The logarithm to base 2 makes it
    larger by a factor of 1.44.
    """
    H = entropies(responsibilities(X, params)).sum() / np.log(2)
    return right.bic(X, params, structure) + 2 * H


@mistake(ICL, "eq-selection-icl")
def charged_for_doubt_alone(X, params, structure):
    """The charge for the parameters is missing.

    ICL is BIC with an added charge for doubt. Keep BIC's own charge: log N for each parameter.
    """
    H = entropies(responsibilities(X, params)).sum()
    return deviance(X, params) + 2 * H


@mistake(ICL, "eq-selection-icl")
def entropy_missing(X, params, structure):
    """This is BIC: the entropy is missing.

    ICL also charges for doubt. Add twice the entropy of the responsibilities, which is zero only if
    each observation belongs wholly to one component.
    """
    return right.bic(X, params, structure)


@mistake(ICL, "eq-selection-entropy")
def largest_of_each_row_in_the_entropy(X, params, structure):
    """The entropy has only one term for each observation, that of the largest responsibility.

    The entropy sums minus gamma log gamma over the components. The other responsibilities show the
    doubt: add their terms, too.
    """
    largest = responsibilities(X, params).max(axis=1)
    return right.bic(X, params, structure) - 2 * (largest * np.log(largest)).sum()


@mistake(ICL, "eq-selection-entropy")
def logarithms_not_weighted(X, params, structure):
    """The logarithms of the responsibilities are added without their weights.

    The entropy is the average of minus log gamma, with the weights gamma. Without the weights,
    distant components with the smallest responsibilities count most.
    """
    gamma = responsibilities(X, params)
    with np.errstate(all="ignore"):
        return right.bic(X, params, structure) - 2 * np.log(gamma).sum()


@mistake(ICL, "eq-selection-entropy")
def entropy_of_the_mixture_s_weights(X, params, structure):
    """The entropy is that of the weights.

    It shows how evenly the components share the data, and not how clearly each observation belongs
    to one of them. Use the responsibilities, row by row.
    """
    H = entropies(params.weights[None])[0]
    return right.bic(X, params, structure) + 2 * len(X) * H


@mistake(ICL, "eq-selection-entropy")
def in_units_of_log_k(X, params, structure):
    """The entropy is divided by log K.

    Then it lies between 0 and 1 for each observation, and you can compare mixtures of different
    sizes. But like the log-likelihood, it has to be in nats here: do not divide.
    """
    H = entropies(responsibilities(X, params)).sum()
    with np.errstate(all="ignore"):
        return right.bic(X, params, structure) + 2 * H / np.log(len(params.weights))


@mistake(ICL, "eq-selection-entropy")
def impurity_for_entropy(X, params, structure):
    """One minus the sum of the squares is used instead of the entropy.

    That is the Gini impurity. Like the entropy, it is zero where there is no doubt, but elsewhere
    it is smaller. The entropy is minus the sum of gamma log gamma.
    """
    gamma = responsibilities(X, params)
    return right.bic(X, params, structure) + 2 * (1 - (gamma**2).sum(axis=1)).sum()


@mistake(ICL, "eq-selection-icl")
def icl_larger_is_better(X, params, structure):
    """The criterion has the opposite sign: here larger would be better.

    mclust reports the criterion like this. The book uses minus twice the completed log-likelihood
    plus the charge, and the smallest wins.
    """
    return -right.icl(X, params, structure)


@mistake(ICL, "eq-selection-icl")
def icl_halved(X, params, structure):
    """The criterion is halved.

    The order of the models is the same. But ICL, like BIC, is on the scale of twice the
    log-likelihood: log N for each parameter, and twice the entropy.
    """
    return right.icl(X, params, structure) / 2


@mistake(ICL, "eq-selection-icl")
def entropy_charged_by_log_n(X, params, structure):
    """The entropy is multiplied by log N.

    log N is the price of a parameter. The entropy is a part of the completed log-likelihood, and is
    doubled like the rest of it.
    """
    H = entropies(responsibilities(X, params)).sum()
    return right.bic(X, params, structure) + np.log(len(X)) * H
