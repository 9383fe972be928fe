"""Random problems for Hamiltonian samplers: normal targets, states, momenta and random numbers."""

import numpy as np

from emlib._checks import EPS, HALF_DIGITS
from emlib.hmc import Normal, State, vectorized
from emlib.problems import Problem, ingredients
from emlib.problems.rounding import condition

N_DRAWS = 2
DEPTH = 4
FEW = 3


def _target(rng, setting):
    """A normal distribution, as its mean, its covariance and a target; cut off if extreme."""
    mean = ingredients.mean(rng, setting)
    covariance = ingredients.covariance(rng, setting)
    factor = np.linalg.cholesky(covariance)
    least = mean[0] if setting.extreme else -np.inf
    return mean, covariance, Normal(mean, factor, least).target()


def _inverse_mass(rng, setting, covariance):
    """Variances, or a covariance, of about the right size."""
    if setting.options and rng.random() < 0.5:
        return ingredients.covariance(rng, setting)
    return np.diagonal(covariance) * rng.uniform(0.5, 2.0, setting.D)


def _step_size(rng, covariance, inverse_mass):
    """A step size at which leapfrog steps are stable; at 2 they are no longer."""
    mass_root = np.linalg.cholesky(_matrix(inverse_mass))
    across = np.linalg.solve(np.linalg.cholesky(covariance), mass_root)
    return float(rng.uniform(0.3, 0.9) / np.linalg.norm(across, 2))


def _matrix(inverse_mass):
    return np.diag(inverse_mass) if inverse_mass.ndim == 1 else inverse_mass


def _momenta(rng, inverse_mass, *shape):
    """Momenta (..., D) with the mass as their covariance."""
    L = np.linalg.cholesky(_matrix(inverse_mass))
    z = rng.standard_normal((*shape, len(L)))
    return np.linalg.solve(L.T, z[..., None])[..., 0]


def momenta(rng, setting):
    """Normal numbers, and an inverse mass."""
    inverse_mass = _inverse_mass(rng, setting, ingredients.covariance(rng, setting))
    M = _matrix(inverse_mass)
    z = rng.standard_normal((setting.N, setting.K, setting.D))
    root = np.linalg.cholesky(M)
    widths = np.sqrt(np.diagonal(M))
    # The factor errs by the condition number of the correlations, and so does the solution.
    relative = 16 * (setting.D + 2) ** 2 * EPS * condition(M)
    p = np.linalg.solve(root.T, z[..., None])[..., 0]
    size = relative * np.linalg.norm(p * widths, axis=-1)[..., None] / widths
    return Problem(
        {"normals": z, "inverse_mass": inverse_mass},
        lambda result: size * np.sqrt(condition(M)),
    )


def _start(rng, setting, mean, covariance):
    """Starts (C, D), where the density is positive."""
    L = np.linalg.cholesky(covariance)
    start = mean + rng.standard_normal((setting.K, setting.D)) @ L.T
    start[:, 0] = mean[0] + np.abs(start[:, 0] - mean[0])
    return start


class _Rounding:
    """How far rounding can move what leapfrog steps lead to.

    In the units in which the target is standard normal, stable steps of a size below half of the
    limit keep distances up to a factor of 1.2. Each step adds rounding: of the position, far from
    the origin, and of the solutions of triangular systems, by their condition number.
    """

    def __init__(self, target, inverse_mass, positions, momenta, n_steps):
        normal = target.log_density
        covariance = normal.factor @ normal.factor.T
        D = len(covariance)
        M = _matrix(inverse_mass)
        widths = np.sqrt(np.linalg.eigvalsh(covariance))
        mass_widths = np.sqrt(np.linalg.eigvalsh(M))
        self.wide, self.narrow = widths[-1], max(widths[0], EPS * widths[-1])
        self.fast = 1 / max(mass_widths[0], EPS * mass_widths[-1])
        apart = np.linalg.solve(normal.factor, (positions - normal.mean).T)
        kinetic = np.einsum("...i,ij,...j->...", momenta, M, momenta)
        self.reach = 2 * (1 + np.abs(apart).max() + np.sqrt(kinetic.max())) * D
        far = (np.abs(positions).max() + np.abs(normal.mean).max()) / self.narrow
        kappa = condition(covariance) * condition(M)
        self.apart = 4 * (n_steps + 1) * (D + 4) * EPS * kappa * (self.reach + far)
        self.position = self.apart * self.wide
        self.momentum = self.apart * self.fast
        self.gradient = self.apart / self.narrow
        self.height = self.apart * self.reach


def energy(rng, setting):
    """States near a normal distribution's mean, and an inverse mass."""
    mean, covariance, target = _target(rng, setting._replace(extreme=False))
    state, inverse_mass = _state(rng, setting, mean, covariance, target)
    sizes = np.abs(state.momentum)
    kinetic = np.einsum("ci,ij,cj->c", sizes, np.abs(_matrix(inverse_mass)), sizes)
    tolerance = 8 * (setting.D + 2) ** 2 * EPS * (kinetic + np.abs(state.log_density))
    return Problem(
        {"state": state, "inverse_mass": inverse_mass}, lambda result: tolerance
    )


