"""Data to fit, and starts that are given in full."""

import numpy as np
import pytest

from emlib import datasets, gmm
from emlib.estimators import shapes

FITTED = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")
floored = pytest.mark.filterwarnings("ignore::emlib.estimators.VarianceFloorWarning")
unconverged = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning"
)


def faithful():
    return datasets.old_faithful()


def start(X, structure="full"):
    """Arguments that give the start in full: the halves of X by its first feature."""
    low = X[:, 0] < np.median(X[:, 0])
    shares = np.column_stack([low, ~low]).astype(float)
    weights, means, covariances = gmm.vectorized.m_step(X, shares, None, structure)
    precisions = np.array([np.linalg.inv(c) for c in covariances])
    return {
        "n_components": 2,
        "covariance_type": structure,
        "weights_init": weights,
        "means_init": means,
        "precisions_init": shapes.narrow(precisions, structure),
    }


def blobs(N=300, D=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(N, D)) + 3 * rng.integers(0, 2, (N, 1))
