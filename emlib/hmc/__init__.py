"""Hamiltonian Monte Carlo, and the No-U-Turn sampler.

A chain's state is given a momentum and follows its energy, so that it travels far and is still
accepted. A target is its log-density and the gradient of that, both on rows (C, D), in nats; a
constant may be missing. Draws have the shape (C, T, D): chains, draws, dimensions. `sample` does
everything: it finds step size and mass, draws, and says what went wrong.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from emlib import _checks, mcmc
from emlib.mcmc import check_uniforms

# An energy that rises by more than this, in nats, has left the path that it should follow.
MAX_RISE = 1000.0

# A step size is tried first where one step is accepted with about this probability.
FIRST_ACCEPTANCE = 0.8

# Their checks grow trees, which takes seconds: mutants are not made of them. What they are made of
# is checked by itself, and tests/hmc tries the sampler on what it must leave as it is.
SLOW = ("no_u_turn", "nuts", "warm_up")


class Target(NamedTuple):
    """A distribution to draw from.

    Attributes
    ----------
    log_density : callable
        Takes rows (C, D) and returns the log-density at each, (C,), in nats; a constant may be
        missing, and -inf is the logarithm of zero.
    gradient : callable
        Takes the same rows and returns the gradient of the log-density at each, (C, D).
    both : callable, optional
        Takes the same rows and returns both. Give it where the two share work.
    """

    log_density: Callable
    gradient: Callable
    both: Callable | None = None


class State(NamedTuple):
    """Where several chains are, and how they move.

    Attributes
    ----------
    position : numpy.ndarray, shape (C, D)
        Points of the target.
    momentum : numpy.ndarray, shape (C, D)
        In nats times time per unit of the position.
    log_density : numpy.ndarray, shape (C,)
        The target's at the positions, nats.
    gradient : numpy.ndarray, shape (C, D)
        That of the log-density there, nats per unit of the position.
    """

    position: np.ndarray
    momentum: np.ndarray
    log_density: np.ndarray
    gradient: np.ndarray


class Chains(NamedTuple):
    """What several chains visited, one after the other, and how.

    Attributes
    ----------
    draws : numpy.ndarray, shape (C, T, D)
        The position after each step; the start is not among them.
    log_densities : numpy.ndarray, shape (C, T)
        The target's log-density there, nats.
    accepted : numpy.ndarray, shape (C, T)
        Whether the chain moved. Where it did not, the position before is repeated.
    energies : numpy.ndarray, shape (C, T)
        Potential and kinetic energy of the state that was kept, nats.
    acceptance : numpy.ndarray, shape (C, T)
        The probability with which the end was accepted; in a tree, the mean of that over all of its
        states but the start.
    divergent : numpy.ndarray, shape (C, T)
        Whether the energy rose by more than 1000 nats somewhere, or could not be computed.
    n_leapfrog : numpy.ndarray, shape (C, T)
        How many leapfrog steps the draw took.
    depths : numpy.ndarray, shape (C, T)
        How often the tree was doubled; 0 where there is no tree.
    """

    draws: np.ndarray
    log_densities: np.ndarray
    accepted: np.ndarray
    energies: np.ndarray
    acceptance: np.ndarray
    divergent: np.ndarray
    n_leapfrog: np.ndarray
    depths: np.ndarray


class Tuning(NamedTuple):
    """What a warm-up found.

    Attributes
    ----------
    step_size : float
        That of a leapfrog step, one for all chains.
    inverse_mass : numpy.ndarray, shape (D,) or (D, D)
        The variances of the target, or its covariance, as estimated.
    position : numpy.ndarray, shape (C, D)
        Where the chains ended; start the draws there.
    """

    step_size: float
    inverse_mass: np.ndarray
    position: np.ndarray


class Normal(mcmc.Normal):
    """The log-density of a normal distribution, up to a constant, with its gradient.

    Parameters
    ----------
    mean : array_like, shape (D,)
        In the units of the states.
    factor : array_like, shape (D, D)
        The lower triangular Cholesky factor of the covariance.
    least : float
        Below this the first coordinate has density zero; -inf, the default, cuts nothing off.
    """

    def __repr__(self):
        return super().__repr__().replace("mcmc", "hmc", 1)

    @property
    def gradient(self):
        """A function of rows (C, D) that returns the gradients (C, D) of the log-density."""
        return _NormalGradient(self)

    def target(self):
        """The distribution as a `Target`."""
        return Target(self, self.gradient)


class _NormalGradient:
    def __init__(self, normal):
        self.normal = normal

    def __repr__(self):
        return f"{self.normal!r}.gradient"

    def __call__(self, X):
        normal = self.normal
        z = np.linalg.solve(normal.factor, (X - normal.mean).T)  # (D, C)
        return -np.linalg.solve(normal.factor.T, z).T


def check_target(target):
    """A Target whose parts can be called."""
    if not isinstance(target, Target):
        raise ValueError(
            f"target is a {type(target).__name__}: pass hmc.Target(log_density, gradient)"
        )
    for name, part in zip(Target._fields, target, strict=True):
        if not callable(part) and not (name == "both" and part is None):
            raise ValueError(
                f"target.{name} is a {type(part).__name__}: pass a function of rows (C, D)"
            )
    return target


def check_energy(state, inverse_mass):
    """A state, and an inverse mass to match."""
    state = check_state(state)
    return state, check_inverse_mass(inverse_mass, state.position.shape[1])


def check_state(state):
    """Positions, momenta and gradients (C, D) and log-densities (C,) that can be computed with."""
    if not isinstance(state, State):
        raise ValueError(f"state is a {type(state).__name__}: pass a hmc.State")
    position = _checks.real_array(state.position, "state.position", ("C", "D"))
    shapes = position.shape, position.shape[:1], position.shape
    momentum, height, gradient = (
        _checks.real_array(part, f"state.{name}", shape, allowed)
        for part, name, shape, allowed in zip(
            state[1:], State._fields[1:], shapes, (0.0, -np.inf, 0.0), strict=True
        )
    )
    for part, name in (
        (position, "position"),
        (momentum, "momentum"),
        (gradient, "gradient"),
    ):
        _checks.squarable(part, f"state.{name}")
    height = _checks.logarithms(height, "state.log_density", height.shape)
    return State(position, momentum, height, gradient)


def _n_axes(value):
    """How many axes an argument has; 1 if it is ragged, which is refused later."""
    try:
        return np.ndim(value)
    except ValueError:
        return 1


def check_inverse_mass(inverse_mass, D, name="inverse_mass"):
    """Positive variances (D,), or a covariance (D, D)."""
    if _n_axes(inverse_mass) == 2:
        return _checks.covariance_matrix(inverse_mass, D, name)
    variances = _checks.real_array(inverse_mass, name, (D,))
    small = variances < _checks.SMALLEST_VARIANCE
    remedy = "a variance must be positive; rescale the target if it is tiny or huge"
    _checks.refuse(small, variances, name, remedy)
    _checks.refuse(variances > 1 / _checks.SMALLEST_VARIANCE, variances, name, remedy)
    return variances


def check_step_size(step_size, *shape):
    """A positive step size for all, for each chain (C,), or for each draw (T, C); as an array."""
    wanted = ((), shape[-1:], shape)[min(_n_axes(step_size), 2)]
    sizes = _checks.real_array(step_size, "step_size", wanted)
    _checks.refuse(sizes <= 0, sizes, "step_size", "a step size must be positive")
    _checks.refuse(sizes > _checks.LARGEST, sizes, "step_size", "rescale the target")
    return np.broadcast_to(sizes, shape)


def check_leapfrog(target, state, step_size, n_steps, inverse_mass):
    """A target, a state, step sizes (C,), a number of steps and an inverse mass."""
    check_target(target)
    state, inverse_mass = check_energy(state, inverse_mass)
    step_size = check_step_size(step_size, len(state.position))
    return state, step_size, _checks.whole_number(n_steps, "n_steps"), inverse_mass


def refuse_overflow(state):
    """Refuse a state that an unstable path has led to."""
    fine = np.isfinite(state.position) & np.isfinite(state.momentum)
    if not fine.all():
        raise ValueError(
            f"the path of chain {int(np.argmin(fine.all(axis=1)))} overflows: the leapfrog steps "
            f"are unstable; shorten step_size"
        )
    return state


def check_start(start):
    """Where the chains start, (C, D)."""
    start = _checks.real_array(start, "start", ("C", "D"))
    _checks.squarable(start, "start")
    return start


def _check_momenta(momenta, C, D):
    momenta = _checks.real_array(momenta, "momenta", ("T", C, D))
    _checks.squarable(momenta, "momenta")
    return momenta


def check_hmc(target, start, momenta, u, step_size, n_steps, inverse_mass):
    """Starts (C, D), momenta (T, C, D), uniform numbers (T, C), and how to move."""
    check_target(target)
    start = check_start(start)
    C, D = start.shape
    momenta = _check_momenta(momenta, C, D)
    return (
        start,
        momenta,
        check_uniforms(u, "u", (len(momenta), C)),
        check_step_size(step_size, len(momenta), C),
        _checks.whole_number(n_steps, "n_steps"),
        check_inverse_mass(inverse_mass, D),
    )


def check_turned(first, last, total, inverse_mass):
    """Three momenta (C, D) and an inverse mass to match."""
    first = _checks.real_array(first, "first", ("C", "D"))
    last = _checks.real_array(last, "last", first.shape)
    total = _checks.real_array(total, "total", first.shape)
    for part, name in ((first, "first"), (last, "last"), (total, "total")):
        _checks.squarable(part, name)
    return first, last, total, check_inverse_mass(inverse_mass, first.shape[1])


def check_no_u_turn(target, start, momenta, u, step_size, inverse_mass):
    """Starts (C, D), momenta (T, C, D), uniform numbers (T, C, 3, J), and how to move."""
    check_target(target)
    start = check_start(start)
    C, D = start.shape
    momenta = _check_momenta(momenta, C, D)
    return (
        start,
        momenta,
        check_uniforms(u, "u", (len(momenta), C, 3, "J")),
        check_step_size(step_size, len(momenta), C),
        check_inverse_mass(inverse_mass, D),
    )


def check_nuts(target, start, rng, n_draws, step_size, inverse_mass, max_depth, jitter):
    """What `nuts` is given, the step size as an array (C,)."""
    check_target(target)
    start = check_start(start)
    C, D = start.shape
    return (
        start,
        _checks.generator(rng),
        _checks.whole_number(n_draws, "n_draws"),
        check_step_size(step_size, C),
        check_inverse_mass(inverse_mass, D),
        check_max_depth(max_depth),
        check_jitter(jitter),
    )


def check_jitter(jitter):
    """A share of the step size, from 0 to less than 1."""
    value = float(_checks.real_array(jitter, "jitter", ()))
    if not 0 <= value < 1:
        raise ValueError(f"jitter is {value:g}: it must be at least 0 and less than 1")
    return value


def check_momenta(normals, inverse_mass):
    """Normal numbers (T, C, D), and an inverse mass to match."""
    z = _checks.real_array(normals, "normals", ("T", "C", "D"))
    _checks.squarable(z, "normals")
    return z, check_inverse_mass(inverse_mass, z.shape[2])


def check_max_depth(max_depth):
    """How often a tree may be doubled."""
    depth = _checks.whole_number(max_depth, "max_depth")
    if depth > 30:
        raise ValueError(
            f"max_depth is {depth}: a tree of 2^{depth} steps ends nowhere; pass at most 30"
        )
    return depth


def check_dual_average(acceptance, step_size, target_acceptance):
    """Acceptance probabilities (C, T), a first step size (C,) and what to aim at."""
    acceptance = _checks.interval(acceptance, "acceptance", ("C", "T"))
    step_size = check_step_size(step_size, len(acceptance))
    return acceptance, step_size, check_target_acceptance(target_acceptance)


def check_target_acceptance(target_acceptance):
    """A probability strictly between 0 and 1."""
    value = float(_checks.interval(target_acceptance, "target_acceptance", ()))
    if value in (0.0, 1.0):
        raise ValueError(
            f"target_acceptance is {value:g}: choose a number between 0 and 1, such as 0.8"
        )
    return value


def check_metric(draws, before):
    """Draws (C, T, D), at least two in all, and the inverse mass so far."""
    draws = _checks.real_array(draws, "draws", ("C", "T", "D"))
    _checks.squarable(draws, "draws")
    if draws.shape[0] * draws.shape[1] < 2:
        raise ValueError("draws holds one draw: a variance needs at least two")
    return draws, check_inverse_mass(before, draws.shape[2], "before")


def check_warm_up(
    target, start, n_warmup, rng, target_acceptance=0.8, max_depth=10, dense=False
):
    """What `warm_up` is given."""
    check_target(target)
    return (
        check_start(start),
        _checks.whole_number(n_warmup, "n_warmup"),
        _checks.generator(rng),
        check_target_acceptance(target_acceptance),
        check_max_depth(max_depth),
        bool(dense),
    )


def windows(n_warmup):
    """The stretches of a warm-up, as Stan has them.

    Parameters
    ----------
    n_warmup : int
        How many draws the warm-up has.

    Returns
    -------
    list of (int, bool)
        The length of each stretch, and whether the mass is learned from its draws: a fast stretch,
        slow ones each twice as long as the one before, a fast one. The step size is learned in all.
    """
    if n_warmup < 20:
        return [(n_warmup, False)]
    first, slow, last = 75, 25, 50
    if first + slow + last > n_warmup:
        first, last = int(0.15 * n_warmup), int(0.1 * n_warmup)
        slow = n_warmup - first - last
    stretches, left = [(first, False)], n_warmup - first - last
    while left:
        # What remains is not split if the next stretch would not fit.
        length = slow if left - slow >= 2 * slow else left
        stretches.append((length, True))
        left, slow = left - length, 2 * slow
    return [*stretches, (last, False)]


def aim_after(share_diverged, length, target_acceptance):
    """What the stretch of a warm-up after a slow one aims at.

    If more than one in 500 draws diverged there, the target is narrow somewhere, and a quarter of
    the rejections is aimed at: 0.95 in place of 0.8. A stretch of less than 100 draws does not
    tell: its first draws are still on the way to the target.
    """
    if length >= 100 and share_diverged > 1 / 500:
        return 1 - (1 - target_acceptance) / 4
    return target_acceptance


from emlib.hmc import naive, vectorized  # noqa: E402  (they need what is defined above)
from emlib.hmc._sample import DivergenceWarning, sample, to_arviz  # noqa: E402
from emlib.hmc._target import check_gradient  # noqa: E402

__all__ = [
    "Chains",
    "DivergenceWarning",
    "Normal",
    "State",
    "Target",
    "Tuning",
    "check_gradient",
    "naive",
    "sample",
    "to_arviz",
    "vectorized",
    "windows",
]