def _state(rng, setting, mean, covariance, target):
    inverse_mass = _inverse_mass(rng, setting, covariance)
    q = _start(rng, setting, mean, covariance)
    p = _momenta(rng, inverse_mass, setting.K)
    return State(q, p, target.log_density(q), target.gradient(q)), inverse_mass


def leapfrog(rng, setting):
    """A normal target, and a few stable steps."""
    mean, covariance, target = _target(rng, setting._replace(extreme=False))
    state, inverse_mass = _state(rng, setting, mean, covariance, target)
    n_steps = int(rng.integers(1, 5))
    step_size = _step_size(rng, covariance, inverse_mass)
    if setting.options:
        step_size = step_size * rng.uniform(0.5, 1.0, setting.K)
    off = _Rounding(target, inverse_mass, state.position, state.momentum, n_steps)

    def tolerance(result):
        return State(
            np.full(result.position.shape, off.position),
            np.full(result.momentum.shape, off.momentum),
            np.full(result.log_density.shape, off.height),
            np.full(result.gradient.shape, off.gradient),
        )

    return Problem(
        {
            "target": target,
            "state": state,
            "step_size": step_size,
            "n_steps": n_steps,
            "inverse_mass": inverse_mass,
        },
        tolerance,
    )


def _path(rng, setting, n_draws, of_draws=True):
    """What both samplers are given, with the momenta of some draws."""
    mean, covariance, target = _target(rng, setting)
    inverse_mass = _inverse_mass(rng, setting, covariance)
    step_size = _step_size(rng, covariance, inverse_mass)
    if setting.options:
        shape = (n_draws, setting.K) if of_draws and rng.random() < 0.5 else setting.K
        step_size = step_size * rng.uniform(0.5, 1.0, shape)
    return {
        "target": target,
        "start": _start(rng, setting, mean, covariance),
        "momenta": _momenta(rng, inverse_mass, n_draws, setting.K),
        "step_size": step_size,
        "inverse_mass": inverse_mass,
    }


def hmc(rng, setting):
    """A normal target, cut off if extreme, and paths of a few steps."""
    arguments = _path(rng, setting, min(setting.N, FEW))
    T, C, _ = arguments["momenta"].shape
    arguments |= {"u": rng.random((T, C)), "n_steps": int(rng.integers(1, 5))}
    if setting.extreme:
        arguments["u"][rng.random((T, C)) < 0.3] = 0
    tolerance = _of_chains(vectorized.hmc, arguments, T * arguments["n_steps"])
    return Problem(arguments, tolerance)


def no_u_turn(rng, setting):
    """A normal target, cut off if extreme, and numbers for trees that are doubled a few times."""
    arguments = _path(rng, setting, min(setting.N, FEW))
    T, C, _ = arguments["momenta"].shape
    depth = (
        DEPTH if T <= FEW else 2
    )  # large trees of a few draws, or small ones of many
    arguments["u"] = rng.random((T, C, 3, depth))
    tolerance = _of_chains(vectorized.no_u_turn, arguments, T * 2**depth)
    return Problem(arguments, tolerance)


def _of_chains(function, arguments, n_steps):
    """How far rounding can move chains: anywhere, where it can decide something."""
    off = _Rounding(
        arguments["target"],
        arguments["inverse_mass"],
        arguments["start"],
        arguments["momenta"],
        n_steps,
    )
    rng = np.random.default_rng(0)

    def tolerance(result):
        # Errors as large as rounding can be, in the starts: what they decide, rounding may decide.
        for _ in range(3):
            moved = off.position * rng.choice([-1.0, 1.0], arguments["start"].shape)
            try:
                other = function(**(arguments | {"start": arguments["start"] + moved}))
            except ValueError:  # a start beyond the edge
                return _anywhere(result)
            same = all(
                np.array_equal(getattr(result, part), getattr(other, part))
                for part in ("accepted", "divergent", "n_leapfrog", "depths")
            )
            if not same or np.abs(other.draws - result.draws).max() > (
                100 * off.position
            ):
                return _anywhere(result)
        sizes = (off.position, off.height, 0.0, off.height, off.height, 0.0, 0.0, 0.0)
        return type(result)(
            *(
                np.full(part.shape, size)
                for part, size in zip(result, sizes, strict=True)
            )
        )

    return tolerance


def _anywhere(result):
    return type(result)(
        *(np.full(part.shape, 1.0 if part.dtype == bool else np.inf) for part in result)
    )


def turned(rng, setting):
    """The ends of paths, and what lies between."""
    K, D = setting.K, setting.D
    inverse_mass = _inverse_mass(rng, setting, ingredients.covariance(rng, setting))
    first, last, rest = _momenta(rng, inverse_mass, 3, K)
    total = first + last + rest
    M = np.abs(_matrix(inverse_mass))
    way = total - (first + last) / 2
    sizes = np.abs(total) + np.abs(first) + np.abs(last)
    slack = 8 * (D + 2) ** 2 * EPS * condition(_matrix(inverse_mass))
    doubt = np.zeros(K, dtype=bool)
    for end in (first, last):
        ahead = np.einsum("ci,ij,cj->c", end, _matrix(inverse_mass), way)
        size = np.einsum("ci,ij,cj->c", np.abs(end), M, sizes)
        doubt |= np.abs(ahead) <= slack * size
    return Problem(
        {"first": first, "last": last, "total": total, "inverse_mass": inverse_mass},
        lambda result: doubt.astype(float),
    )


