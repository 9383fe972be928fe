"""Right solutions as readers might write them, in three styles."""

import math

import numpy as np

from emlib import mcmc
from tests.solving import solution

# --- transition_matrix ----------------------------------------------------------------------------


@solution("mcmc.transition_matrix", "loops")
def matrix_loops(log_p, proposal):
    S = len(log_p)
    P = np.zeros((S, S))
    for i in range(S):
        for j in range(S):
            if i == j or proposal[i, j] == 0:
                continue
            if log_p[i] == -math.inf:
                a = 1.0
            elif proposal[j, i] == 0 or log_p[j] == -math.inf:
                a = 0.0
            else:
                log_r = log_p[j] - log_p[i]
                log_r += math.log(proposal[j, i]) - math.log(proposal[i, j])
                a = 1.0 if log_r > 0 else math.exp(log_r)
            P[i, j] = proposal[i, j] * a
        P[i, i] = 1 - sum(P[i])
    return P


@solution("mcmc.transition_matrix", "broadcasting")
def matrix_flows(log_p, proposal):
    p = np.exp(log_p - log_p.max())
    flow = p[:, None] * proposal
    with np.errstate(invalid="ignore", divide="ignore"):
        P = np.minimum(flow, flow.T) / p[:, None]
    P[p == 0] = proposal[p == 0]
    np.fill_diagonal(P, 0)
    np.fill_diagonal(P, 1 - P.sum(axis=1))
    return P


@solution("mcmc.transition_matrix", "einsum")
def matrix_einsum(log_p, proposal):
    p = np.exp(log_p - log_p.max())
    flow = np.einsum("i,ij->ij", p, proposal)
    inverse = np.divide(1, p, out=np.zeros(len(p)), where=p > 0)
    P = np.einsum("i,ij->ij", inverse, np.minimum(flow, flow.T))
    P = np.where((p == 0)[:, None], proposal, P)
    off = P * (1 - np.eye(len(p)))
    return off + np.diag(1 - np.einsum("ij->i", off))


# --- metropolis -----------------------------------------------------------------------------------


def _as_factor(step, D):
    return step if np.ndim(step) == 2 else np.diag(np.broadcast_to(step, D))


@solution("mcmc.metropolis", "loops")
def metropolis_loops(log_density, start, noise, u, step):
    T, C, D = noise.shape
    L = _as_factor(step, D)
    draws, heights = np.zeros((C, T, D)), np.zeros((C, T))
    accepted = np.zeros((C, T), dtype=bool)
    for c in range(C):
        state = start[c].astype(float)
        height = float(log_density(state[None])[0])
        for t in range(T):
            proposal = state + L @ noise[t, c]
            new = float(log_density(proposal[None])[0])
            if u[t, c] < math.exp(min(0.0, new - height)):
                state, height, accepted[c, t] = proposal, new, True
            draws[c, t], heights[c, t] = state, height
    return mcmc.Chains(draws, heights, accepted)


@solution("mcmc.metropolis", "broadcasting")
def metropolis_lists(log_density, start, noise, u, step):
    D = start.shape[1]
    state, height = start.astype(float), log_density(start.astype(float))
    states, heights, decisions = [], [], []
    for z, chance in zip(noise, u, strict=True):
        proposal = state + z @ _as_factor(step, D).T
        new = log_density(proposal)
        moved = chance < np.exp(np.minimum(0, new - height))
        state = np.where(moved[:, None], proposal, state)
        height = np.where(moved, new, height)
        states.append(state)
        heights.append(height)
        decisions.append(moved)
    return mcmc.Chains(
        np.stack(states, axis=1), np.stack(heights, axis=1), np.stack(decisions, axis=1)
    )


@solution("mcmc.metropolis", "einsum")
def metropolis_einsum(log_density, start, noise, u, step):
    T, C, D = noise.shape
    moves = np.einsum("tcj,ij->cti", noise, _as_factor(step, D))
    draws = np.empty((C, T, D))
    heights, accepted = np.empty((C, T)), np.empty((C, T), dtype=bool)
    state, height = start.astype(float), log_density(start.astype(float))
    for t in range(T):
        proposal = state + moves[:, t]
        new = log_density(proposal)
        accepted[:, t] = moved = u[t] < np.exp(np.minimum(0, new - height))
        state = np.where(moved[:, None], proposal, state)
        height = np.where(moved, new, height)
        draws[:, t], heights[:, t] = state, height
    return mcmc.Chains(draws, heights, accepted)


# --- gibbs_linkage --------------------------------------------------------------------------------


