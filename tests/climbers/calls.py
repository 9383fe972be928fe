"""Sound calls, and ways to spoil them."""

import numpy as np

from emlib import climbers
from tests.gaussian.calls import INDEFINITE, SINGULAR
from tests.gmm.calls import HALVES, MIXTURE, X

FREE = climbers.Params(np.zeros(2), np.zeros((2, 2)), np.zeros((2, 2, 2)))
PARENTS = {"mean": np.zeros(2), "covariance": np.eye(2), "path": np.ones(2)}
SOUND = {
    "unconstrain": MIXTURE._asdict(),
    "constrain": {"params": FREE},
    "gradient": {"X": X, "responsibilities": HALVES, "params": FREE},
    "acceptance": {
        "log_likelihoods": np.zeros(2),
        "proposed": np.array([1.0, -1.0]),
        "temperature": 2.0,
    },
    "recombine": {"offspring": X, **PARENTS, "step_size": 0.5},
}

# A function, what is replaced in its sound call, and what the message must say.
BAD = [
    ("unconstrain", {"weights": [0.4, 0.5]}, "weights sum to 0.9, not to 1: divide"),
    (
        "unconstrain",
        {"means": np.zeros((3, 2))},
        r"means has shape \(3, 2\), expected \(2, D\)",
    ),
    (
        "unconstrain",
        {"covariances": np.array([np.eye(2), SINGULAR])},
        r"covariances\[1\] is not positive definite",
    ),
    ("constrain", {"params": MIXTURE}, r"pass a climbers\.Params"),
    (
        "constrain",
        {"params": FREE._replace(factors=np.ones((2, 2, 2)))},
        r"factors\[0, 0, 1\] is 1: a factor is lower triangular",
    ),
    (
        "constrain",
        {"params": FREE._replace(factors=np.array([np.eye(2), 200 * np.eye(2)]))},
        r"factors\[1, 0, 0\] is 200: .*logarithm.*at most 115",
    ),
    (
        "constrain",
        {"params": FREE._replace(logits=[0, -1e60])},
        r"logits\[1\] is -1e\+60",
    ),
    (
        "gradient",
        {"responsibilities": HALVES / 2},
        r"responsibilities\[0\] sums to 0\.5",
    ),
    (
        "gradient",
        {"X": X[:, :1]},
        r"params\.means has shape \(2, 2\), expected \(2, 1\)",
    ),
    (
        "gradient",
        {"responsibilities": np.ones((4, 1))},
        r"responsibilities has shape \(4, 1\), expected \(4, 2\)",
    ),
    ("acceptance", {"temperature": 0.0}, "temperature is 0: it must be positive"),
    ("acceptance", {"temperature": -1.0}, "temperature is -1: it must be positive"),
    ("acceptance", {"temperature": np.inf}, "temperature is inf: give a finite"),
    (
        "acceptance",
        {"log_likelihoods": [0, -np.inf]},
        r"log_likelihoods\[1\] is -inf: give a finite",
    ),
    ("acceptance", {"proposed": [0, 1e60]}, r"proposed\[1\] is 1e\+60"),
    ("acceptance", {"proposed": [0.0]}, r"proposed has shape \(1,\), expected \(2,\)"),
    ("recombine", {"offspring": X[:1]}, "offspring has M = 1 row: draw at le"),
    ("recombine", {"mean": np.zeros(3)}, r"mean has shape \(3,\), expected \(2,\)"),
    ("recombine", {"covariance": INDEFINITE}, "covariance is not positive"),
    ("recombine", {"path": [0, 1e60]}, r"path\[1\] is 1e\+60"),
    ("recombine", {"step_size": 0.0}, "step_size is 0: it must be positive"),
]

# Odd, and right all the same: a check that refused these would be too strict.
ODD = [
    ("unconstrain", {"weights": [0.4, 0.6 + 1e-9]}),
    ("constrain", {"params": FREE._replace(logits=[1e4, 0])}),
    (
        "constrain",
        {
            "params": FREE._replace(
                logits=[7, 7], means=[[0], [1]], factors=[[[0]], [[1]]]
            )
        },
    ),
    ("gradient", {"X": X.astype(int), "responsibilities": HALVES.tolist()}),
    ("gradient", {"X": X[:1], "responsibilities": [[0, 1]]}),
    ("acceptance", {"proposed": [-np.inf, 0]}),
    ("acceptance", {"proposed": [1e40, -1e40], "temperature": 1e-40}),
    ("recombine", {"offspring": X[:2], "path": [0, 0]}),
    ("recombine", {"offspring": X.astype(int), "step_size": 3}),
]
