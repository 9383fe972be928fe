"""Right solutions as readers might write them, in three styles."""

import math

import numpy as np

from emlib import gaussian, gmm
from tests.solving import solution

# --- n_parameters ---------------------------------------------------------------------------------


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


# --- aic, bic and icl -----------------------------------------------------------------------------


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
def aic_einsum(X, params, structure, observation_weights=None):
    w = np.ones(len(X)) if observation_weights is None else observation_weights
    log_p = np.logaddexp.reduce(mixture_terms(X, params), axis=1)
    return 2 * (count_einsum(params, structure) - float(np.einsum("n,n->", w, log_p)))


@solution("selection.bic", "loops")
def bic_loops(X, params, structure):
    return float(charged_by_hand(X, params, structure, math.log(len(X))))


@solution("selection.bic", "broadcasting")
def bic_broadcasting(X, params, structure):
    _, log_likelihood = mixture_claims(X, params)
    N, _ = X.shape
    return float(np.log(N) * count_table(params, structure) - 2 * log_likelihood)


@solution("selection.bic", "einsum")
def bic_einsum(X, params, structure, observation_weights=None):
    w = np.ones(len(X)) if observation_weights is None else observation_weights
    log_p = np.logaddexp.reduce(mixture_terms(X, params), axis=1)
    per_row = count_einsum(params, structure) * np.log(w.sum()) / w.sum()
    return float(np.einsum("n,n->", w, per_row - 2 * log_p))


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
def icl_einsum(X, params, structure, observation_weights=None):
    w = np.ones(len(X)) if observation_weights is None else observation_weights
    gamma, _ = mixture_claims(X, params)
    logs = np.log(gamma, out=np.zeros_like(gamma), where=gamma > 0)
    doubt = -float(np.einsum("n,nk,nk->", w, gamma, logs))
    return bic_einsum(X, params, structure, w) + 2 * doubt
