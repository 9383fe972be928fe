"""Sound calls, and ways to spoil them."""

import numpy as np

from emlib import sampling

U = np.array([0.1, 0.5, 0.9])
TABLE = sampling.vectorized.alias_table([1.0, 2.0, 3.0])
LOGS = np.array([-1.0, -2.0, -3.0])
SOUND = {
    "inverse_cdf": {"u": U, "x": [0.0, 1.0, 3.0], "cdf": [0.0, 0.5, 1.0]},
    "alias_table": {"weights": [1.0, 2.0, 3.0]},
    "alias_draw": {"table": TABLE, "u": U, "v": U},
    "box_muller": {"u": np.full((3, 2), 0.25)},
    "rejection": {"log_target": LOGS, "log_proposal": LOGS, "log_bound": 1.0, "u": U},
    "log_weights": {"log_target": LOGS, "log_proposal": LOGS / 2},
    "effective_sample_size": {"log_weights": LOGS},
    "pareto_smooth": {"log_weights": np.linspace(-3, 0, 30)},
    "systematic": {"weights": [1.0, 2.0, 3.0], "u": 0.5},
}

# A function, what is replaced in its sound call, and what the message must say.
BAD = [
    ("inverse_cdf", {"u": [0.5, 1.5]}, r"u\[1\] is 1\.5: it must lie between 0 and 1"),
    (
        "inverse_cdf",
        {"x": [0.0, 2.0, 1.0]},
        r"x\[2\] is 1: it is below the entry before",
    ),
    ("inverse_cdf", {"cdf": [0.0, 0.5, 0.4]}, r"cdf\[2\] is 0\.4: it is below"),
    ("inverse_cdf", {"cdf": [0.1, 0.5, 1.0]}, r"cdf\[0\] is 0\.1, not 0: extend"),
    ("inverse_cdf", {"cdf": [0.0, 0.5, 0.9]}, r"cdf\[-1\] is 0\.9, not 1: extend"),
    ("inverse_cdf", {"cdf": [0.0, 1.0]}, r"cdf has shape \(2,\), expected \(3,\)"),
    ("inverse_cdf", {"x": [0.0], "cdf": [0.0]}, "tabulate cdf at 2 points at least"),
    ("inverse_cdf", {"x": [0.0, 1.0, 1e60]}, r"x\[2\] is 1e\+60.*rescale"),
    ("alias_table", {"weights": [1.0, -2.0]}, r"weights\[1\] is -2: it must not be"),
    ("alias_table", {"weights": [0.0, 0.0]}, "weights are all zero"),
    ("alias_table", {"weights": [1e-60, 0.0]}, "divide all of them by the largest"),
    ("alias_table", {"weights": [1e60, 0.0]}, r"weights\[0\] is 1e\+60: too large"),
    ("alias_draw", {"table": (U, U)}, "table is a tuple: pass what alias_table"),
    ("alias_draw", {"u": [1.0, 0.0, 0.0]}, r"u\[0\] is 1: it must lie below 1"),
    ("alias_draw", {"v": [0.0, 1.0, 0.0]}, r"v\[1\] is 1: it must lie below 1"),
    ("alias_draw", {"v": [0.0]}, r"v has shape \(1,\), expected \(3,\)"),
    (
        "alias_draw",
        {"table": TABLE._replace(aliases=np.array([0, 1, 3]))},
        r"table\.aliases\[2\] is 3: it must be a whole number from 0 to 2",
    ),
    (
        "alias_draw",
        {"table": TABLE._replace(probabilities=np.array([0, 1, 3.0]))},
        r"table\.probabilities\[2\] is 3: it must lie between 0 and 1",
    ),
    ("box_muller", {"u": [[0.5, 1.0]]}, r"u\[0, 1\] is 1: it must lie below 1"),
    ("box_muller", {"u": U}, r"u has shape \(3,\), expected \(N, 2\)"),
    (
        "rejection",
        {"log_bound": -0.25},
        r"log_target\[0\] exceeds log_proposal\[0\] \+ log_bound by 0\.25.*to 0 or more",
    ),
    ("rejection", {"log_proposal": [-1, -np.inf, -3]}, r"log_proposal\[1\] is -inf"),
    ("rejection", {"log_target": [-1, np.nan, -3]}, r"log_target\[1\] is nan"),
    ("rejection", {"log_target": [-1, -1e260, -3]}, r"log_target\[1\] .*overflow"),
    ("rejection", {"log_bound": 1e260}, r"log_bound is 1e\+260.*overflow"),
    ("rejection", {"u": [0.0, 0.5, 1.0]}, r"u\[2\] is 1: it must lie below 1"),
    ("log_weights", {"log_proposal": LOGS[:2]}, r"log_proposal has shape \(2,\)"),
    (
        "log_weights",
        {"log_proposal": [-1, -1, -1e260]},
        r"log_proposal\[2\] .*overflow",
    ),
    (
        "log_weights",
        {"log_target": np.full(3, -np.inf), "normalised": True},
        "log_weights are all -inf: the target is zero wherever the proposal drew",
    ),
    ("effective_sample_size", {"log_weights": [-np.inf]}, "log_weights are all -inf"),
    ("effective_sample_size", {"log_weights": [np.inf]}, r"log_weights\[0\] is inf"),
    ("pareto_smooth", {"log_weights": [-np.inf, -np.inf]}, "log_weights are all -inf"),
    ("pareto_smooth", {"log_weights": [[0.0]]}, r"log_weights has shape \(1, 1\)"),
    ("systematic", {"weights": [0.0, 0.0]}, "weights are all zero"),
    ("systematic", {"u": 1.0}, "u is 1: it must lie below 1"),
    ("systematic", {"u": -0.1}, r"u is -0\.1: it must lie between 0 and 1"),
]
