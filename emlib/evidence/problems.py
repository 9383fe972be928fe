"""Random problems for the evidence: logarithms, and distributions."""

import numpy as np

from emlib._checks import EPS
from emlib.problems import Problem, ingredients


def _log_terms(rng, setting):
    """Logarithms (N, K) of any size; some -inf if extreme."""
    terms = (
        np.log(setting.scale)
        + setting.offset
        + 20 * rng.standard_normal((setting.N, setting.K))
    )
    if setting.extreme:
        terms[rng.random(terms.shape) < 0.3] = -np.inf
    return terms


def log_sum_exp(rng, setting):
    """Logarithms (N, K) of any size; some -inf, and whole rows of it, if extreme."""
    terms = _log_terms(rng, setting)
    if setting.extreme:
        terms[rng.integers(setting.N)] = -np.inf
    K = terms.shape[1]

    def tolerance(result):
        finite = np.where(np.isfinite(result), result, 0.0)
        return (K + 4) * EPS * (1 + np.abs(finite))

    return Problem({"log_terms": terms}, tolerance)


def lower_bound(rng, setting):
    """Joint log-probabilities and any distribution, hard ones if extreme."""
    log_joint = _log_terms(rng, setting)
    q = ingredients.distributions(rng, setting.N, setting.K, setting.extreme)
    finite = np.where(np.isfinite(log_joint), log_joint, 0.0)
    size = np.sum(q * (1 + np.abs(finite) + np.abs(np.log(np.where(q > 0, q, 1.0)))))
    return Problem(
        {"log_joint": log_joint, "q": q}, lambda result: (q.size + 4) * EPS * size
    )


def kl_divergence(rng, setting):
    """Two distributions; the second without zeros unless extreme."""
    q = ingredients.distributions(rng, setting.N, setting.K, setting.extreme)
    p = ingredients.distributions(
        rng, setting.N, setting.K, setting.extreme and rng.random() < 0.5
    )
    logs = np.abs(np.log(np.where(q > 0, q, 1.0))) + np.abs(
        np.log(np.where(p > 0, p, 1.0))
    )
    size = np.sum(q * (1 + logs))
    return Problem({"q": q, "p": p}, lambda result: (q.size + 4) * EPS * size)
