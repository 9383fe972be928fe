"""What must hold of a result whatever the numbers are, and what it means if it does not.

By name, for a name means the same in every topic: `responsibilities` are distributions wherever
they occur. Each rule takes a value, its name and the arguments that led to it, and returns a
sentence, or None if all is well.
"""

import numpy as np

from emlib._checks import HALF_DIGITS, smallest_eigenvalue
from emlib.evidence.vectorized import log_sum_exp
from emlib.exercises._words import first, number, told


def _probability(value, name, arguments):
    """Between 0 and 1."""
    bad = (value < -HALF_DIGITS) | (value > 1 + HALF_DIGITS)
    if bad.any():
        entry, index = first(name, bad)
        end = 1.0 if value[index] > 1 else 0.0
        return (
            f"{entry} is {told(value[index], end)[0]}: a probability lies between 0 and 1 (and is "
            f"not a logarithm)"
        )
    return None


def _distribution(value, name, arguments):
    """Probabilities that sum to one, along the last axis."""
    outside = _probability(value, name, arguments)
    if outside:
        return outside
    totals = np.asarray(value.sum(axis=-1))
    bad = np.abs(totals - 1) > HALF_DIGITS
    if bad.any():
        row, index = first(name, bad)
        return (
            f"the entries of {row} sum to {told(totals[index], 1)[0]}, not to 1: the shares of a "
            f"whole add up to it"
        )
    return None


def _covariances(value, name, arguments):
    """Each is a covariance."""
    for k, matrix in enumerate(value):
        wrong = _covariance(matrix, f"{name}[{k}]", arguments)
        if wrong:
            return wrong
    return None


def _covariance(matrix, name, arguments):
    """Symmetric, and positive in every direction."""
    variances = np.diagonal(matrix)
    bad = variances <= 0
    if bad.any():
        d = int(np.argmax(bad))
        return f"{name}[{d}, {d}] is {number(variances[d])}: a variance is positive"
    scale = np.sqrt(variances)
    bad = np.abs(matrix - matrix.T) > HALF_DIGITS * scale * scale[:, None]
    if bad.any():
        i, j = map(int, np.argwhere(bad)[0])
        return (
            f"{name} is not symmetric: entry [{i}, {j}] is {number(matrix[i, j])}, entry "
            f"[{j}, {i}] is {number(matrix[j, i])}"
        )
    if smallest_eigenvalue(matrix) <= 0:
        return f"{name} is not positive definite: in some direction the variance is not positive"
    return None


def _expected_counts(value, name, arguments):
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


def _lower_bound(value, name, arguments):
    """A bound from below."""
    evidence = log_sum_exp(arguments["log_joint"]).sum()
    if np.isfinite(evidence) and value > evidence + HALF_DIGITS * max(1, abs(evidence)):
        bound, above = told(value, evidence)
        return (
            f"the bound is {bound}, above the log-evidence {above}: a lower bound cannot be, for "
            f"any q"
        )
    return None


def _kl_divergence(value, name, arguments):
    """Gibbs' inequality."""
    if value < -HALF_DIGITS:
        return f"the divergence is {number(value)}: by Gibbs' inequality it is not negative"
    return None


def _log_sum_exp(value, name, arguments):
    """Between the largest term and that plus log K."""
    terms = np.asarray(arguments["log_terms"])
    largest = terms.max(axis=1)
    slack = HALF_DIGITS * (1 + np.abs(np.where(np.isfinite(largest), largest, 0.0)))
    bad = (value < largest - slack) | (value > largest + np.log(terms.shape[1]) + slack)
    if bad.any():
        n, K = int(np.argmax(bad)), terms.shape[1]
        ends = largest[n], largest[n] + np.log(K)
        nearest = min(ends, key=lambda end: abs(value[n] - end))
        return (
            f"result[{n}] is {told(value[n], nearest)[0]}, but the sum of the exponentials lies "
            f"between the largest of them and {K} times that: its logarithm lies between "
            f"{number(ends[0])} and {number(ends[1])}"
        )
    return None


def _labels(value, name, arguments):
    """They number the centers."""
    K = len(arguments["centers"])
    bad = (value < 0) | (value >= K)
    if bad.any():
        entry, index = first(name, bad)
        return f"{entry} is {int(value[index])}: the {K} centers have the numbers 0 to {K - 1}"
    return None


def _distortion(value, name, arguments):
    """A sum of squares."""
    if value < 0:
        return f"the distortion is {number(value)}: a sum of squares is not negative"
    return None


def _observations(value, name, arguments):
    """Different rows of X."""
    apart = (value[:, None, :] != np.asarray(arguments["X"])).any(axis=2)  # (K, N)
    bad = apart.all(axis=1)
    if bad.any():
        row, _ = first(name, bad)
        return f"{row} is no row of X: the centers to start from are observations"
    if len(np.unique(value, axis=0)) < len(value):
        return (
            f"{name} holds an observation twice: at distance 0 from a center it cannot be drawn "
            f"again"
        )
    return None


def _step_length(value, name, arguments):
    """No less than EM."""
    if value > -1 + HALF_DIGITS:
        return (
            f"the step length is {told(value, -1)[0]}: it is at most -1, which leads to `after`, "
            f"where EM has been already"
        )
    return None


OF_A_PART = {
    "responsibilities": _distribution,
    "weights": _distribution,
    "biases": _probability,
    "theta": _probability,
    "covariance": _covariance,
    "covariances": _covariances,
    "expected_counts": _expected_counts,
    "labels": _labels,
    "distortion": _distortion,
}
OF_A_FUNCTION = {
    "evidence.lower_bound": _lower_bound,
    "evidence.kl_divergence": _kl_divergence,
    "evidence.log_sum_exp": _log_sum_exp,
    "kmeans.distortion": _distortion,
    "kmeans.seeding_probabilities": _distribution,
    "kmeans.seed": _observations,
    "acceleration.step_length": _step_length,
    "climbers.acceptance": _probability,
}


def wrong(exercise, values, arguments):
    """The first sentence about a part of a result that cannot be, as (part, sentence)."""
    for part, value in values.items():
        rule = OF_A_FUNCTION.get(exercise, OF_A_PART.get(part))
        sentence = rule(value, part, arguments) if rule else None
        if sentence:
            return part, sentence
    return None
