"""Matrices (K, D, D) in scikit-learn's shapes and back, and the factors that it stores."""

import numpy as np


def shape(structure, K, D):
    """The shape of scikit-learn's covariances."""
    shapes = {"full": (K, D, D), "tied": (D, D), "diag": (K, D), "spherical": (K,)}
    return shapes[structure]


def narrow(matrices, structure):
    """Matrices (K, D, D) in scikit-learn's shape."""
    if structure == "full":
        return matrices
    if structure == "tied":
        return matrices[0]
    variances = np.einsum("kii->ki", matrices)
    return variances if structure == "diag" else variances[:, 0]


def widened(part, structure, K, D):
    """Matrices (K, D, D) from scikit-learn's shape."""
    if structure == "full":
        return part
    if structure == "tied":
        return np.tile(part, (K, 1, 1))
    return part.reshape(K, -1, 1) * np.eye(D)


def symmetric(matrices):
    """Matrices (K, D, D), made exactly symmetric."""
    return (matrices + matrices.transpose(0, 2, 1)) / 2


def inverse_factors(matrices):
    """Upper triangular U (K, D, D) with U U^T the inverses of matrices (K, D, D)."""
    deviations = np.sqrt(np.einsum("kii->ki", matrices))  # (K, D)
    # The rows have length 1: otherwise the solver would mix rows of different units.
    L = np.linalg.cholesky(matrices / deviations[:, :, None] / deviations[:, None, :])
    W = np.tril(np.linalg.solve(L, np.broadcast_to(np.eye(L.shape[1]), L.shape)))
    return (W / deviations[:, None, :]).transpose(0, 2, 1)
