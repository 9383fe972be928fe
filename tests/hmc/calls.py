"""Sound calls, and ways to spoil them."""

import numpy as np

from emlib import hmc

NORMAL = hmc.Normal(np.zeros(2), np.eye(2))
TARGET = NORMAL.target()
Q, P = np.array([[0.5, -0.3], [1.0, 2.0], [0.0, 0.4]]), np.ones((3, 2))
STATE = hmc.State(Q, P, NORMAL(Q), NORMAL.gradient(Q))
ONES = np.ones(2)
MOVES = {"target": TARGET, "start": Q, "step_size": 0.5, "inverse_mass": ONES}
SOUND = {
    "energy": {"state": STATE, "inverse_mass": ONES},
    "leapfrog": {
        "target": TARGET,
        "state": STATE,
        "step_size": 0.5,
        "n_steps": 2,
        "inverse_mass": ONES,
    },
    "hmc": MOVES
    | {"momenta": np.ones((4, 3, 2)), "u": np.full((4, 3), 0.5), "n_steps": 2},
    "turned": {"first": P, "last": P, "total": 3 * P, "inverse_mass": ONES},
    "no_u_turn": MOVES
    | {"momenta": np.ones((4, 3, 2)), "u": np.full((4, 3, 3, 5), 0.4)},
    "momenta": {"normals": np.ones((4, 3, 2)), "inverse_mass": ONES},
    "nuts": MOVES | {"rng": np.random.default_rng(0), "n_draws": 2},
    "dual_average": {"acceptance": np.full((3, 4), 0.7), "step_size": 0.5},
    "metric": {"draws": np.arange(12.0).reshape(3, 2, 2) ** 2, "before": ONES},
    "warm_up": {
        "target": TARGET,
        "start": Q,
        "n_warmup": 3,
        "rng": np.random.default_rng(0),
    },
}


def raising(X):
    raise ZeroDivisionError("no such place")


def with_gradient(gradient):
    return hmc.Target(NORMAL, gradient)


def with_density(log_density):
    return hmc.Target(log_density, NORMAL.gradient)


# What every function that is given a target must refuse.
BAD_TARGETS = [
    ({"target": NORMAL}, "target is a Normal: pass hmc.Target"),
    ({"target": hmc.Target(NORMAL, None)}, r"target\.gradient is a NoneType: pass a"),
    (
        {"target": with_density(raising)},
        r"target\.log_density raised ZeroDivisionError\(no such place\) at .* position is \[",
    ),
    (
        {"target": with_gradient(lambda X: X[0])},
        r"gradient returned .* shape \(2,\) .* expected \(C, 2\)",
    ),
    (
        {"target": with_density(lambda X: X)},
        r"log_density returned .* shape \(C, 2\) .* expected \(C,\)",
    ),
    ({"target": with_density(lambda X: X[:, 0] > 0)}, "log_density returned bool"),
    (
        {"target": hmc.Target(NORMAL, NORMAL, NORMAL)},
        r"target\.both returned a ndarray",
    ),
]
BAD_STARTS = [
    ({"start": np.zeros(2)}, r"start has shape \(2,\), expected \(C, D\)"),
    ({"start": np.full((3, 2), 1e60)}, r"start\[0, 0\] .*rescale"),
    (
        {"target": with_density(lambda X: np.full(len(X), -np.inf))},
        r"start\[0\] has density zero: start where",
    ),
    (
        {"target": with_density(lambda X: np.full(len(X), np.nan))},
        r"log_density is nan at start\[0\], \[0\.5, -0\.3\]: return a finite",
    ),
    (
        {"target": with_gradient(lambda X: np.full(X.shape, np.nan))},
        r"gradient is nan in coordinate 0 at start\[0\], \[0\.5, -0\.3\]",
    ),
]
BAD_STEPS = [
    ({"step_size": 0.0}, "step_size is 0: a step size must be positive"),
    ({"step_size": 1e60}, r"step_size is 1e\+60: rescale"),
    ({"step_size": [1.0, -1.0, 1.0]}, r"step_size\[1\] is -1: a step size must be"),
    ({"step_size": ONES}, r"step_size has shape \(2,\), expected \(3,\)"),
]
BAD_MASSES = [
    ({"inverse_mass": [1.0, 0.0]}, r"inverse_mass\[1\] is 0: a variance must be pos"),
    ({"inverse_mass": [1.0, 1e200]}, r"inverse_mass\[1\] is 1e\+200: .*rescale"),
    ({"inverse_mass": np.ones(3)}, r"inverse_mass has shape \(3,\), expected \(2,\)"),
    ({"inverse_mass": 1.0}, r"inverse_mass has shape \(\), expected \(2,\)"),
    ({"inverse_mass": np.ones((2, 2))}, "inverse_mass is not positive definite"),
]
BAD_STATES = [
    ({"state": Q}, "state is a ndarray: pass a hmc.State"),
    ({"state": STATE._replace(position=Q[0])}, r"state\.position has shape \(2,\)"),
    ({"state": STATE._replace(momentum=P[:2])}, r"state\.momentum has shape \(2, 2\)"),
    (
        {"state": STATE._replace(gradient=1e60 * P)},
        r"state\.gradient\[0, 0\] is 1e\+60",
    ),
    (
        {"state": STATE._replace(log_density=np.full(3, np.nan))},
        r"state\.log_density\[0\] is nan",
    ),
]
BAD_MOMENTA = [
    ({"momenta": np.ones((3, 4, 2))}, r"momenta has shape \(3, 4, 2\)"),
    ({"momenta": np.full((4, 3, 2), 1e60)}, r"momenta\[0, 0, 0\] is 1e\+60"),
]


