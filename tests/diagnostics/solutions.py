"""Right solutions as readers might write them, in three styles."""

import math
from statistics import NormalDist

import numpy as np

from tests.solving import solution

# --- autocovariance -------------------------------------------------------------------------------


@solution("diagnostics.autocovariance", "loops")
def covariance_loops(draws):
    rows = []
    for chain in draws:
        T, mean = len(chain), sum(chain) / len(chain)
        rows.append(
            [
                sum((chain[i] - mean) * (chain[i + t] - mean) for i in range(T - t)) / T
                for t in range(T)
            ]
        )
    return np.array(rows)


@solution("diagnostics.autocovariance", "broadcasting")
def covariance_transform(draws):
    T = draws.shape[1]
    x = draws - draws.mean(axis=1)[:, None]
    f = np.fft.fft(x, 2 * T, axis=1)
    return np.fft.ifft(np.abs(f) ** 2, axis=1).real[:, :T] / T


@solution("diagnostics.autocovariance", "einsum")
def covariance_einsum(draws):
    T = draws.shape[1]
    x = draws - draws.mean(axis=1, keepdims=True)
    later = np.concatenate([x, np.zeros_like(x)], axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(later, T, axis=1)[:, :T]
    return np.einsum("ci,cti->ct", x, windows) / T


# --- rhat -----------------------------------------------------------------------------------------


def scores_loops(chains):
    ordered = sorted(value for chain in chains for value in chain)
    S, before, same = len(ordered), {}, {}
    for place, value in enumerate(ordered):
        before.setdefault(value, place)
        same[value] = same.get(value, 0) + 1
    result = []
    for chain in chains:
        ranks = [before[value] + (same[value] + 1) / 2 for value in chain]
        result.append([NormalDist().inv_cdf((r - 0.375) / (S + 0.25)) for r in ranks])
    return np.array(result)


def scores_broadcast(chains):
    flat = chains.ravel()
    ranks = (flat[:, None] > flat).sum(axis=1) + (
        (flat[:, None] == flat).sum(axis=1) + 1
    ) / 2
    share = (ranks - 0.375) / (flat.size + 0.25)
    return np.vectorize(NormalDist().inv_cdf)(share).reshape(chains.shape)


def halved(draws):
    n = draws.shape[1] // 2
    return np.vstack([draws[:, :n], draws[:, draws.shape[1] - n :]])


@solution("diagnostics.rhat", "loops")
def rhat_loops(draws):
    n = draws.shape[1] // 2
    halves = [chain[:n] for chain in draws] + [chain[-n:] for chain in draws]
    median = sorted(value for half in halves for value in half)
    median = (median[len(median) // 2 - 1] + median[len(median) // 2]) / 2
    folded = [[abs(value - median) for value in half] for half in halves]
    found = []
    for chains in (halves, folded):
        z = scores_loops(chains)
        means = [sum(row) / n for row in z]
        variances = [
            sum((value - mean) ** 2 for value in row) / (n - 1)
            for row, mean in zip(z, means, strict=True)
        ]
        W, centre = sum(variances) / len(z), sum(means) / len(z)
        B = n * sum((mean - centre) ** 2 for mean in means) / (len(z) - 1)
        found.append(math.sqrt(((n - 1) / n * W + B / n) / W))
    return max(found)


@solution("diagnostics.rhat", "broadcasting")
def rhat_arrays(draws):
    halves = halved(draws)
    n = halves.shape[1]
    z = np.stack(
        [scores_broadcast(x) for x in (halves, abs(halves - np.median(halves)))]
    )
    W = z.var(axis=2, ddof=1).mean(axis=1)
    B = n * z.mean(axis=2).var(axis=1, ddof=1)
    return float(np.sqrt((B / W + n - 1) / n).max())


@solution("diagnostics.rhat", "einsum")
def rhat_einsum(draws):
    def ratio(z):
        M, n = z.shape
        x = z - np.einsum("mi->m", z)[:, None] / n
        W = np.einsum("mi,mi->", x, x) / (M * (n - 1))
        means = z.mean(axis=1) - z.mean()
        return np.sqrt(1 - 1 / n + np.einsum("m,m->", means, means) / (M - 1) / W)

    halves = halved(draws)
    folded = np.abs(halves - np.median(halves))
    return float(max(ratio(scores_broadcast(halves)), ratio(scores_broadcast(folded))))


# --- ess ------------------------------------------------------------------------------------------


def worth(z, covariances):
    """From chains and their autocovariances, lag by lag."""
    M, n = z.shape
    W = z.var(axis=1, ddof=1).mean()
    pooled = (n - 1) / n * W + z.mean(axis=1).var(ddof=1)
    rho = 1 - (W - covariances.mean(axis=0)) / pooled
    rho[0] = 1
    total, least, k = 0.0, math.inf, 0
    while 2 * k + 3 <= n - 2 and rho[2 * k] + rho[2 * k + 1] > 0:
        least = min(least, rho[2 * k] + rho[2 * k + 1])
        total, k = total + least, k + 1
    even, both = rho[2 * k], rho[2 * k] + rho[2 * k + 1]
    tau = -1 + 2 * total + (even if both >= 0 else max(even, 0.0))
    return M * n / max(tau, 1 / math.log10(M * n))


@solution("diagnostics.ess", "loops")
def ess_loops(draws):
    z = scores_loops(halved(draws))
    return float(worth(z, covariance_loops(z)))


@solution("diagnostics.ess", "broadcasting")
def ess_arrays(draws):
    z = scores_broadcast(halved(draws))
    return float(worth(z, covariance_transform(z)))


@solution("diagnostics.ess", "einsum")
def ess_einsum(draws):
    z = scores_broadcast(halved(draws))
    return float(worth(z, covariance_einsum(z)))


# --- mcse_mean ------------------------------------------------------------------------------------


@solution("diagnostics.mcse_mean", "loops")
def mcse_loops(draws):
    values = [value for chain in draws for value in chain]
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    halves = halved(draws)
    return math.sqrt(variance / worth(halves, covariance_loops(halves)))


@solution("diagnostics.mcse_mean", "broadcasting")
def mcse_arrays(draws):
    halves = halved(draws)
    return float(draws.std(ddof=1) / worth(halves, covariance_transform(halves)) ** 0.5)


@solution("diagnostics.mcse_mean", "einsum")
def mcse_einsum(draws):
    x, halves = draws - draws.mean(), halved(draws)
    variance = np.einsum("ct,ct->", x, x) / (x.size - 1)
    return float(np.sqrt(variance / worth(halves, covariance_einsum(halves))))
