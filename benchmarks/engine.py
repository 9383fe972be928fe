"""The streaming engine beside scikit-learn's mixture: the time of an iteration, the same start.

``python benchmarks/engine.py`` prints a line a size: medians of alternating runs, their ratio, and
the machine's floor, the time of the exponentials and of the two matrix products of the quick form,
in the same blocks on the same threads. Run it on a quiet machine.
"""

import platform
import time
import warnings

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from emlib import em, gmm
from emlib.gmm import streaming

SIZES = [
    (1_000, 1, 2),
    (10_000, 2, 3),
    (1_000_000, 2, 8),
    (100_000, 8, 8),
    (100_000, 16, 16),
    (50_000, 64, 16),
    (10_000, 128, 32),
]
REPETITIONS = 5
FEW = 2  # iterations, subtracted so that starting up does not count


def problem(N, D, K):
    """Observations of a mixture, and a start near it."""
    rng = np.random.default_rng(0)
    means = 3 * rng.standard_normal((K, D))
    X = means[rng.integers(K, size=N)] + rng.standard_normal((N, D))
    near = means + 0.5 * rng.standard_normal((K, D))
    return X, gmm.Params(np.full(K, 1 / K), near, np.tile(1.5 * np.eye(D), (K, 1, 1)))


def ours(X, start, n_iter):
    """The log-likelihood per observation before the last iteration, as theirs."""
    return streaming.fit(X, start, tol=0, max_iter=n_iter).log_likelihoods[-2] / len(X)


def theirs(X, start, n_iter):
    """The same from scikit-learn, whose bound lags one M step behind."""
    model = GaussianMixture(
        len(start.weights),
        tol=0,
        reg_covar=0,
        max_iter=n_iter,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=np.linalg.solve(
            start.covariances,
            np.broadcast_to(np.eye(X.shape[1]), start.covariances.shape),
        ),
    )
    return model.fit(X).lower_bound_


def seconds(function, *arguments):
    begin = time.perf_counter()
    value = function(*arguments)
    return time.perf_counter() - begin, value


def per_iteration(fit, X, start, many):
    """Seconds for each iteration after the first few, and the last bound."""
    few, _ = seconds(fit, X, start, FEW)
    all_, bound = seconds(fit, X, start, FEW + many)
    return (all_ - few) / many, bound


def floor(N, D, K):
    """Seconds for exponentials and two products in blocks, on as many threads."""
    P, n_threads = (D + 1) * (D + 2) // 2, streaming._Team(None).n_threads
    rows = min(max(streaming.BLOCK_BYTES // (8 * (K + 3 + P)), 64), 16384)
    n_blocks = max(1, round(N / rows / n_threads))
    rng = np.random.default_rng(0)
    arrays = [
        (
            rng.random((K, P)),
            rng.random((P, rows)),
            -rng.random((K, rows)),
            np.empty((K, rows)),
        )
        for _ in range(n_threads)
    ]

    def work(i):
        theta, features, log_p, gamma = arrays[i]
        for _ in range(n_blocks):
            np.matmul(theta, features, out=gamma)
            np.exp(log_p, out=gamma)
            features @ gamma.T

    with streaming._Team(n_threads) as team:
        return seconds(lambda: list(team.pool.map(work, range(n_threads))))[0]


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.simplefilter("ignore", em.ConvergenceWarning)
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, "
        f"scikit-learn {sklearn.__version__}, {streaming._Team(None).n_threads} threads; "
        f"medians of {REPETITIONS}, ms per iteration"
    )
    for N, D, K in SIZES:
        X, start = problem(N, D, K)
        many = 50 if N * D * K < 1e5 else 3
        runs = [
            (
                *per_iteration(ours, X, start, many),
                *per_iteration(theirs, X, start, many),
                floor(N, D, K),
            )
            for _ in range(REPETITIONS)
        ]
        own, bound, other, its_bound, least = np.median(runs, axis=0)
        ratios = sorted(run[2] / run[0] for run in runs)
        print(
            f"N = {N:>9,}, D = {D:>3}, K = {K:>2}: emlib {1e3 * own:8.2f}   "
            f"scikit-learn {1e3 * other:8.2f}   ratio {other / own:5.1f} "
            f"({ratios[0]:.1f} to {ratios[-1]:.1f})   of the floor {own / least:4.1f}   "
            f"bounds apart {abs(bound - its_bound):.0e}",
            flush=True,
        )


if __name__ == "__main__":
    main()
