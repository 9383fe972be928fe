"""Mistakes in Hamiltonian samplers: in the energy, on the path, at its end, in what is learned."""

import numpy as np

from emlib.exercises.mistakes import mistake, trap
from emlib.hmc import Chains, Normal, State

ENERGY, LEAPFROG, HMC = "hmc.energy", "hmc.leapfrog", "hmc.hmc"
TURNED, TREES, NUTS = "hmc.turned", "hmc.no_u_turn", "hmc.nuts"
AVERAGE, METRIC = "hmc.dual_average", "hmc.metric"

BENT = Normal([0.0, 1.0], [[1.0, 0.0], [0.8, 0.5]])
MASS = np.array([[2.0, 0.6], [0.6, 0.5]])
Q, P = np.array([[0.5, -0.3], [1.0, 2.0]]), np.array([[0.4, -1.0], [0.8, 0.3]])
STATE = State(Q, P, BENT(Q), BENT.gradient(Q))

for words, inverse_mass in (
    ("variances that differ", np.array([3.0, 0.4])),
    ("an inverse mass that is a covariance", MASS),
):
    trap(ENERGY, words, state=STATE, inverse_mass=inverse_mass)
    trap(
        LEAPFROG,
        words,
        target=BENT.target(),
        state=STATE,
        step_size=0.3,
        n_steps=3,
        inverse_mass=inverse_mass,
    )
    trap(TURNED, words, first=P, last=P[::-1], total=P + 1, inverse_mass=inverse_mass)
    trap(
        HMC,
        words,
        target=BENT.target(),
        start=Q,
        momenta=np.array([P, P[::-1], -P]),
        u=np.array([[0.2, 0.9], [0.5, 0.95], [0.99, 0.7]]),
        step_size=0.6,
        n_steps=3,
        inverse_mass=inverse_mass,
    )
trap(
    TURNED,
    "paths whose one end has turned, and the other has not",
    first=np.array([[1.0], [-0.2], [1.0], [-0.5]]),
    last=np.array([[-0.2], [1.0], [1.0], [-0.5]]),
    total=np.array([[2.0], [2.0], [0.5], [3.0]]),
    inverse_mass=np.array([2.0]),
)
trap(
    HMC,
    "a density that is zero beyond an edge",
    target=Normal([0.0], [[1.0]], 0.0).target(),
    start=np.array([[0.3], [0.1]]),
    momenta=np.array([[[-1.0], [0.5]], [[0.7], [-2.0]]]),
    u=np.array([[0.0, 0.5], [0.5, 0.0]]),
    step_size=0.4,
    n_steps=2,
    inverse_mass=np.array([1.0]),
)


OWN = np.random.default_rng(4)
trap(
    TREES,
    "steps at which a path nearly closes",
    target=Normal(np.zeros(3), np.eye(3)).target(),
    start=OWN.standard_normal((1, 3)).round(1),
    momenta=OWN.standard_normal((1, 1, 3)).round(1),
    u=OWN.random((1, 1, 3, 4)).round(2),
    step_size=0.92,
    inverse_mass=np.ones(3),
)


def _matrix(inverse_mass):
    inverse_mass = np.asarray(inverse_mass, dtype=float)
    return np.diag(inverse_mass) if inverse_mass.ndim == 1 else inverse_mass


def _kinetic(p, inverse_mass):
    return np.einsum("ci,ij,cj->c", p, _matrix(inverse_mass), p) / 2


# --- energy ---------------------------------------------------------------------------------------


@mistake(ENERGY, "eq-hmc-energy")
def mass_for_its_inverse(state, inverse_mass):
    """The kinetic energy has the mass in it, not the inverse mass.

    The kinetic energy is p^T M^-1 p / 2. You are given the inverse mass M^-1: multiply by it, and
    do not divide.
    """
    return _kinetic(state.momentum, _inverse(inverse_mass)) - state.log_density


def _inverse(inverse_mass):
    return np.linalg.solve(_matrix(inverse_mass), np.eye(len(inverse_mass)))


@mistake(ENERGY, "eq-hmc-energy")
def density_for_potential(state, inverse_mass):
    """The log-density is added to the kinetic energy, not subtracted.

    The potential energy is minus the log-density: where the density is high, the energy is low.
    """
    return _kinetic(state.momentum, inverse_mass) + state.log_density


@mistake(ENERGY, "eq-hmc-energy")
def half_forgotten(state, inverse_mass):
    """The kinetic energy is twice too large: its factor 1/2 is missing.

    It is p^T M^-1 p / 2. Without the half, momenta from N(0, M) do not belong to this energy.
    """
    return 2 * _kinetic(state.momentum, inverse_mass) - state.log_density


