"""Correct solutions as readers might write them, in three styles: `check` must pass each."""

import math

import numpy as np

from emlib import climbers, coins, gaussian, gmm, linkage

SOLUTIONS = {}


def solution(name, style):
    """Enter a function under the name of what it solves and the style it is written in."""

    def enter(function):
        styles = SOLUTIONS.setdefault(name, {})
        if style in styles:
            raise ValueError(f"{name} has two solutions in the style {style}")
        styles[style] = function
        return function

    return enter


# --- evidence.log_sum_exp -----------------------------------------------------------------------


@solution("evidence.log_sum_exp", "loops")
def lse_loops(log_terms):
    out = []
    for row in log_terms:
        biggest = max(row)
        if biggest == -math.inf:
            out.append(-math.inf)
        else:
            out.append(biggest + math.log(sum(math.exp(t - biggest) for t in row)))
    return np.array(out)


@solution("evidence.log_sum_exp", "broadcasting")
def lse_reduce(a):
    return np.logaddexp.reduce(a, axis=1)


@solution("evidence.log_sum_exp", "einsum")
def lse_einsum(log_terms):
    shift = np.max(log_terms, axis=1, keepdims=True)
    shift = np.where(np.isfinite(shift), shift, 0.0)
    sums = np.einsum("nk->n", np.exp(log_terms - shift))
    with np.errstate(divide="ignore"):
        return shift[:, 0] + np.log(sums)


# --- evidence.lower_bound -----------------------------------------------------------------------


@solution("evidence.lower_bound", "loops")
def elbo_loops(log_joint, q):
    total = 0.0
    for n in range(len(q)):
        for k in range(len(q[n])):
            if q[n][k] == 0:
                continue
            total += q[n][k] * (log_joint[n][k] - math.log(q[n][k]))
    return float(total)


@solution("evidence.lower_bound", "broadcasting")
def elbo_energy_plus_entropy(log_p, q):
    positive = q > 0
    energy = np.sum(q * np.where(positive, log_p, 0.0))
    entropy = -np.sum(q * np.log(np.where(positive, q, 1.0)))
    return float(energy + entropy)


@solution("evidence.lower_bound", "einsum")
def elbo_einsum(log_joint, q):
    log_ratio = np.zeros(q.shape)
    used = q > 0
    log_ratio[used] = log_joint[used] - np.log(q[used])
    return float(np.einsum("nk,nk->", q, log_ratio))


# --- gaussian.log_density -----------------------------------------------------------------------


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


# --- gaussian.cholesky --------------------------------------------------------------------------


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


# --- gaussian.fit -------------------------------------------------------------------------------


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


# --- coins.e_step -------------------------------------------------------------------------------


def n_log_p(n, p):
    return n * math.log(p) if n > 0 and p > 0 else (-math.inf if n > 0 else 0.0)


@solution("coins.e_step", "loops")
def coin_e_loops(counts, params):
    biases = params.biases
    K = len(biases)
    resp = np.zeros((len(counts), K))
    loglik = 0.0
    for s, (h, t) in enumerate(counts):
        logs = [n_log_p(h, p) + n_log_p(t, 1 - p) - math.log(K) for p in biases]
        top = max(logs)
        log_evidence = top + math.log(sum(math.exp(v - top) for v in logs))
        for k in range(K):
            resp[s, k] = math.exp(logs[k] - log_evidence)
        loglik += log_evidence
    return resp, float(loglik)


