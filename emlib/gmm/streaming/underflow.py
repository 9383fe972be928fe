"""Exponentials that are too small to compute with, and what takes their place.

Below 1e-308 numbers are subnormal, and everything that meets one takes a hundred times as long. An
exponential below exp(-640), which is 1e-278, is taken for 0, and nothing is divided by a sum below
`LEAST_SUM`, so that no responsibility above 1e-78 is lost. A component could tell whose count is
not above `TOLD` for each observation: then the pass is made again without.
"""

import numpy as np

LEAST_EXPONENT = -640.0
LEAST_SUM = 1e-200
TOLD = 1e-60
TINY = np.finfo(float).tiny  # in the place of a count of 0, to divide by


def exponentiate(exponents, least):
    """Their exponentials, in place; 0 for exponents below the least."""
    low = exponents < least
    if not low.any():
        return np.exp(exponents, out=exponents)
    np.exp(np.maximum(exponents, least, out=exponents), out=exponents)
    exponents[low] = 0.0
    return exponents
