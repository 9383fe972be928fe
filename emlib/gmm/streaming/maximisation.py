"""The M step: from statistics to the most likely parameters of a structure."""

import numpy as np

from emlib._checks import EPS
from emlib.gmm import Params, require_counts, require_spread
from emlib.gmm.streaming.components import diagonals
from emlib.gmm.streaming.statistics import DIAGONAL
from emlib.gmm.streaming.underflow import TINY
from emlib.gmm.vectorized import _project, _with_prior


def maximise(statistics, structure, prior, least_variance):
    """As `engine.m_step`, which checks the options first."""
    N_k, sums, scatters, _, N, before = statistics
    K, D = sums.shape
    if K > N:
        raise ValueError(
            f"statistics has K = {K} components for {N} observations: use at most as many "
            f"components as observations"
        )
    if scatters.ndim == 2:
        if structure not in DIAGONAL:
            raise ValueError(
                f"statistics has only the diagonals of the scatters, too little for structure "
                f"{structure!r}: pass that structure to e_step as well"
            )
        scatters = scatters[:, :, None] * np.eye(D)  # (K, D, D)
    require_counts(N_k, prior)
    weights = N_k / N_k.sum()  # (K,)  # eq-gmm-weight
    divisor = np.maximum(N_k, TINY)[:, None]
    means = before.means + sums / divisor  # (K, D)  # eq-gmm-mean
    # The variance that rounding of the mean alone could make, as in `gaussian.unresolved`. The mean
    # of |x|, which is not among the statistics, is at most the root of the mean of x^2.
    variances = diagonals(scatters) / divisor  # (K, D)
    rounding = ((N + 2) * EPS) ** 2 * (means**2 + variances) * N_k[:, None]
    unresolved = rounding[:, :, None] * np.eye(D)  # (K, D, D)
    if prior is not None:
        weights, means, scatters, N_k = _with_prior(N_k, means, scatters, prior)
    covariances = _project(scatters, N_k, structure)
    if least_variance > 0:
        covariances = raised(covariances, least_variance)
    require_spread(covariances, _project(unresolved, N_k, structure), structure)
    return Params(weights, means, covariances)


def raised(covariances, least):
    """The most likely covariances (K, D, D) among those with no eigenvalue below `least`."""
    values, vectors = np.linalg.eigh(covariances)  # (K, D), (K, D, D)
    low = (values < least).any(axis=1)
    if not low.any():
        return covariances
    # Add only what is missing, and only where it is: everything else keeps its digits.
    missing = np.maximum(least - values[low], 0.0)  # (k, D)
    turned = vectors[low]
    added = (turned * missing[:, None, :]) @ turned.transpose(0, 2, 1)
    covariances = covariances.copy()
    covariances[low] += (added + added.transpose(0, 2, 1)) / 2  # eq-gmm-least-variance
    return covariances
