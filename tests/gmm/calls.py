"""Sound calls, and ways to spoil them."""

import numpy as np

from emlib import gmm
from tests.gaussian.calls import INDEFINITE, SINGULAR, X

MIXTURE = gmm.Params(np.array([0.4, 0.6]), np.zeros((2, 2)), np.array([np.eye(2)] * 2))
HALVES = np.full((4, 2), 0.5)
PRIOR = gmm.Prior(np.zeros(2), 0.5, np.eye(2), 4.0, 1.5)
SCATTERS = {"scatters": np.array([np.eye(2)] * 2), "counts": np.array([3.0, 5.0])}


def covariances(matrix):
    """The sound mixture with another covariance for its second component."""
    return {"params": MIXTURE._replace(covariances=np.array([np.eye(2), matrix]))}


SOUND = {
    "log_density": {"X": X, "params": MIXTURE},
    "log_likelihood": {"X": X, "params": MIXTURE},
    "e_step": {"X": X, "params": MIXTURE},
    "m_step": {"X": X, "responsibilities": HALVES},
    "project": {**SCATTERS, "structure": "full"},
    "log_prior": {"params": MIXTURE, "prior": PRIOR},
    "sample": {"params": MIXTURE, "n_samples": 3, "rng": np.random.default_rng(0)},
}

# A function, what is replaced in its sound call, and what the message must say.
BAD = [
    (
        "e_step",
        {"params": MIXTURE._replace(means=[[0, 0], [1e60, 0]])},
        r"means\[1\]\[0\]",
    ),
    ("sample", {"n_samples": True}, "n_samples is True"),
    ("e_step", {"X": X.T}, r"params\.means has shape \(2, 2\), expected \(2, 4\)"),
    (
        "e_step",
        {"params": MIXTURE._replace(weights=[0.4, 0.5])},
        "sum to 0.9, not to 1: divide",
    ),
    (
        "e_step",
        {"params": MIXTURE._replace(weights=[0.0, 1.0])},
        r"weights\[0\] is 0.*leave out",
    ),
    (
        "e_step",
        {"params": MIXTURE._replace(weights=[-0.5, 1.5])},
        r"weights\[0\] is -0\.5",
    ),
    (
        "e_step",
        {"params": MIXTURE._replace(means=np.zeros((3, 2)))},
        r"expected \(2, 2\)",
    ),
    (
        "e_step",
        covariances(SINGULAR),
        r"params\.covariances\[1\] is not positive definite",
    ),
    ("e_step", covariances(np.tri(2)), r"params\.covariances\[1\] is not symmetric"),
    ("e_step", {"params": list(MIXTURE)}, r"params is a list: pass a gmm\.Params"),
    (
        "log_likelihood",
        {"observation_weights": [1, 2, 3, -1]},
        r"observation_weights\[3\]",
    ),
    (
        "log_density",
        covariances(INDEFINITE),
        r"params\.covariances\[1\] is not positive",
    ),
    ("m_step", {"responsibilities": HALVES.T}, r"expected \(4, K\): transposed\?"),
    (
        "m_step",
        {"responsibilities": HALVES / 2},
        r"responsibilities\[0\] sums to 0\.5.*divide",
    ),
    ("m_step", {"responsibilities": HALVES + np.array([1, -1])}, "between 0 and 1"),
    (
        "m_step",
        {"responsibilities": np.full((4, 5), 0.2)},
        "K = 5 components for 4 obs.*at most",
    ),
    ("m_step", {"observation_weights": [1, 0, 0, 0]}, "K = 2 components for 1 obs"),
    (
        "m_step",
        {"structure": "spheric"},
        "structure is 'spheric': pass one of 'full', 'tied', 'diag', 'spherical'",
    ),
    ("m_step", {"structure": np.ones(2)}, "structure is array"),
    ("m_step", {"prior": (0, 1)}, r"prior is a tuple: pass a gmm\.Prior"),
    (
        "m_step",
        {"prior": PRIOR._replace(mean_strength=0.0)},
        r"prior\.mean_strength is 0: pass a number above 0",
    ),
    (
        "m_step",
        {"prior": PRIOR._replace(degrees=1)},
        r"prior\.degrees is 1: pass a number above D - 1 = 1",
    ),
    (
        "m_step",
        {"prior": PRIOR._replace(scatter=SINGULAR)},
        r"prior\.scatter is not positive definite",
    ),
    (
        "e_step",
        {"prior": PRIOR._replace(mean=np.zeros(3))},
        r"prior\.mean has shape \(3,\), expected \(2,\)",
    ),
    (
        "e_step",
        {"prior": PRIOR._replace(concentration=0.5)},
        r"prior\.concentration is 0\.5: pass 1 or more",
    ),
    (
        "log_prior",
        {"prior": PRIOR._replace(concentration=1e60)},
        r"prior\.concentration is 1e\+60: pass 1 or more, at most 1e\+49",
    ),
    ("log_prior", {"prior": None}, r"prior is a NoneType: pass a gmm\.Prior"),
    (
        "log_prior",
        {"prior": PRIOR._replace(mean=np.array([0, 1e60]))},
        r"prior\.mean\[1\] is 1e\+60.*rescale",
    ),
    ("log_prior", covariances(INDEFINITE), r"params\.covariances\[1\] is not pos"),
    (
        "project",
        {"scatters": np.ones((2, 2, 3))},
        r"scatters has shape \(2, 2, 3\): expected square matrices \(K, D, D\)",
    ),
    (
        "project",
        {"scatters": 1e100 * SCATTERS["scatters"]},
        r"scatters\[0, 0, 0\] is 1e\+100: too large.*rescale",
    ),
    (
        "project",
        {"counts": np.array([3.0, 0])},
        r"counts\[1\] is 0: an effective count must be positive; leave out",
    ),
    ("project", {"counts": np.array([-1.0, 2])}, r"counts\[0\] is -1: an eff"),
    ("project", {"counts": np.array([1e60, 2])}, r"counts\[0\] is 1e\+60: an eff"),
    ("project", {"counts": np.ones(3)}, r"counts has shape \(3,\), expected \(2,\)"),
    ("project", {"structure": None}, "structure is None: pass one of 'full'"),
    ("sample", {"n_samples": 0}, "n_samples is 0: pass a whole number"),
    ("sample", {"n_samples": 2.5}, r"n_samples is 2\.5"),
    ("sample", {"rng": 7}, "rng is a int: pass numpy.random.default_rng"),
    ("sample", covariances(SINGULAR), r"params\.covariances\[1\] is not positive"),
]

