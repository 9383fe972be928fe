"""One Gaussian in D dimensions.

Its log-density, and the fit that maximises the likelihood. The covariance is factored as L L^T with
L lower triangular (Cholesky). The factor gives the determinant as a product and the quadratic
form as a sum of squares; neither the determinant, which overflows, nor the inverse, which loses
digits, is ever formed.
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


def unresolved(X, counts):
    """The variances (D,) that rounding alone gives to data X (N, D) around their mean.

    `counts` (N,) says how often each row entered the mean; for several means at once it has the
    shape (N, K), and the variances (K, D). A mean errs by at most (N + 1) * eps times
    the weighted mean of |x| (Higham 2002, chapters 3 and 4). Random rounding would allow sqrt(N),
    but identical rows, the case at hand, do not round at random.
    """
    totals = counts.sum(axis=0)
    sizes = counts.T @ np.abs(X) / np.where(totals > 0, totals, 1.0)[..., None]
    return ((len(X) + 2) * _checks.EPS * sizes) ** 2


def require_spread(covariance, unresolved, what):
    """Raise `DegenerateComponent` unless a fitted covariance (D, D) can be used in an E step.

    `unresolved` (D,) holds the variances that rounding of the mean alone would give.
    """
    D = len(covariance)
    variances = np.diagonal(covariance)
    flat = variances <= np.maximum(unresolved, _checks.SMALLEST_VARIANCE)
    if flat.any():
        reason = f"feature {int(np.argmax(flat))} does not vary in it beyond rounding"
    else:
        rounding = max(_checks.least_eigenvalue(D), np.sum(unresolved / variances))
        if _checks.smallest_eigenvalue(covariance) > rounding:
            return
        reason = (
            "its observations lie, up to rounding, in fewer dimensions than there are "
            "features"
        )
    raise DegenerateComponent(
        f"{what} has collapsed: {reason}. Its likelihood has no maximum. Use fewer "
        f"components, another start, more observations, or fewer features; if the data "
        f"lie far from the origin, subtract their mean"
    )


from emlib.gaussian import naive, vectorized  # noqa: E402  (they need what is defined above)

__all__ = ["Params", "naive", "vectorized"]
