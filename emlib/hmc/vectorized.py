"""Hamiltonian Monte Carlo on whole arrays: all chains at once."""

import itertools
import math

import numpy as np

from emlib.gaussian.vectorized import _cholesky
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

# Random numbers are drawn for so many at a time: the chains wait for each other in between.
AT_ONCE = 8_000_000

# The last entries of a tree: what is drawn from it has this log-density and this energy.
HEIGHT = -3
COST = -2
WEIGHT = -1

# What the trees know of each chain.
KEPT = (
    *("chain", "draw", "step_size", "sign", "state", "tree", "before", "acceptance"),
    *("depth", "leaf", "n_leapfrog", "moved", "lost"),
)


# A mass is a change of units. In the units q / s, with s^2 the inverse mass, or L^-1 q with
# L L^T the inverse mass, it is one. Momenta and gradients are kept in these units: s p, or L^T p.


def _root(inverse_mass):
    """The units (D,), or the Cholesky factor (D, D)."""
    return np.sqrt(inverse_mass) if inverse_mass.ndim == 1 else _cholesky(inverse_mass)


def _inward(covectors, root):
    """Momenta or gradients (..., D) in the new units."""
    return covectors * root if root.ndim == 1 else covectors @ root


def _outward(momenta, root):
    """Momenta (..., D) in the new units as they are in the old ones."""
    if root.ndim == 1:
        return momenta / root  # eq-hmc-momentum
    return np.linalg.solve(root.T, momenta[..., None])[..., 0]  # eq-hmc-momentum


def _velocity(momenta, root):
    """The velocities (..., D), in the old units, of momenta in the new ones."""
    return momenta * root if root.ndim == 1 else momenta @ root.T


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
    return _energy(state.log_density, _inward(state.momentum, _root(inverse_mass)))


def _energy(height, p):
    return np.einsum("ci,ci->c", p, p) / 2 - height  # eq-hmc-energy


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
    root = _root(inverse_mass)
    q, p, height, g = state
    state = State(q, _inward(p, root), height, _inward(g, root))
    with np.errstate(over="ignore", invalid="ignore"):
        end = _leapfrog(target, state, step_size[:, None], n_steps, root)
    q, p, height, g = refuse_overflow(end)
    return State(q, _outward(p, root), height, _outward(g, root))


def _leapfrog(target, state, step_size, n_steps, root):
    """The paths of all chains; momenta and gradients are in the units in which the mass is one."""
    q, p, height, g = state
    half = step_size / 2
    for _ in range(n_steps):
        p = p + half * g  # (C, D)  # eq-hmc-kick
        q = q + step_size * _velocity(p, root)  # (C, D)  # eq-hmc-drift
        height, g = evaluated(target, q.copy(), "a leapfrog step")
        g = _inward(g, root)  # (C, D)
        p = p + half * g  # eq-hmc-kick
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
    (T, C, D), root = momenta.shape, _root(inverse_mass)
    height, g = at_start(target, start)
    here = State(start, start, height, _inward(g, root))
    chains = _empty_chains(C, T, D)
    chains.n_leapfrog[:] = n_steps
    for t in range(T):
        here = here._replace(momentum=_inward(momenta[t], root))
        with np.errstate(over="ignore", invalid="ignore"):
            end = _leapfrog(target, here, step_size[t, :, None], n_steps, root)
            before = _energy(here.log_density, here.momentum)
            after = _energy(end.log_density, end.momentum)
            rise = _rise(before, after)  # (C,)
            acceptance = np.exp(np.minimum(0, -rise))  # (C,)  # eq-hmc-acceptance
        accepted = u[t] < acceptance
        here = State(
            *(
                np.where(accepted.reshape(C, *[1] * (new.ndim - 1)), new, old)
                for new, old in zip(end, here, strict=True)
            )
        )
        chains.draws[:, t], chains.log_densities[:, t] = here[0], here[2]
        chains.accepted[:, t], chains.acceptance[:, t] = accepted, acceptance
        chains.energies[:, t] = np.where(accepted, after, before)
        chains.divergent[:, t] = rise > MAX_RISE
    return chains


