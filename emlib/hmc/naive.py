"""Hamiltonian Monte Carlo as loops over chains, steps and coordinates: one equation, one line."""

import math
from typing import NamedTuple

import numpy as np

from emlib.gaussian.naive import _cholesky
from emlib.hmc import (
    FIRST_ACCEPTANCE,
    MAX_RISE,
    Chains,
    State,
    Tuning,
    aim_after,
    check_dual_average,
    check_energy,
    check_hmc,
    check_leapfrog,
    check_metric,
    check_momenta,
    check_no_u_turn,
    check_nuts,
    check_turned,
    check_warm_up,
    refuse_overflow,
    windows,
)
from emlib.hmc._target import at_start, evaluated, first_metric, refuse_step


def energy(state, inverse_mass):
    """The energy of each chain: what its position costs, and what its momentum costs.

    Parameters
    ----------
    state : State
        Positions (C, D), momenta (C, D), log-densities (C,) and gradients (C, D).
    inverse_mass : array_like, shape (D,) or (D, D)
        The variances of the target, or its covariance, as far as they are known.

    Returns
    -------
    numpy.ndarray, shape (C,)
        In nats; infinite where the density is zero. Duane et al. (1987).

    Raises
    ------
    ValueError
        If a shape or an entry is not as required.
    """
    state, inverse_mass = check_energy(state, inverse_mass)
    return np.array(
        [
            _energy(height, p, inverse_mass)
            for height, p in zip(state.log_density, state.momentum, strict=True)
        ]
    )


@np.errstate(over="ignore", invalid="ignore")
def _energy(height, p, inverse_mass):
    v = _velocity(inverse_mass, p)
    kinetic = sum(p[i] * v[i] for i in range(len(p))) / 2
    return kinetic - height  # eq-hmc-energy


def _velocity(inverse_mass, p):
    """The velocity (D,) of a momentum (D,): the inverse mass times it."""
    D = len(p)
    if inverse_mass.ndim == 1:
        return [inverse_mass[i] * p[i] for i in range(D)]
    return [sum(inverse_mass[i, j] * p[j] for j in range(D)) for i in range(D)]


def leapfrog(target, state, step_size, n_steps, inverse_mass):
    """Follow Hamilton's equations for a while, by the leapfrog method.

    Parameters
    ----------
    target : Target
        The log-density and its gradient.
    state : State
        Positions (C, D), momenta (C, D), log-densities (C,) and gradients (C, D).
    step_size : float or array_like
        How long a step is in time, for all chains or for each (C,).
    n_steps : int
        How many steps.
    inverse_mass : array_like, shape (D,) or (D, D)
        The variances of the target, or its covariance, as far as they are known.

    Returns
    -------
    State
        Where the chains arrive, and with which momentum. Duane et al. (1987).

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, or the target raises or returns another shape.
    """
    given = check_leapfrog(target, state, step_size, n_steps, inverse_mass)
    state, step_size, n_steps, inverse_mass = given
    ends = []
    for c in range(len(state.position)):
        at = State(*(part[c] for part in state))
        ends.append(_leapfrog(target, at, step_size[c], n_steps, inverse_mass))
    return refuse_overflow(State(*map(np.array, zip(*ends, strict=True))))


@np.errstate(over="ignore", invalid="ignore")
def _leapfrog(target, state, step_size, n_steps, inverse_mass):
    """One chain's path; a negative step size leads back."""
    q, p, height, g = (np.array(part) for part in state)
    D = len(q)
    for _ in range(n_steps):
        for i in range(D):
            p[i] += step_size / 2 * g[i]  # eq-hmc-kick
        v = _velocity(inverse_mass, p)
        for i in range(D):
            q[i] += step_size * v[i]  # eq-hmc-drift
        heights, gradients = evaluated(target, q[None].copy(), "a leapfrog step")
        height, g = heights[0], gradients[0]
        for i in range(D):
            p[i] += step_size / 2 * g[i]  # eq-hmc-kick
    return State(q, p, height, g)


