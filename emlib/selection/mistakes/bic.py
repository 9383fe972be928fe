"""Mistakes in the Bayesian information criterion."""

import numpy as np

from emlib.exercises.mistakes import mistake
from emlib.selection import vectorized as right
from emlib.selection.mistakes.ingredients import charged, counted_as, deviance

BIC = "selection.bic"

counted_as(BIC)


@mistake(BIC, "eq-selection-bic")
def two_for_each_parameter(X, params, structure):
    """This is AIC: the price of a parameter is 2 instead of log N.

    The logarithm comes from the width of the likelihood's peak, which shrinks with the square root
    of N in each direction. In AIC the price does not depend on N.
    """
    return right.aic(X, params, structure)


@mistake(BIC, "eq-selection-bic")
def charge_subtracted(X, params, structure):
    """The charge is subtracted, so that parameters are rewarded.

    The criterion is minus twice the log-likelihood, so smaller is better, and a charge makes it
    larger. The signs are easily confused: some packages, such as mclust, report minus this
    criterion.
    """
    return charged(X, params, structure, -np.log(len(X)))


@mistake(BIC, "eq-selection-bic")
def larger_is_better(X, params, structure):
    """The criterion has the opposite sign: here larger would be better.

    mclust reports Schwarz's criterion like this. The book, like scikit-learn, uses minus twice the
    log-likelihood plus the charge, and the smallest wins.
    """
    return -right.bic(X, params, structure)


@mistake(BIC, "eq-selection-bic")
def log_likelihood_not_doubled(X, params, structure):
    """The charge is doubled, but the log-likelihood is not.

    In nats, a parameter costs half of log N. If you charge log N, you have to double the
    log-likelihood, too.
    """
    return charged(X, params, structure, np.log(len(X))) - deviance(X, params) / 2


@mistake(BIC, "eq-selection-bic")
def numbers_counted(X, params, structure):
    """The logarithm is that of all the numbers in X, N times D.

    An observation is a row, with all of its features. The information grows with the number N of
    independent rows: use `len(X)`, not `X.size`.
    """
    return charged(X, params, structure, np.log(X.size))


@mistake(BIC, "eq-selection-bic")
def price_halved(X, params, structure):
    """The log-likelihood is doubled, but the charge is not.

    Half of log N is the price of a parameter in nats of log-likelihood. If you double the
    log-likelihood, the price is log N.
    """
    return charged(X, params, structure, 0.5 * np.log(len(X)))


@mistake(BIC, "eq-selection-bic")
def averaged(X, params, structure):
    """The log-likelihood is averaged over the observations instead of added up.

    scikit-learn's `score` returns such a mean. Compared with it, the charge is N times too large,
    and the smallest model almost always wins.
    """
    fit = deviance(X, params)
    return charged(X, params, structure, np.log(len(X))) - fit + fit / len(X)


@mistake(BIC, "eq-selection-bic")
def logarithm_to_the_base_ten(X, params, structure):
    """The logarithm of N is to base 10.

    The criterion uses natural logarithms, like the log-likelihood: use `np.log`, not `np.log10`.
    With base 10 a parameter costs less than half as much.
    """
    return charged(X, params, structure, np.log10(len(X)))


@mistake(BIC, "eq-selection-bic")
def logarithm_to_the_base_two(X, params, structure):
    """The logarithm of N is to base 2.

    The criterion uses natural logarithms, like the log-likelihood: use `np.log`, not `np.log2`.
    With base 2 a parameter costs 1.44 times as much.
    """
    return charged(X, params, structure, np.log2(len(X)))


@mistake(BIC, "eq-selection-bic")
def n_without_logarithm(X, params, structure):
    """The price of a parameter is N instead of its logarithm.

    The width of the likelihood's peak shrinks with the root of N. A parameter costs twice the
    logarithm of that root, which is log N, on the scale of twice the log-likelihood.
    """
    return charged(X, params, structure, len(X))


@mistake(BIC, "eq-selection-bic")
def log_n_doubled(X, params, structure):
    """The price of a parameter is twice log N.

    The 2 belongs to the log-likelihood, and to AIC's price. If the log-likelihood is doubled, a
    parameter costs log N.
    """
    return charged(X, params, structure, 2 * np.log(len(X)))


@mistake(BIC, "eq-selection-bic")
def two_added_to_log_n(X, params, structure):
    """The prices of AIC and BIC are added.

    Each criterion has its own reason for its price, so use only one of them: log N for each
    parameter.
    """
    return charged(X, params, structure, 2 + np.log(len(X)))


@mistake(BIC, "eq-selection-bic")
def bic_halved(X, params, structure):
    """Neither the log-likelihood nor the charge is doubled.

    Apart from the sign, this is Schwarz's own form, half of BIC. It ranks the models in the same
    order. The book, like scikit-learn, doubles the log-likelihood, and the price is log N.
    """
    return right.bic(X, params, structure) / 2


@mistake(BIC, "eq-selection-bic")
def bic_with_the_likelihood_s_sign(X, params, structure):
    """The log-likelihood has a plus sign.

    A better fit has a larger log-likelihood and must have a smaller BIC. BIC is minus twice the
    log-likelihood, plus log N for each parameter.
    """
    return charged(X, params, structure, np.log(len(X))) - 2 * deviance(X, params)


@mistake(BIC, "eq-selection-bic")
def bic_of_the_components(X, params, structure):
    """The components are charged instead of the parameters.

    A component has a weight, a mean and a covariance, and you estimate each of their numbers. The
    charge is log N for each free parameter.
    """
    return deviance(X, params) + len(params.weights) * np.log(len(X))


@mistake(BIC, "eq-selection-bic")
def parameters_in_the_logarithm(X, params, structure):
    """N and the number of parameters are swapped.

    The charge is p log N: each of the p parameters costs the logarithm of the number of
    observations.
    """
    p = right.n_parameters(params, structure)
    return deviance(X, params) + len(X) * np.log(p)


@mistake(BIC, "eq-selection-bic")
def features_in_the_logarithm(X, params, structure):
    """The logarithm is that of the number of features.

    Take the logarithm of the number of observations, `len(X)` or `X.shape[0]`. The number of
    parameters already accounts for the features.
    """
    return charged(X, params, structure, np.log(X.shape[1]))


@mistake(BIC, "eq-selection-bic")
def effective_counts_in_the_logarithm(X, params, structure):
    """The logarithm is that of the observations of an average component, N / K.

    Some parameters belong to one component, and you could argue for that component's own count.
    Schwarz's criterion uses all N observations, because all of them are in the likelihood.
    """
    return charged(X, params, structure, np.log(len(X) / len(params.weights)))
