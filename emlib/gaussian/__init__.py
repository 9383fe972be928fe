"""One Gaussian in D dimensions: its log-density, and the fit that maximises the likelihood.

The covariance is factored as L L^T with L lower triangular (Cholesky). The factor gives the
determinant as a product and the quadratic form as a sum of squares; neither the determinant,
which overflows, nor the inverse, which loses digits, is ever formed.
"""

import math
from typing import NamedTuple

import numpy as np

from emlib import _checks
from emlib.em import DegenerateComponent

LOG_2_PI = math.log(2 * math.pi)


class Params(NamedTuple):
    """The parameters of a Gaussian.

    Attributes
    ----------
    mean : numpy.ndarray, shape (D,)
        In the units of the data.
    covariance : numpy.ndarray, shape (D, D)
        Symmetric and positive definite, in squared units.
    """

    mean: np.ndarray
    covariance: np.ndarray


def check_params(params, n_features):
    """Parameters as arrays of matching shapes, with a positive definite covariance."""
    if not isinstance(params, Params):
        raise ValueError(f"params is a {type(params).__name__}: pass a gaussian.Params")
    mean = _checks.mean_vector(params.mean, n_features, "params.mean")
    covariance = _checks.covariance_matrix(
        params.covariance, n_features, "params.covariance"
    )
    return Params(mean, covariance)


def require_spread(X, counts, covariance, what):
    """Raise `DegenerateComponent` unless a covariance fitted to X can be used in an E step.

    `counts` (N,) says how often each row of X entered the fit.
    """
    D = len(covariance)
    # A weighted mean errs by at most (N + 1) * eps times the weighted mean of |x| (Higham 2002,
    # chapters 3 and 4). A spread below that is rounding of the mean, not of the data. Random
    # rounding would allow sqrt(N), but identical rows, the case at hand, do not round at random.
    average_size = counts @ np.abs(X) / counts.sum()  # (D,)
    resolution = (len(X) + 2) * _checks.EPS * average_size  # (D,)
    variances = np.diagonal(covariance)
    flat = variances <= np.maximum(resolution**2, _checks.SMALLEST_VARIANCE)
    if flat.any():
        reason = f"feature {int(np.argmax(flat))} does not vary in it beyond rounding"
    else:
        rounding = max(_checks.least_eigenvalue(D), np.sum(resolution**2 / variances))
        if _checks.smallest_eigenvalue(covariance) > rounding:
            return
        reason = "its observations lie, to rounding, in fewer dimensions than there are features"
    raise DegenerateComponent(
        f"{what} has collapsed: {reason}. Its likelihood has no maximum. Use fewer components, "
        f"another start, more observations, or fewer features; centre data far from the origin"
    )


from emlib.gaussian import naive, vectorized  # noqa: E402  (they need what is defined above)

__all__ = ["Params", "naive", "vectorized"]