@solution("coins.e_step", "broadcasting")
def coin_e_broadcasting(flips, params):
    p = params.biases[None, :]
    h, t = flips[:, :1], flips[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        from_heads = np.where(h > 0, h * np.log(p), 0.0)
        from_tails = np.where(t > 0, t * np.log1p(-p), 0.0)
    log_joint = from_heads + from_tails - np.log(p.size)
    log_evidence = np.logaddexp.reduce(log_joint, axis=1, keepdims=True)
    return np.exp(log_joint - log_evidence), float(log_evidence.sum())


@solution("coins.e_step", "einsum")
def coin_e_einsum(counts, params):
    p = np.stack([params.biases, 1 - params.biases], axis=1)
    # einsum would make 0 * log 0 a nan: count the impossible faces apart.
    log_p = np.log(np.where(p > 0, p, 1.0))
    log_joint = np.einsum("sf,kf->sk", counts, log_p) - np.log(len(p))
    impossible = np.einsum("sf,kf->sk", counts, (p == 0).astype(float)) > 0
    log_joint[impossible] = -np.inf
    top = log_joint.max(axis=1, keepdims=True)
    unnormalised = np.exp(log_joint - top)
    total = np.einsum("sk->s", unnormalised)
    resp = np.einsum("sk,s->sk", unnormalised, 1 / total)
    return resp, float(np.sum(np.log(total) + top[:, 0]))


# --- coins.m_step -------------------------------------------------------------------------------


@solution("coins.m_step", "loops")
def coin_m_loops(counts, responsibilities):
    K = len(responsibilities[0])
    heads, tails = [0.0] * K, [0.0] * K
    for (h, t), shares in zip(counts, responsibilities, strict=True):
        for k in range(K):
            heads[k] += shares[k] * h
            tails[k] += shares[k] * t
    return coins.Params(np.array([heads[k] / (heads[k] + tails[k]) for k in range(K)]))


@solution("coins.m_step", "broadcasting")
def coin_m_broadcasting(counts, resp):
    heads = (resp * counts[:, :1]).sum(axis=0)
    tosses = (resp * counts.sum(axis=1, keepdims=True)).sum(axis=0)
    return coins.Params(biases=heads / tosses)


@solution("coins.m_step", "einsum")
def coin_m_einsum(counts, gamma):
    attributed = np.einsum("sk,sf->fk", gamma, counts)
    return coins.Params(attributed[0] / np.einsum("fk->k", attributed))


# --- linkage.e_step -----------------------------------------------------------------------------


@solution("linkage.e_step", "loops")
def linkage_e_loops(counts, params):
    t = params.theta
    cells = [1 / 2, t / 4, (1 - t) / 4, (1 - t) / 4, t / 4]
    groups = [[0, 1], [2], [3], [4]]
    expected = [0.0] * 5
    loglik = 0.0
    for seen, group in zip(counts, groups, strict=True):
        if seen == 0:
            continue
        p = sum(cells[j] for j in group)
        for j in group:
            expected[j] = seen * cells[j] / p
        loglik += seen * math.log(p)
    return np.array(expected), float(loglik)


@solution("linkage.e_step", "broadcasting")
def linkage_e_broadcasting(y, params):
    theta = params.theta
    p = np.array([2 + theta, 1 - theta, 1 - theta, theta]) / 4
    split = np.array([2.0, theta]) / (2 + theta)
    expected = np.concatenate([y[0] * split, y[1:]])
    seen = y > 0
    return expected, float(np.sum(y[seen] * np.log(p[seen])))


@solution("linkage.e_step", "einsum")
def linkage_e_einsum(y, params):
    theta = params.theta
    cells = np.array([2, theta, 1 - theta, 1 - theta, theta]) / 4
    merge = np.array(
        [[1, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]]
    )
    p = np.einsum("ij,j->i", merge, cells)
    p = np.where(y > 0, p, 1.0)  # a class never seen contributes nothing
    expected = np.einsum("i,ij,j->j", y / p, merge, cells)
    return expected, float(np.einsum("i,i->", y, np.log(p)))


# --- linkage.m_step -----------------------------------------------------------------------------


@solution("linkage.m_step", "loops")
def linkage_m_loops(counts, expected_counts):
    yes = no = 0.0
    for j in (1, 4):
        yes += expected_counts[j]
    for j in (2, 3):
        no += expected_counts[j]
    return linkage.Params(float(yes / (yes + no)))


@solution("linkage.m_step", "broadcasting")
def linkage_m_broadcasting(y, x):
    return linkage.Params(theta=float(x[[1, 4]].sum() / x[1:].sum()))


@solution("linkage.m_step", "einsum")
def linkage_m_einsum(y, x):
    selects = np.array([[0.0, 1, 0, 0, 1], [0, 1, 1, 1, 1]])
    yes, everyone = np.einsum("ij,j->i", selects, x)
    return linkage.Params(float(yes / everyone))


# --- gmm.log_density ----------------------------------------------------------------------------


@solution("gmm.log_density", "loops")
def mixture_density_loops(X, params):
    weights, means, covariances = params
    factors = [cholesky_by_hand(covariance) for covariance in covariances]
    out = []
    for x in X:
        total = -math.inf
        for k in range(len(weights)):
            log_normal = log_normal_by_hand(x, means[k], factors[k])
            total = log_add(total, math.log(weights[k]) + log_normal)
        out.append(total)
    return np.array(out)


@solution("gmm.log_density", "broadcasting")
def mixture_density_components(X, params):
    log_p = np.full(len(X), -np.inf)
    for weight, mu, sigma in zip(*params, strict=True):
        L = np.linalg.cholesky(sigma)
        z = np.linalg.solve(L, (X - mu).T)  # (D, N)
        log_normal = -0.5 * ((z**2).sum(axis=0) + len(mu) * np.log(2 * np.pi))
        log_p = np.logaddexp(
            log_p, np.log(weight) + log_normal - np.log(np.diag(L)).sum()
        )
    return log_p


@solution("gmm.log_density", "einsum")
def mixture_density_einsum(data, theta):
    weights, means, covs = theta
    diff = data[:, None, :] - means[None, :, :]
    quad = np.einsum("nki,kij,nkj->nk", diff, np.linalg.inv(covs), diff)
    log_scale = np.log(weights) - 0.5 * np.linalg.slogdet(2 * np.pi * covs)[1]
    exponents = log_scale - 0.5 * quad
    top = exponents.max(axis=1)
    return top + np.log(np.einsum("nk->n", np.exp(exponents - top[:, None])))


# --- gmm.log_likelihood -------------------------------------------------------------------------


def log_add(a, b):
    big, small = max(a, b), min(a, b)
    return big if small == -math.inf else big + math.log1p(math.exp(small - big))


@solution("gmm.log_likelihood", "loops")
def mixture_loglik_elimination(X, params):
    D = len(X[0])
    total = 0.0
    for x in X:
        log_p = -math.inf
        for weight, mean, covariance in zip(*params, strict=True):
            # Gaussian elimination: the pivots give the determinant and the distance.
            A = [[float(entry) for entry in row] for row in covariance]
            b = [float(x[i] - mean[i]) for i in range(D)]
            log_k = math.log(weight) - 0.5 * D * math.log(2 * math.pi)
            for i in range(D):
                pivot = A[i][i]
                log_k -= 0.5 * (math.log(pivot) + b[i] ** 2 / pivot)
                for r in range(i + 1, D):
                    factor = A[r][i] / pivot
                    b[r] -= factor * b[i]
                    for c in range(i, D):
                        A[r][c] -= factor * A[i][c]
            log_p = log_add(log_p, log_k)
        total += log_p
    return total


@solution("gmm.log_likelihood", "broadcasting")
def mixture_loglik_cholesky(X, params, observation_weights=None):
    pi, mu, sigma = params
    L = np.linalg.cholesky(sigma)  # (K, D, D)
    diff = X[:, None, :] - mu  # (N, K, D)
    z = np.linalg.solve(L, diff[..., None])[..., 0]
    log_det = 2 * np.log(np.diagonal(L, axis1=1, axis2=2)).sum(axis=1)
    log_normal = -0.5 * ((z**2).sum(axis=2) + log_det + X.shape[1] * np.log(2 * np.pi))
    log_p = np.logaddexp.reduce(np.log(pi) + log_normal, axis=1)
    if observation_weights is not None:
        log_p = observation_weights * log_p
    return float(log_p.sum())


@solution("gmm.log_likelihood", "einsum")
def mixture_loglik_einsum(data, theta):
    weights, means, covs = theta
    diff = data[:, None, :] - means[None, :, :]
    quad = np.einsum("nki,kij,nkj->nk", diff, np.linalg.inv(covs), diff)
    log_det = np.linalg.slogdet(covs)[1]
    log_joint = np.log(weights) - 0.5 * (
        data.shape[1] * np.log(2 * np.pi) + log_det + quad
    )
    top = log_joint.max(axis=1)
    sums = np.einsum("nk->n", np.exp(log_joint - top[:, None]))
    return float(np.sum(top + np.log(sums)))


# --- gmm.e_step ---------------------------------------------------------------------------------


@solution("gmm.e_step", "loops")
def mixture_e_loops(X, params):
    N, K = len(X), len(params.weights)
    factors = [cholesky_by_hand(covariance) for covariance in params.covariances]
    resp = np.zeros((N, K))
    loglik = 0.0
    for n in range(N):
        logs = []
        for k in range(K):
            log_normal = log_normal_by_hand(X[n], params.means[k], factors[k])
            logs.append(math.log(params.weights[k]) + log_normal)
        top = max(logs)
        shares = [math.exp(value - top) for value in logs]
        for k in range(K):
            resp[n, k] = shares[k] / sum(shares)
        loglik += top + math.log(sum(shares))
    return resp, float(loglik)


@solution("gmm.e_step", "broadcasting")
def mixture_e_solve(X, params):
    pi, mu, sigma = params
    diff = X[None, :, :] - mu[:, None, :]  # (K, N, D)
    solved = np.swapaxes(np.linalg.solve(sigma, np.swapaxes(diff, 1, 2)), 1, 2)
    mahalanobis = (diff * solved).sum(axis=2).T  # (N, K)
    _, log_det = np.linalg.slogdet(sigma)
    log_joint = np.log(pi) - 0.5 * (
        mu.shape[1] * np.log(2 * np.pi) + log_det + mahalanobis
    )
    log_p = np.logaddexp.reduce(log_joint, axis=1)
    return np.exp(log_joint - log_p[:, None]), float(log_p.sum())


@solution("gmm.e_step", "einsum")
def mixture_e_einsum(X, params):
    weights, means, covariances = params
    L = np.linalg.cholesky(covariances)
    whitened = np.einsum(
        "kij,nkj->nki", np.linalg.inv(L), X[:, None, :] - means[None, :, :]
    )
    quad = np.einsum("nki,nki->nk", whitened, whitened)
    half_log_det = np.einsum("ki->k", np.log(np.einsum("kii->ki", L)))
    constant = 0.5 * X.shape[1] * np.log(2 * np.pi)
    log_joint = np.log(weights) - constant - half_log_det - 0.5 * quad
    top = log_joint.max(axis=1, keepdims=True)
    resp = np.exp(log_joint - top)
    sums = np.einsum("nk->n", resp)
    resp /= sums[:, None]
    return resp, float(top.sum() + np.log(sums).sum())


# --- gmm.m_step ---------------------------------------------------------------------------------


@solution("gmm.m_step", "loops")
def mixture_m_loops(X, responsibilities):
    N, D, K = len(X), len(X[0]), len(responsibilities[0])
    weights, means, covs = [], [], []
    for k in range(K):
        r = [responsibilities[n][k] for n in range(N)]
        N_k = math.fsum(r)
        mu = [math.fsum(r[n] * X[n][i] for n in range(N)) / N_k for i in range(D)]
        sigma = [[0.0] * D for _ in range(D)]
        for i in range(D):
            for j in range(i + 1):
                s = 0.0
                for n in range(N):
                    s += r[n] * (X[n][i] - mu[i]) * (X[n][j] - mu[j])
                sigma[i][j] = sigma[j][i] = s / N_k
        weights.append(N_k / N)
        means.append(mu)
        covs.append(sigma)
    return gmm.Params(np.array(weights), np.array(means), np.array(covs))


@solution("gmm.m_step", "broadcasting")
def mixture_m_broadcasting(X, gamma):
    N_k = gamma.sum(axis=0)
    mu = (gamma[:, :, None] * X[:, None, :]).sum(axis=0) / N_k[:, None]
    diff = X[:, None, :] - mu
    outer = diff[:, :, :, None] * diff[:, :, None, :]
    sigma = (gamma[:, :, None, None] * outer).sum(axis=0) / N_k[:, None, None]
    return gmm.Params(weights=gamma.mean(axis=0), means=mu, covariances=sigma)


@solution("gmm.m_step", "einsum")
def mixture_m_einsum(X, resp, observation_weights=None):
    if observation_weights is None:
        observation_weights = np.ones(len(X))
    r = np.einsum("n,nk->nk", observation_weights, resp)
    N_k = np.einsum("nk->k", r)
    means = np.einsum("nk,nd->kd", r, X) / N_k[:, None]
    diff = X[:, None, :] - means[None, :, :]
    covs = np.einsum("nk,nki,nkj->kij", r, diff, diff) / N_k[:, None, None]
    return gmm.Params(N_k / observation_weights.sum(), means, covs)


# --- gmm.project --------------------------------------------------------------------------------


@solution("gmm.project", "loops")
def project_loops(scatters, counts, structure):
    K, D = len(scatters), len(scatters[0])
    out = np.zeros((K, D, D))
    for k in range(K):
        for i in range(D):
            for j in range(D):
                if structure == "tied":
                    pooled = math.fsum(scatters[m][i][j] for m in range(K))
                    out[k, i, j] = pooled / math.fsum(counts)
                elif structure == "spherical":
                    trace = math.fsum(scatters[k][d][d] for d in range(D))
                    out[k, i, j] = trace / counts[k] / D if i == j else 0.0
                elif structure == "full" or i == j:
                    out[k, i, j] = scatters[k][i][j] / counts[k]
    return out


@solution("gmm.project", "broadcasting")
def project_broadcasting(scatters, counts, structure):
    K, D, _ = scatters.shape
    own = scatters / counts.reshape(K, 1, 1)
    if structure == "tied":
        return np.repeat(scatters.sum(axis=0, keepdims=True) / counts.sum(), K, axis=0)
    if structure == "diag":
        return np.where(np.eye(D, dtype=bool), own, 0.0)
    if structure == "spherical":
        mean_variance = np.diagonal(own, axis1=1, axis2=2).mean(axis=1)
        return np.eye(D) * mean_variance[:, None, None]
    return own


@solution("gmm.project", "einsum")
def project_einsum(S, N_k, structure):
    K, D, _ = S.shape
    eye = np.eye(D)
    if structure == "tied":
        return np.einsum("k,mij->kij", np.full(K, 1 / N_k.sum()), S)
    if structure == "diag":
        return np.einsum("kij,ij,k->kij", S, eye, 1 / N_k)
    if structure == "spherical":
        return np.einsum("kii,k,ab->kab", S, 1 / (D * N_k), eye)
    return np.einsum("kij,k->kij", S, 1 / N_k)


# --- gmm.log_prior ------------------------------------------------------------------------------


@solution("gmm.log_prior", "loops")
def prior_loops(params, prior):
    D = len(prior.mean)
    root = cholesky_by_hand(prior.scatter)
    total = 0.0
    for pi, mu, sigma in zip(*params, strict=True):
        L = cholesky_by_hand(sigma)

        def length_squared(v, L=L):
            u = []
            for i in range(D):
                u.append((v[i] - sum(L[i][j] * u[j] for j in range(i))) / L[i][i])
            return sum(entry * entry for entry in u)

        log_det = 2 * sum(math.log(L[i][i]) for i in range(D))
        trace = sum(length_squared([root[i][j] for i in range(D)]) for j in range(D))
        far = length_squared([mu[i] - prior.mean[i] for i in range(D)])
        total += (prior.concentration - 1) * math.log(pi)
        total -= (prior.degrees + D + 2) / 2 * log_det
        total -= trace / 2 + prior.mean_strength / 2 * far
    return total


@solution("gmm.log_prior", "broadcasting")
def prior_solve(params, prior):
    D = params.means.shape[1]
    solved = np.linalg.solve(params.covariances, prior.scatter)  # (K, D, D)
    apart = (params.means - prior.mean)[:, :, None]  # (K, D, 1)
    far = (apart * np.linalg.solve(params.covariances, apart)).sum(axis=(1, 2))
    log_det = np.linalg.slogdet(params.covariances)[1]
    per_component = (
        (prior.concentration - 1) * np.log(params.weights)
        - 0.5 * (prior.degrees + D + 2) * log_det
        - 0.5 * np.trace(solved, axis1=1, axis2=2)
        - 0.5 * prior.mean_strength * far
    )
    return per_component.sum()


@solution("gmm.log_prior", "einsum")
def prior_einsum(theta, prior):
    pi, mu, sigma = theta
    m, kappa, psi, nu, alpha = prior
    L = np.linalg.cholesky(sigma)  # (K, D, D)
    half = np.log(np.einsum("kii->ki", L)).sum()
    white = np.linalg.solve(L, np.linalg.cholesky(psi)[None])
    z = np.linalg.solve(L, (mu - m)[:, :, None])
    charged = np.einsum("kij,kij->", white, white)
    charged += kappa * np.einsum("kij,kij->", z, z)
    log_weights = np.log(pi).sum()
    return (alpha - 1) * log_weights - (nu + len(m) + 2) * half - charged / 2


# --- kmeans.assign ------------------------------------------------------------------------------


@solution("kmeans.assign", "loops")
def nearest_loops(X, centers):
    labels = []
    for x in X:
        best, shortest = 0, math.inf
        for k, c in enumerate(centers):
            distance = sum(
                (float(a) - float(b)) ** 2 for a, b in zip(x, c, strict=True)
            )
            if distance < shortest:
                best, shortest = k, distance
        labels.append(best)
    return np.array(labels)


@solution("kmeans.assign", "broadcasting")
def nearest_broadcasting(X, mu):
    return np.linalg.norm(X[:, None, :] - mu[None, :, :], axis=2).argmin(axis=1)


@solution("kmeans.assign", "einsum")
def nearest_einsum(data, centers):
    middle = centers.mean(axis=0)
    x, c = data - middle, centers - middle
    squares = np.einsum("kd,kd->k", c, c)
    return np.argmin(squares - 2 * np.einsum("nd,kd->nk", x, c), axis=1)


# --- kmeans.update ------------------------------------------------------------------------------


@solution("kmeans.update", "loops")
def means_loops(X, labels, centers):
    members = [
        [n for n in range(len(X)) if labels[n] == k] for k in range(len(centers))
    ]
    for k in range(len(centers)):
        if members[k]:
            continue
        best, farthest, home = 0.0, None, None
        for j in range(len(centers)):
            for n in members[j] if len(members[j]) > 1 else []:
                distance = float(((X[n] - centers[j]) ** 2).sum())
                if distance > best or (distance == best and best > 0 and n < farthest):
                    best, farthest, home = distance, n, j
        if farthest is not None:
            members[home].remove(farthest)
            members[k].append(farthest)
    rows = [
        [math.fsum(float(X[n][i]) for n in own) / len(own) for i in range(len(X[0]))]
        if own
        else list(map(float, centers[k]))
        for k, own in enumerate(members)
    ]
    return np.array(rows)


@solution("kmeans.update", "broadcasting")
def means_broadcasting(X, labels, mu):
    belongs = labels[:, None] == np.arange(len(mu))  # (N, K)
    for k in np.flatnonzero(~belongs.any(axis=0)):
        own = mu[belongs.argmax(axis=1)]
        far = ((X - own) ** 2).sum(axis=1)
        far = np.where((belongs * belongs.sum(axis=0)).sum(axis=1) > 1, far, 0.0)
        if far.max() > 0:
            belongs[far.argmax()] = np.arange(len(mu)) == k
    counts = belongs.sum(axis=0)[:, None]
    sums = np.where(belongs[:, :, None], X[:, None, :], 0.0).sum(axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), mu)