def nuts(rng, setting):
    """As for `no_u_turn`, with a seed in place of the numbers."""
    arguments = _path(rng, setting, N_DRAWS, of_draws=False)
    (T, C, D), seed = arguments.pop("momenta").shape, int(rng.integers(2**32))
    own = np.random.default_rng(seed)
    if setting.options:
        arguments["jitter"] = 0.3
    numbers = []
    for _ in range(T):
        z, u = own.standard_normal((C, D)), own.random((C, 3, DEPTH))
        v = own.random(C) if setting.options else np.full(C, 0.5)
        numbers.append((z, u, v))
    z, u, v = map(np.array, zip(*numbers, strict=True))
    jitter = arguments.get("jitter", 0.0)
    L = np.linalg.cholesky(_matrix(arguments["inverse_mass"]))
    momenta = np.linalg.solve(L.T, z[..., None])[..., 0]
    known = arguments | {"momenta": momenta, "u": u}
    known["step_size"] = arguments["step_size"] * (1 + jitter * (2 * v - 1))
    known.pop("jitter", None)
    tolerance = _of_chains(vectorized.no_u_turn, known, T * 2**DEPTH)
    arguments |= {"rng": seed, "n_draws": T, "max_depth": DEPTH}
    return Problem(arguments, tolerance)


def dual_average(rng, setting):
    """Acceptance probabilities of several chains, and their first step sizes."""
    T, C = setting.N, setting.K
    acceptance = rng.random((C, T))
    if setting.extreme:
        acceptance = np.round(acceptance)
    arguments = {
        "acceptance": acceptance,
        "step_size": setting.scale * rng.uniform(0.1, 1.0, C),
    }
    if setting.options:
        arguments["target_acceptance"] = float(rng.uniform(0.6, 0.9))

    def tolerance(result):
        # The error is a mean of T terms; it moves the logarithm of a step by 20 sqrt(T) times that.
        relative = 64 * EPS * (T + 4) * np.sqrt(T) * 20
        logs = np.abs(np.log(arguments["step_size"])).max() + 20 * np.sqrt(T)
        return tuple((relative + 8 * EPS * T * logs) * part for part in result)

    return Problem(arguments, tolerance)


def metric(rng, setting):
    """Draws near a mean, and variances or a covariance to begin with."""
    mean = ingredients.mean(rng, setting)
    covariance = ingredients.covariance(rng, setting)
    L = np.linalg.cholesky(covariance)
    T = max(setting.N, 2)
    draws = mean + rng.standard_normal((setting.K, T, setting.D)) @ L.T
    before = _inverse_mass(rng, setting, covariance)
    n = setting.K * T
    moved = 4 * (n + 8) * EPS * np.abs(draws).max(axis=(0, 1))
    widths = draws.std(axis=(0, 1)) + np.sqrt(np.diagonal(_matrix(before)))
    bound = 4 * (np.outer(moved, widths + moved) + np.outer(widths, moved))
    bound += 16 * (n + 8) * EPS * np.outer(widths, widths)
    if before.ndim == 1:
        bound = np.diagonal(bound)
    return Problem({"draws": draws, "before": before}, lambda result: bound)


def warm_up(rng, setting):
    """A mild normal target, and a few draws of each chain."""
    mild = setting._replace(
        K=min(setting.K, 2),
        condition=min(setting.condition, 10.0),
        extreme=False,
        offset=0.0,
    )
    mean, covariance, target = _target(rng, mild)
    start = _start(rng, mild, mean, covariance)
    seed = int(rng.integers(2**32))
    arguments = {"target": target, "start": start, "n_warmup": 22, "rng": seed}
    arguments["max_depth"] = 3
    # Some hundred stable steps in the units of a mild target come nowhere near half of the digits.
    slack = HALF_DIGITS

    def tolerance(result):
        # Trees decide, hundreds of them: what a shift of the starts by rounding decides may differ.
        for way in (-1, 1):
            moved = start * (1 + way * 1e3 * EPS)
            known = arguments | {"start": moved, "rng": np.random.default_rng(seed)}
            other = vectorized.warm_up(**known)
            if abs(other.step_size / result.step_size - 1) > 1e-7:
                return type(result)(
                    np.inf,
                    np.full(result.inverse_mass.shape, np.inf),
                    np.full(result.position.shape, np.inf),
                )
        return type(result)(
            slack * result.step_size,
            slack * np.abs(result.inverse_mass),
            np.full(
                result.position.shape, slack * (np.abs(mean).max() + setting.scale)
            ),
        )

    return Problem(arguments, tolerance)
