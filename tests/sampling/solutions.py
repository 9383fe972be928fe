"""Right solutions as readers might write them, in three styles."""

import math

import numpy as np

from emlib import sampling
from tests.solving import solution

# --- inverse_cdf ----------------------------------------------------------------------------------


@solution("sampling.inverse_cdf", "loops")
def inverse_loops(u, x, cdf):
    draws = []
    for p in u:
        m = 0
        while m + 1 < len(cdf) and cdf[m + 1] <= p:
            m += 1
        if m + 1 == len(cdf):
            draws.append(x[m])
        else:
            slope = (x[m + 1] - x[m]) / (cdf[m + 1] - cdf[m])
            draws.append(x[m] + slope * (p - cdf[m]))
    return np.array(draws)


@solution("sampling.inverse_cdf", "broadcasting")
def inverse_interp(u, x, cdf):
    return np.interp(u, cdf, x)


@solution("sampling.inverse_cdf", "einsum")
def inverse_einsum(u, x, cdf):
    m = (cdf[None] <= u[:, None]).sum(axis=1) - 1
    after = np.minimum(m + 1, len(x) - 1)
    rise = np.where(cdf[after] > cdf[m], cdf[after] - cdf[m], 1.0)
    share = (u - cdf[m]) / rise
    ends = np.stack([x[m], x[after]])
    return np.einsum("en,en->n", np.stack([1 - share, share]), ends)


# --- alias_table ----------------------------------------------------------------------------------


@solution("sampling.alias_table", "loops")
def table_loops(weights):
    K = len(weights)
    total = float(sum(weights))
    left = [K * (w / total) for w in weights]
    light = [k for k in range(K) if left[k] < 1]
    heavy = [k for k in range(K) if left[k] >= 1]
    p, a = np.ones(K), np.arange(K)
    i = 0
    for j in range(len(heavy)):
        k = heavy[j]
        final = j + 1 == len(heavy)
        while i < len(light) and (final or left[k] > 1):
            p[light[i]] = left[light[i]]
            a[light[i]] = k
            left[k] -= 1 - left[light[i]]
            i += 1
        if left[k] < 1 and not final:
            p[k] = max(left[k], 0.0)
            a[k] = heavy[j + 1]
            left[heavy[j + 1]] -= 1 - left[k]
    return sampling.Alias(p, a)


@solution("sampling.alias_table", "broadcasting")
def table_differences(weights):
    heights = weights / weights.sum() * len(weights)
    light, heavy = np.where(heights < 1)[0], np.where(heights >= 1)[0]
    p, a = np.ones(len(weights)), np.arange(len(weights))
    if light.size == 0 or heavy.size == 0:
        return sampling.Alias(p, a)
    full = np.concatenate([[0.0], np.cumsum(1 - heights[light])])
    spare = np.cumsum(heights[heavy] - 1)
    giver = (spare[None] <= full[:-1, None]).sum(axis=1).clip(max=heavy.size - 1)
    p[light], a[light] = heights[light], heavy[giver]
    for j in range(heavy.size - 1):
        lack = full[full >= spare[j]][:1] - spare[j]
        if lack.size and lack[0] > 0:
            p[heavy[j]], a[heavy[j]] = max(1 - lack[0], 0.0), heavy[j + 1]
    return sampling.Alias(p, a)


@solution("sampling.alias_table", "einsum")
def table_einsum(weights):
    ones = np.ones(len(weights))
    scaled = weights * len(weights) / np.einsum("k,k->", weights, ones)
    return table_differences(scaled)


# --- alias_draw -----------------------------------------------------------------------------------


@solution("sampling.alias_draw", "loops")
def draw_loops(table, u, v):
    K = len(table.probabilities)
    draws = []
    for a, b in zip(u, v, strict=True):
        k = int(a * K)
        draws.append(k if b < table.probabilities[k] else table.aliases[k])
    return np.array(draws, dtype=int)


@solution("sampling.alias_draw", "broadcasting")
def draw_where(table, u, v):
    column = (u * table.aliases.size).astype(int)
    stays = table.probabilities[column] > v
    return np.where(stays, column, table.aliases[column])


@solution("sampling.alias_draw", "einsum")
def draw_einsum(table, u, v):
    column = (u * table.aliases.size).astype(int)
    both = np.stack([table.aliases[column], column])
    picked = np.eye(2, dtype=int)[(v < table.probabilities[column]).astype(int)]
    return np.einsum("nc,cn->n", picked, both)


# --- box_muller -----------------------------------------------------------------------------------