@solution("kmeans.update", "einsum")
def means_einsum(X, z, centers):
    one_hot = np.eye(len(centers))[z]
    for k in range(len(centers)):
        counts = np.einsum("nk->k", one_hot)
        if counts[k] > 0:
            continue
        apart = X - np.einsum("nk,kd->nd", one_hot, centers)
        far = np.einsum("nd,nd->n", apart, apart)
        far[np.einsum("nk,k->n", one_hot, counts) < 2] = 0
        if far.any():
            one_hot[np.argmax(far)] = np.eye(len(centers))[k]
    counts = np.einsum("nk->k", one_hot)
    means = np.einsum("nk,nd->kd", one_hot, X) / np.where(counts, counts, 1)[:, None]
    means[counts == 0] = centers[counts == 0]
    return means


# --- kmeans.distortion --------------------------------------------------------------------------


@solution("kmeans.distortion", "loops")
def distortion_loops(X, labels, centers):
    return math.fsum(
        float(X[n][i] - centers[labels[n]][i]) ** 2
        for n in range(len(X))
        for i in range(len(X[0]))
    )


@solution("kmeans.distortion", "broadcasting")
def distortion_by_cluster(X, labels, mu):
    return sum(((X[labels == k] - mu[k]) ** 2).sum() for k in range(len(mu)))