def hmc(target, start, momenta, u, step_size, n_steps, inverse_mass):
    """Chains of Hamiltonian Monte Carlo, with paths of a fixed length.

    Parameters
    ----------
    target : Target
        The log-density and its gradient.
    start : array_like, shape (C, D)
        Where each chain starts; the density must be positive there.
    momenta : array_like, shape (T, C, D)
        A momentum for each draw, from a normal distribution with mean zero and the mass as its
        covariance.
    u : array_like, shape (T, C)
        Uniform numbers, in [0, 1).
    step_size : float or array_like
        How long a leapfrog step is in time: for all chains, for each (C,), or for each of its draws
        (T, C).
    n_steps : int
        How many leapfrog steps a draw takes.
    inverse_mass : array_like, shape (D,) or (D, D)
        The variances of the target, or its covariance, as far as they are known.

    Returns
    -------
    Chains
        Draws (C, T, D) and what belongs to each. Duane et al. (1987), Neal (2011).

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, a start has density zero, the target is NaN
        there, or it raises or returns another shape.
    """
    given = check_hmc(target, start, momenta, u, step_size, n_steps, inverse_mass)
    start, momenta, u, step_size, n_steps, inverse_mass = given
    T, C, _ = momenta.shape
    rows = []
    for c in range(C):
        heights, gradients = at_start(target, start[c : c + 1])
        here = State(start[c], momenta[0, c], heights[0], gradients[0])
        for t in range(T):
            here = here._replace(momentum=momenta[t, c])
            end = _leapfrog(target, here, step_size[t, c], n_steps, inverse_mass)
            before = _energy(here.log_density, here.momentum, inverse_mass)
            after = _energy(end.log_density, end.momentum, inverse_mass)
            rise = _rise(before, after)
            acceptance = math.exp(min(0.0, -rise))  # eq-hmc-acceptance
            accepted = u[t, c] < acceptance
            kept, cost = (end, after) if accepted else (here, before)
            rows.append(
                (
                    kept.position,
                    kept.log_density,
                    accepted,
                    cost,
                    acceptance,
                    rise > MAX_RISE,
                    n_steps,
                    0,
                )
            )
            here = kept
    return _chains(rows, C, T)


def _rise(before, after):
    """By how much the energy rose; infinite where it cannot be computed."""
    rise = after - before
    return rise if rise == rise else math.inf


def _chains(rows, C, T):
    """Chains from a row for each draw of each chain, one chain after the other."""
    parts = (np.array(part) for part in zip(*rows, strict=True))
    return Chains(*(part.reshape(C, T, *part.shape[1:]) for part in parts))


def turned(first, last, total, inverse_mass):
    """Whether a path has turned round: whether going on would bring its ends closer.

    Parameters
    ----------
    first, last : array_like, shape (C, D)
        The momenta at the two ends of each chain's path.
    total : array_like, shape (C, D)
        The sum of the momenta of all states of the path, both ends included.
    inverse_mass : array_like, shape (D,) or (D, D)
        The variances of the target, or its covariance, as far as they are known.

    Returns
    -------
    numpy.ndarray, shape (C,)
        True where the path has turned. Betancourt (2017), appendix A.4.2.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required.
    """
    first, last, total, inverse_mass = check_turned(first, last, total, inverse_mass)
    return np.array(
        [_turned(first[c], last[c], total[c], inverse_mass) for c in range(len(first))]
    )


@np.errstate(over="ignore", invalid="ignore")
def _turned(first, last, total, inverse_mass):
    D = len(total)
    way = [total[i] - (first[i] + last[i]) / 2 for i in range(D)]  # eq-nuts-way
    v = _velocity(inverse_mass, way)
    behind = sum(first[i] * v[i] for i in range(D))
    ahead = sum(last[i] * v[i] for i in range(D))
    return behind <= 0 or ahead <= 0  # eq-nuts-turned