@mistake(ENERGY, "eq-hmc-energy")
def potential_alone(state, inverse_mass):
    """The kinetic energy is missing.

    The energy of a state is potential plus kinetic energy. The path exchanges one for the other, so
    that only their sum is kept.
    """
    return -state.log_density


@mistake(ENERGY, "eq-hmc-energy")
def kinetic_alone(state, inverse_mass):
    """The potential energy is missing.

    The energy of a state is potential plus kinetic energy. Subtract the log-density of its
    position.
    """
    return _kinetic(state.momentum, inverse_mass)


@mistake(ENERGY, "eq-hmc-energy")
def mass_ignored(state, inverse_mass):
    """The kinetic energy is that of unit masses.

    The inverse mass belongs between the momenta: p^T M^-1 p / 2. With unit masses that is the
    same, so try others.
    """
    return np.square(state.momentum).sum(axis=1) / 2 - state.log_density


# --- leapfrog -------------------------------------------------------------------------------------


def _path(
    target,
    state,
    step_size,
    n_steps,
    inverse_mass,
    *,
    first=0.5,
    last=0.5,
    sign=1.0,
    renew=True,
    drift_first=False,
):
    """Leapfrog steps, with one of their parts exchanged."""
    q, p, height, g = (np.array(part, dtype=float) for part in state)
    M = _matrix(inverse_mass)
    step = np.asarray(step_size, dtype=float).reshape(-1, 1)
    for _ in range(n_steps):
        if drift_first:
            q = q + step * p @ M
            p = p + step * first * sign * g
        else:
            p = p + step * first * sign * g
            q = q + step * p @ M
        height = target.log_density(q)
        g = target.gradient(q) if renew else g
        p = p + step * last * sign * g
    return State(q, p, height, g)


BOTH = "position", "momentum"


@mistake(LEAPFROG, "eq-hmc-kick", *BOTH)
def whole_kick_first(target, state, step_size, n_steps, inverse_mass):
    """The momentum is moved by a whole step before the position, and not after it.

    The kick is split: half a step of it before the position moves, half a step after. With a whole
    one at the beginning the error of the energy is of the order of the step, not of its square.
    """
    return _path(target, state, step_size, n_steps, inverse_mass, first=1.0, last=0.0)


@mistake(LEAPFROG, "eq-hmc-kick", *BOTH)
def last_half_forgotten(target, state, step_size, n_steps, inverse_mass):
    """The half step of the momentum at the end is missing.

    Each leapfrog step ends with half a step of the momentum, by the gradient at the new position.
    Otherwise position and momentum do not belong to the same time.
    """
    return _path(target, state, step_size, n_steps, inverse_mass, last=0.0)


@mistake(LEAPFROG, "eq-hmc-kick", *BOTH)
def two_whole_kicks(target, state, step_size, n_steps, inverse_mass):
    """The momentum moves by a whole step twice.

    Before and after the position moves, the momentum moves by half a step: epsilon / 2 times the
    gradient.
    """
    return _path(target, state, step_size, n_steps, inverse_mass, first=1.0, last=1.0)


@mistake(LEAPFROG, "eq-hmc-kick", *BOTH)
def gradient_upside_down(target, state, step_size, n_steps, inverse_mass):
    """The gradient has the wrong sign.

    The force is minus the gradient of the potential energy, which is plus the gradient of the
    log-density. So the momentum grows in the direction in which the density does.
    """
    return _path(target, state, step_size, n_steps, inverse_mass, sign=-1.0)


@mistake(LEAPFROG, "eq-hmc-kick", *BOTH)
def old_gradient(target, state, step_size, n_steps, inverse_mass):
    """The gradient of the start is used all the way.

    The force changes with the position. Compute the gradient again after each move of the position.
    """
    return _path(target, state, step_size, n_steps, inverse_mass, renew=False)


@mistake(LEAPFROG, "eq-hmc-drift", *BOTH)
def mass_in_the_velocity(target, state, step_size, n_steps, inverse_mass):
    """The velocity is the mass times the momentum, not the inverse mass times it.

    The velocity is M^-1 p, and you are given M^-1: multiply by it. Where a coordinate varies much,
    it should move fast.
    """
    inverse = _inverse(inverse_mass)
    return _path(target, state, step_size, n_steps, inverse)


@mistake(LEAPFROG, "eq-hmc-drift", *BOTH)
def velocity_without_mass(target, state, step_size, n_steps, inverse_mass):
    """The position moves by the momentum itself.

    The velocity is the inverse mass times the momentum, M^-1 p. With unit masses that is the same,
    so try others.
    """
    ones = np.ones(len(inverse_mass))
    return _path(target, state, step_size, n_steps, ones)