@solution("kmeans.distortion", "einsum")
def distortion_einsum(X, z, mu):
    apart = X - np.take(mu, z, axis=0)
    return float(np.einsum("nd,nd->", apart, apart))


# --- kmeans.seeding_probabilities ---------------------------------------------------------------


@solution("kmeans.seeding_probabilities", "loops")
def seeding_loops(X, centers):
    weights = []
    for x in X:
        weights.append(min(math.dist(x, c) for c in centers) ** 2)
    return np.array([w / math.fsum(weights) for w in weights])


@solution("kmeans.seeding_probabilities", "broadcasting")
def seeding_broadcasting(X, centers):
    d2 = ((X[:, None, :] - centers) ** 2).sum(axis=-1).min(axis=-1)
    return d2 / d2.sum()


@solution("kmeans.seeding_probabilities", "einsum")
def seeding_einsum(X, mu):
    apart = X[:, None, :] - mu[None, :, :]
    nearest = np.amin(np.einsum("nkd,nkd->nk", apart, apart), axis=1)
    return nearest / np.einsum("n->", nearest)


# --- kmeans.seed --------------------------------------------------------------------------------


@solution("kmeans.seed", "loops")
def seed_loops(X, n_clusters, rng):
    chosen = [X[rng.integers(len(X))]]
    while len(chosen) < n_clusters:
        weights = [min(math.dist(x, c) for c in chosen) ** 2 for x in X]
        left = rng.uniform(0, sum(weights))
        for x, weight in zip(X, weights, strict=True):  # noqa: B007
            left -= weight
            if left < 0:
                break
        chosen.append(x)
    return np.array(chosen)