# Odd, and right all the same: a check that refused these would be too strict.
ODD = [
    ("e_step", {"params": MIXTURE._replace(weights=[0.4, 0.6 + 1e-9])}),
    ("e_step", {"params": gmm.Params([1.0], [[0, 0]], [[[1, 0], [0, 1]]])}),
    ("m_step", {"responsibilities": HALVES + np.array([1e-12, -1e-12])}),
    (
        "m_step",
        {"responsibilities": np.eye(2)[[0, 0, 1, 1]] * (1 + 2.3e-16), "X": X[:, :1]},
    ),
    ("m_step", {"prior": PRIOR._replace(concentration=1, degrees=1.001)}),
    ("e_step", {"prior": PRIOR._replace(mean=[0, 0], scatter=[[1, 0], [0, 1]])}),
    ("log_prior", {"prior": PRIOR._replace(mean_strength=1e-300)}),
    ("project", {"scatters": np.zeros((2, 2, 2))}),  # of one observation each
    ("project", {"counts": [3, 5], "structure": "tied"}),
]

# Numerical failures: the input is sound, the estimate does not exist.
TWO_HEAPS = np.concatenate([np.full((5000, 1), 0.7), np.arange(1.0, 51).reshape(50, 1)])
IN_HEAPS = np.eye(2)[np.repeat([0, 1], [5000, 50])]
DEGENERATE = [
    (
        "m_step",
        {"X": TWO_HEAPS, "responsibilities": IN_HEAPS},
        "component 0 has collapsed: feature 0",
    ),
    (
        "m_step",
        {"responsibilities": np.eye(2)[[0, 0, 0, 0]]},
        "component 1 is empty.*fewer",
    ),
    (
        "m_step",
        {"responsibilities": np.eye(2)[[0, 0, 0, 1]]},
        "component 1 has collapsed",
    ),
    ("m_step", {"X": np.ones((4, 2))}, "component 0 has collapsed: feature 0"),
    ("m_step", {"X": np.ones((4, 2)) + 1e8}, "component 0 has collapsed: feature 0"),
    ("m_step", {"X": X[:, [0, 0]]}, "component 0 has collapsed: its observations lie"),
    (
        "m_step",
        {"X": X[:, [0, 0]] / 3 + 1e8},
        "component 0 has collapsed: its observations",
    ),
]