@mistake(LEAPFROG, "eq-hmc-drift", *BOTH)
def position_first(target, state, step_size, n_steps, inverse_mass):
    """The position moves before the momentum's first half step.

    Begin each step with half a step of the momentum. The position then moves with the new momentum.
    """
    return _path(target, state, step_size, n_steps, inverse_mass, drift_first=True)


@mistake(LEAPFROG, "eq-hmc-kick", *BOTH)
def one_step_short(target, state, step_size, n_steps, inverse_mass):
    """The path has one step less than it should.

    Take n_steps whole leapfrog steps. A loop over range(1, n_steps) takes one step less.
    """
    return _path(target, state, step_size, n_steps - 1, inverse_mass)


@mistake(LEAPFROG, "eq-hmc-kick", *BOTH)
def one_step_further(target, state, step_size, n_steps, inverse_mass):
    """The path has one step more than it should.

    Take n_steps whole leapfrog steps. A loop over range(n_steps + 1) takes one step more.
    """
    return _path(target, state, step_size, n_steps + 1, inverse_mass)


@mistake(LEAPFROG, "eq-hmc-kick", "momentum")
def negated_at_the_end(target, state, step_size, n_steps, inverse_mass):
    """The momentum is returned with the opposite sign.

    Proofs turn it round, so that the same steps lead back. Here it is returned as it arrives. In a
    sampler that draws a new momentum each time, the sign changes nothing: the kinetic energy is the
    same.
    """
    return -_path(target, state, step_size, n_steps, inverse_mass).momentum


# --- hmc ------------------------------------------------------------------------------------------


def _run(
    target,
    start,
    momenta,
    u,
    step_size,
    n_steps,
    inverse_mass,
    *,
    rise=None,
    redraw=True,
    accept=None,
    turn=False,
    record_ends=False,
    path=_path,
):
    """The algorithm, with one of its parts exchanged; returns the draws."""
    T, C, D = np.shape(momenta)
    q = np.array(start, dtype=float)
    here = State(q, q, target.log_density(q), target.gradient(q))
    draws = np.empty((C, T, D))
    for t in range(T):
        p = momenta[t] if redraw or not t else here.momentum
        here = here._replace(momentum=np.asarray(p, dtype=float))
        end = path(target, here, step_size, n_steps, inverse_mass)
        with np.errstate(all="ignore"):
            after = _kinetic(end.momentum, inverse_mass) - end.log_density
            before = _kinetic(here.momentum, inverse_mass) - here.log_density
            gain = after - before if rise is None else rise(here, end)
            gain = np.where(np.isnan(gain), np.inf, gain)
            moved = accept(u[t], gain) if accept else u[t] < np.exp(-gain)
        if turn:
            end = end._replace(momentum=-end.momentum)
        draws[:, t] = end.position
        here = State(
            *(
                np.where(moved.reshape(C, *[1] * (new.ndim - 1)), new, old)
                for new, old in zip(end, here, strict=True)
            )
        )
        if not record_ends:
            draws[:, t] = here.position
    return draws


@mistake(HMC, "eq-hmc-acceptance", "draws")
def potential_decides(target, start, momenta, u, step_size, n_steps, inverse_mass):
    """The end is accepted by its potential energy alone.

    The path keeps the sum of potential and kinetic energy, not the potential. Compare the whole
    energies, each with the momentum at its own end of the path.
    """

    def rise(here, end):
        return here.log_density - end.log_density

    return _run(target, start, momenta, u, step_size, n_steps, inverse_mass, rise=rise)


@mistake(HMC, "eq-hmc-acceptance", "draws")
def energy_upside_down(target, start, momenta, u, step_size, n_steps, inverse_mass):
    """The difference of the energies has the wrong sign.

    An end with less energy is always accepted, one with more by the exponential of minus the
    difference. Here it is the other way round.
    """

    def rise(here, end):
        with np.errstate(all="ignore"):
            after = _kinetic(end.momentum, inverse_mass) - end.log_density
            before = _kinetic(here.momentum, inverse_mass) - here.log_density
            return before - after

    return _run(target, start, momenta, u, step_size, n_steps, inverse_mass, rise=rise)


@mistake(HMC, "eq-hmc-acceptance", "draws")
def all_accepted(target, start, momenta, u, step_size, n_steps, inverse_mass):
    """Every end is accepted.

    Leapfrog steps keep the energy only nearly. Without the decision of Metropolis the draws have a
    distribution that depends on the step size.
    """

    def accept(u, gain):
        return gain < np.inf

    return _run(
        target, start, momenta, u, step_size, n_steps, inverse_mass, accept=accept
    )