def _rise(before, after):
    """By how much the energies rose; infinite where that cannot be computed."""
    rise = after - before
    return np.where(np.isnan(rise), np.inf, rise)


def _empty_chains(C, T, D):
    return Chains(
        np.empty((C, T, D)),
        np.empty((C, T)),
        np.zeros((C, T), dtype=bool),
        np.empty((C, T)),
        np.empty((C, T)),
        np.zeros((C, T), dtype=bool),
        np.zeros((C, T), dtype=int),
        np.zeros((C, T), dtype=int),
    )


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
    root = _root(inverse_mass)
    return _turned(*(_inward(part, root) for part in (first, last, total)))


def _turned(first, last, total):
    way = total - (first + last) / 2  # (C, D)  # eq-nuts-way
    behind = np.einsum("ci,ci->c", first, way)
    ahead = np.einsum("ci,ci->c", last, way)
    return (behind <= 0) | (ahead <= 0)  # eq-nuts-turned


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
    root = _root(inverse_mass)
    chains = _empty_chains(start.shape[0], *momenta.shape[::2])
    momenta = _inward(momenta, root)
    _finished(_grown(_Trees(target, start, momenta, u, step_size, root, chains)))
    return chains


def _finished(steps, update=lambda n_done: None):
    """Take all steps, and tell how many draws each completed; returns what they lead to."""
    while True:
        try:
            update(next(steps))
        except StopIteration as end:
            return end.value


def _grown(trees):
    """Take leapfrog steps, all chains side by side, until each has its draws.

    No chain waits for another one: where a tree is done, the chain begins the next. After each
    step, yield the number of draws that it completed.
    """
    while len(trees.chain):
        with np.errstate(over="ignore", invalid="ignore"):
            k, halves, broken = trees.carry(trees.step())
            goes_on = trees.double(k, halves)
            over = np.concatenate([broken, k[~goes_on]])
            n_done = trees.finish(over, k[goes_on])
        yield n_done


def _join(earlier, later, u, level):
    """Join trees of 2^level states, into the later ones; which of them turned.

    Of their draws one is kept.
    """
    log_weight = np.logaddexp(
        earlier[:, WEIGHT], later[:, WEIGHT]
    )  # eq-nuts-weight-sum
    moves = u < np.exp(later[:, WEIGHT] - log_weight)  # eq-nuts-half
    first, last, total, *drawn = _parts(earlier)
    for own, other in zip(_parts(later)[3:], drawn, strict=True):
        np.copyto(own, other, where=~moves[:, None])
    later[:, WEIGHT] = log_weight
    # Two states make one path, however they are split.
    back = _joined(first, last if level else first, total, *_parts(later)[:3])
    later[:, : first.shape[1]] = first
    return back


def _joined(first, last, total, p, end, added):
    """Whether paths turn with trees that go on from them; the sums of momenta are added up.

    Each part is also tried with the nearest state of the other: a U-turn can begin between the two.
    """
    if last is not first:
        between = _turned(first, p, total + p) | _turned(last, end, added + last)
    added += total
    back = _turned(first, end, added)
    return back if last is first else back | between


def _parts(trees):
    """Views of trees: momenta, then what is drawn from them with log-density and energy."""
    D = (trees.shape[1] - 3) // 5
    edges = (0, D, 2 * D, 3 * D, 4 * D, 5 * D, 5 * D + 2)
    return [trees[:, a:b] for a, b in itertools.pairwise(edges)]