def no_u_turn(target, start, momenta, u, step_size, inverse_mass):
    """Chains of the No-U-Turn sampler, from given random numbers.

    Parameters
    ----------
    target : Target
        The log-density and its gradient.
    start : array_like, shape (C, D)
        Where each chain starts; the density must be positive there.
    momenta : array_like, shape (T, C, D)
        A momentum for each draw, from a normal distribution with mean zero and the mass as its
        covariance.
    u : array_like, shape (T, C, 3, J)
        Uniform numbers, in [0, 1); a tree is doubled at most J times. Entry [0, j] decides in which
        direction doubling j goes, [1, j] whether the draw moves to the new half, and [2, l] which
        of two halves with 2^l states each is drawn from.
    step_size : float or array_like
        How long a leapfrog step is in time: for all chains, for each (C,), or for each of its draws
        (T, C).
    inverse_mass : array_like, shape (D,) or (D, D)
        The variances of the target, or its covariance, as far as they are known.

    Returns
    -------
    Chains
        Draws (C, T, D) and what belongs to each. Hoffman & Gelman (2014), with the weights of
        Betancourt (2017).

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, a start has density zero, the target is NaN
        there, or it raises or returns another shape.
    """
    given = check_no_u_turn(target, start, momenta, u, step_size, inverse_mass)
    start, momenta, u, step_size, inverse_mass = given
    T, C, _ = momenta.shape
    rows = []
    for c in range(C):
        heights, gradients = at_start(target, start[c : c + 1])
        here = State(start[c], momenta[0, c], heights[0], gradients[0])
        for t in range(T):
            here = here._replace(momentum=momenta[t, c])
            row, here = _draw(target, here, u[t, c], step_size[t, c], inverse_mass)
            rows.append(row)
    return _chains(rows, C, T)


class _Tree(NamedTuple):
    """States in a row, as they were built, and one of them drawn."""

    first: np.ndarray  # (D,) the momentum of the first
    last: State  # the state that was built last
    total: np.ndarray  # (D,) the sum of their momenta
    log_weight: float  # of the sum of their weights
    drawn: State
    cost: float  # the energy of the state that is drawn
    n_leapfrog: int
    acceptance: float  # the sum over the states
    divergent: bool
    whole: bool  # it did not turn, and no state was lost


def _draw(target, here, u, step_size, inverse_mass):
    """One draw: double the tree until it turns. A row of the chain, and the state drawn."""
    before = cost = _energy(here.log_density, here.momentum, inverse_mass)
    drawn, log_weight, total = here, 0.0, here.momentum
    ends, depth, moved, divergent = [here, here], 0, False, False
    n_leapfrog, acceptance = 0, 0.0
    for j in range(u.shape[1]):
        side = int(u[0, j] < 0.5)  # eq-nuts-direction
        step = step_size if side == 1 else -step_size
        tree = _build(target, ends[side], before, j, u[2], step, inverse_mass)
        n_leapfrog += tree.n_leapfrog
        acceptance += tree.acceptance
        divergent = tree.divergent
        if not tree.whole:
            break
        rise = min(0.0, tree.log_weight - log_weight)
        if u[1, j] < math.exp(rise):  # eq-nuts-move
            drawn, cost, moved = tree.drawn, tree.cost, True
        log_weight = _log_add(log_weight, tree.log_weight)  # eq-nuts-weight-sum
        far, near = ends[1 - side].momentum, ends[side].momentum
        total, back = _joined(far, near, total, tree, inverse_mass)
        ends[side], depth = tree.last, j + 1
        if back:
            break
    row = (
        drawn.position,
        drawn.log_density,
        moved,
        cost,
        acceptance / n_leapfrog,
        divergent,
        n_leapfrog,
        depth,
    )
    return row, drawn


