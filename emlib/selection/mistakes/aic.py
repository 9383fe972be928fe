"""Mistakes in Akaike's criterion."""

import numpy as np

from emlib.exercises.mistakes import mistake
from emlib.selection import vectorized as right
from emlib.selection.mistakes.ingredients import charged, counted_as, deviance

AIC = "selection.aic"

counted_as(AIC)


@mistake(AIC, "eq-selection-aic")
def charge_not_doubled(X, params, structure):
    """The parameters are charged once, and the log-likelihood twice.

    Both are doubled, or neither: each parameter costs one nat of log-likelihood. Against twice
    the log-likelihood the charge is 2 p.
    """
    return deviance(X, params) + right.n_parameters(params, structure)


@mistake(AIC, "eq-selection-aic")
def log_n_for_each_parameter(X, params, structure):
    """This is BIC: the price of a parameter is log N, and not 2.

    AIC estimates how well the fit predicts new observations, and its price does not depend on N.
    """
    return right.bic(X, params, structure)


@mistake(AIC, "eq-selection-aic")
def parameters_rewarded(X, params, structure):
    """The charge is subtracted, so that parameters are rewarded.

    With minus twice the log-likelihood smaller is better, and a charge makes it larger: 2 p is
    added.
    """
    return charged(X, params, structure, -2)


@mistake(AIC, "eq-selection-aic")
def aic_larger_is_better(X, params, structure):
    """The sign of the whole is the other one: here larger would be better.

    Twice the log-likelihood minus 2 p is what some packages report. The book, like scikit-learn,
    takes minus twice the log-likelihood plus 2 p, and the smallest wins.
    """
    return -right.aic(X, params, structure)


@mistake(AIC, "eq-selection-aic")
def aic_of_the_log_likelihood(X, params, structure):
    """The log-likelihood is not doubled, and the parameters are charged twice.

    Both are doubled, or neither: each parameter costs one nat of log-likelihood. Against 2 p
    stands twice the log-likelihood.
    """
    return charged(X, params, structure, 2) - deviance(X, params) / 2


@mistake(AIC, "eq-selection-aic")
def aic_halved(X, params, structure):
    """Neither the log-likelihood nor the charge is doubled.

    The order of the models is the same, for the whole is halved. Akaike's factor of 2 is the
    custom, and differences between values are only read right with it.
    """
    return right.aic(X, params, structure) / 2


@mistake(AIC, "eq-selection-aic")
def aic_with_the_likelihood_s_sign(X, params, structure):
    """The log-likelihood enters with a plus.

    A better fit has a larger log-likelihood and has to get a smaller AIC. It is minus twice the
    log-likelihood, plus 2 p.
    """
    return charged(X, params, structure, 2) - 2 * deviance(X, params)


@mistake(AIC, "eq-selection-aic")
def aic_of_the_mean(X, params, structure):
    """The log-likelihood is the mean over the observations, and not their sum.

    scikit-learn's `score` returns such a mean. Beside it the charge is N times too large, and the
    smallest model always wins.
    """
    return charged(X, params, structure, 2) - (1 - 1 / len(X)) * deviance(X, params)


@mistake(AIC, "eq-selection-aic")
def corrected_for_small_samples(X, params, structure):
    """This is AICc, with a correction for small samples.

    It adds 2 p (p + 1) / (N - p - 1), which is derived for a regression and has no meaning where
    there are as many parameters as observations. Akaike's criterion is without it.
    """
    p = right.n_parameters(params, structure)
    with np.errstate(all="ignore"):
        more = np.float64(2 * p * (p + 1)) / (len(X) - p - 1)
    return right.aic(X, params, structure) + more


@mistake(AIC, "eq-selection-aic")
def components_charged(X, params, structure):
    """The components are charged, and not the parameters.

    A component brings a weight, a mean and a covariance, and each of their numbers is estimated.
    The charge is 2 for each free parameter.
    """
    return deviance(X, params) + 2 * len(params.weights)


@mistake(AIC, "eq-selection-aic")
def aic_without_charge(X, params, structure):
    """The charge for the parameters is missing.

    Minus twice the log-likelihood alone never grows when a component is added, so the largest
    model always wins. Add 2 for each parameter.
    """
    return deviance(X, params)
