"""Exponentials that are too small to compute with, and what replaces them.

Below 2e-308 numbers are subnormal, and arithmetic with them can take a hundred times as long. So an
exponential below exp(-640), which is 1e-278, is taken for 0. Nothing is divided by a sum below
`LEAST_SUM`, so no responsibility above 1e-78 is lost. If a component's count is below `TOLD` times
N times the largest weight, these zeros could matter to it: the pass is made again without them.
"""

import numpy as np

LEAST_EXPONENT = -640.0
LEAST_SUM = 1e-200
TOLD = 1e-60
TINY = np.finfo(float).tiny  # replaces a count of 0 as a divisor


def exponentiate(exponents, least):
    """Their exponentials, in place; 0 for exponents below the least."""
    low = exponents < least
    if not low.any():
        return np.exp(exponents, out=exponents)
    np.exp(np.maximum(exponents, least, out=exponents), out=exponents)
    exponents[low] = 0.0
    return exponents
