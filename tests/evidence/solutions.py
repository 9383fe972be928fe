"""Right solutions as readers might write them, in three styles."""

import math

import numpy as np

from tests.solving import solution

# --- log_sum_exp ----------------------------------------------------------------------------------


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


# --- lower_bound ----------------------------------------------------------------------------------


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


# --- kl_divergence --------------------------------------------------------------------------------


@solution("evidence.kl_divergence", "loops")
def kl_loops(q, p):
    total = 0.0
    for q_n, p_n in zip(q, p, strict=True):
        for a, b in zip(q_n, p_n, strict=True):
            if a > 0 and b == 0:
                return math.inf
            if a > 0:
                total += a * (math.log(a) - math.log(b))
    return float(total)


@solution("evidence.kl_divergence", "broadcasting")
def kl_where(q, p):
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(q == 0, 0.0, q * (np.log(q) - np.log(p)))
    return float(terms.sum())


@solution("evidence.kl_divergence", "einsum")
def kl_cross_entropy_less_entropy(q, p):
    used = q > 0
    if np.any(p[used] == 0):
        return np.inf
    cross_entropy = -np.einsum("i,i->", q[used], np.log(p[used]))
    entropy = -np.einsum("i,i->", q[used], np.log(q[used]))
    return float(cross_entropy - entropy)
