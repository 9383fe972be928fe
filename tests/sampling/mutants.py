"""What no drawn problem has: ties, ends and zeros in one place."""

import numpy as np

from emlib.sampling import Alias

BY_HAND = {
    "sampling.inverse_cdf": [
        {
            "u": np.array([0.0, 0.25, 0.5, 0.75, 1.0]),
            "x": np.array([0.0, 1.0, 2.0, 2.0, 4.0, 5.0]),
            "cdf": np.array([0.0, 0.0, 0.25, 0.75, 0.75, 1.0]),
        },
        {
            "u": np.array([0.5, 1.0]),
            "x": np.array([0.0, 1.0, 2.0]),
            "cdf": np.array([0.0, 1.0, 1.0]),
        },
    ],
    "sampling.alias_table": [
        {"weights": np.array(weights, dtype=float)}
        for weights in ([1], [0, 1], [4, 0, 0, 0], [0, 1, 0, 2, 1, 3, 0, 0, 3, 0])
    ],
    "sampling.alias_draw": [
        {
            "table": Alias(np.array([0.5, 1.0, 0.0]), np.array([1, 1, 0])),
            "u": np.array([0.0, 0.0, 0.4, 0.7, 0.99]),
            "v": np.array([0.5, 0.0, 0.9, 0.0, 0.5]),
        }
    ],
    "sampling.systematic": [
        {"weights": np.array([0.0, 1.0, 0.0, 1.0, 0.0]), "u": 0.0},
        {"weights": np.array([0.1] * 3 + [0.0]), "u": 1 - 2**-53},
    ],
    "sampling.pareto_smooth": [
        {"log_weights": np.where(np.arange(200) < 150, -1.0, 0.0)},
        {"log_weights": np.linspace(0, 1e-16, 60)},
        {"log_weights": np.linspace(-2000, 0, 500)},
    ],
}
