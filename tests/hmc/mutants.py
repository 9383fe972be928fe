"""What no drawn problem has: an edge, paths that are lost, and trees that are doubled often."""

import numpy as np

from emlib import hmc

EDGE = hmc.Normal([0.0], [[1.0]], 0.0).target()
ROUND = hmc.Normal([0.0, 1.0], [[1.0, 0.0], [0.8, 0.5]]).target()
OWN = np.random.default_rng(5)

BY_HAND = {
    "hmc.hmc": [
        {
            "target": EDGE,
            "start": np.array([[0.3]]),
            "momenta": np.array([[[-1.0]], [[0.5]], [[2.0]]]),
            "u": np.array([[0.0], [0.99], [0.3]]),
            "step_size": 0.5,
            "n_steps": 2,
            "inverse_mass": np.array([1.0]),
        },
        {
            "target": ROUND,
            "start": np.array([[1.0, 2.0]]),
            "momenta": OWN.standard_normal((3, 1, 2)),
            "u": np.full((3, 1), 0.2),
            "step_size": 40.0,
            "n_steps": 3,
            "inverse_mass": np.array([1.0, 2.0]),
        },
    ],
    "hmc.no_u_turn": [
        {
            "target": EDGE,
            "start": np.array([[0.3], [2.0]]),
            "momenta": OWN.standard_normal((4, 2, 1)),
            "u": OWN.random((4, 2, 3, 5)),
            "step_size": 0.2,
            "inverse_mass": np.array([1.0]),
        },
        {
            "target": ROUND,
            "start": np.array([[0.0, 0.5], [1.0, 2.0], [-1.0, 0.0]]),
            "momenta": OWN.standard_normal((6, 3, 2)),
            "u": OWN.random((6, 3, 3, 6)),
            "step_size": np.array([0.08, 0.3, 60.0]),
            "inverse_mass": np.array([[1.0, 0.5], [0.5, 2.0]]),
        },
        {
            "target": ROUND,
            "start": np.array([[0.0, 0.5]]),
            "momenta": OWN.standard_normal((9, 1, 2)),
            "u": OWN.random((9, 1, 3, 2)),
            "step_size": 0.3,
            "inverse_mass": np.array([1.0, 2.0]),
        },
    ],
    "hmc.metric": [
        {
            "draws": np.array([[[1.0, 3.0]], [[2.0, 1.0]]]),
            "before": np.array([4.0, 2.0]),
        }
    ],
}
