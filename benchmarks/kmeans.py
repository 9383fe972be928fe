"""Compare k-means with scikit-learn's: the time of an iteration, from the same start.

``python benchmarks/kmeans.py`` prints the seconds of both and their ratio. Run it on a quiet
machine. scikit-learn's iterations are compiled and threaded. Uniform data have no clusters, so
neither program has converged at the last iteration measured.
"""

import platform
import time
import warnings

import numpy as np
import sklearn
from sklearn.cluster import KMeans

from emlib import kmeans
from emlib._processors import usable_processors
from emlib.em import ConvergenceWarning

N, D, K = 200_000, 16, 16
FEW, MANY = 5, 45  # iterations
REPETITIONS = 7


def ours(X, centers, max_iter):
    """Centers, labels, distortion and iterations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return kmeans.vectorized.fit(X, centers, max_iter)


def theirs(X, centers, max_iter):
    """The same from scikit-learn, without its early stop."""
    model = KMeans(
        K, init=centers, n_init=1, algorithm="lloyd", tol=0, max_iter=max_iter
    ).fit(X)
    return model.cluster_centers_, model.labels_, model.inertia_, model.n_iter_


def seconds(fit, X, centers):
    """How long a few iterations take, and how long many."""
    times = []
    for max_iter in (FEW, MANY):
        begin = time.perf_counter()
        fit(X, centers, max_iter)
        times.append(time.perf_counter() - begin)
    return times


def per_iteration(times):
    """Seconds for each iteration after the first few, so that starting up does not count."""
    return (times[..., 1] - times[..., 0]) / (MANY - FEW)


def assert_equal(X, centers):
    """Both reach the same result to 1e-9, in the same number of iterations."""
    for max_iter in (FEW, MANY):
        ours_, theirs_ = (fit(X, centers, max_iter) for fit in (ours, theirs))
        np.testing.assert_allclose(ours_[0], theirs_[0], rtol=0, atol=1e-9)
        np.testing.assert_array_equal(ours_[1], theirs_[1])
        np.testing.assert_allclose(ours_[2], theirs_[2], rtol=1e-9)
        assert ours_[3] == theirs_[3] == max_iter


def main():
    X = np.random.default_rng(0).random((N, D))
    centers = X[:K]
    assert_equal(X, centers)
    times = np.array(
        [
            [seconds(fit, X, centers) for fit in (ours, theirs)]
            for _ in range(REPETITIONS)
        ]
    )  # (REPETITIONS, 2 programs, 2 numbers of iterations)
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, "
        f"scikit-learn {sklearn.__version__}, {usable_processors()} processors"
    )
    print(f"N = {N:,}, D = {D}, K = {K}: centers, labels, distortion equal to 1e-9")
    for words, (own, other) in (
        ("median", per_iteration(np.median(times, axis=0))),
        ("best", per_iteration(times.min(axis=0))),
    ):
        print(
            f"{words:6} of {REPETITIONS}, ms per iteration: emlib {1e3 * own:6.2f}   "
            f"scikit-learn {1e3 * other:6.2f}   ratio {own / other:.2f}"
        )


if __name__ == "__main__":
    main()
