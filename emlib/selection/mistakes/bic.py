"""Mistakes in the Bayesian information criterion."""

import numpy as np

from emlib.exercises.mistakes import mistake
from emlib.selection import vectorized as right
from emlib.selection.mistakes.ingredients import charged, counted_as, deviance

BIC = "selection.bic"

counted_as(BIC)


@mistake(BIC, "eq-selection-bic")
def two_for_each_parameter(X, params, structure):
    """This is AIC: the price of a parameter is 2, and not log N.

    The logarithm comes from the width of the likelihood's peak, which shrinks with the square
    root of N in each direction. In AIC the price does not depend on N.
    """
    return right.aic(X, params, structure)


@mistake(BIC, "eq-selection-bic")
def charge_subtracted(X, params, structure):
    """The charge is subtracted, so that parameters are rewarded.

    With minus twice the log-likelihood smaller is better, and a charge makes it larger. Signs are
    mixed up easily here, for others, such as mclust, give the negative of the whole.
    """
    return charged(X, params, structure, -np.log(len(X)))


@mistake(BIC, "eq-selection-bic")
def larger_is_better(X, params, structure):
    """The sign of the whole is the other one: here larger would be better.

    This is how Schwarz's criterion is reported by mclust. The book, like scikit-learn, takes
    minus twice the log-likelihood plus the charge, and the smallest wins.
    """
    return -right.bic(X, params, structure)


@mistake(BIC, "eq-selection-bic")
def log_likelihood_not_doubled(X, params, structure):
    """The log-likelihood is not doubled, but the charge is that of the doubled one.

    In nats, a parameter costs half of log N. If the price is log N, the log-likelihood has to be
    doubled, too.
    """
    return charged(X, params, structure, np.log(len(X))) - deviance(X, params) / 2


@mistake(BIC, "eq-selection-bic")
def numbers_counted(X, params, structure):
    """The logarithm is that of all the numbers in X, N times D.

    An observation is a row, with all of its features. The information grows with the number N of
    independent rows: `len(X)`, not `X.size`.
    """
    return charged(X, params, structure, np.log(X.size))


@mistake(BIC, "eq-selection-bic")
def price_halved(X, params, structure):
    """The charge is halved, and the log-likelihood is doubled.

    Half of log N is the price of a parameter in nats of log-likelihood. Where that is doubled,
    the price is log N.
    """
    return charged(X, params, structure, 0.5 * np.log(len(X)))


@mistake(BIC, "eq-selection-bic")
def averaged(X, params, structure):
    """The log-likelihood is the mean over the observations, and not their sum.

    scikit-learn's `score` returns such a mean. Beside it the charge is N times too large, and the
    smallest model always wins.
    """
    fit = deviance(X, params)
    return charged(X, params, structure, np.log(len(X))) - fit + fit / len(X)


@mistake(BIC, "eq-selection-bic")
def logarithm_to_the_base_ten(X, params, structure):
    """The logarithm of N is that to the base 10.

    The criterion is made of natural logarithms, like the log-likelihood: `np.log`, and not
    `np.log10`. With the other base a parameter costs less than half.
    """
    return charged(X, params, structure, np.log10(len(X)))


@mistake(BIC, "eq-selection-bic")
def logarithm_to_the_base_two(X, params, structure):
    """The logarithm of N is that to the base 2.

    The criterion is made of natural logarithms, like the log-likelihood: `np.log`, and not
    `np.log2`. With the other base a parameter costs more by a factor of 1.44.
    """
    return charged(X, params, structure, np.log2(len(X)))


@mistake(BIC, "eq-selection-bic")
def n_without_logarithm(X, params, structure):
    """The price of a parameter is N, and not its logarithm.

    The width of the likelihood's peak shrinks with the root of N, and the logarithm of that is
    what a parameter costs: log N on the scale of twice the log-likelihood.
    """
    return charged(X, params, structure, len(X))


@mistake(BIC, "eq-selection-bic")
def log_n_doubled(X, params, structure):
    """The price of a parameter is twice log N.

    The 2 belongs to the log-likelihood, and to AIC's price. Beside twice the log-likelihood a
    parameter costs log N.
    """
    return charged(X, params, structure, 2 * np.log(len(X)))


@mistake(BIC, "eq-selection-bic")
def two_added_to_log_n(X, params, structure):
    """The prices of AIC and BIC are added.

    Each criterion has its own reason for its price, and one of them is enough: log N for each
    parameter.
    """
    return charged(X, params, structure, 2 + np.log(len(X)))


@mistake(BIC, "eq-selection-bic")
def bic_halved(X, params, structure):
    """Neither the log-likelihood nor the charge is doubled.

    This is Schwarz's own form but for the sign, half of what is asked for. The order of the models
    is the same. The book, like scikit-learn, doubles the log-likelihood, and the price is log N.
    """
    return right.bic(X, params, structure) / 2


@mistake(BIC, "eq-selection-bic")
def bic_with_the_likelihood_s_sign(X, params, structure):
    """The log-likelihood enters with a plus.

    A better fit has a larger log-likelihood and has to get a smaller BIC. It is minus twice the
    log-likelihood, plus log N for each parameter.
    """
    return charged(X, params, structure, np.log(len(X))) - 2 * deviance(X, params)


@mistake(BIC, "eq-selection-bic")
def bic_of_the_components(X, params, structure):
    """The components are charged, and not the parameters.

    A component brings a weight, a mean and a covariance, and each of their numbers is estimated.
    The charge is log N for each free parameter.
    """
    return deviance(X, params) + len(params.weights) * np.log(len(X))


@mistake(BIC, "eq-selection-bic")
def parameters_in_the_logarithm(X, params, structure):
    """N and the number of parameters are in each other's place.

    The charge is p log N: each of the p parameters costs the logarithm of the number of
    observations.
    """
    p = right.n_parameters(params, structure)
    return deviance(X, params) + len(X) * np.log(p)


@mistake(BIC, "eq-selection-bic")
def features_in_the_logarithm(X, params, structure):
    """The logarithm is that of the number of features.

    What counts is how many observations there are, `len(X)` or `X.shape[0]`. The features are
    counted among the parameters.
    """
    return charged(X, params, structure, np.log(X.shape[1]))


@mistake(BIC, "eq-selection-bic")
def effective_counts_in_the_logarithm(X, params, structure):
    """The logarithm is that of the observations of an average component, N / K.

    Some of the parameters are a component's own, and one may argue for its own count. Schwarz's
    criterion takes all N observations, for all of them are in the likelihood.
    """
    return charged(X, params, structure, np.log(len(X) / len(params.weights)))
