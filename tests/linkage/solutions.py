"""Right solutions as readers might write them, in three styles."""

import math

import numpy as np

from emlib import linkage
from tests.solving import solution

# --- log_likelihood -------------------------------------------------------------------------------


@solution("linkage.log_likelihood", "loops")
def linkage_loglik_loops(counts, params):
    t = params.theta
    cells = [(2 + t) / 4, (1 - t) / 4, (1 - t) / 4, t / 4]
    total = 0.0
    for seen, p in zip(counts, cells, strict=True):
        if seen > 0:
            total += seen * math.log(p)
    return float(total)


@solution("linkage.log_likelihood", "broadcasting")
def linkage_loglik_masked(y, params):
    p = (np.array([2, 1, 1, 0]) + np.array([1, -1, -1, 1]) * params.theta) / 4
    return float(np.log(p, where=y > 0, out=np.zeros(4)) @ y)


@solution("linkage.log_likelihood", "einsum")
def linkage_loglik_einsum(counts, params):
    # The middle classes are equally likely: what matters is how many fell into either.
    pool = np.array([[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]])
    pooled = np.einsum("gi,i->g", pool, counts)
    p = np.array([2 + params.theta, 1 - params.theta, params.theta]) / 4
    p[pooled == 0] = 1.0
    return float(np.einsum("g,g->", pooled, np.log(p)))


# --- e_step ---------------------------------------------------------------------------------------


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


# --- m_step ---------------------------------------------------------------------------------------


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