@solution("kmeans.seed", "broadcasting")
def seed_by_choice(X, n_clusters, rng):
    chosen = [rng.choice(len(X))]
    for _ in range(1, n_clusters):
        d2 = ((X[:, None] - X[chosen]) ** 2).sum(axis=2).min(axis=1)
        chosen.append(rng.choice(len(X), p=d2 / d2.sum()))
    return X[chosen]


@solution("kmeans.seed", "einsum")
def seed_by_exponential_clocks(X, n_clusters, rng):
    # The clock with rate w rings first with probability w / sum(w).
    rates, chosen = np.ones(len(X)), []
    for _ in range(n_clusters):
        with np.errstate(divide="ignore"):
            chosen.append(np.argmin(rng.exponential(size=len(X)) / rates))
        apart = X[:, None, :] - X[chosen]
        rates = np.einsum("nkd,nkd->nk", apart, apart).min(axis=1)
        rates /= rates.max() or 1.0
    return X[chosen]


# --- kmeans.fit ---------------------------------------------------------------------------------


def lloyd(assign, update, distortion):
    """Lloyd's algorithm from its parts."""

    def fit(X, centers, max_iter=300):
        labels = assign(X, centers)
        for n_iter in range(1, max_iter + 1):  # noqa: B007
            centers = update(X, labels, centers)
            new = assign(X, centers)
            if np.array_equal(labels, new):
                break
            labels = new
        return centers, new, float(distortion(X, new, centers)), n_iter

    return fit