@solution("mcmc.gibbs_linkage", "loops")
def linkage_loops(counts, start, rng, n_draws):
    y = [int(count) for count in counts]
    draws = np.zeros((len(start), n_draws))
    for c, theta in enumerate(start):
        for t in range(n_draws):
            x = rng.binomial(y[0], theta / (2 + theta))
            theta = rng.beta(x + y[3] + 1, y[1] + y[2] + 1)
            draws[c, t] = theta
    return draws


@solution("mcmc.gibbs_linkage", "broadcasting")
def linkage_arrays(counts, start, rng, n_draws):
    theta, columns = np.array(start, dtype=float), []
    for _ in range(n_draws):
        x = rng.binomial(int(counts[0]), theta / (2 + theta))
        theta = rng.beta(1 + x + counts[3], 1 + counts[1] + counts[2])
        columns.append(theta)
    return np.stack(columns, axis=1)


@solution("mcmc.gibbs_linkage", "einsum")
def linkage_gammas(counts, start, rng, n_draws):
    theta = np.array(start, dtype=float)
    draws = np.zeros((len(theta), n_draws))
    tosses = np.arange(int(counts[0]))
    for t in range(n_draws):
        hits = rng.random((len(theta), len(tosses))) < (theta / (2 + theta))[:, None]
        x = np.einsum("cn->c", hits.astype(int))
        one = rng.standard_gamma(x + counts[3] + 1)
        other = rng.standard_gamma(np.full(len(theta), counts[1] + counts[2] + 1.0))
        theta = one / (one + other)
        draws[:, t] = theta
    return draws


# --- posterior ------------------------------------------------------------------------------------


@solution("mcmc.posterior", "loops")
def posterior_one_by_one(X, prior):
    m, kappa = prior.mean.astype(float), float(prior.mean_strength)
    psi, nu = prior.scatter.astype(float), float(prior.degrees)
    for x in X:
        ahead = x - m
        psi = psi + kappa / (kappa + 1) * np.outer(ahead, ahead)
        m = m + ahead / (kappa + 1)
        kappa += 1
        nu += 1
    return m, kappa, psi, nu


@solution("mcmc.posterior", "broadcasting")
def posterior_arrays(X, prior):
    N = len(X)
    average = X.mean(axis=0)
    kappa = prior.mean_strength + N
    around = X - average
    ahead = (average - prior.mean)[:, None]
    psi = prior.scatter + around.T @ around
    psi = psi + prior.mean_strength * N / kappa * (ahead * ahead.T)
    mean = prior.mean + N / kappa * (average - prior.mean)
    return mean, float(kappa), psi, float(prior.degrees + N)


@solution("mcmc.posterior", "einsum")
def posterior_einsum(X, prior):
    # The prior's mean as one more observation, with a weight of its own.
    rows = np.vstack([X, prior.mean])
    weights = np.append(np.ones(len(X)), prior.mean_strength)
    total = weights.sum()
    centre = X[0] + np.einsum("n,nd->d", weights, rows - X[0]) / total
    around = rows - centre
    psi = prior.scatter + np.einsum("n,ni,nj->ij", weights, around, around)
    return centre, float(total), psi, float(prior.degrees + len(X))


# --- inverse_wishart ------------------------------------------------------------------------------


@solution("mcmc.inverse_wishart", "loops")
def wishart_loops(scatter, chi_squares, normals):
    D = len(scatter)
    A = np.zeros((D, D))
    for i in range(D):
        A[i, i] = math.sqrt(chi_squares[i])
        for j in range(i):
            A[i, j] = normals[i, j]
    L = np.linalg.cholesky(scatter)
    M = np.zeros((D, D))
    for row in range(D):
        for j in range(D):
            M[row, j] = (L[row, j] - A[j, :j] @ M[row, :j]) / A[j, j]
    return M @ M.T


@solution("mcmc.inverse_wishart", "broadcasting")
def wishart_solve(scatter, chi_squares, normals):
    A = np.where(np.tri(len(scatter), k=-1) > 0, normals, 0.0)
    A = A + np.diag(chi_squares**0.5)
    Mt = np.linalg.solve(A, np.linalg.cholesky(scatter).T)
    return Mt.T @ Mt


@solution("mcmc.inverse_wishart", "einsum")
def wishart_einsum(scatter, chi_squares, normals):
    A = np.tril(normals, -1) + np.diag(np.sqrt(chi_squares))
    M = np.linalg.solve(A, np.linalg.cholesky(scatter).T)
    return np.einsum("ki,kj->ij", M, M)