@mistake(HMC, "eq-hmc-momentum", "draws")
def momentum_kept(target, start, momenta, u, step_size, n_steps, inverse_mass):
    """The momentum is drawn once, and then kept.

    Each draw begins with a new momentum, momenta[t]. Otherwise the energy hardly changes, and the
    chain stays on one level of it.
    """
    return _run(
        target, start, momenta, u, step_size, n_steps, inverse_mass, redraw=False
    )


@mistake(HMC, "eq-hmc-acceptance", "draws")
def ends_recorded(target, start, momenta, u, step_size, n_steps, inverse_mass):
    """The draws are the ends of the paths, even where they were rejected.

    A chain whose end is rejected stays, and its position counts once more. Record the position
    after the decision.
    """
    return _run(
        target, start, momenta, u, step_size, n_steps, inverse_mass, record_ends=True
    )


@mistake(HMC, "eq-hmc-acceptance", "draws")
def u_beside_the_energy(target, start, momenta, u, step_size, n_steps, inverse_mass):
    """u is compared with the difference of the energies, not with its exponential.

    The end is accepted with probability exp(-(H' - H)) where the energy rose. Compare u with that.
    """

    def accept(u, gain):
        return u < -gain

    return _run(
        target, start, momenta, u, step_size, n_steps, inverse_mass, accept=accept
    )


@mistake(HMC, "eq-hmc-kick", "draws")
def half_steps_forgotten(target, start, momenta, u, step_size, n_steps, inverse_mass):
    """The momentum moves by whole steps: the half steps at the ends are missing.

    The first and the last move of the momentum are half a step. With whole steps energy is kept
    less well, and the path cannot be walked back by the same rule.
    """

    def path(target, here, step_size, n_steps, inverse_mass):
        return _path(
            target, here, step_size, n_steps, inverse_mass, first=1.0, last=0.0
        )

    return _run(target, start, momenta, u, step_size, n_steps, inverse_mass, path=path)


# --- turned ---------------------------------------------------------------------------------------


def _dots(first, last, way, inverse_mass):
    v = way @ _matrix(inverse_mass)
    return np.einsum("ci,ci->c", first, v), np.einsum("ci,ci->c", last, v)


@mistake(TURNED, "eq-nuts-turned")
def way_reversed(first, last, total, inverse_mass):
    """The way between the ends is taken in the wrong direction.

    It leads from the first end to the last. Reversed, each path counts as turned that has not.
    """
    behind, ahead = _dots(first, last, (first + last) / 2 - total, inverse_mass)
    return (behind <= 0) | (ahead <= 0)


@mistake(TURNED, "eq-nuts-turned")
def goes_on(first, last, total, inverse_mass):
    """The answer is upside down: True where the path has not turned.

    The path has turned if one of its ends moves against the way, a product that is not positive.
    """
    behind, ahead = _dots(first, last, total - (first + last) / 2, inverse_mass)
    return (behind > 0) & (ahead > 0)


@mistake(TURNED, "eq-nuts-turned")
def both_ends_needed(first, last, total, inverse_mass):
    """The path counts as turned only if both ends move against the way.

    One end is enough. From either end the same set of states must be seen to stop, so either
    product decides.
    """
    behind, ahead = _dots(first, last, total - (first + last) / 2, inverse_mass)
    return (behind <= 0) & (ahead <= 0)


@mistake(TURNED, "eq-nuts-turned")
def last_end_alone(first, last, total, inverse_mass):
    """Only the last end is looked at.

    The first end can have turned, too: a path that grew backward has its newest state there.
    Compute the product for both ends.
    """
    return _dots(first, last, total - (first + last) / 2, inverse_mass)[1] <= 0


@mistake(TURNED, "eq-nuts-turned")
def first_end_alone(first, last, total, inverse_mass):
    """Only the first end is looked at.

    The path has turned if either end moves against the way. Compute the product for both.
    """
    return _dots(first, last, total - (first + last) / 2, inverse_mass)[0] <= 0


@mistake(TURNED, "eq-nuts-way")
def ends_counted_whole(first, last, total, inverse_mass):
    """The momenta of the ends are counted whole.

    The way is the area under the momenta, by the trapezoid rule: the two ends count half. Subtract
    half of their sum from the total.
    """
    behind, ahead = _dots(first, last, total, inverse_mass)
    return (behind <= 0) | (ahead <= 0)


@mistake(TURNED, "eq-nuts-way")
def ends_left_out(first, last, total, inverse_mass):
    """The momenta of the ends are left out.

    By the trapezoid rule the two ends count half. Subtract half of their sum from the total, not
    the whole.
    """
    behind, ahead = _dots(first, last, total - first - last, inverse_mass)
    return (behind <= 0) | (ahead <= 0)


