"""Sound calls, and ways to spoil them."""

import numpy as np

WALK = {"before": np.zeros(2), "between": np.ones(2), "after": np.array([1.5, 1.75])}
SOUND = {
    "step_length": WALK,
    "aitken": {**WALK, "step_length": -2.0},
    "squarem": {**WALK, "step_length": -2.0},
}

# A function, what is replaced in its sound call, and what the message must say.
BAD = [
    (
        "step_length",
        {"between": np.ones(3)},
        r"between has shape \(3,\), expected \(2,\)",
    ),
    (
        "step_length",
        {"after": np.array([1.0, 1e60])},
        r"after\[1\] is 1e\+60: .*rescale",
    ),
    ("aitken", {"after": np.ones(1)}, r"after has shape \(1,\), expected \(2,\)"),
    (
        "aitken",
        {"step_length": -0.5},
        r"step_length is -0\.5: it must be at most -1, which leads to `after`",
    ),
    ("aitken", {"step_length": np.nan}, "step_length is nan: give a fini"),
    ("squarem", {"step_length": 2.0}, "step_length is 2: it must be at m"),
    ("squarem", {"step_length": -np.inf}, "step_length is -inf: give a finite number"),
    ("squarem", {"step_length": -1e60}, r"step_length is -1e\+60: .*at least -1e\+49"),
    (
        "squarem",
        {"step_length": np.array([-2.0])},
        r"step_length has shape \(1,\), expected \(\)",
    ),
]

# Odd, and right all the same: a check that refused these would be too strict.
ODD = [
    ("step_length", {"before": [0, 0], "between": [1, 1]}),
    ("step_length", {"before": np.ones(2)}),  # no step at all
    ("aitken", {"step_length": -1}),
    ("squarem", {"step_length": np.float32(-1e6)}),
]
