"""Checks of arguments that are quick enough for a pass over few observations."""

import numpy as np

from emlib import _checks
from emlib.gmm import Params, check_params
from emlib.gmm.streaming.components import diagonals


def checked_params(params, n_features):
    """As `check_params`, in one go for all components if there is nothing to say of any."""
    if not (isinstance(params, Params) and _in_order(*params)):
        return check_params(params, n_features)
    if n_features not in ("D", params.means.shape[1]):
        return check_params(params, n_features)
    return params


def _in_order(weights, means, covariances):
    """Whether parameters are sound beyond doubt."""
    parts = (weights, means, covariances)
    if not all(type(part) is np.ndarray and part.dtype == float for part in parts):
        return False
    if means.ndim != 2 or means.size == 0:
        return False
    K, D = means.shape
    if weights.shape != (K,) or covariances.shape != (K, D, D):
        return False
    variances = diagonals(covariances)
    bounds = _checks.SMALLEST_VARIANCE, 1 / _checks.SMALLEST_VARIANCE
    if not (
        (weights > 0).all()
        and abs(weights.sum() - 1) <= _checks.HALF_DIGITS
        and (np.abs(means) <= _checks.LARGEST).all()
        and ((variances >= bounds[0]) & (variances <= bounds[1])).all()
        and np.array_equal(covariances, covariances.transpose(0, 2, 1))
    ):
        return False
    deviations = np.sqrt(variances)
    correlations = covariances / deviations[:, :, None] / deviations[:, None, :]
    return _checks.definite(correlations, _checks.least_eigenvalue(D))


def checked_least_variance(least_variance):
    """A number, 0 or more."""
    least_variance = _checks.real_array(least_variance, "least_variance", ())
    _checks.refuse(least_variance < 0, least_variance, "least_variance", "0 or more")
    return float(least_variance)


def require_sound(block, X):
    """Raise if a block of X has an entry that cannot be squared, and say which of X's it is."""
    if not (np.abs(block) <= np.float64(_checks.LARGEST)).all():
        _checks.observations(X)
