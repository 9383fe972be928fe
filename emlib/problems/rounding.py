"""How far rounding can move what several topics compute: bounds for their problems' tolerances."""

import numpy as np

from emlib._checks import EPS
from emlib.evidence.vectorized import log_sum_exp


def condition(covariance):
    """The condition number of the correlation matrix: rescaling a feature costs no digits."""
    deviations = np.sqrt(np.diagonal(covariance))
    return np.linalg.cond(covariance / np.outer(deviations, deviations))


def posterior(terms, errors):
    """How far errors (N, K) in log-joint terms move the posterior (N, K) and log p(x_n) (N,).

    log p moves by the average of its terms' errors, weighted by the responsibilities. Relative to
    itself, a responsibility moves by the difference between its term's error and that average.
    """
    log_p = log_sum_exp(terms)
    shares = np.exp(terms - log_p[:, None])
    K = terms.shape[1]
    # The sum of exponentials and its logarithm, and the exponent of the share.
    own = (K + 4) * EPS * (1 + np.abs(log_p))
    moved = (shares * errors).sum(axis=1) + own  # (N,)
    return shares * (errors + moved[:, None]) + 4 * EPS, moved


def scatter(X, covariance):
    """How far rounding can move a weighted mean (D,) and the covariance (D, D) around it."""
    n_terms = len(X) + 8
    mean_error = 2 * n_terms * EPS * np.abs(X).max(axis=0)
    deviations = np.sqrt(np.diagonal(covariance))
    spread = np.outer(deviations, deviations)
    # A shifted center adds the square of the shift, and no term that is linear in it.
    return mean_error, 4 * n_terms * EPS * spread + 2 * np.outer(mean_error, mean_error)
