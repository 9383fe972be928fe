"""The Cholesky factors of the covariances, and products that replace solving.

Solving is a loop over rows; a product is one call. `Factor` says where a product is as accurate.
"""

from typing import NamedTuple

import numpy as np

from emlib._checks import EPS
from emlib.gmm.streaming.blocks import parts
from emlib.gmm.streaming.components import SOLVED_AT_ONCE, diagonals, solved

MULTIPLIED = (
    1e-11  # what rounding may do to a squared distance, relative to it, without solving
)
MOVED = 7e-11  # and to a deviation, if c and not the mean is subtracted first (see `Factor`)


class Factor(NamedTuple):
    """A component's Cholesky factor, and products that replace it where they are as accurate.

    The field `W` holds -W (mean - c) and then W itself, for which W L = 1. With u = W (x - mean),
    a product with W errs relative to |W| |L| |u| (Higham 2002, section 14.2). If W (x - c) and
    W (mean - c) are subtracted instead, it also errs by eps / 2 times |W s| |(x - c) / s| and the
    same for the mean, with the deviations s of the whole mixture as units. The errors of D terms
    add up like the square root of D. If their sum is `MOVED`, a log-density errs by `QUICK`, or by
    less than `MULTIPLIED` relative to a squared distance of more than 200. This holds while
    |(x - c) / s| is within `reach`.
    """

    L: np.ndarray  # (D, D), or its diagonal (D,)
    log_determinant: float
    W: np.ndarray | None = None  # (D, 1 + D)
    reach: float = -1.0

    def distances(self, z):
        """Squared distances (B,), from differences (B, D) to the mean, which may be overwritten."""
        L, D = self.L, len(self.L)
        if L.ndim == 1:
            z /= L
            return np.einsum("bd,bd->b", z, z)  # eq-mahalanobis
        z, u = z.T.copy(), np.empty((D, len(z)))
        for a in range(0, D, SOLVED_AT_ONCE):
            b = min(a + SOLVED_AT_ONCE, D)
            u[a:b] = z[a:b] - L[a:b, :a] @ u[:a]
            for i in range(a, b):
                u[i] = (u[i] - L[i, a:i] @ u[a:i]) / L[i, i]  # eq-forward-substitution
        return np.einsum("db,db->b", u, u)  # eq-mahalanobis

    def distances_by_products(self, z):
        """Squared distances (B,), from columns (1 + D, B): a 1 and then the differences from c."""
        D = len(self.L)
        u = np.empty((D, z.shape[1]))
        for a, b in parts(0, D, max(1, D // 32)):  # W is zero above the diagonal
            np.matmul(self.W[a:b, : 1 + b], z[: 1 + b], out=u[a:b])
        return np.einsum("db,db->b", u, u)  # eq-mahalanobis


def factors_of(params, diagonal, around=None):
    """The factor of each component; with products if there is a common point, `around`."""
    _, means, covariances = params
    deviations = np.sqrt(diagonals(covariances))
    if diagonal:
        heights = 2 * np.log(deviations).sum(axis=1)  # eq-log-determinant
        return [Factor(*pair) for pair in zip(deviations, heights, strict=True)]
    Ls = np.linalg.cholesky(covariances)  # (K, D, D)  # eq-cholesky
    heights = 2 * np.log(diagonals(Ls)).sum(axis=1)  # eq-log-determinant
    if around is None:
        return [Factor(*pair) for pair in zip(Ls, heights, strict=True)]
    c, s = around
    relative = Ls / deviations[:, :, None]  # rows of length 1, whatever the units
    Ws = solved(relative)
    rounding = 12 * np.sqrt(len(c)) * (EPS / 2)
    condition = np.linalg.norm(relative, axis=(1, 2)) * np.linalg.norm(Ws, axis=(1, 2))
    Ws /= deviations[:, None, :]
    far = np.linalg.norm((means - c) / s, axis=1)
    reach = MOVED / (rounding * np.linalg.norm(Ws * s, axis=(1, 2))) - far
    reach = np.where(rounding * condition <= MULTIPLIED, reach, -1.0)
    moved = np.einsum("kij,kj->ki", Ws, means - c)
    Ws = np.concatenate([-moved[:, :, None], Ws], axis=2)  # (K, D, 1 + D)
    return [Factor(*own) for own in zip(Ls, heights, Ws, reach, strict=True)]