solution("kmeans.fit", "loops")(lloyd(nearest_loops, means_loops, distortion_loops))
solution("kmeans.fit", "broadcasting")(
    lloyd(nearest_broadcasting, means_broadcasting, distortion_by_cluster)
)
solution("kmeans.fit", "einsum")(lloyd(nearest_einsum, means_einsum, distortion_einsum))


# --- acceleration.step_length -------------------------------------------------------------------


@solution("acceleration.step_length", "loops")
def step_length_loops(before, between, after):
    r2 = v2 = 0.0
    for a, b, c in zip(before, between, after, strict=True):
        r2 += float(b - a) ** 2
        v2 += float((c - b) - (b - a)) ** 2
    if r2 == 0:
        return -1.0
    return -math.inf if v2 == 0 else min(-math.sqrt(r2 / v2), -1.0)


@solution("acceleration.step_length", "broadcasting")
def step_length_diff(x0, x1, x2):
    steps = np.diff([x0, x1, x2], axis=0)
    r, v = np.linalg.norm(steps[0]), np.linalg.norm(steps[1] - steps[0])
    if r == 0:
        return -1.0
    return -max(1.0, r / v) if v > 0 else -np.inf


@solution("acceleration.step_length", "einsum")
def step_length_einsum(x0, x1, x2):
    r, s = x1 - x0, x2 - x1
    v = s - r
    rr, vv = np.einsum("p,p->", r, r), np.einsum("p,p->", v, v)
    with np.errstate(divide="ignore"):
        return -np.sqrt(np.maximum(rr / vv, 1.0)) if rr > 0 else -1.0