@solution("sampling.box_muller", "loops")
def normal_loops(u):
    rows = []
    for a, b in u:
        r = math.sqrt(-2 * math.log(1 - a))
        rows.append([r * math.cos(2 * math.pi * b), r * math.sin(2 * math.pi * b)])
    return np.array(rows)


@solution("sampling.box_muller", "broadcasting")
def normal_complex(u):
    z = np.sqrt(-2 * np.log1p(-u[:, 0])) * np.exp(2j * np.pi * u[:, 1])
    return np.column_stack([z.real, z.imag])


@solution("sampling.box_muller", "einsum")
def normal_einsum(u):
    radius = np.sqrt(-2 * np.log1p(-u[:, 0]))
    angle = 2 * np.pi * u[:, 1]
    return np.einsum("n,nd->nd", radius, np.stack([np.cos(angle), np.sin(angle)], 1))


# --- rejection ------------------------------------------------------------------------------------


@solution("sampling.rejection", "loops")
def rejection_loops(log_target, log_proposal, log_bound, u):
    kept = []
    for t, p, height in zip(log_target, log_proposal, u, strict=True):
        if t == -math.inf:
            kept.append(False)
        else:
            kept.append(height == 0 or math.log(height) <= t - p - log_bound)
    return np.array(kept)


@solution("sampling.rejection", "broadcasting")
def rejection_mask(log_target, log_proposal, log_bound, u):
    with np.errstate(divide="ignore"):
        below = np.log(u) <= log_target - (log_proposal + log_bound)
    return np.isfinite(log_target) & below


@solution("sampling.rejection", "einsum")
def rejection_einsum(log_target, log_proposal, log_bound, u):
    finite = np.where(np.isneginf(log_target), 0.0, log_target)
    terms = np.stack([finite, log_proposal, np.full(len(u), log_bound)])
    ratio = np.einsum("i,in->n", np.array([1.0, -1.0, -1.0]), terms)
    with np.errstate(divide="ignore"):
        return ~np.isneginf(log_target) & (np.log(u) <= ratio)


# --- log_weights ----------------------------------------------------------------------------------


@solution("sampling.log_weights", "loops")
def weights_loops(log_target, log_proposal):
    return np.array([t - p for t, p in zip(log_target, log_proposal, strict=True)])


@solution("sampling.log_weights", "broadcasting")
def weights_subtract(log_target, log_proposal):
    return np.subtract(log_target, log_proposal)


@solution("sampling.log_weights", "einsum")
def weights_einsum(log_target, log_proposal):
    return log_target + np.einsum("n,->n", log_proposal, -1.0)


# --- effective_sample_size ------------------------------------------------------------------------


@solution("sampling.effective_sample_size", "loops")
def ess_loops(log_weights):
    top = max(log_weights)
    weights = [math.exp(w - top) for w in log_weights]
    return sum(weights) ** 2 / sum(w * w for w in weights)


@solution("sampling.effective_sample_size", "broadcasting")
def ess_logarithms(log_weights):
    once = np.logaddexp.reduce(log_weights)
    twice = np.logaddexp.reduce(2 * log_weights)
    return float(np.exp(2 * once - twice))


@solution("sampling.effective_sample_size", "einsum")
def ess_einsum(log_weights):
    w = np.exp(log_weights - log_weights.max())
    w = w / w.sum()
    return float(1 / np.einsum("n,n->", w, w))


# --- systematic -----------------------------------------------------------------------------------


@solution("sampling.systematic", "loops")
def systematic_loops(weights, u):
    N, total = len(weights), float(np.cumsum(weights)[-1])
    last = max(n for n in range(N) if weights[n] > 0)
    indices, n, reached = [], 0, float(weights[0])
    for i in range(N):
        mark = total * ((u + i) / N)
        while mark >= reached and n < last:
            n += 1
            reached += weights[n]
        indices.append(n)
    return np.array(indices)


@solution("sampling.systematic", "broadcasting")
def systematic_counts(weights, u):
    N = len(weights)
    total = np.cumsum(weights)
    marks = total[-1] * ((u + np.arange(N)) / N)
    below = (total[:, None] <= marks).sum(axis=0)
    return np.minimum(below, np.flatnonzero(weights)[-1])


@solution("sampling.systematic", "einsum")
def systematic_einsum(weights, u):
    N = len(weights)
    total = np.cumsum(weights)
    marks = total[-1] * ((np.arange(N) + u) / N)
    last = np.flatnonzero(weights)[-1]
    above = (total[:-1] <= marks[:, None]).astype(int)
    return np.minimum(np.einsum("in->i", above), last)
