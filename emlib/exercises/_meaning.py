"""What must hold of a result whatever the numbers are, and what it means if it does not.

The rules are found by name, because a name means the same in every topic: `responsibilities` are
distributions wherever they occur. Each rule takes a value, its name and the arguments that led to
it, and returns a sentence, or None if all is well. What holds in only one topic is in its
`mistakes`.
"""

import numpy as np

from emlib._checks import HALF_DIGITS, smallest_eigenvalue
from emlib.exercises import mistakes
from emlib.exercises._words import entry, first, number, told


def probability(value, name, arguments):
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


def distribution(value, name, arguments):
    """Probabilities that sum to one, along the last axis."""
    outside = probability(value, name, arguments)
    if outside:
        return outside
    totals = np.asarray(value.sum(axis=-1))
    bad = np.abs(totals - 1) > HALF_DIGITS
    if bad.any():
        row, index = first(name, bad)
        return (
            f"the entries of {row} sum to {told(totals[index], 1)[0]}, not to 1: "
            f"probabilities must sum to 1"
        )
    return None


def covariances(value, name, arguments):
    """Each is a covariance."""
    for index in np.ndindex(value.shape[:-2]):
        wrong = covariance(value[index], entry(name, index), arguments)
        if wrong:
            return wrong
    return None


def covariance(matrix, name, arguments):
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


OF_A_PART = {
    "responsibilities": distribution,
    "weights": distribution,
    "biases": probability,
    "theta": probability,
    "covariance": covariance,
    "covariances": covariances,
}


def wrong(exercise, values, arguments):
    """The first sentence about an impossible part of a result, as (part, sentence).

    A topic's own rule for a part takes precedence over what the name means everywhere.
    """
    for part, value in values.items():
        rule = mistakes.rule(exercise, part) or OF_A_PART.get(part)
        sentence = rule(value, part, arguments) if rule else None
        if sentence:
            return part, sentence
    return None