def _build(target, state, before, level, u, step_size, inverse_mass):
    """A tree of 2^level states beyond a state: two trees of half the size, or one step."""
    if level == 0:
        return _leaf(target, state, before, step_size, inverse_mass)
    rest = before, level - 1, u, step_size, inverse_mass
    one = _build(target, state, *rest)
    if not one.whole:
        return one
    two = _build(target, one.last, *rest)
    log_weight = _log_add(one.log_weight, two.log_weight)  # eq-nuts-weight-sum
    later = u[level - 1] < math.exp(two.log_weight - log_weight)  # eq-nuts-half
    total, back = _joined(one.first, one.last.momentum, one.total, two, inverse_mass)
    return _Tree(
        one.first,
        two.last,
        total,
        log_weight,
        two.drawn if later else one.drawn,
        two.cost if later else one.cost,
        one.n_leapfrog + two.n_leapfrog,
        one.acceptance + two.acceptance,
        two.divergent,
        two.whole and not back,
    )


def _joined(first, last, total, tree, inverse_mass):
    """The momenta of a path and of a tree that goes on from it: their sum, and whether it turns.

    Each part is also tried with the nearest state of the other: a U-turn can begin between the two.
    """
    p, end = tree.first, tree.last.momentum
    whole = [a + b for a, b in zip(total, tree.total, strict=True)]
    reached = [a + b for a, b in zip(total, p, strict=True)]
    left = [a + b for a, b in zip(last, tree.total, strict=True)]
    back = (
        _turned(first, end, whole, inverse_mass)
        or _turned(first, p, reached, inverse_mass)
        or _turned(last, end, left, inverse_mass)
    )
    return whole, back


def _log_add(a, b):
    """The logarithm of a sum, from the logarithms of its two terms."""
    return max(a, b) + math.log1p(math.exp(-abs(a - b)))


def _leaf(target, state, before, step_size, inverse_mass):
    """A tree of a single state, one leapfrog step beyond a state."""
    end = _leapfrog(target, state, step_size, 1, inverse_mass)
    after = _energy(end.log_density, end.momentum, inverse_mass)
    rise = _rise(before, after)
    acceptance = math.exp(min(0.0, -rise))  # eq-hmc-acceptance
    p, lost = end.momentum, rise > MAX_RISE
    log_weight = -rise  # eq-nuts-weight
    return _Tree(p, end, p, log_weight, end, after, 1, acceptance, lost, not lost)


def momenta(normals, inverse_mass):
    """Momenta for `hmc` and `no_u_turn`, from standard normal numbers.

    Parameters
    ----------
    normals : array_like, shape (T, C, D)
        Standard normal numbers, such as ``rng.standard_normal((T, C, D))``.
    inverse_mass : array_like, shape (D,) or (D, D)
        The variances of the target, or its covariance, as far as they are known.

    Returns
    -------
    numpy.ndarray, shape (T, C, D)
        Draws from a normal distribution with mean zero and the mass as its covariance.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required.
    """
    z, inverse_mass = check_momenta(normals, inverse_mass)
    T, C, D = z.shape
    p = np.empty(z.shape)
    L = _cholesky(inverse_mass) if inverse_mass.ndim == 2 else None
    for t in range(T):
        for c in range(C):
            for i in reversed(range(D)):
                if L is None:
                    width = math.sqrt(inverse_mass[i])
                    p[t, c, i] = z[t, c, i] / width  # eq-hmc-momentum
                else:
                    rest = sum(L[j, i] * p[t, c, j] for j in range(i + 1, D))
                    p[t, c, i] = (z[t, c, i] - rest) / L[i, i]  # eq-hmc-momentum
    return p