def of(function, *tables):
    return [(function, *row) for table in tables for row in table]


# A function, what is replaced in its sound call, and what the message must say.
BAD = [
    *of("energy", BAD_STATES, BAD_MASSES),
    *of("leapfrog", BAD_TARGETS, BAD_STATES, BAD_STEPS, BAD_MASSES),
    ("leapfrog", {"n_steps": 0}, "n_steps is 0: pass a whole number"),
    (
        "leapfrog",
        {"step_size": 1e30, "n_steps": 30},
        "the path of chain 0 overflows: the leapfrog steps are unstable; shorten",
    ),
    *of("hmc", BAD_TARGETS, BAD_STARTS, BAD_STEPS, BAD_MASSES, BAD_MOMENTA),
    ("hmc", {"u": np.full((3, 4), 0.5)}, r"u has shape \(3, 4\).*transposed"),
    ("hmc", {"u": np.ones((4, 3))}, r"u\[0, 0\] is 1: it must lie below 1"),
    ("hmc", {"n_steps": 2.0}, r"n_steps is 2\.0: pass a whole number"),
    ("hmc", {"step_size": np.ones((3, 4))}, r"step_size has shape \(3, 4\)"),
    *of("turned", BAD_MASSES),
    ("turned", {"first": P[0]}, r"first has shape \(2,\), expected \(C, D\)"),
    ("turned", {"last": P[:2]}, r"last has shape \(2, 2\), expected \(3, 2\)"),
    ("turned", {"total": 1e60 * P}, r"total\[0, 0\] is 1e\+60"),
    *of("no_u_turn", BAD_TARGETS, BAD_STARTS, BAD_STEPS, BAD_MASSES, BAD_MOMENTA),
    ("no_u_turn", {"u": np.full((4, 3), 0.5)}, r"u has shape \(4, 3\)"),
    ("momenta", {"normals": P}, r"normals has shape \(3, 2\), expected \(T, C, D\)"),
    ("momenta", {"normals": np.full((1, 1, 2), 1e60)}, r"normals\[0, 0, 0\] is 1e\+60"),
    *of("momenta", BAD_MASSES),
    *of("nuts", BAD_TARGETS, BAD_STARTS, BAD_STEPS, BAD_MASSES),
    ("nuts", {"rng": 7}, r"rng is a int: pass numpy\.random\.default_rng"),
    ("nuts", {"n_draws": 0}, "n_draws is 0: pass a whole number"),
    ("nuts", {"max_depth": 0}, "max_depth is 0: pass a whole number"),
    ("nuts", {"max_depth": 31}, "max_depth is 31: .*pass at most 30"),
    ("nuts", {"jitter": 1.0}, "jitter is 1: it must be at least 0 and less than 1"),
    ("dual_average", {"acceptance": [0.5]}, r"acceptance has shape \(1,\)"),
    ("dual_average", {"acceptance": [[1.5]]}, r"acceptance\[0, 0\] is 1\.5: it must"),
    ("dual_average", {"step_size": 0.0}, "step_size is 0: a step size must be"),
    ("dual_average", {"step_size": [1.0]}, r"step_size has shape \(1,\)"),
    ("dual_average", {"target_acceptance": 1.0}, "target_acceptance is 1: choose"),
    ("metric", {"draws": P}, r"draws has shape \(3, 2\), expected \(C, T, D\)"),
    ("metric", {"draws": np.ones((1, 1, 2))}, "draws holds one draw: a variance"),
    ("metric", {"draws": np.full((1, 2, 2), 1e60)}, r"draws\[0, 0, 0\] is 1e\+60"),
    ("metric", {"before": [1.0, -1.0]}, r"before\[1\] is -1: a variance"),
    *of("warm_up", BAD_TARGETS, BAD_STARTS),
    ("warm_up", {"n_warmup": 0}, "n_warmup is 0: pass a whole number"),
    ("warm_up", {"rng": 7}, "rng is a int: pass"),
    ("warm_up", {"target_acceptance": 0.0}, "target_acceptance is 0: choose"),
    ("warm_up", {"max_depth": 40}, "max_depth is 40"),
    (
        "warm_up",
        {"target": with_gradient(lambda X: X)},
        r"gradient contradicts log_density at \[0\.5, -0\.3\]: coordinate \d is "
        r"-?\d.*, expected -?\d",
    ),
]