@mistake(TURNED, "eq-nuts-turned")
def ends_against_each_other(first, last, total, inverse_mass):
    """The two ends are compared with each other, not with the way between them.

    Ends that move in opposite directions can still move apart. Each is compared with the way from
    the first end to the last.
    """
    return _dots(first, last, last, inverse_mass)[0] <= 0


@mistake(TURNED, "eq-nuts-turned")
def mass_left_out(first, last, total, inverse_mass):
    """The inverse mass is missing.

    A momentum becomes a velocity by the inverse mass. The product is p^T M^-1 times the way.
    """
    ones = np.ones(np.shape(first)[1])
    behind, ahead = _dots(first, last, total - (first + last) / 2, ones)
    return (behind <= 0) | (ahead <= 0)


# --- no_u_turn ------------------------------------------------------------------------------------


def _trees(
    target,
    start,
    momenta,
    u,
    step_size,
    inverse_mass,
    *,
    turned=None,
    half=None,
    move=None,
    forward=None,
    check_halves=True,
    check_between=True,
    broken_counts=False,
):
    """The algorithm by recursion, with one of its parts exchanged; returns the draws."""
    T, C, D = np.shape(momenta)
    M = _matrix(inverse_mass)
    steps = np.broadcast_to(step_size, (T, C))
    draws = np.empty((C, T, D))

    def back(first, last, total):
        way = total - (first + last) / 2
        if turned is not None:
            return turned(first, last, way, M)
        return first @ M @ way <= 0 or last @ M @ way <= 0

    def joined(first, last, total, tree):
        p, end, added, last = tree[0], tree[1].momentum, tree[2], last.momentum
        between = back(first, p, total + p) or back(last, end, last + added)
        return back(first, end, total + added) or (between and check_between)

    def build(state, before, level, v, step):
        if level == 0:
            pair = State(*(part[None] for part in state))
            with np.errstate(all="ignore"):
                end = _path(target, pair, step, 1, inverse_mass)
                end = State(*(part[0] for part in end))
                rise = _kinetic(end.momentum[None], M)[0] - end.log_density - before
            fine = bool(rise <= 1000)
            return (
                end.momentum,
                end,
                end.momentum,
                -rise if fine else -np.inf,
                end,
                fine,
            )
        first, last, total, weight, drawn, fine = build(
            state, before, level - 1, v, step
        )
        if not fine:
            return first, last, total, weight, drawn, False
        tree = build(last, before, level - 1, v, step)
        _, end, more, other, later, fine = tree
        turns, both = joined(first, last, total, tree), np.logaddexp(weight, other)
        last, total = end, total + more
        share = np.exp(other - both) if half is None else half(weight, other)
        drawn = later if v[level - 1] < share else drawn
        if check_halves:
            fine = fine and not turns
        return first, last, total, both, drawn, fine

    for c in range(C):
        q = np.array(start[c], dtype=float)
        for t in range(T):
            p = np.array(momenta[t, c], dtype=float)
            height, g = target.log_density(q[None])[0], target.gradient(q[None])[0]
            here = State(q, p, height, g)
            before = _kinetic(p[None], M)[0] - height
            ends, total, weight, drawn = [here, here], p, 0.0, here
            for j in range(np.shape(u)[3]):
                side = int(u[t, c, 0, j] < 0.5 if forward is None else forward(j))
                step = steps[t, c] if side else -steps[t, c]
                tree = build(ends[side], before, j, u[t, c, 2], step)
                _, last, more, other, later, fine = tree
                chance = np.exp(min(0.0, other - weight))
                if move is not None:
                    chance = move(weight, other)
                if (fine or broken_counts) and u[t, c, 1, j] < chance:
                    drawn = later
                if not fine:
                    break
                turns = joined(ends[1 - side].momentum, ends[side], total, tree)
                weight, total = np.logaddexp(weight, other), total + more
                ends[side] = last
                if turns:
                    break
            draws[c, t] = q = drawn.position
    return draws


@mistake(TREES, "eq-nuts-half", "draws")
def last_of_the_half(target, start, momenta, u, step_size, inverse_mass):
    """The draw from a new half is always its last state.

    Each state of the half must be drawn in proportion to its weight. Decide at each joining of two
    subtrees which of their draws is kept.
    """

    def half(weight, other):
        return 1.0

    return _trees(target, start, momenta, u, step_size, inverse_mass, half=half)


