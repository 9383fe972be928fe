"""Sound calls, and ways to spoil them."""

import numpy as np

from tests.gmm.calls import MIXTURE, X, covariances

SOUND = {
    "n_parameters": {"params": MIXTURE, "structure": "full"},
    "aic": {"X": X, "params": MIXTURE, "structure": "full"},
    "bic": {"X": X, "params": MIXTURE, "structure": "full"},
    "icl": {"X": X, "params": MIXTURE, "structure": "full"},
}

# A function, what is replaced in its sound call, and what the message must say.
BAD = [
    (
        "n_parameters",
        {"structure": "round"},
        "structure is 'round': pass one of 'full', 'tied', 'diag', 'spherical'",
    ),
    (
        "n_parameters",
        covariances(2 * np.eye(2)) | {"structure": "tied"},
        r"covariances\[1\]\[0, 0\] is 2, but the structure 'tied' requires 1: pass the",
    ),
    (
        "aic",
        covariances(np.array([[1, 0.5], [0.5, 1]])) | {"structure": "diag"},
        r"covariances\[1\]\[0, 1\] is 0\.5, but the structure 'diag' requires 0: pass",
    ),
    (
        "bic",
        covariances(np.array([[1, 0.5], [0.5, 1]])) | {"structure": "spherical"},
        r"covariances\[1\]\[0, 1\] is 0\.5, but the structure 'spherical'",
    ),
    (
        "bic",
        covariances(np.diag([1.0, 2])) | {"structure": "spherical"},
        r"covariances\[1\]\[1, 1\] is 2, but the structure 'spherical' requires 1",
    ),
    ("icl", {"X": X[:, :1]}, r"params.means has shape \(2, 2\), expected \(2, 1\)"),
    ("icl", {"structure": None}, "structure is None: pass one of"),
    ("aic", {"X": 1e60 * X}, r"X\[0, 0\] is 1e\+60: .*rescale"),
    (
        "aic",
        {"observation_weights": [1, 2, 3, -1]},
        r"observation_weights\[3\] is -1: it must not be negative",
    ),
    (
        "bic",
        {"observation_weights": np.ones(3)},
        r"observation_weights has shape \(3,\), expected \(4,\)",
    ),
    ("bic", {"observation_weights": np.zeros(4)}, "observation_weights are all zero"),
    ("icl", {"observation_weights": [1, 1, 1e60, 1]}, r"weights\[2\].*by the largest"),
    ("icl", {"observation_weights": 2.0}, r"observation_weights has shape \(\)"),
]

# Odd, and right all the same: a check that refused these would be too strict.
ODD = [
    ("n_parameters", {"structure": "spherical"}),
    ("aic", {"structure": "tied"}),
    ("bic", {"X": X.astype(int), "structure": "diag"}),
    (
        "bic",  # diagonal to half of the digits
        covariances(np.array([[1, 1e-9], [1e-9, 1]])) | {"structure": "diag"},
    ),
    ("icl", {"X": 100 * X}),
    ("aic", {"observation_weights": [True, False, True, True]}),
    ("bic", {"observation_weights": [0, 0, 0.125, 0]}),  # less than one row in all
    ("icl", {"observation_weights": [0, 3, 0.5, 1000]}),
]