def nuts(
    target, start, rng, n_draws, step_size, inverse_mass, max_depth=10, jitter=0.0
):
    """Chains of the No-U-Turn sampler.

    Parameters
    ----------
    target : Target
        The log-density and its gradient.
    start : array_like, shape (C, D)
        Where each chain starts; the density must be positive there.
    rng : numpy.random.Generator
        The source of randomness: for each draw normal numbers (C, D), then uniform ones
        (C, 3, max_depth), and (C,) for the jitter if there is any.
    n_draws : int
        How many draws of each chain, T.
    step_size : float or array_like
        How long a leapfrog step is in time, for all chains or for each (C,).
    inverse_mass : array_like, shape (D,) or (D, D)
        The variances of the target, or its covariance, as far as they are known.
    max_depth : int
        How often a tree is doubled at most.
    jitter : float
        Each draw's step size is multiplied by a uniform number from 1 - jitter to 1 + jitter. Short
        steps lead out of narrow places where the step size is too long.

    Returns
    -------
    Chains
        Draws (C, T, D) and what belongs to each. Hoffman & Gelman (2014), with the weights of
        Betancourt (2017).

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, a start has density zero, the target is NaN
        there, or it raises or returns another shape.
    """
    given = check_nuts(
        target, start, rng, n_draws, step_size, inverse_mass, max_depth, jitter
    )
    start, rng, T, step_size, inverse_mass, J, jitter = given
    (C, D), numbers = start.shape, []
    for _ in range(T):
        z, u = rng.standard_normal((C, D)), rng.random((C, 3, J))
        v = rng.random(C) if jitter else np.full(C, 0.5)
        numbers.append((z, u, step_size * (1 + jitter * (2 * v - 1))))
    z, u, steps = map(np.array, zip(*numbers, strict=True))
    return no_u_turn(target, start, momenta(z, inverse_mass), u, steps, inverse_mass)


def dual_average(acceptance, step_size, target_acceptance=0.8):
    """Step sizes that lead to an acceptance probability, by dual averaging.

    Parameters
    ----------
    acceptance : array_like, shape (C, T)
        The acceptance probability of each chain's draws so far.
    step_size : float or array_like
        The step size of the first draw, for all chains or for each (C,).
    target_acceptance : float
        The mean acceptance probability to aim at.

    Returns
    -------
    next_steps : numpy.ndarray, shape (C, T)
        The step size to try after each draw.
    averages : numpy.ndarray, shape (C, T)
        The average that settles: the one to keep after each draw. Nesterov (2009), Hoffman & Gelman
        (2014).

    Raises
    ------
    ValueError
        If a probability is outside [0, 1], or a step size is not positive.
    """
    given = check_dual_average(acceptance, step_size, target_acceptance)
    acceptance, step_size, delta = given
    C, T = acceptance.shape
    next_steps, averages = np.empty((C, T)), np.empty((C, T))
    for c in range(C):
        tuner = _Tuner(step_size[c], delta)
        for t in range(T):
            tuner.learn(acceptance[c, t])
            next_steps[c, t] = tuner.step_size
            averages[c, t] = math.exp(tuner.log_average)
    return next_steps, averages


class _Tuner:
    """The step size of one chain, as its draws come in."""

    def __init__(self, step_size, delta):
        self.step_size, self.delta = step_size, delta
        self.log_centre = math.log(10 * step_size)
        self.t, self.error, self.log_average = 0, 0.0, 0.0

    def learn(self, acceptance):
        self.t += 1
        t, wrong = self.t, self.delta - acceptance
        self.error += (wrong - self.error) / (t + 10)  # eq-nuts-error
        log_step = self.log_centre - math.sqrt(t) / 0.05 * self.error  # eq-nuts-step
        share = t**-0.75
        self.log_average += share * (log_step - self.log_average)  # eq-nuts-average
        self.step_size = math.exp(log_step)


def metric(draws, before):
    """The inverse mass that draws suggest: their variances, or their covariance.

    Parameters
    ----------
    draws : array_like, shape (C, T, D)
        Draws from the target, of several chains.
    before : array_like, shape (D,) or (D, D)
        The inverse mass that they were drawn with. It counts for five draws, so that few draws
        change it a little; its shape says whether variances or a covariance are wanted.

    Returns
    -------
    numpy.ndarray, shape (D,) or (D, D)
        The new inverse mass. The running sums are those of Welford (1962).

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, or there is a single draw.
    """
    draws, before = check_metric(draws, before)
    C, T, D = draws.shape
    mean, scatter, n = np.zeros(D), np.zeros((D, D)), 0
    for c in range(C):
        for t in range(T):
            n += 1
            ahead = draws[c, t] - mean
            for i in range(D):
                mean[i] += ahead[i] / n  # eq-nuts-mean
            for i in range(D):
                for j in range(D):
                    scatter[i, j] += ahead[i] * (draws[c, t, j] - mean[j])
    covariance = scatter / (n - 1)  # eq-nuts-variance
    if before.ndim == 1:
        covariance = np.array([covariance[i, i] for i in range(D)])
    return (n * covariance + 5 * before) / (n + 5)  # eq-nuts-shrink


