"""The quick form: one matrix product computes the log-densities, another the statistics."""

import math
from functools import lru_cache

import numpy as np

from emlib._checks import EPS
from emlib.gaussian import LOG_2_PI
from emlib.gmm.streaming.components import diagonals, middle, solved
from emlib.gmm.streaming.statistics import Statistics
from emlib.gmm.streaming.underflow import LEAST_EXPONENT, LEAST_SUM, TINY, exponentiate

QUICK = 1e-9  # nats: what rounding may do to a log-density in the quick form


class Quick:
    """The mixture as an exponential family around a point c, and the range of that form.

    With z = x - c, log pi_k N(x) is linear in the features (1, z_i, z_i z_j for i <= j). Its
    coefficients are the rows of `theta`; c is the mean of the mixture.

    Rounding moves a log-density by about `growth` * eps / 2 times the sum of the sizes of its
    terms, where `growth` supposes that the errors of a sum add up like the square root of their
    number (Higham & Mary 2019), with a factor of 6 to be safe. That sum is at most
    a + b r + A r^2, where r is the length of z in units of the features' deviations s. So the form
    is accurate up to some r, and leaves a block that reaches farther to the careful form.
    """

    def __init__(self, params, diagonal=False, extent=None):
        weights, means, covariances = params
        D = means.shape[1]
        self.params, self.D, self.diagonal = params, D, diagonal
        self.c, self.s = middle(params)
        self.pairs, self.squares, self.of_pair = _pairs(D, diagonal)
        i, j = self.pairs
        self.n_features = 1 + D + len(i)
        deviations = np.sqrt(diagonals(covariances))  # (K, D)
        if diagonal:
            pivots = deviations
            P = (deviations**-2.0)[:, :, None] * np.eye(D)
        else:
            scales = deviations[:, :, None] * deviations[:, None, :]
            L = np.linalg.cholesky(covariances / scales)  # of the correlations
            pivots = diagonals(L) * deviations
            W = solved(L) / deviations[:, None, :]
            P = W.transpose(0, 2, 1) @ W  # (K, D, D)
        apart = means - self.c
        linear = (P @ apart[:, :, None])[:, :, 0]
        top = np.log(weights) - 0.5 * D * LOG_2_PI - np.log(pivots).sum(axis=1)
        # So that no exponential overflows, and that of a typical observation is about 1.
        self.shift = top.max() - min(D / 2, 300.0)
        constant = top - self.shift - 0.5 * (linear * apart).sum(axis=1)
        parts = constant[:, None], linear, -P[:, i, j]
        self.theta = np.concatenate(parts, axis=1)  # eq-gmm-natural-parameters
        self.theta[:, self.squares] /= 2
        # What the sizes of the terms may add up to: for the accuracy, and for no exponential below
        # `LEAST_SUM`.
        growth = 6 * (math.sqrt(self.n_features) + D)
        rooms = QUICK / (growth * EPS / 2), -math.log(LEAST_SUM)
        self.all_within = extent is not None and self._sizes(extent) <= min(rooms)
        if self.all_within:
            self.reach = math.inf  # no block is checked
            return
        s = self.s
        a = np.abs(constant)
        b = np.sqrt(((linear * s) ** 2).sum(axis=1))  # (K,)
        A = 0.5 * (np.abs(P) * (s[:, None] * s)).sum(axis=2).max(axis=1)
        self.reach, self.no_low = (_reach(room - a, b, A) for room in rooms)
        # One more row of the product: the squared length of z.
        lengths = np.zeros(self.n_features)
        lengths[self.squares] = s**-2.0
        self.product = np.vstack([self.theta, lengths])

    def _sizes(self, extent):
        """The most that the sizes of the terms can add up to, for data of some extent."""
        lowest, highest = extent
        z = np.maximum(self.c - lowest, highest - self.c)  # (D,)
        i, j = self.pairs
        with np.errstate(all="ignore"):  # an overflow becomes infinite or nan
            farthest = np.concatenate([[1.0], z, z[i] * z[j]])
            return (np.abs(self.theta) @ farthest).max()

    def space(self, rows):
        """Buffers for the features, log-densities and sums of at most `rows` observations."""
        heights = self.n_features, len(self.theta) + 1, 1
        return tuple(np.empty(height * rows) for height in heights)

    def block(self, X, weights, space):
        """The moments (K, P) and the log-likelihood; None if the form is not accurate enough."""
        D, K, B = self.D, len(self.theta), len(X)
        # Without gaps: rows a power of two apart would compete for the same lines of a cache.
        f, e, total = (
            buffer[: height * B].reshape(height, B)
            for buffer, height in zip(space, (self.n_features, K + 1, 1), strict=True)
        )
        total = total[0]
        f[0] = 1.0
        np.subtract(X.T, self.c[:, None], out=f[1 : D + 1])
        at = D + 1
        if self.diagonal:
            np.multiply(f[1:at], f[1:at], out=f[at:])
        else:
            for i in range(D):
                products = f[at : at + D - i]
                np.multiply(f[i + 1 : D + 1], f[i + 1], out=products)  # eq-gmm-features
                at += D - i
        gamma, low = e[:K], False
        if self.all_within:
            np.matmul(self.theta, f, out=gamma)  # (K, B)  # eq-gmm-joint-linear
        else:
            np.matmul(self.product, f, out=e)  # (K + 1, B)
            farthest = e[K].max()
            if not farthest <= self.reach:  # or not a number
                return None
            low = farthest > self.no_low
        exponentiate(gamma, LEAST_EXPONENT) if low else np.exp(gamma, out=gamma)
        np.matmul(np.ones(K), gamma, out=total)
        if low and total.min() < LEAST_SUM:
            return None
        log_p = np.log(total, out=e[K])  # but for the shift  # eq-gmm-log-density
        if weights is None:
            log_likelihood = log_p.sum() + B * self.shift
            np.divide(1.0, total, out=total)
        else:
            log_likelihood = np.dot(weights, log_p) + weights.sum() * self.shift
            np.divide(weights, total, out=total)
        # The smaller of the two factors is scaled.
        if K <= self.n_features:
            np.multiply(gamma, total, out=gamma)  # eq-gmm-responsibility
        else:
            np.multiply(f, total, out=f)
        # Not `matmul`: it keeps the interpreter's lock if the result is small.
        moments = np.dot(f, gamma.T).T  # (K, P)  # eq-gmm-moments
        return moments, float(log_likelihood)

    def statistics(self, moments, log_likelihood, n_observations):
        """Statistics from moments (K, P) around c."""
        D = self.D
        counts, around_c = moments[:, 0], moments[:, 1 : D + 1]
        sums = around_c - counts[:, None] * (self.params.means - self.c)
        roots = np.sqrt(np.maximum(counts, TINY))[:, None]
        lost = around_c / roots  # its squares, symmetric to the last digit
        if self.diagonal:
            scatters = moments[:, self.squares] - lost**2
        else:
            lost = lost[:, :, None] * lost[:, None, :]
            second = moments[:, self.of_pair]  # (K, D, D)
            scatters = second - lost  # eq-gmm-scatter-from-moments
        return Statistics(
            counts, sums, scatters, log_likelihood, n_observations, self.params
        )


def _reach(room, b, A):
    """The largest r^2 with b r + A r^2 <= room for each component (K,); -1 if there is none."""
    if not (room > 0).all():
        return -1.0
    return float((2 * room / (b + np.sqrt(b**2 + 4 * A * room))).min()) ** 2


@lru_cache(maxsize=8)
def _pairs(D, diagonal):
    """The pairs i <= j of the products among the features; i = j for diagonal covariances.

    Also the places among the features of the squares, (D,), and of each pair's product, (D, D).
    """
    if diagonal:
        i = j = np.arange(D)
    else:
        i, j = np.triu_indices(D)
    of_pair = np.zeros((D, D), int)
    of_pair[i, j] = of_pair[j, i] = 1 + D + np.arange(len(i))
    return (i, j), of_pair.diagonal(), of_pair
