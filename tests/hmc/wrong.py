"""Wrong solutions, and what must be said of them."""

import numpy as np

from emlib import hmc

# A function, a wrong solution of it, and what must be said of that.
WRONG = [
    (
        "energy",
        lambda state, inverse_mass: 3 * hmc.vectorized.energy(state, inverse_mass),
        "every entry is 3 times what it should be",
    ),
    (
        "leapfrog",
        lambda *given: tuple(hmc.vectorized.leapfrog(*given))[:2],
        "end with return hmc.State(position, momentum, log_density, gradient)",
    ),
    (
        "leapfrog",
        lambda target, state, *given: hmc.vectorized.leapfrog(
            target, state, *given
        )._replace(log_density=state.log_density),
        "log_density",
    ),
    (
        "hmc",
        lambda *given: hmc.vectorized.hmc(*given)._replace(
            accepted=np.ones(given[3].T.shape, dtype=bool)
        ),
        "is True, expected False",
    ),
    (
        "turned",
        lambda first, last, total, inverse_mass: np.zeros(len(first), dtype=bool),
        "is False, expected True",
    ),
    (
        "no_u_turn",
        lambda *given: hmc.vectorized.no_u_turn(*given).draws,
        "end with return hmc.Chains(",
    ),
    (
        "momenta",
        lambda normals, inverse_mass: np.asarray(normals) * 1.5,
        "entries differ",
    ),
    (
        "dual_average",
        lambda acceptance, step_size: hmc.vectorized.dual_average(
            acceptance, step_size
        )[0],
        "averages",
    ),
    (
        "metric",
        lambda draws, before: 2 * hmc.vectorized.metric(draws, before),
        "every entry is 2 times what it should be",
    ),
]

# The results that the book teaches: each has at least five known mistakes.
TAUGHT = [
    ("energy", "result"),
    ("leapfrog", "position"),
    ("leapfrog", "momentum"),
    ("hmc", "draws"),
    ("turned", "result"),
    ("no_u_turn", "draws"),
    ("dual_average", "next_steps"),
    ("dual_average", "averages"),
    ("metric", "result"),
]