@mistake(TREES, "eq-nuts-half", "draws")
def halves_alike(target, start, momenta, u, step_size, inverse_mass):
    """Of two subtrees either is chosen with probability 1/2, whatever they weigh.

    States with more energy are less probable. The later subtree is chosen with its share of the
    weight of both.
    """

    def half(weight, other):
        return 0.5

    return _trees(target, start, momenta, u, step_size, inverse_mass, half=half)


@mistake(TREES, "eq-nuts-half", "draws")
def halves_by_ratio(target, start, momenta, u, step_size, inverse_mass):
    """Inside a half, the later subtree is chosen with the ratio of the weights.

    That rule is for the joining of a new half to the whole tree. Inside the half the later subtree
    is chosen with its share of the sum; otherwise its states come out too often.
    """

    def half(weight, other):
        return np.exp(min(0.0, other - weight))

    return _trees(target, start, momenta, u, step_size, inverse_mass, half=half)


@mistake(TREES, "eq-nuts-move", "draws")
def always_moves(target, start, momenta, u, step_size, inverse_mass):
    """The draw always moves to the new half.

    It moves with probability min(1, w'/w), where w' is the weight of the new half and w that of the
    tree before.
    """

    def move(weight, other):
        return 1.0

    return _trees(target, start, momenta, u, step_size, inverse_mass, move=move)


@mistake(TREES, "eq-nuts-move", "draws")
def moves_by_share(target, start, momenta, u, step_size, inverse_mass):
    """The draw moves to the new half with its share of the weight.

    That leaves the target invariant, too, but stays nearer to the start. The sampler moves with
    probability min(1, w'/w).
    """

    def move(weight, other):
        return np.exp(other - np.logaddexp(weight, other))

    return _trees(target, start, momenta, u, step_size, inverse_mass, move=move)


@mistake(TREES, "eq-nuts-direction", "draws")
def always_forward(target, start, momenta, u, step_size, inverse_mass):
    """The tree grows forward only.

    Then the start is always the first state of its tree, and the other states of it would not have
    built the same tree. Each doubling goes forward or backward with probability 1/2.
    """

    def forward(j):
        return True

    return _trees(target, start, momenta, u, step_size, inverse_mass, forward=forward)


@mistake(TREES, "eq-nuts-turned", "draws")
def difference_reversed(target, start, momenta, u, step_size, inverse_mass):
    """The U-turn is looked for with the way between the ends reversed.

    The way leads from the first end to the last. Reversed, paths stop while they go straight.
    """

    def turned(first, last, way, M):
        return first @ M @ way >= 0 or last @ M @ way >= 0

    return _trees(target, start, momenta, u, step_size, inverse_mass, turned=turned)


@mistake(TREES, "eq-nuts-turned", "draws")
def whole_tree_alone(target, start, momenta, u, step_size, inverse_mass):
    """U-turns inside the new half are not looked for.

    If a subtree turns, a start in it would have stopped there, and would not have built this tree.
    Check each joining of two subtrees, too.
    """
    return _trees(
        target, start, momenta, u, step_size, inverse_mass, check_halves=False
    )


@mistake(TREES, "eq-nuts-turned", "draws")
def between_left_out(target, start, momenta, u, step_size, inverse_mass):
    """A U-turn between two subtrees is not looked for.

    Two subtrees that do not turn can be joined to a path that has turned once round, and seems to
    go straight. Try each of them with the nearest state of the other, too.
    """
    return _trees(
        target, start, momenta, u, step_size, inverse_mass, check_between=False
    )


@mistake(TREES, "eq-nuts-move", "draws")
def broken_half_drawn(target, start, momenta, u, step_size, inverse_mass):
    """The draw may come from a half that turned or diverged.

    Starts in such a half would not have built this tree. Leave that half out, and stop.
    """
    return _trees(
        target, start, momenta, u, step_size, inverse_mass, broken_counts=True
    )


# --- nuts -----------------------------------------------------------------------------------------


@mistake(NUTS, "eq-nuts-step", "draws")
def adapted_while_drawing(target, start, rng, n_draws, step_size, inverse_mass):
    """The step size goes on adapting while draws are kept.

    Then the next step depends on the draws before, and the chain no longer leaves the target
    invariant. Adapt in the warm-up, and fix the step size afterwards.
    """
    from emlib.hmc.vectorized import nuts

    position, sizes = (
        np.array(start, dtype=float),
        np.broadcast_to(step_size, (len(start),)),
    )
    parts, error = [], np.zeros(len(position))
    centre = np.log(10 * sizes)
    for t in range(1, n_draws + 1):
        one = nuts(target, position, rng, 1, sizes, inverse_mass)
        parts.append(one)
        position = one.draws[:, 0]
        error += (0.8 - one.acceptance[:, 0] - error) / (t + 10)
        sizes = np.exp(centre - np.sqrt(t) / 0.05 * error)
    return Chains(*(np.concatenate(each, axis=1) for each in zip(*parts, strict=True)))