class _Trees:
    """The trees that A chains are building; each step adds a state to each of them.

    While a chain adds its new half, of 2^depth states, the states in it are numbered from 0. The
    binary digits of the number say which subtrees of it are finished and wait for their neighbours:
    a digit 1 at level l is a subtree of 2^l states, kept in slot l. One more state adds one to the
    number. Each digit that is carried joins two subtrees, as in the recursion.

    A tree is a row of 5 D + 3 numbers: the momenta of its first and its last state, and the sum of
    all momenta; position, gradient, log-density and energy of the state drawn from it; and the
    logarithm of its weight.
    """

    def __init__(self, target, start, momenta, u, step_size, root, chains, tuner=None):
        height, g = at_start(target, start)
        (_, C, D), J = momenta.shape, u.shape[3]
        self.target, self.root, self.chains, self.tuner = target, root, chains, tuner
        self.momenta, self.u = momenta, u
        self.chain, self.draw = np.arange(C), np.full(C, -1)
        self.step_sizes, self.step_size = step_size, np.empty(C)
        self.sign = np.zeros(C)
        # Of the end that moves, and of both ends: position, momentum, gradient.
        self.state = np.empty((C, 3 * D))
        self.ends = np.empty((2, C, 3 * D))
        self.tree, self.slots = np.empty((C, 5 * D + 3)), np.empty((J, C, 5 * D + 3))
        self.tree[:, 3 * D : 4 * D] = start
        self.tree[:, 4 * D : -3] = _inward(g, root)
        self.tree[:, HEIGHT] = height
        self.before, self.acceptance = np.empty((2, C))
        self.depth, self.leaf, self.n_leapfrog = np.zeros((3, C), dtype=int)
        self.moved, self.lost = np.zeros((2, C), dtype=bool)
        self.turn(self.begin(np.arange(C)))

    def step(self):
        """One leapfrog step of each chain: trees (A, 5 D + 3) of a single state."""
        D = self.momenta.shape[2]
        q, p, g = (self.state[:, part * D : (part + 1) * D] for part in range(3))
        step_size = (self.sign * self.step_size)[:, None]
        end = _leapfrog(self.target, State(q, p, None, g), step_size, 1, self.root)
        q, p, height, g = end
        self.state = np.concatenate([q, p, g], axis=1)
        after = _energy(height, p)
        rise = _rise(self.before, after)
        self.acceptance += np.exp(np.minimum(0, -rise))  # eq-hmc-acceptance
        self.n_leapfrog += 1
        self.lost = rise > MAX_RISE
        trees = np.concatenate([p, p, p, q, g, np.empty((len(q), 3))], axis=1)
        trees[:, HEIGHT], trees[:, COST] = height, after
        trees[:, WEIGHT] = -rise  # eq-nuts-weight
        return trees

    def carry(self, trees):
        """Add a state to the new half of each chain.

        Returns the chains whose half is complete, those halves, and the chains whose half turned
        or lost a state.
        """
        # Each chain joins once for each 1 at the end of its number, until its half
        # is whole.
        _, n_ones = np.frexp(~self.leaf & (self.leaf + 1))
        n_joins = np.minimum(n_ones - 1, self.depth)
        n_joins[self.lost | (self.sign == 0)] = -1
        # Those that join most often come first: then those of a level are
        # next to each other.
        i = np.argsort(-n_joins, kind="stable")
        n_joins, trees = n_joins[i], trees.take(i, axis=0)
        u, back = self.u[self.draw[i], self.chain[i], 2], np.zeros(len(i), dtype=bool)
        level, n = 0, np.count_nonzero(n_joins > 0)
        while n:
            earlier = self.slots[level].take(i[:n], axis=0)
            back[:n] |= _join(earlier, trees[:n], u[:n, level], level)
            level += 1
            n = np.count_nonzero(n_joins > level)
        whole = (n_joins >= 0) & ~back
        full = whole & (n_joins == self.depth[i])
        waits = np.flatnonzero(whole & ~full)
        self.slots[n_joins[waits], i[waits]] = trees[waits]
        self.leaf += 1
        broken = ~whole & (self.sign[i] != 0)
        return i[full], trees[full], i[broken]

    def double(self, k, halves):
        """Join complete halves to their trees; which trees go on."""
        D, J = self.momenta.shape[2], self.u.shape[3]
        trees = self.tree.take(k, axis=0)
        u = self.u[self.draw[k], self.chain[k], 1, self.depth[k]]
        rise = np.minimum(0, halves[:, WEIGHT] - trees[:, WEIGHT])
        moves = u < np.exp(rise)  # eq-nuts-move
        log_weight = np.logaddexp(
            trees[:, WEIGHT], halves[:, WEIGHT]
        )  # eq-nuts-weight-sum
        np.copyto(trees[:, 3 * D :], halves[:, 3 * D :], where=moves[:, None])
        trees[:, WEIGHT] = log_weight
        side = (self.sign[k] > 0).astype(int)
        far, near = self.ends[1 - side, k, D : 2 * D], self.ends[side, k, D : 2 * D]
        first, last, added = _parts(halves)[:3]
        back = _joined(far, near, trees[:, 2 * D : 3 * D], first, last, added)
        trees[:, 2 * D : 3 * D] = added
        self.tree[k] = trees
        self.moved[k[moves]] = True
        self.depth[k] += 1
        self.ends[side, k] = self.state.take(k, axis=0)
        return ~back & (self.depth[k] < J)

    def turn(self, k):
        """Choose in which direction chains go on, and go to that end."""
        u = self.u[self.draw[k], self.chain[k], 0, self.depth[k]]
        side = (u < 0.5).astype(int)  # eq-nuts-direction
        self.sign[k], self.leaf[k] = 2 * side - 1, 0
        self.state[k] = self.ends[side, k]

    def finish(self, k, goes_on):
        """Write the draws of the trees that are done; begin the next ones, and double the others.

        Returns the number of draws.
        """
        D, at = self.momenta.shape[2], (self.chain[k], self.draw[k])
        trees, mean = self.tree.take(k, axis=0), self.acceptance[k] / self.n_leapfrog[k]
        for part, values in zip(
            self.chains,
            (
                trees[:, 3 * D : 4 * D],
                trees[:, HEIGHT],
                self.moved[k],
                trees[:, COST],
                mean,
                self.lost[k],
                self.n_leapfrog[k],
                self.depth[k],
            ),
            strict=True,
        ):
            part[at] = values
        if self.tuner is not None:
            self.tuner.learn(self.chain[k], mean)
        last = self.draw[k] == len(self.momenta) - 1
        self.sign[k[last]] = 0  # nothing moves any more
        self.turn(np.concatenate([goes_on, self.begin(k[~last])]))
        resting = self.sign == 0
        if 8 * np.count_nonzero(resting) >= len(resting):
            self.keep(np.flatnonzero(~resting))
        return len(k)

    def begin(self, k):
        """Begin the next draw of some chains, with a tree of one state; returns these chains."""
        D = self.momenta.shape[2]
        self.draw[k] += 1
        at = self.draw[k], self.chain[k]
        p, trees = self.momenta[at], self.tree.take(k, axis=0)
        steps = (
            self.step_sizes[at] if self.tuner is None else self.tuner.step_size[at[1]]
        )
        self.step_size[k] = steps
        before = _energy(trees[:, HEIGHT], p)
        trees[:, 2 * D : 3 * D], trees[:, COST], trees[:, WEIGHT] = p, before, 0
        self.tree[k], self.before[k] = trees, before
        q, g = trees[:, 3 * D : 4 * D], trees[:, 4 * D : -3]
        self.ends[:, k] = np.concatenate([q, p, g], axis=1)
        self.depth[k] = self.n_leapfrog[k] = self.acceptance[k] = 0
        self.moved[k] = False
        return k

    def keep(self, k):
        """Go on with some of the chains."""
        for name in KEPT:
            setattr(self, name, getattr(self, name).take(k, axis=0))
        self.ends, self.slots = self.ends.take(k, axis=1), self.slots.take(k, axis=1)


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
    return _outward(z, _root(inverse_mass))


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
    chains = _empty_chains(len(start), T, start.shape[1])
    at = target, start, rng, step_size, inverse_mass, J, chains
    _finished(_drawn(*at, jitter=jitter))
    return chains


