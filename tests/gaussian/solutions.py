"""Right solutions as readers might write them, in three styles."""

import math

import numpy as np

from emlib import gaussian
from tests.solving import solution

# --- log_density ----------------------------------------------------------------------------------


def cholesky_by_hand(S):
    d = len(S)
    L = [[0.0] * d for _ in range(d)]
    for i in range(d):
        for j in range(i + 1):
            rest = S[i][j] - sum(L[i][m] * L[j][m] for m in range(j))
            L[i][j] = math.sqrt(rest) if i == j else rest / L[j][j]
    return L


def log_normal_by_hand(x, mu, L):
    d = len(x)
    z = []
    for i in range(d):
        z.append((x[i] - mu[i] - sum(L[i][j] * z[j] for j in range(i))) / L[i][i])
    log_det = 2 * sum(math.log(L[i][i]) for i in range(d))
    return -0.5 * (d * math.log(2 * math.pi) + log_det + sum(zi**2 for zi in z))


@solution("gaussian.log_density", "loops")
def log_normal_loops(X, params):
    L = cholesky_by_hand(params.covariance)
    return np.array([log_normal_by_hand(x, params.mean, L) for x in X])


@solution("gaussian.log_density", "broadcasting")
def log_normal_solve(X, params):
    mu, sigma = params
    diff = X - mu
    mahalanobis = np.sum(diff * np.linalg.solve(sigma, diff.T).T, axis=1)
    _, log_det = np.linalg.slogdet(sigma)
    return -0.5 * (len(mu) * np.log(2 * np.pi) + log_det + mahalanobis)


@solution("gaussian.log_density", "einsum")
def log_normal_inverse(data, theta):
    mean, cov = theta
    diff = data - mean
    precision = np.linalg.inv(cov)
    quad = np.einsum("ni,ij,nj->n", diff, precision, diff)
    log_det = np.linalg.slogdet(cov)[1]
    return -0.5 * (quad + log_det + data.shape[1] * np.log(2 * np.pi))


# --- cholesky -------------------------------------------------------------------------------------


@solution("gaussian.cholesky", "loops")
def cholesky_loops(covariance):
    return np.array(cholesky_by_hand(covariance))


@solution("gaussian.cholesky", "broadcasting")
def cholesky_right_looking(S):
    rest = np.array(S, dtype=float)
    L = np.zeros_like(rest)
    for j in range(len(rest)):
        L[j:, j] = rest[j:, j] / np.sqrt(rest[j, j])
        rest[j:, j:] -= L[j:, j, None] * L[None, j:, j]
    return L


@solution("gaussian.cholesky", "einsum")
def cholesky_left_looking(covariance):
    D = covariance.shape[0]
    L = np.zeros((D, D))
    for j in range(D):
        explained = np.einsum("im,m->i", L[j:, :j], L[j, :j])
        column = covariance[j:, j] - explained
        L[j:, j] = column / np.sqrt(column[0])
    return L


# --- fit ------------------------------------------------------------------------------------------


@solution("gaussian.fit", "loops")
def normal_fit_loops(X):
    N, D = len(X), len(X[0])
    mean = [math.fsum(float(x[i]) for x in X) / N for i in range(D)]
    covariance = np.zeros((D, D))
    for x in X:
        for i in range(D):
            for j in range(D):
                covariance[i, j] += (x[i] - mean[i]) * (x[j] - mean[j]) / N
    return gaussian.Params(np.array(mean), covariance)


@solution("gaussian.fit", "broadcasting")
def normal_fit_outer(X):
    diff = X - np.mean(X, axis=0)
    outer = diff[:, :, None] * diff[:, None, :]
    return gaussian.Params(X.mean(axis=0), outer.mean(axis=0))


@solution("gaussian.fit", "einsum")
def normal_fit_shifted(X, observation_weights=None):
    w = np.ones(len(X)) if observation_weights is None else observation_weights
    total = np.einsum("n->", w)
    shifted = X - X[int(np.argmax(w))]
    first = np.einsum("n,ni->i", w, shifted) / total
    second = np.einsum("n,ni,nj->ij", w, shifted, shifted) / total
    # The shift is no further away than the data are wide: little cancels.
    return gaussian.Params(
        X[int(np.argmax(w))] + first, second - np.outer(first, first)
    )
