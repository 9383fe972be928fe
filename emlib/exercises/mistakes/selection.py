"""Mistakes in counting parameters and in the criteria."""

import numpy as np

from emlib import gmm
from emlib.exercises.mistakes import mistake, trap
from emlib.selection import vectorized as right

N_PARAMETERS = "selection.n_parameters"
AIC = "selection.aic"
BIC = "selection.bic"
ICL = "selection.icl"
ROUND = gmm.Params(
    np.array([0.25, 0.25, 0.5]),
    np.array([[0.0, 1, 2], [3, 5, 4], [1, 1, 0]]),
    np.array([np.eye(3)] * 3),
)
FAR_APART = gmm.Params(
    np.array([0.25, 0.75]), np.array([[0.0, 0], [300, 0]]), np.array([np.eye(2)] * 2)
)
ALONE = gmm.Params(np.ones(1), np.zeros((1, 2)), np.eye(2)[None])
IN_A_LINE = gmm.Params(
    np.array([0.25, 0.75]), np.array([[0.0], [300]]), np.ones((2, 1, 1))
)
POINTS = np.array([[0.0, 1, 2], [1, 0, 3], [300, 0, 1]])

COUNTED = [("three round components", ROUND, name) for name in gmm.STRUCTURES]
COUNTED += [("components far apart", FAR_APART, name) for name in gmm.STRUCTURES]
COUNTED += [
    ("a single component", ALONE, "tied"),
    ("one feature", IN_A_LINE, "spherical"),
]
for words, params, structure in COUNTED:
    words = f"{words}, counted as {structure!r}"
    chosen = {"params": params, "structure": structure}
    trap(N_PARAMETERS, words, **chosen)
    for exercise in (AIC, BIC, ICL):
        trap(exercise, words, X=POINTS[:, : params.means.shape[1]], **chosen)


# --- the number of parameters ---------------------------------------------------------------------


def sizes(params):
    """K and D."""
    return params.means.shape


@mistake(N_PARAMETERS, "eq-selection-parameters")
def last_weight_counted(params, structure):
    """All K weights are counted.

    The weights sum to one, so that K - 1 of them determine the last. It is no number that can be
    chosen freely.
    """
    return right.n_parameters(params, structure) + 1


@mistake(N_PARAMETERS, "eq-selection-parameters")
def both_triangles_counted(params, structure):
    """A covariance is counted with both of its triangles.

    A covariance is symmetric: the entries above the diagonal repeat those below. D (D + 1) / 2
    of the D^2 entries are numbers of their own.
    """
    K, D = sizes(params)
    twice = {"full": K, "tied": 1, "diag": 0, "spherical": 0}[structure]
    return right.n_parameters(params, structure) + twice * D * (D - 1) // 2


@mistake(N_PARAMETERS, "eq-selection-parameters")
def diagonal_left_out(params, structure):
    """The entries below the diagonal are counted, and not those on it.

    There are D (D - 1) / 2 entries below the diagonal, the covariances of two features. The D
    variances on it are parameters too: D (D + 1) / 2 together.
    """
    K, D = sizes(params)
    missing = {"full": K, "tied": 1, "diag": 0, "spherical": 0}[structure]
    return right.n_parameters(params, structure) - missing * D


@mistake(N_PARAMETERS, "eq-selection-parameters")
def tied_counted_for_each(params, structure):
    """The tied covariance is counted once for each component.

    The array holds it K times, but it is one matrix: whoever changes it changes it for all. Count
    it once.
    """
    K, D = sizes(params)
    more = (K - 1) * D * (D + 1) // 2 if structure == "tied" else 0
    return right.n_parameters(params, structure) + more


@mistake(N_PARAMETERS, "eq-selection-parameters")
def structure_ignored(params, structure):
    """The covariances are counted as if they were full, whatever the structure.

    The array has the shape (K, D, D) in every structure. How many of its numbers could be chosen
    is told by the structure alone: zeros off the diagonal that are imposed are not counted.
    """
    return right.n_parameters(params, "full")


@mistake(N_PARAMETERS, "eq-selection-parameters")
def one_mean_a_component(params, structure):
    """One number is counted for each mean.

    A mean is a point with D coordinates, and each of them is estimated. The K means are K D
    parameters.
    """
    K, D = sizes(params)
    return right.n_parameters(params, structure) - K * (D - 1)


@mistake(N_PARAMETERS, "eq-selection-parameters")
def weights_left_out(params, structure):
    """The weights are not counted.

    They are estimated like everything else. K of them that sum to one are K - 1 parameters.
    """
    return right.n_parameters(params, structure) - (len(params.weights) - 1)


@mistake(N_PARAMETERS, "eq-selection-parameters")
def spherical_counted_as_diagonal(params, structure):
    """A spherical covariance is counted with D variances.

    "spherical" is one variance for all features of a component, so the D equal entries of the
    diagonal are one parameter. Count K of them.
    """
    return right.n_parameters(params, "diag" if structure == "spherical" else structure)


# --- AIC ------------------------------------------------------------------------------------------


def deviance(X, params):
    """Minus twice the log-likelihood."""
    return -2 * gmm.vectorized.log_likelihood(X, params)


@mistake(AIC, "eq-selection-aic")
def charge_not_doubled(X, params, structure):
    """The parameters are charged once, and the log-likelihood twice.

    Both are doubled, or neither: each parameter costs one nat of log-likelihood. Against twice
    the log-likelihood the charge is 2 p.
    """
    return deviance(X, params) + right.n_parameters(params, structure)


# --- BIC ------------------------------------------------------------------------------------------


def charged(X, params, structure, price):
    """Minus twice the log-likelihood and a price for each parameter."""
    return deviance(X, params) + price * right.n_parameters(params, structure)


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


# --- ICL ------------------------------------------------------------------------------------------


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
