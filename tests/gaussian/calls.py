"""Sound calls, and ways to spoil them."""

import numpy as np
from scipy.sparse import csr_array

from emlib import gaussian

X = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 1.0], [0.0, 2.0]])
GAUSSIAN = gaussian.Params(np.zeros(2), np.eye(2))
SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
INDEFINITE = np.array([[1.0, 3.0], [3.0, 1.0]])
SOUND = {
    "cholesky": {"covariance": np.eye(2)},
    "log_density": {"X": X, "params": GAUSSIAN},
    "fit": {"X": X},
}

# A function, what is replaced in its sound call, and what the message must say.
BAD = [
    ("cholesky", {"covariance": np.ones((2, 3))}, r"covariance has shape \(2, 3\)"),
    ("cholesky", {"covariance": SINGULAR}, "covariance is not positive.*drop"),
    (
        "cholesky",
        {"covariance": INDEFINITE},
        "covariance is not positive.*eigenvalue.* is -2,",
    ),
    ("cholesky", {"covariance": -np.eye(2)}, r"covariance\[0, 0\] is -1: .*positive"),
    (
        "cholesky",
        {"covariance": np.array([[1, 0.5], [0.4, 1]])},
        r"not symmetric.*\[0, 1",
    ),
    ("cholesky", {"covariance": 1e-120 * np.eye(2)}, "rescale"),
    ("cholesky", {"covariance": 1e101 * np.eye(2)}, "rescale"),
    ("cholesky", {"covariance": 1e-101 * np.eye(2)}, "rescale"),
    (
        "cholesky",
        {"covariance": [[1e-99, 1e250], [1e250, 1e-99]]},
        r"\[0, 1\].*rescale",
    ),
    ("cholesky", {"covariance": [[1, 1 - 3e-13], [1 - 3e-13, 1]]}, "not positive"),
    (
        "cholesky",
        {"covariance": [[1e-6, 1e-9], [0, 1e-6]]},
        r"\[0, 1\] is 1e-09.* is 0;",
    ),
    (
        "log_density",
        {"params": GAUSSIAN._replace(mean=[0, 1e60])},
        r"mean\[1\].*rescale",
    ),
    ("log_density", {"X": -1e60 * X}, r"X\[0, 0\] is -1e\+60.*rescale"),
    ("log_density", {"X": 1e50 * X}, r"X\[0, 0\] is 1e\+50.*rescale"),
    ("log_density", {"X": X.astype(object)}, "X holds object"),
    ("log_density", {"X": np.ma.masked_less(X, 2)}, "X is masked: leave"),
    ("log_density", {"X": list(np.ma.masked_less(X, 2))}, "X is masked: leave"),
    ("log_density", {"X": csr_array(X)}, r"X is a sparse matrix: pass X\.toarray"),
    ("fit", {"observation_weights": np.full(4, 1e60)}, "divide all weights"),
    ("fit", {"observation_weights": np.full(4, 5e-324)}, "divide all weights"),
    ("log_density", {"X": X[:, 0]}, r"X has shape \(4,\).*X\.reshape\(4, 1\)"),
    ("log_density", {"X": 1e60 * X}, r"X\[0, 0\] is 1e\+60.*rescale"),
    ("log_density", {"X": X[:, :1]}, r"params\.mean has shape \(2,\), expected \(1,\)"),
    ("log_density", {"params": (0, 1)}, r"params is a tuple: pass a gaussian\.Params"),
    ("fit", {"observation_weights": np.zeros(4)}, "observation_weights are all zero"),
    ("fit", {"observation_weights": -np.ones(4)}, r"observation_weights\[0\] is -1"),
    (
        "fit",
        {"observation_weights": np.ones(3)},
        r"observation_weights has shape \(3,\)",
    ),
]

# Odd, and right all the same: a check that refused these would be too strict.
ODD = [
    ("cholesky", {"covariance": np.diag([1e-20, 1.0])}),  # units differ, no more
    ("cholesky", {"covariance": [[1, 1 - 1e-12], [1 - 1e-12, 1]]}),
    ("fit", {"X": 1e-4 * X + 1e8}),
    ("fit", {"X": X.astype(np.float32)}),
    ("fit", {"X": np.asfortranarray(X)[::-1]}),
    ("log_density", {"X": X.astype(int)}),
]

# Numerical failures: the input is sound, the estimate does not exist.
MANY = np.full((8000, 1), 0.3)  # summing these rounds always to the same side
DEGENERATE = [
    ("fit", {"X": MANY}, "the Gaussian has collapsed: feature 0"),
    ("fit", {"X": X[:1]}, "the Gaussian has collapsed: feature 0.*more observations"),
    ("fit", {"X": X[:2]}, "the Gaussian has collapsed: its observations lie"),
]