# --- dual_average ---------------------------------------------------------------------------------


def _averaged(
    acceptance,
    step_size,
    *,
    sign=1.0,
    factor=10.0,
    t0=10,
    gamma=0.05,
    root=np.sqrt,
    kappa=0.75,
    delta=0.8,
    by_t=False,
):
    """The algorithm, with one of its parts exchanged; both results."""
    acceptance = np.asarray(acceptance, dtype=float)
    C, T = acceptance.shape
    steps, averages = np.empty((2, C, T))
    centre = np.log(factor * np.asarray(step_size, dtype=float))
    error, average = np.zeros((2, C))
    for t in range(1, T + 1):
        wrong = delta - acceptance[:, t - 1]
        error = error + (wrong - error) / (t + t0)
        log_step = centre - sign * root(t) / gamma * error
        share = 1 / t if by_t else t**-kappa
        average = average + share * (log_step - average)
        steps[:, t - 1], averages[:, t - 1] = np.exp(log_step), np.exp(average)
    return steps, averages


@mistake(AVERAGE, "eq-nuts-error", "next_steps")
def error_upside_down(acceptance, step_size):
    """The step grows where too little is accepted, and shrinks where too much is.

    The error is the target minus the acceptance. Where it is positive, steps must become shorter.
    """
    with np.errstate(all="ignore"):
        return _averaged(acceptance, step_size, sign=-1.0)[0]


@mistake(AVERAGE, "eq-nuts-step", "next_steps")
def centre_without_ten(acceptance, step_size):
    """The steps are pulled towards the first step size, not towards ten times that.

    The centre is log(10 epsilon): large steps are cheap to try, so the search begins from there.
    """
    return _averaged(acceptance, step_size, factor=1.0)[0]


@mistake(AVERAGE, "eq-nuts-error", "next_steps")
def no_delay(acceptance, step_size):
    """The first errors count too much: the ten that are added to t are missing.

    The error of draw t enters with weight 1 / (t + 10). With 1 / t the first draws decide alone,
    and the steps jump.
    """
    return _averaged(acceptance, step_size, t0=0)[0]


@mistake(AVERAGE, "eq-nuts-step", "next_steps")
def root_missing(acceptance, step_size):
    """The factor sqrt(t) is missing.

    The mean error is multiplied by sqrt(t) / 0.05. Without the root the steps hardly follow the
    errors later on.
    """
    return _averaged(acceptance, step_size, root=lambda t: 1.0)[0]


@mistake(AVERAGE, "eq-nuts-step", "next_steps")
def t_for_its_root(acceptance, step_size):
    """The mean error is multiplied by t, not by its square root.

    The factor is sqrt(t) / 0.05. With t itself each error moves the steps more and more, and they
    never settle.
    """
    with np.errstate(all="ignore"):
        return _averaged(acceptance, step_size, root=float)[0]


@mistake(AVERAGE, "eq-nuts-step", "next_steps")
def gamma_multiplied(acceptance, step_size):
    """The mean error is multiplied by 0.05, not divided by it.

    The factor is sqrt(t) / 0.05. With the product the steps hardly move, and too much or too little
    is accepted for long.
    """
    return _averaged(acceptance, step_size, gamma=20.0)[0]


@mistake(AVERAGE, "eq-nuts-average", "averages")
def last_for_the_average(acceptance, step_size):
    """The average is the last step tried.

    The steps tried go on jumping. Keep the average of their logarithms, in which later ones weigh
    more.
    """
    return _averaged(acceptance, step_size)[0]


@mistake(AVERAGE, "eq-nuts-average", "averages")
def plain_average(acceptance, step_size):
    """All steps weigh the same in the average.

    Draw t enters with weight t^-0.75, which is larger than 1 / t: the first steps, which are poor,
    are forgotten.
    """
    return _averaged(acceptance, step_size, by_t=True)[1]


@mistake(AVERAGE, "eq-nuts-average", "averages")
def average_of_sizes(acceptance, step_size):
    """The step sizes themselves are averaged, not their logarithms.

    Step sizes differ by factors. Average the logarithms, and take the exponential last.
    """
    steps, _ = _averaged(acceptance, step_size)
    average = np.zeros(len(steps))
    out = np.empty(steps.shape)
    for t in range(steps.shape[1]):
        average = average + (t + 1) ** -0.75 * (steps[:, t] - average)
        out[:, t] = average
    return out


