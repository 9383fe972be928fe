"""Sound calls, and ways to spoil them."""

import numpy as np

from emlib import coins

COUNTS = np.array([[5.0, 5.0], [9.0, 1.0]])
PARAMS = coins.Params(np.array([0.6, 0.5]))
HALVES = np.full((2, 2), 0.5)
SOUND = {
    "e_step": {"counts": COUNTS, "params": PARAMS},
    "log_likelihood": {"counts": COUNTS, "params": PARAMS},
    "m_step": {"counts": COUNTS, "responsibilities": HALVES},
}

# A function, what is replaced in its sound call, and what the message must say.
BAD = [
    (
        "e_step",
        {"params": coins.Params([0.5, 1 + 2.3e-16])},
        r"is 1\.0000000000000002: ",
    ),
    ("e_step", {"counts": 1e60 * COUNTS}, r"counts\[0, 0\].*too large for a count"),
    (
        "e_step",
        {"counts": np.array([[5.0, 0], [5, 5]]), "params": coins.Params([1.0, 1.0])},
        r"probability zero to counts\[1\]",
    ),
    (
        "e_step",
        {"counts": COUNTS - 5},
        r"counts\[1, 1\] is -4: it must not be negative",
    ),
    (
        "e_step",
        {"counts": COUNTS[:, :1]},
        r"counts has shape \(2, 1\), expected \(S, 2\)",
    ),
    ("e_step", {"params": coins.Params([0.5, 1.2])}, r"params\.biases\[1\] is 1\.2"),
    (
        "e_step",
        {"params": coins.Params([1.0, 1.0])},
        r"probability zero to counts\[0\].*start",
    ),
    ("e_step", {"params": (0.6, 0.5)}, r"pass a coins\.Params"),
    (
        "log_likelihood",
        {"params": coins.Params([0.0])},
        r"probability zero to counts\[0\]",
    ),
    (
        "m_step",
        {"responsibilities": np.full((4, 2), 0.5)},
        r"responsibilities has shape \(4, 2\)",
    ),
    ("m_step", {"responsibilities": HALVES / 2}, "divide each row by its sum"),
]

# Odd, and right all the same: a check that refused these would be too strict.
ODD = [
    ("m_step", {"counts": np.array([[0.25, 0.25]]), "responsibilities": [[1.0]]}),
    ("e_step", {"counts": np.array([[5.0, 0]]), "params": coins.Params([1.0, 0.5])}),
    ("e_step", {"counts": np.array([[0.0, 0]])}),
]

# Numerical failures: the input is sound, the estimate does not exist.
DEGENERATE = [
    ("m_step", {"responsibilities": np.eye(2)[[0, 0]]}, "coin 1 is empty.*fewer coins")
]
