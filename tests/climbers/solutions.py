"""Right solutions as readers might write them, in three styles."""

import math

import numpy as np

from emlib import climbers
from tests.gaussian.solutions import cholesky_by_hand
from tests.solving import solution

# --- unconstrain ----------------------------------------------------------------------------------


@solution("climbers.unconstrain", "loops")
def unconstrain_loops(weights, means, covariances):
    factors = []
    for covariance in covariances:
        L = cholesky_by_hand(covariance)
        for i in range(len(L)):
            L[i][i] = math.log(L[i][i])
        factors.append(L)
    logits = [math.log(weight) for weight in weights]
    return climbers.Params(np.array(logits), np.array(means), np.array(factors))


@solution("climbers.unconstrain", "broadcasting")
def unconstrain_all_at_once(weights, means, covariances):
    rest, factors = covariances.copy(), np.zeros_like(covariances)
    for j in range(means.shape[1]):
        pivot = rest[:, j, j].copy()  # (K,)
        column = rest[:, j:, j] / np.sqrt(pivot)[:, None]
        rest[:, j:, j:] -= column[:, :, None] * column[:, None, :]
        factors[:, j:, j] = column
        factors[:, j, j] = np.log(pivot) / 2
    return climbers.Params(np.log(weights), means.copy(), factors)


@solution("climbers.unconstrain", "einsum")
def unconstrain_through_a_view(pi, mu, sigma):
    factors = np.linalg.cholesky(sigma)
    diagonals = np.einsum("kii->ki", factors)  # a view
    np.log(diagonals, out=diagonals)
    return climbers.Params(logits=np.log(pi), means=+mu, factors=factors)


# --- constrain ------------------------------------------------------------------------------------


@solution("climbers.constrain", "loops")
def constrain_loops(params):
    logits, means, factors = params
    top = max(logits)
    total = sum(math.exp(a - top) for a in logits)
    weights = np.array([math.exp(a - top) / total for a in logits])
    K, D = means.shape
    covariances = np.zeros((K, D, D))
    for k in range(K):
        L = [[float(f) for f in row] for row in factors[k]]
        for i in range(D):
            L[i][i] = math.exp(L[i][i])
        for i in range(D):
            for j in range(D):
                for m in range(min(i, j) + 1):
                    covariances[k, i, j] += L[i][m] * L[j][m]
    return weights, np.array(means), covariances


@solution("climbers.constrain", "broadcasting")
def constrain_where(params):
    shares = np.exp(params.logits - params.logits.max())
    diagonal = np.eye(params.means.shape[1], dtype=bool)
    L = np.where(
        diagonal, np.exp(np.where(diagonal, params.factors, 0)), params.factors
    )
    return shares / shares.sum(), 1.0 * params.means, L @ L.transpose(0, 2, 1)


@solution("climbers.constrain", "einsum")
def constrain_einsum(theta):
    log_weights = theta.logits - np.logaddexp.reduce(theta.logits)
    f = np.einsum("kii->ki", theta.factors)
    L = np.tril(theta.factors, -1) + np.einsum(
        "ki,ij->kij", np.exp(f), np.eye(f.shape[1])
    )
    return np.exp(log_weights), theta.means.copy(), np.einsum("kim,kjm->kij", L, L)


# --- gradient -------------------------------------------------------------------------------------


@solution("climbers.gradient", "loops")
def gradient_loops(X, responsibilities, params):
    weights, means, covariances = constrain_loops(params)
    N, (K, D) = len(X), means.shape
    logits, mean_slopes = np.zeros(K), np.zeros((K, D))
    factors = np.zeros((K, D, D))
    for k in range(K):
        L = cholesky_by_hand(covariances[k])
        for n in range(N):
            gamma = responsibilities[n, k]
            logits[k] += gamma - weights[k]
            # The precision times the difference, by two substitutions.
            u = [0.0] * D
            for i in range(D):
                done = sum(L[i][j] * u[j] for j in range(i))
                u[i] = (X[n, i] - means[k, i] - done) / L[i][i]
            v = [0.0] * D
            for i in range(D - 1, -1, -1):
                done = sum(L[j][i] * v[j] for j in range(i + 1, D))
                v[i] = (u[i] - done) / L[i][i]
            for i in range(D):
                mean_slopes[k, i] += gamma * v[i]
                for j in range(i):
                    factors[k, i, j] += gamma * v[i] * u[j]
                factors[k, i, i] += gamma * (v[i] * u[i] * L[i][i] - 1)
    return climbers.Params(logits, mean_slopes, factors)


@solution("climbers.gradient", "broadcasting")
def gradient_by_the_covariance(X, gamma, params):
    weights, means, covariances = constrain_where(params)
    N_k, logits, mean_slopes, factors = gamma.sum(axis=0), [], [], []
    for k in range(len(weights)):
        L = np.linalg.cholesky(covariances[k])
        u = np.linalg.solve(L, (X - means[k]).T)  # (D, N)
        logits.append((gamma[:, k] - weights[k]).sum())
        mean_slopes.append(np.linalg.solve(L.T, (u * gamma[:, k]).sum(axis=1)))
        # 2 G L, with G the slope by the covariance.
        inside = (u * gamma[:, k]) @ u.T - N_k[k] * np.eye(len(L))
        slope = np.tril(np.linalg.solve(L.T, inside))
        factors.append(slope * np.where(np.eye(len(L)), L, 1.0))
    return climbers.Params(np.array(logits), np.array(mean_slopes), np.array(factors))


