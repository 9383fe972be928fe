"""Random problems for toy: observations."""

import numpy as np

from emlib._checks import EPS
from emlib.problems import Problem, ingredients, mixtures


def average(rng, setting):
    """Observations from a Gaussian mixture."""
    X = ingredients.observations(rng, setting, mixtures.params(rng, setting))
    # A sum of N terms errs by N roundings of the sum of their magnitudes, and so does the quotient.
    error = 2 * (len(X) + 2) * EPS * np.abs(X).mean(axis=0)
    return Problem({"X": X}, lambda result: error)