def warm_up(
    target, start, n_warmup, rng, target_acceptance=0.8, max_depth=10, dense=False
):
    """Find a step size and an inverse mass, in Stan's windows.

    Parameters
    ----------
    target : Target
        The log-density and its gradient.
    start : array_like, shape (C, D)
        Where each chain starts; the density must be positive there.
    n_warmup : int
        How many draws of each chain to learn from.
    rng : numpy.random.Generator
        The source of randomness.
    target_acceptance : float
        The mean acceptance probability to aim at. Nearer to 1 the steps are shorter, and fewer
        draws diverge.
    max_depth : int
        How often a tree is doubled at most.
    dense : bool
        Whether to learn a covariance (D, D) instead of variances (D,).

    Returns
    -------
    Tuning
        A step size, an inverse mass, and where the chains are. All chains learn one inverse mass
        together, and the step size is the geometric mean of theirs. Where more than one in 500 of
        at least 100 draws of each chain diverged while the mass was learned, the next stretch aims
        at a quarter of the rejections: at 0.95 in place of 0.8.

    Raises
    ------
    ValueError
        If a shape or an entry is not as required, a start has density zero, the target is NaN
        there, raises or returns another shape, or its gradient contradicts its log-density.
    """
    given = check_warm_up(
        target, start, n_warmup, rng, target_acceptance, max_depth, dense
    )
    position, n_warmup, rng, delta, J, dense = given
    C, D = position.shape
    inverse_mass, step_size, aim = first_metric(target, position, dense), 1.0, delta
    for length, learns in windows(n_warmup):
        if not length:
            continue
        p = momenta(rng.standard_normal((1, C, D)), inverse_mass)[0]
        tuners, here = [], []
        for c in range(C):
            heights, gradients = at_start(target, position[c : c + 1])
            here.append(State(position[c], p[c], heights[0], gradients[0]))
            first = _first_step(target, here[c], step_size, inverse_mass)
            tuners.append(_Tuner(first, aim))
        draws, n_diverged = np.empty((C, length, D)), 0
        for t in range(length):
            p = momenta(rng.standard_normal((1, C, D)), inverse_mass)[0]
            u = rng.random((C, 3, J))
            for c in range(C):
                at, step = here[c]._replace(momentum=p[c]), tuners[c].step_size
                row, here[c] = _draw(target, at, u[c], step, inverse_mass)
                tuners[c].learn(row[4])
                draws[c, t] = here[c].position
                n_diverged += row[5]
        position = draws[:, -1]
        step_size = math.exp(sum(tuner.log_average for tuner in tuners) / C)
        if learns:
            inverse_mass = metric(draws, inverse_mass)
            aim = aim_after(n_diverged / (C * length), length, delta)
    return Tuning(step_size, inverse_mass, position)


def _first_step(target, state, step_size, inverse_mass):
    """A step size of the right size: where the acceptance of one step crosses 0.8."""
    before = _energy(state.log_density, state.momentum, inverse_mass)
    grows = None
    while True:
        end = _leapfrog(target, state, step_size, 1, inverse_mass)
        rise = _rise(before, _energy(end.log_density, end.momentum, inverse_mass))
        fits = -rise > math.log(FIRST_ACCEPTANCE)
        grows = fits if grows is None else grows
        if fits != grows:
            return step_size
        step_size = refuse_step(2 * step_size if grows else step_size / 2)
