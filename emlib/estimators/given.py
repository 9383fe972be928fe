"""The parts of a start that the user gives; errors begin with scikit-learn's words."""

import numpy as np

from emlib import _checks
from emlib.estimators.shapes import inverse_factors, shape, symmetric, widened


def _given(value, argument, name, shape):
    _checks.refuse_masked(value, argument)
    part = np.asarray(value)
    if part.shape != shape:
        raise ValueError(
            f"The parameter '{name}' should have the shape of {shape}, but got {part.shape}"
        )
    return _checks.real_array(part, argument, shape)


def given_weights(value, K):
    """Weights (K,), positive, summing to one in double precision."""
    weights = _given(value, "weights_init", "weights", (K,))
    low, high = weights.min(), weights.max()
    if low < 0 or high > 1:
        # scikit-learn's tests require its words, which exchange the two.
        raise ValueError(
            f"The parameter 'weights' should be in the range [0, 1], but got max value "
            f"{low:.5f}, min value {high:.5f}: weights_init reaches from {low:.5g} to {high:.5g}"
        )
    # Weights that summed to one in single precision pass, whatever their type is now: the
    # tolerance is scikit-learn's for them, or the rounding of K weights.
    total = weights.sum()
    if abs(total - 1) > max(1e-6, K * np.finfo(np.float32).eps):
        raise ValueError(
            f"The parameter 'weights' should be normalized, but got sum(weights) = {total:.5f}, "
            f"which is {total - 1:+.3g} off: divide weights_init by its sum"
        )
    return _checks.mixture_weights(weights / total, "weights_init")


def given_means(value, K, D):
    """Means (K, D)."""
    return _given(value, "means_init", "means", (K, D))


def given_covariances(value, structure, K, D, argument="precisions_init"):
    """Covariances (K, D, D) from precisions in scikit-learn's shape."""
    name = f"{structure} precision"
    part = _given(value, argument, name, shape(structure, K, D))
    wanted = "positive" if structure in ("diag", "spherical") else None
    if wanted and (part > 0).all():
        return widened(1 / part, structure, K, D)
    precisions = widened(part, structure, K, D)
    if (
        wanted
        or not np.allclose(precisions, precisions.transpose(0, 2, 1))
        or not (np.linalg.eigvalsh(precisions) > 0).all()
    ):
        wanted = wanted or "symmetric, positive-definite"
        raise ValueError(
            f"The parameter '{name}' should be {wanted}: {argument} is not"
        )
    factors = inverse_factors(symmetric(precisions))
    return symmetric(factors @ factors.transpose(0, 2, 1))


def covariances_of_factors(value, structure, K, D):
    """Covariances (K, D, D) from `precisions_cholesky_`, whose matrices are upper triangular."""
    argument = "precisions_cholesky_"
    part = _given(value, argument, f"{structure} factor", shape(structure, K, D))
    if structure in ("diag", "spherical"):
        precisions = part**2
    else:
        precisions = part @ np.swapaxes(part, -1, -2)
    return given_covariances(precisions, structure, K, D, argument)
