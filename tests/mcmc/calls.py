"""Sound calls, and ways to spoil them."""

import numpy as np

from emlib import gmm, mcmc

HALF = np.full((2, 2), 0.5)
TARGET = mcmc.Normal(np.zeros(2), np.eye(2))
X = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 1.0], [0.0, 2.0]])
PARAMS = gmm.Params(np.full(2, 0.5), X[:2], np.array([np.eye(2)] * 2))
ONE = gmm.Params(np.ones(1), X[:1], np.eye(2)[None])
SOUND = {
    "transition_matrix": {"log_p": np.zeros(2), "proposal": HALF},
    "metropolis": {
        "log_density": TARGET,
        "start": np.zeros((3, 2)),
        "noise": np.ones((4, 3, 2)),
        "u": np.full((4, 3), 0.5),
        "step": 1.0,
    },
    "random_walk": {
        "log_density": TARGET,
        "start": np.zeros((3, 2)),
        "rng": np.random.default_rng(0),
        "n_draws": 4,
        "step": 1.0,
    },
    "gibbs_linkage": {
        "counts": [125, 18, 20, 34],
        "start": [0.5],
        "rng": np.random.default_rng(0),
        "n_draws": 3,
    },
    "posterior": {"X": X, "prior": gmm.Prior(np.zeros(2), 1.0, np.eye(2), 4.0)},
    "inverse_wishart": {
        "scatter": np.eye(2),
        "chi_squares": np.ones(2),
        "normals": np.zeros((2, 2)),
    },
    "gibbs_mixture": {
        "X": X,
        "start": PARAMS,
        "prior": gmm.Prior(np.zeros(2), 1.0, np.eye(2), 4.0),
        "rng": np.random.default_rng(0),
        "n_draws": 2,
    },
}


def nowhere(X):
    return np.full(len(X), -np.inf)


# A function, what is replaced in its sound call, and what the message must say.
BAD = [
    ("transition_matrix", {"log_p": [-np.inf, -np.inf]}, "log_p is -inf everywhere"),
    ("transition_matrix", {"log_p": [0.0, np.nan]}, r"log_p\[1\] is nan"),
    ("transition_matrix", {"log_p": [0.0, 1e260]}, r"log_p\[1\] is 1e\+260.*overflow"),
    ("transition_matrix", {"proposal": HALF / 2}, r"proposal\[0\] sums to 0\.5"),
    ("transition_matrix", {"proposal": HALF[:, :1]}, r"proposal has shape \(2, 1\)"),
    (
        "metropolis",
        {"start": np.zeros(2)},
        r"start has shape \(2,\), expected \(C, D\)",
    ),
    ("metropolis", {"start": np.full((3, 2), 1e60)}, r"start\[0, 0\] .*rescale"),
    ("metropolis", {"noise": np.ones((3, 4, 2))}, r"noise has shape \(3, 4, 2\)"),
    ("metropolis", {"noise": np.full((4, 3, 2), 1e60)}, r"noise\[0, 0, 0\] is 1e\+60"),
    ("metropolis", {"u": np.full((3, 4), 0.5)}, r"u has shape \(3, 4\).*transposed"),
    ("metropolis", {"u": np.ones((4, 3))}, r"u\[0, 0\] is 1: it must lie below 1"),
    ("metropolis", {"step": 0.0}, "step is 0: a step size must be positive"),
    ("metropolis", {"step": 1e60}, r"step is 1e\+60: rescale"),
    ("metropolis", {"step": [1.0, -1.0]}, r"step\[1\] is -1: a step size must be"),
    (
        "metropolis",
        {"step": [1.0, 1.0, 1.0]},
        r"step has shape \(3,\), expected \(2,\)",
    ),
    ("metropolis", {"step": HALF}, r"step\[0, 1\] is 0\.5: .*lower triangular"),
    ("metropolis", {"step": -np.eye(2)}, r"step\[0, 0\] is -1: the diagonal"),
    ("metropolis", {"step": 1e60 * np.eye(2)}, r"step\[0, 0\] is 1e\+60"),
    ("metropolis", {"log_density": nowhere}, r"start\[0\] has density zero"),
    (
        "metropolis",
        {"log_density": lambda X: X[:, 0] + np.nan},
        "log_density is nan at the start of chain 0: return a finite number",
    ),
    (
        "metropolis",
        {"log_density": lambda X: np.where(X[:, 0] == 0, 0.0, np.inf)},
        "log_density is inf at proposal 0 of chain 0",
    ),
    (
        "metropolis",
        {"log_density": lambda X: X},
        "log_density returned an array with 2 axes, .*one number for each",
    ),
    (
        "metropolis",
        {"log_density": lambda X: X[:, 0] > 0},
        "log_density returned bool, not real numbers",
    ),
    ("random_walk", {"start": np.zeros(2)}, r"start has shape \(2,\)"),
    ("random_walk", {"rng": 7}, r"rng is a int: pass"),
    ("random_walk", {"n_draws": 0}, "n_draws is 0: pass a whole number"),
    ("random_walk", {"step": 0.0}, "step is 0: a step size must be positive"),
    ("gibbs_linkage", {"counts": [125, 18.5, 20, 34]}, r"counts\[1\] .*whole number"),
    ("gibbs_linkage", {"counts": [1e17, 18, 20, 34]}, r"counts\[0\] .*exactly"),
    (
        "gibbs_linkage",
        {"start": [0.5, 1.5]},
        r"start\[1\] is 1\.5: it must lie between",
    ),
    ("gibbs_linkage", {"start": 0.5}, r"start has shape \(\), expected \(C,\)"),
    ("gibbs_linkage", {"rng": 7}, r"rng is a int: pass numpy\.random\.default_rng"),
    ("gibbs_linkage", {"n_draws": 0}, "n_draws is 0: pass a whole number"),
    ("posterior", {"X": X[:, 0]}, r"X has shape \(4,\)"),
    ("posterior", {"prior": 1.0}, "prior is a float: pass a gmm.Prior"),
    ("inverse_wishart", {"scatter": HALF}, "scatter is not positive definite"),
    ("inverse_wishart", {"scatter": np.eye(2)[0]}, r"scatter has shape \(2,\)"),
    ("inverse_wishart", {"chi_squares": [1.0, 0.0]}, r"chi_squares\[1\] is 0: it must"),
    ("inverse_wishart", {"normals": np.zeros(2)}, r"normals has shape \(2,\)"),
    ("inverse_wishart", {"normals": 1e60 * HALF}, r"normals\[0, 0\] is .*rescale"),
    ("gibbs_mixture", {"X": X[:, 0]}, r"X has shape \(4,\)"),
    ("gibbs_mixture", {"start": X}, "start is a ndarray: pass a gmm.Params, or a list"),
    ("gibbs_mixture", {"start": []}, "start is a list: pass a gmm.Params, or a list"),
    (
        "gibbs_mixture",
        {"start": [PARAMS, ONE]},
        "start has chains with 1 and 2 components",
    ),
    ("gibbs_mixture", {"prior": None}, "prior is a NoneType: pass a gmm.Prior"),
    ("gibbs_mixture", {"rng": 7}, r"rng is a int: pass"),
    ("gibbs_mixture", {"n_draws": 2.0}, r"n_draws is 2\.0: pass a whole number"),
]