def _drawn(
    target, start, rng, step_size, inverse_mass, J, chains, tuner=None, jitter=0.0
):
    """Fill the chains; after each leapfrog step yield how many draws it completed."""
    C, T, D = chains.draws.shape
    root = _root(inverse_mass)
    length = max(1, AT_ONCE // (C * (D + 3 * J)))
    for begin in range(0, T, length):
        part = Chains(*(each[:, begin : begin + length] for each in chains))
        z, u, v = _noise(rng, part.draws.shape[1], C, D, J, jitter)
        steps = step_size * (1 + jitter * (2 * v - 1))
        yield from _grown(_Trees(target, start, z, u, steps, root, part, tuner))
        start = part.draws[:, -1]


def _noise(rng, T, C, D, J, jitter):
    """Normal numbers (T, C, D), uniform ones (T, C, 3, J), and those of the jitter (T, C)."""
    z, u, v = np.empty((T, C, D)), np.empty((T, C, 3, J)), np.full((T, C), 0.5)
    for t in range(T):
        # In the units in which the mass is one, these are the momenta.
        rng.standard_normal(out=z[t])
        rng.random(out=u[t])
        if jitter:
            rng.random(out=v[t])
    return z, u, v


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
    tuner = _Tuner(step_size, delta)
    for t in range(T):
        next_steps[:, t] = tuner.learn(np.arange(C), acceptance[:, t])
        averages[:, t] = np.exp(tuner.log_average)
    return next_steps, averages


class _Tuner:
    """The step sizes of all chains, as their draws come in."""

    def __init__(self, step_size, delta):
        self.step_size, self.delta = np.array(step_size), delta
        self.log_centre = np.log(10 * self.step_size)
        self.t = np.zeros(len(step_size))
        self.error, self.log_average = np.zeros((2, len(step_size)))

    def learn(self, k, acceptance):
        """Step sizes for the next draw of some chains, after their draws' acceptance."""
        self.t[k] += 1
        t, wrong = self.t[k], self.delta - acceptance
        self.error[k] += (wrong - self.error[k]) / (t + 10)  # eq-nuts-error
        log_step = (
            self.log_centre[k] - np.sqrt(t) / 0.05 * self.error[k]
        )  # eq-nuts-step
        share = t**-0.75
        self.log_average[k] += share * (
            log_step - self.log_average[k]
        )  # eq-nuts-average
        self.step_size[k] = np.exp(log_step)
        return self.step_size[k]


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
    pooled = draws.reshape(-1, draws.shape[2])  # (C T, D)
    n = len(pooled)
    around = pooled - pooled.mean(axis=0)  # eq-nuts-mean
    if before.ndim == 1:
        covariance = np.einsum("ni,ni->i", around, around) / (n - 1)
    else:
        covariance = around.T @ around / (n - 1)  # eq-nuts-variance
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
    return _finished(_warmed_up(target, *given))


def _warmed_up(target, position, n_warmup, rng, delta, J, dense):
    """Yield how many draws each leapfrog step completed; returns the tuning."""
    C, D = position.shape
    tuning = Tuning(1.0, first_metric(target, position, dense), position)
    aim = delta
    for length, learns in windows(n_warmup):
        if not length:
            continue
        step_size, inverse_mass, position = tuning
        z = rng.standard_normal((C, D))
        first = _first_steps(target, position, z, step_size, _root(inverse_mass))
        tuner = _Tuner(first, aim)
        chains = _empty_chains(C, length, D)
        at = target, position, rng, first, inverse_mass, J, chains, tuner
        yield from _drawn(*at)
        step_size = float(np.exp(tuner.log_average.mean()))
        if learns:
            inverse_mass = metric(chains.draws, inverse_mass)
            aim = aim_after(chains.divergent.mean(), length, delta)
        tuning = Tuning(step_size, inverse_mass, chains.draws[:, -1].copy())
    return tuning


def _first_steps(target, start, p, step_size, root):
    """A step size (C,) of the right size: where the acceptance of one step crosses 0.8."""
    height, g = at_start(target, start)
    g = _inward(g, root)
    sizes, before = np.full(len(start), step_size), _energy(height, p)
    grows, k = np.zeros(len(start), dtype=bool), np.arange(len(start))
    first = True
    while len(k):
        state = State(start[k], p[k], height[k], g[k])
        with np.errstate(over="ignore", invalid="ignore"):
            end = _leapfrog(target, state, sizes[k][:, None], 1, root)
            rise = _rise(before[k], _energy(end.log_density, end.momentum))
        fits = -rise > math.log(FIRST_ACCEPTANCE)
        if first:
            grows, first = fits, False
        k = k[fits == grows[k]]
        sizes[k] = np.where(grows[k], 2 * sizes[k], sizes[k] / 2)
        for size in sizes[k]:
            refuse_step(size)
    return sizes
