"""Mistakes in Akaike's criterion."""

import numpy as np

from emlib.exercises.mistakes import mistake
from emlib.selection import vectorized as right
from emlib.selection.mistakes.ingredients import charged, counted_as, deviance

AIC = "selection.aic"

counted_as(AIC)


@mistake(AIC, "eq-selection-aic")
def charge_not_doubled(X, params, structure):
    """The log-likelihood is doubled, but the charge is not.

    Double both, or neither: each parameter costs one nat of log-likelihood. If the log-likelihood
    is doubled, the charge is 2 p.
    """
    return deviance(X, params) + right.n_parameters(params, structure)


@mistake(AIC, "eq-selection-aic")
def log_n_for_each_parameter(X, params, structure):
    """This is BIC: the price of a parameter is log N instead of 2.

    AIC estimates how well the fit predicts new observations, and its price does not depend on N.
    """
    return right.bic(X, params, structure)


@mistake(AIC, "eq-selection-aic")
def parameters_rewarded(X, params, structure):
    """The charge is subtracted, so that parameters are rewarded.

    The criterion is minus twice the log-likelihood, so smaller is better. A charge has to make it
    larger: add 2 p.
    """
    return charged(X, params, structure, -2)


@mistake(AIC, "eq-selection-aic")
def aic_larger_is_better(X, params, structure):
    """The criterion has the opposite sign: here larger would be better.

    Some packages report twice the log-likelihood minus 2 p. The book, like scikit-learn, uses minus
    twice the log-likelihood plus 2 p, and the smallest wins.
    """
    return -right.aic(X, params, structure)


@mistake(AIC, "eq-selection-aic")
def aic_of_the_log_likelihood(X, params, structure):
    """The charge is doubled, but the log-likelihood is not.

    Double both, or neither: each parameter costs one nat of log-likelihood. If the charge is 2 p,
    double the log-likelihood.
    """
    return charged(X, params, structure, 2) - deviance(X, params) / 2


@mistake(AIC, "eq-selection-aic")
def aic_halved(X, params, structure):
    """Neither the log-likelihood nor the charge is doubled.

    You get half of AIC, which ranks the models in the same order. But the factor of 2 is customary,
    and readers expect it when they compare differences.
    """
    return right.aic(X, params, structure) / 2


@mistake(AIC, "eq-selection-aic")
def aic_with_the_likelihood_s_sign(X, params, structure):
    """The log-likelihood has a plus sign.

    A better fit has a larger log-likelihood and must have a smaller AIC. AIC is minus twice the
    log-likelihood, plus 2 p.
    """
    return charged(X, params, structure, 2) - 2 * deviance(X, params)


@mistake(AIC, "eq-selection-aic")
def aic_of_the_mean(X, params, structure):
    """The log-likelihood is averaged over the observations instead of added up.

    scikit-learn's `score` returns such a mean. Compared with it, the charge is N times too large,
    and the smallest model almost always wins.
    """
    return charged(X, params, structure, 2) - (1 - 1 / len(X)) * deviance(X, params)


@mistake(AIC, "eq-selection-aic")
def corrected_for_small_samples(X, params, structure):
    """This is AICc, with a correction for small samples.

    It adds 2 p (p + 1) / (N - p - 1), which is derived for regression and makes no sense if there
    are nearly as many parameters as observations or more. Akaike's criterion has no correction.
    """
    p = right.n_parameters(params, structure)
    with np.errstate(all="ignore"):
        more = np.float64(2 * p * (p + 1)) / (len(X) - p - 1)
    return right.aic(X, params, structure) + more


@mistake(AIC, "eq-selection-aic")
def components_charged(X, params, structure):
    """The components are charged instead of the parameters.

    A component has a weight, a mean and a covariance, and you estimate each of their numbers. The
    charge is 2 for each free parameter.
    """
    return deviance(X, params) + 2 * len(params.weights)


@mistake(AIC, "eq-selection-aic")
def aic_without_charge(X, params, structure):
    """The charge for the parameters is missing.

    Adding a component never makes the best fit worse, so without a charge the largest model always
    wins. Add 2 for each parameter.
    """
    return deviance(X, params)