@mistake(AVERAGE, "eq-nuts-average", "averages")
def weights_upside_down(acceptance, step_size):
    """The new step enters the average with weight 1 - t^-0.75.

    The new one has the weight t^-0.75, which falls, and the average so far has the rest. Otherwise
    the average follows the last step.
    """
    steps, _ = _averaged(acceptance, step_size)
    average = np.zeros(len(steps))
    out = np.empty(steps.shape)
    for t in range(steps.shape[1]):
        share = 1 - (t + 1) ** -0.75
        average = average + share * (np.log(steps[:, t]) - average)
        out[:, t] = np.exp(average)
    return out


@mistake(AVERAGE, "eq-nuts-average", "averages")
def logarithm_returned(acceptance, step_size):
    """The average is returned as a logarithm.

    Averages are taken of the logarithms of the step sizes. Return the exponential, which is a step
    size again.
    """
    return np.log(_averaged(acceptance, step_size)[1])


# --- metric ---------------------------------------------------------------------------------------


def _estimate(draws, before, *, divisor=None, pooled=True, prior=None, weight=5.0):
    draws, before = np.asarray(draws, dtype=float), np.asarray(before, dtype=float)
    D = draws.shape[2]
    around = draws - draws.mean(axis=(0, 1) if pooled else 1, keepdims=True)
    flat = around.reshape(-1, D)
    n = len(flat)
    covariance = flat.T @ flat / (n - 1 if divisor is None else divisor(n))
    if before.ndim == 1:
        covariance = np.diagonal(covariance)
    return (n * covariance + weight * (before if prior is None else prior(before))) / (
        n + weight
    )


@mistake(METRIC, "eq-nuts-variance")
def n_for_n_minus_one(draws, before):
    """The squares are divided by the number of draws, not by that number less one.

    The mean is estimated from the same draws, which makes the squares smaller. Divide by n - 1.
    """
    return _estimate(draws, before, divisor=lambda n: n)


@mistake(METRIC, "eq-nuts-mean")
def each_chain_its_mean(draws, before):
    """Each chain's own mean is subtracted.

    All draws are pooled: one mean for all chains. Otherwise chains that lie apart look narrow.
    """
    return _estimate(draws, before, pooled=False)


@mistake(METRIC, "eq-nuts-shrink")
def not_shrunk(draws, before):
    """The inverse mass so far is left out.

    It counts for five draws: (n S + 5 before) / (n + 5). A few draws alone give a poor estimate.
    """
    return _estimate(draws, before, weight=0.0)


@mistake(METRIC, "eq-nuts-shrink")
def shrunk_to_stan(draws, before):
    """The estimate is pulled towards 0.001.

    Stan does that; it depends on the units of the parameters. Here the inverse mass so far counts
    for five draws.
    """

    def prior(before):
        return (
            np.full(len(before), 1e-3)
            if before.ndim == 1
            else 1e-3 * np.eye(len(before))
        )

    return _estimate(draws, before, prior=prior)


@mistake(METRIC, "eq-nuts-shrink")
def weights_exchanged(draws, before):
    """The weights of the draws and of the inverse mass so far are exchanged.

    The draws count n, and what was before counts five: (n S + 5 before) / (n + 5). Many draws must
    outweigh what was believed before.
    """
    n = np.shape(draws)[0] * np.shape(draws)[1]
    own = _estimate(draws, before, weight=0.0)
    return (5 * own + n * np.asarray(before)) / (n + 5)


@mistake(METRIC, "eq-nuts-variance")
def deviations_for_variances(draws, before):
    """The result holds standard deviations, not variances.

    The inverse mass is a variance, or a covariance: the kinetic energy is p^T M^-1 p / 2.
    """
    return np.sqrt(np.abs(_estimate(draws, before)))


@mistake(METRIC, "eq-nuts-variance")
def mass_returned(draws, before):
    """The result is the mass, not the inverse mass.

    The inverse mass is the variance of the target itself. Do not invert it: a coordinate that
    varies much has a small mass.
    """
    found = _estimate(draws, before)
    return 1 / found if found.ndim == 1 else np.linalg.solve(found, np.eye(len(found)))


@mistake(METRIC, "eq-nuts-mean")
def mean_not_subtracted(draws, before):
    """The mean is not subtracted.

    A variance is the mean squared distance from the mean. Squares of the draws themselves measure
    how far they lie from zero.
    """
    draws, before = np.asarray(draws, dtype=float), np.asarray(before, dtype=float)
    flat = draws.reshape(-1, draws.shape[2])
    n = len(flat)
    covariance = flat.T @ flat / (n - 1)
    if before.ndim == 1:
        covariance = np.diagonal(covariance)
    return (n * covariance + 5 * before) / (n + 5)
