"""Right solutions as readers might write them, in three styles."""

import math

import numpy as np

from emlib import gmm
from tests.gaussian.solutions import cholesky_by_hand, log_normal_by_hand
from tests.solving import solution

# --- log_density ----------------------------------------------------------------------------------


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


# --- log_likelihood -------------------------------------------------------------------------------


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


# --- e_step ---------------------------------------------------------------------------------------


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


# --- m_step ---------------------------------------------------------------------------------------


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


# --- project --------------------------------------------------------------------------------------


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


# --- log_prior ------------------------------------------------------------------------------------


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


# --- sample ---------------------------------------------------------------------------------------


@solution("gmm.sample", "loops")
def draw_one_by_one(params, n_samples, rng):
    weights, means, covariances = params
    factors = [cholesky_by_hand(covariance) for covariance in covariances]
    D = len(means[0])
    X, components = [], []
    for _ in range(n_samples):
        k, left = 0, rng.random() - weights[0]
        while left >= 0 and k + 1 < len(weights):
            k += 1
            left -= weights[k]
        z = [rng.normal() for _ in range(D)]
        L = factors[k]
        X.append(
            [means[k][i] + sum(L[i][j] * z[j] for j in range(i + 1)) for i in range(D)]
        )
        components.append(k)
    return np.array(X), np.array(components)


@solution("gmm.sample", "broadcasting")
def draw_by_symmetric_roots(params, n_samples, rng):
    pi, mu, sigma = params
    u = rng.random((n_samples, 1))
    components = (u >= np.cumsum(pi)[:-1]).sum(axis=1)
    variances, axes = np.linalg.eigh(sigma)
    roots = (axes * np.sqrt(variances)[:, None, :]) @ axes.transpose(0, 2, 1)
    z = rng.standard_normal((n_samples, mu.shape[1], 1))
    return mu[components] + (roots[components] @ z)[:, :, 0], components


@solution("gmm.sample", "einsum")
def draw_one_hot(theta, n_samples, rng):
    weights, means, covs = theta
    chosen = rng.multinomial(1, weights, size=n_samples)  # (N, K), rows one-hot
    z = rng.standard_normal((n_samples, means.shape[1]))
    steps = np.einsum("nk,kij,nj->ni", chosen, np.linalg.cholesky(covs), z)
    return np.einsum("nk,kd->nd", chosen, means) + steps, chosen.argmax(axis=1)
