"""Right solutions as readers might write them, in three styles."""

import math

import numpy as np

from emlib import coins
from tests.gmm.solutions import log_add
from tests.solving import solution

# --- log_likelihood -------------------------------------------------------------------------------


def n_log_p(n, p):
    return n * math.log(p) if n > 0 and p > 0 else (-math.inf if n > 0 else 0.0)


@solution("coins.log_likelihood", "loops")
def coin_loglik_loops(counts, params):
    total = 0.0
    for heads, tails in counts:
        log_set = -math.inf
        for p in params.biases:
            log_set = log_add(log_set, n_log_p(heads, p) + n_log_p(tails, 1 - p))
        total += log_set - math.log(len(params.biases))
    return float(total)


@solution("coins.log_likelihood", "broadcasting")
def coin_loglik_columns(counts, params):
    p = params.biases[:, None]
    heads, tails = counts.T  # (S,) each
    with np.errstate(divide="ignore", invalid="ignore"):
        log_p = np.where(heads == 0, 0, heads * np.log(p))  # (K, S)
        log_p += np.where(tails == 0, 0, tails * np.log(1 - p))
    return float(np.sum(np.logaddexp.reduce(log_p) - np.log(len(p))))


@solution("coins.log_likelihood", "einsum")
def coin_loglik_einsum(counts, theta):
    faces = np.array([theta.biases, 1 - theta.biases])  # (2, K)
    log_p = np.einsum("sf,fk->sk", counts, np.log(np.where(faces > 0, faces, 1)))
    excluded = np.einsum("sf,fk->sk", counts, 1.0 * (faces == 0)) > 0
    log_p[excluded] = -np.inf
    top = log_p.max(axis=1)
    sums = np.einsum("sk->s", np.exp(log_p - top[:, None]))
    return float(np.sum(top + np.log(sums / faces.shape[1])))


# --- e_step ---------------------------------------------------------------------------------------


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


# --- m_step ---------------------------------------------------------------------------------------


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
