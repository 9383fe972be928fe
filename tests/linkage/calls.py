"""Sound calls, and ways to spoil them."""

import numpy as np

from emlib import linkage

COUNTS = np.array([125.0, 18, 20, 34])
SOUND = {
    "e_step": {"counts": COUNTS, "params": linkage.Params(0.5)},
    "log_likelihood": {"counts": COUNTS, "params": linkage.Params(0.5)},
    "m_step": {"counts": COUNTS, "expected_counts": np.array([100.0, 25, 18, 20, 34])},
}

# A function, what is replaced in its sound call, and what the message must say.
BAD = [
    ("e_step", {"params": linkage.Params(5e-324)}, "start strictly between"),
    ("e_step", {"counts": [1e60, 1, 1, 1]}, "too large for a count"),
    (
        "log_likelihood",
        {"counts": [5.0, 0, 3, 3], "params": linkage.Params(1.0)},
        "zero",
    ),
    (
        "m_step",
        {"expected_counts": [100.0, 25.0001, 18, 20, 34]},
        r"add up to counts\[0\]",
    ),
    ("e_step", {"counts": [1.0, 2, 3]}, r"counts has shape \(3,\), expected \(4,\)"),
    ("e_step", {"params": linkage.Params(0.0)}, "theta is 0, .*start strictly between"),
    ("e_step", {"params": linkage.Params(1.0)}, "theta is 1, .*start strictly between"),
    (
        "e_step",
        {"params": linkage.Params(1.5)},
        r"params\.theta is 1\.5: .*between 0 and 1",
    ),
    ("e_step", {"params": 0.5}, r"params is a float: pass a linkage\.Params"),
    ("log_likelihood", {"params": linkage.Params(-0.1)}, r"params\.theta is -0\.1"),
    ("m_step", {"expected_counts": [100.0, 20, 18, 20, 34]}, r"add up to counts\[0\]"),
    (
        "m_step",
        {"counts": [5.0, 0, 0, 0], "expected_counts": [5.0, 0, 0, 0, 0]},
        "cannot be",
    ),
]

# Odd, and right all the same: a check that refused these would be too strict.
ODD = [
    ("e_step", {"counts": np.array([5.0, 0, 0, 3]), "params": linkage.Params(1.0)}),
    ("e_step", {"counts": np.array([5.0, 2, 0, 0]), "params": linkage.Params(0.0)}),
]