# --- acceleration.aitken ------------------------------------------------------------------------


@solution("acceleration.aitken", "loops")
def aitken_loops(before, between, after, step_length):
    return np.array(
        [b + abs(step_length) * (c - b) for b, c in zip(between, after, strict=True)]
    )


@solution("acceleration.aitken", "broadcasting")
def aitken_broadcasting(x0, x1, x2, alpha):
    return (1 + alpha) * x1 - alpha * x2


@solution("acceleration.aitken", "einsum")
def aitken_einsum(x0, x1, x2, alpha):
    return x1 + np.einsum("s,sp->p", [-alpha], (x2 - x1)[None])


# --- acceleration.squarem -----------------------------------------------------------------------


@solution("acceleration.squarem", "loops")
def squarem_loops(before, between, after, step_length):
    leap = []
    for a, b, c in zip(before, between, after, strict=True):
        first, second = b - a, c - b
        leap.append(a - step_length * (2 * first - step_length * (second - first)))
    return np.array(leap)


@solution("acceleration.squarem", "broadcasting")
def squarem_in_two_leaps(x0, x1, x2, alpha):
    # Leap from two points in a row, and then from the one leap by way of the other.
    one, other = x0 - alpha * (x1 - x0), x1 - alpha * (x2 - x1)
    return one - alpha * (other - one)


@solution("acceleration.squarem", "einsum")
def squarem_einsum(x0, x1, x2, alpha):
    r, v = x1 - x0, x2 - x1 - (x1 - x0)
    return x0 + np.einsum("s,sp->p", [-2 * alpha, alpha**2], np.stack([r, v]))


# --- selection.n_parameters -----------------------------------------------------------------------


@solution("selection.n_parameters", "loops")
def count_loops(params, structure):
    K, D = len(params.means), len(params.means[0])
    own = [(k, i, j) for k in range(K) for i in range(D) for j in range(i + 1)]
    if structure == "tied":
        own = [entry for entry in own if entry[0] == 0]
    elif structure != "full":
        own = [(k, i, j) for k, i, j in own if i == j]
    if structure == "spherical":
        own = [(k, i, j) for k, i, j in own if i == 0]
    return K - 1 + K * D + len(own)


