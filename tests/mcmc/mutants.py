"""What no drawn problem has: states that no move leads to, u and the density zero at once."""

import numpy as np

from emlib import gmm, mcmc

BY_HAND = {
    "mcmc.transition_matrix": [
        {
            "log_p": np.array([0.0, -np.inf, 1.0]),
            "proposal": np.array([[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [1.0, 0.0, 0.0]]),
        },
        {"log_p": np.array([-700.0, 700.0]), "proposal": np.full((2, 2), 0.5)},
    ],
    "mcmc.metropolis": [
        {
            "log_density": mcmc.Normal([0.0], [[1.0]], 0.0),
            "start": np.array([[0.5]]),
            "noise": np.array([[[-2.0]], [[0.5]]]),
            "u": np.zeros((2, 1)),
            "step": 1.0,
        }
    ],
    "mcmc.posterior": [
        {"X": np.array([[2.0]]), "prior": gmm.Prior(np.zeros(1), 1.0, np.eye(1), 1.0)}
    ],
}
