"""The engine's own checks: of an argument that no other function has, and of a single block."""

import numpy as np

from emlib import _checks


def checked_least_variance(least_variance):
    """A number, 0 or more."""
    least_variance = _checks.real_array(least_variance, "least_variance", ())
    _checks.refuse(least_variance < 0, least_variance, "least_variance", "0 or more")
    return float(least_variance)


def require_sound(block, X):
    """Raise if a block of X has an entry that cannot be squared, and name its place in X."""
    if not (np.abs(block) <= np.float64(_checks.LARGEST)).all():
        _checks.observations(X)