@solution("selection.n_parameters", "broadcasting")
def count_table(mixture, structure):
    K, D, _ = mixture.covariances.shape
    matrices = np.array([K, 1, 0, 0]) * np.tri(D).sum()
    variances = np.array([0, 0, K * D, K])
    row = gmm.STRUCTURES.index(structure)
    return int(K - 1 + mixture.means.size + (matrices + variances)[row])


@solution("selection.n_parameters", "einsum")
def count_einsum(params, structure):
    K, D = params.means.shape
    triangle = np.tri(D, dtype=int)
    if structure in ("diag", "spherical"):
        triangle = np.eye(D, dtype=int)
    if structure == "spherical":
        triangle[1:] = 0
    blocks = np.ones(1 if structure == "tied" else K, dtype=int)
    return int(K - 1 + K * D + np.einsum("k,ij->", blocks, triangle))


# --- selection.aic, bic and icl -------------------------------------------------------------------


def mixture_terms(X, params):
    """The logarithms (N, K) of weight times density."""
    columns = [
        np.log(weight)
        + gaussian.vectorized.log_density(X, gaussian.Params(mean, covariance))
        for weight, mean, covariance in zip(*params, strict=True)
    ]
    return np.stack(columns, axis=1)


def mixture_claims(X, params):
    """Responsibilities and log-likelihood."""
    terms = mixture_terms(X, params)
    log_p = np.logaddexp.reduce(terms, axis=1, keepdims=True)
    return np.exp(terms - log_p), float(log_p.sum())


def charged_by_hand(X, params, structure, price):
    total = 0.0
    for row in mixture_terms(X, params):
        largest = max(row)
        total += largest + math.log(sum(math.exp(t - largest) for t in row))
    return -2 * total + price * count_loops(params, structure)


@solution("selection.aic", "loops")
def aic_loops(X, params, structure):
    return float(charged_by_hand(X, params, structure, 2))


@solution("selection.aic", "broadcasting")
def aic_broadcasting(X, params, structure):
    log_p = np.logaddexp.reduce(mixture_terms(X, params), axis=1)
    return float(np.sum(-2 * log_p)) + 2 * count_table(params, structure)


@solution("selection.aic", "einsum")
def aic_einsum(X, params, structure):
    log_p = np.logaddexp.reduce(mixture_terms(X, params), axis=1)
    return 2 * (count_einsum(params, structure) - float(np.einsum("n->", log_p)))


@solution("selection.bic", "loops")
def bic_loops(X, params, structure):
    return float(charged_by_hand(X, params, structure, math.log(len(X))))


@solution("selection.bic", "broadcasting")
def bic_broadcasting(X, params, structure):
    _, log_likelihood = mixture_claims(X, params)
    N, _ = X.shape
    return float(np.log(N) * count_table(params, structure) - 2 * log_likelihood)


@solution("selection.bic", "einsum")
def bic_einsum(X, params, structure):
    log_p = np.logaddexp.reduce(mixture_terms(X, params), axis=1)
    per_row = count_einsum(params, structure) * np.log(len(X)) / len(X)
    return float(np.einsum("n->", per_row - 2 * log_p))


@solution("selection.icl", "loops")
def icl_loops(X, params, structure):
    gamma, _ = mixture_claims(X, params)
    doubt = -sum(g * math.log(g) for row in gamma for g in row if g > 0)
    return float(bic_loops(X, params, structure) + 2 * doubt)


@solution("selection.icl", "broadcasting")
def icl_by_the_completed_likelihood(X, params, structure):
    # The entropy as the log-likelihood less the expected complete-data log-likelihood.
    gamma, log_likelihood = mixture_claims(X, params)
    completed = float((gamma * mixture_terms(X, params)).sum())
    charge = np.log(len(X)) * count_table(params, structure)
    assert completed <= log_likelihood + 1e-6 * abs(log_likelihood)
    return float(charge - 2 * completed)


@solution("selection.icl", "einsum")
def icl_einsum(X, params, structure):
    gamma, _ = mixture_claims(X, params)
    logs = np.log(gamma, out=np.zeros_like(gamma), where=gamma > 0)
    return bic_einsum(X, params, structure) - 2 * float(
        np.einsum("nk,nk->", gamma, logs)
    )


# --- climbers.constrain --------------------------------------------------------------------------


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


# --- climbers.gradient ---------------------------------------------------------------------------


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


# --- climbers.acceptance -------------------------------------------------------------------------


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