@solution("climbers.gradient", "einsum")
def gradient_einsum(X, r, theta):
    pi, mu, _ = constrain_einsum(theta)
    f = np.einsum("kii->ki", theta.factors)
    L = np.tril(theta.factors, -1) + np.exp(f)[:, :, None] * np.eye(f.shape[1])
    u = np.linalg.solve(L, np.moveaxis(X[:, None] - mu, 0, 2))  # (K, D, N)
    v = np.linalg.solve(L.transpose(0, 2, 1), u)
    slope = np.tril(np.einsum("nk,kin,kjn->kij", r, v, u))
    slope[:, range(len(L[0])), range(len(L[0]))] *= np.exp(f)
    slope -= np.einsum("nk,ij->kij", r, np.eye(len(L[0])))
    return climbers.Params(
        np.einsum("nk->k", r) - len(X) * pi, np.einsum("nk,kin->ki", r, v), slope
    )


# --- acceptance -----------------------------------------------------------------------------------


@solution("climbers.acceptance", "loops")
def acceptance_loops(log_likelihoods, proposed, temperature):
    chances = []
    for before, after in zip(log_likelihoods, proposed, strict=True):
        if after >= before:
            chances.append(1.0)
        else:
            chances.append(math.exp(float(after - before) / temperature))
    return np.array(chances)


@solution("climbers.acceptance", "broadcasting")
def acceptance_capped(before, after, T):
    with np.errstate(over="ignore"):
        return np.minimum(1.0, np.exp((after - before) / T))


@solution("climbers.acceptance", "einsum")
def acceptance_where(before, after, T):
    loss = np.maximum(before - after, 0.0)
    return np.exp(-np.einsum("m,->m", loss, 1 / T))


# --- recombine ------------------------------------------------------------------------------------


@solution("climbers.recombine", "loops")
def recombine_loops(offspring, mean, covariance, path, step_size):
    M, P = offspring.shape
    rate = climbers.rates(M, P)
    keep = 1 - rate.path
    step = [0.0] * P
    scatter = [[0.0] * P for _ in range(P)]
    for m, weight in enumerate(rate.weights):
        y = [(offspring[m, i] - mean[i]) / step_size for i in range(P)]
        for i in range(P):
            step[i] += weight * y[i]
            for j in range(P):
                scatter[i][j] += weight * y[i] * y[j]
    gain = math.sqrt((1 - keep**2) * rate.effective)
    new_path = [keep * path[i] + gain * step[i] for i in range(P)]
    spread = np.array(covariance)
    for i in range(P):
        for j in range(P):
            old = covariance[i, j]
            spread[i, j] += rate.rank_one * (new_path[i] * new_path[j] - old)
            spread[i, j] += rate.rank_mu * (scatter[i][j] - old)
    L, z = cholesky_by_hand(covariance), []
    for i in range(P):
        z.append((new_path[i] - sum(L[i][j] * z[j] for j in range(i))) / L[i][i])
    longer = math.sqrt(sum(u * u for u in z)) / rate.expected_length - 1
    growth = math.exp(rate.path * longer / rate.damping)
    new_mean = np.array([mean[i] + step_size * step[i] for i in range(P)])
    return new_mean, spread, np.array(new_path), float(step_size * growth)


@solution("climbers.recombine", "broadcasting")
def recombine_broadcasting(offspring, mean, C, path, sigma):
    w, mu_eff, c, rank_one, rank_mu, damping, usual = climbers.rates(*offspring.shape)
    y = (offspring[: len(w)] - mean) / sigma  # (M // 2, P)
    step = (w[:, None] * y).sum(axis=0)
    path = (1 - c) * path + np.sqrt(c * (2 - c) * mu_eff) * step
    outer = y[:, :, None] * y[:, None, :]  # (M // 2, P, P)
    new_C = (
        (1 - rank_one - rank_mu) * C
        + rank_one * path[:, None] * path
        + rank_mu * (w[:, None, None] * outer).sum(axis=0)
    )
    length = np.sqrt((path * np.linalg.solve(C, path)).sum())
    growth = np.exp(c / damping * (length / usual - 1))
    return mean + sigma * step, new_C, path, sigma * growth


@solution("climbers.recombine", "einsum")
def recombine_einsum(x, mean, C, p, sigma):
    rate = climbers.rates(len(x), len(mean))
    w, c = rate.weights, rate.path
    better = x[: len(x) // 2]
    y = (better - mean) / sigma
    fresh = np.einsum("m,mi->i", w, y) * np.sqrt(rate.effective)
    p = (1 - c) * p + np.sqrt(c * (2 - c)) * fresh
    # The new path is one more direction to learn, beside those of the better half.
    directions = np.vstack([p, y])
    shares = np.append(rate.rank_one, rate.rank_mu * w)
    learned = np.einsum("m,mi,mj->ij", shares, directions, directions)
    new_C = (1 - np.einsum("m->", shares)) * C + learned
    variances, axes = np.linalg.eigh(C)
    along = np.einsum("ij,i->j", axes, p) / np.sqrt(variances)
    excess = np.linalg.norm(along) / rate.expected_length - 1
    growth = np.exp(c / rate.damping * excess)
    return np.einsum("m,mi->i", w, better), new_C, p, float(sigma * growth)
