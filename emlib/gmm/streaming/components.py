"""What all forms need of the components, for all K of them at once."""

import numpy as np

SOLVED_AT_ONCE = 16  # rows of a factor between two matrix products


def diagonals(matrices):
    """The diagonals (K, D) of matrices (K, D, D)."""
    return matrices.diagonal(axis1=1, axis2=2)


def are_diagonal(covariances):
    """Whether covariances (K, D, D) are zero off their diagonals."""
    K, D, _ = covariances.shape
    return np.count_nonzero(covariances) == K * D  # variances are positive


def middle(params):
    """The mean of the mixture and its deviations in each feature, (D,) each."""
    weights, means, covariances = params
    c = weights @ means
    variances = diagonals(covariances) + (means - c) ** 2
    return c, np.sqrt(weights @ variances)


def solved(Ls):
    """The W (K, D, D) for which L W = 1, for all Cholesky factors at once."""
    D = Ls.shape[1]
    eye, Ws = np.eye(D)[None], np.zeros(Ls.shape)
    for a in range(0, D, SOLVED_AT_ONCE):
        b = min(a + SOLVED_AT_ONCE, D)
        right = eye[:, a:b, :b]
        if a > 0:
            right = right - Ls[:, a:b, :a] @ Ws[:, :a, :b]
        own = np.linalg.solve(Ls[:, a:b, a:b], right)  # eq-forward-substitution
        Ws[:, a:b, :b] = own
    return Ws
