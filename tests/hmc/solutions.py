"""Right solutions as readers might write them, in three styles."""

import math

import numpy as np

from emlib import hmc
from tests.solving import solution

# --- energy ---------------------------------------------------------------------------------------


def _dense(inverse_mass):
    return inverse_mass if np.ndim(inverse_mass) == 2 else np.diag(inverse_mass)


@solution("hmc.energy", "loops")
def energy_loops(state, inverse_mass):
    M = _dense(inverse_mass)
    out = []
    for c in range(len(state.position)):
        kinetic = 0.0
        for i in range(len(M)):
            for j in range(len(M)):
                kinetic += state.momentum[c, i] * M[i, j] * state.momentum[c, j] / 2
        out.append(kinetic - state.log_density[c])
    return np.array(out)


@solution("hmc.energy", "broadcasting")
def energy_broadcasting(state, inverse_mass):
    p = state.momentum
    v = p * inverse_mass if np.ndim(inverse_mass) == 1 else p @ inverse_mass
    return 0.5 * (p * v).sum(axis=1) - state.log_density


@solution("hmc.energy", "einsum")
def energy_einsum(state, inverse_mass):
    p = state.momentum
    return (
        0.5 * np.einsum("ci,ij,cj->c", p, _dense(inverse_mass), p) - state.log_density
    )


# --- leapfrog -------------------------------------------------------------------------------------


@solution("hmc.leapfrog", "loops")
def leapfrog_loops(target, state, step_size, n_steps, inverse_mass):
    M = _dense(inverse_mass)
    C, D = state.position.shape
    steps = np.broadcast_to(step_size, (C,))
    q, p, g = state.position.copy(), state.momentum.copy(), state.gradient.copy()
    height = state.log_density.copy()
    for c in range(C):
        for _ in range(n_steps):
            for i in range(D):
                p[c, i] += 0.5 * steps[c] * g[c, i]
            for i in range(D):
                q[c, i] += steps[c] * sum(M[i, j] * p[c, j] for j in range(D))
            g[c] = target.gradient(q[c : c + 1].copy())[0]
            for i in range(D):
                p[c, i] += 0.5 * steps[c] * g[c, i]
        height[c] = target.log_density(q[c : c + 1].copy())[0]
    return hmc.State(q, p, height, g)


@solution("hmc.leapfrog", "broadcasting")
def leapfrog_broadcasting(target, state, step_size, n_steps, inverse_mass):
    q, p, g = state.position, state.momentum, state.gradient
    step = np.reshape(step_size, (-1, 1))
    for _ in range(n_steps):
        p = p + step / 2 * g
        v = p * inverse_mass if np.ndim(inverse_mass) == 1 else p @ inverse_mass
        q = q + step * v
        g = target.gradient(q)
        p = p + step / 2 * g
    return hmc.State(q, p, target.log_density(q), g)


@solution("hmc.leapfrog", "einsum")
def leapfrog_einsum(target, state, step_size, n_steps, inverse_mass):
    q, p, _, g = state
    steps = np.broadcast_to(step_size, (len(q),))
    p = p + np.einsum("c,ci->ci", steps / 2, g)
    for n in range(n_steps):
        q = q + np.einsum("c,ij,cj->ci", steps, _dense(inverse_mass), p)
        g = target.gradient(q)
        # Two halves meet between two steps.
        share = 1.0 if n < n_steps - 1 else 0.5
        p = p + share * np.einsum("c,ci->ci", steps, g)
    return hmc.State(q, p, target.log_density(q), g)


# --- hmc ------------------------------------------------------------------------------------------


def _hmc(leap, energy, target, start, momenta, u, step_size, n_steps, inverse_mass):
    T, C, D = momenta.shape
    sizes = np.broadcast_to(step_size, (T, C))
    parts = [np.empty((C, T, D)), *(np.empty((C, T)) for _ in range(4))]
    draws, heights, energies, accepts, moves = parts
    divergent = np.zeros((C, T), dtype=bool)
    q = start.astype(float)
    here = hmc.State(q, q, target.log_density(q), target.gradient(q))
    for t in range(T):
        here = here._replace(momentum=momenta[t])
        with np.errstate(all="ignore"):
            end = leap(target, here, sizes[t], n_steps, inverse_mass)
            before, after = energy(here, inverse_mass), energy(end, inverse_mass)
            rise = after - before
            rise[np.isnan(rise)] = np.inf
        accept = np.exp(-np.maximum(rise, 0))
        moved = u[t] < accept
        here = hmc.State(
            np.where(moved[:, None], end.position, here.position),
            here.momentum,
            np.where(moved, end.log_density, here.log_density),
            np.where(moved[:, None], end.gradient, here.gradient),
        )
        draws[:, t], heights[:, t] = here.position, here.log_density
        energies[:, t] = np.where(moved, after, before)
        accepts[:, t], moves[:, t], divergent[:, t] = accept, moved, rise > 1000
    zeros = np.zeros((C, T), dtype=int)
    return hmc.Chains(
        draws,
        heights,
        moves.astype(bool),
        energies,
        accepts,
        divergent,
        zeros + n_steps,
        zeros,
    )


@solution("hmc.hmc", "loops")
def hmc_loops(*given):
    return _hmc(leapfrog_loops, energy_loops, *given)


@solution("hmc.hmc", "broadcasting")
def hmc_broadcasting(*given):
    return _hmc(leapfrog_broadcasting, energy_broadcasting, *given)


@solution("hmc.hmc", "einsum")
def hmc_einsum(*given):
    return _hmc(leapfrog_einsum, energy_einsum, *given)


# --- turned ---------------------------------------------------------------------------------------


@solution("hmc.turned", "loops")
def turned_loops(first, last, total, inverse_mass):
    M, out = _dense(inverse_mass), []
    for a, b, s in zip(first, last, total, strict=True):
        way = [s[i] - 0.5 * a[i] - 0.5 * b[i] for i in range(len(s))]
        one = sum(a[i] * M[i, j] * way[j] for i in range(len(s)) for j in range(len(s)))
        two = sum(b[i] * M[i, j] * way[j] for i in range(len(s)) for j in range(len(s)))
        out.append(one <= 0 or two <= 0)
    return np.array(out)


@solution("hmc.turned", "broadcasting")
def turned_broadcasting(first, last, total, inverse_mass):
    way = total - 0.5 * (first + last)
    v = way * inverse_mass if np.ndim(inverse_mass) == 1 else way @ inverse_mass
    return np.minimum((first * v).sum(axis=1), (last * v).sum(axis=1)) <= 0


@solution("hmc.turned", "einsum")
def turned_einsum(first, last, total, inverse_mass):
    ends = np.stack([first, last])
    way = total - ends.mean(axis=0)
    return (np.einsum("eci,ij,cj->ec", ends, _dense(inverse_mass), way) <= 0).any(
        axis=0
    )


# --- momenta --------------------------------------------------------------------------------------


@solution("hmc.momenta", "loops")
def momenta_loops(normals, inverse_mass):
    L = np.linalg.cholesky(_dense(inverse_mass))
    out = np.empty(normals.shape)
    for t in range(len(normals)):
        for c in range(normals.shape[1]):
            out[t, c] = np.linalg.solve(L.T, normals[t, c])
    return out


@solution("hmc.momenta", "broadcasting")
def momenta_broadcasting(normals, inverse_mass):
    if np.ndim(inverse_mass) == 1:
        return normals / np.sqrt(inverse_mass)
    return np.linalg.solve(np.linalg.cholesky(inverse_mass).T, normals[..., None])[
        ..., 0
    ]


@solution("hmc.momenta", "einsum")
def momenta_einsum(normals, inverse_mass):
    L = np.linalg.cholesky(_dense(inverse_mass))
    return np.einsum("tcj,ji->tci", normals, np.linalg.solve(L, np.eye(len(L))))


# --- dual_average ---------------------------------------------------------------------------------


@solution("hmc.dual_average", "loops")
def dual_loops(acceptance, step_size, target_acceptance=0.8):
    C, T = acceptance.shape
    first = np.broadcast_to(step_size, (C,))
    steps, averages = np.empty((C, T)), np.empty((C, T))
    for c in range(C):
        error, average = 0.0, 0.0
        for t in range(1, T + 1):
            weight = 1 / (t + 10)
            wrong = target_acceptance - acceptance[c, t - 1]
            error = (1 - weight) * error + weight * wrong
            log_step = math.log(10 * first[c]) - 20 * math.sqrt(t) * error
            average = t**-0.75 * log_step + (1 - t**-0.75) * average
            steps[c, t - 1], averages[c, t - 1] = math.exp(log_step), math.exp(average)
    return steps, averages


@solution("hmc.dual_average", "broadcasting")
def dual_broadcasting(acceptance, step_size, target_acceptance=0.8):
    T = acceptance.shape[1]
    first = np.log(10 * np.asarray(step_size, dtype=float))
    error = average = np.zeros(len(acceptance))
    logs, means = [], []
    for t in range(1, T + 1):
        wrong = target_acceptance - acceptance[:, t - 1]
        error = error + (wrong - error) / (t + 10)
        logs.append(first - np.sqrt(t) / 0.05 * error)
        average = average + t**-0.75 * (logs[-1] - average)
        means.append(average)
    return np.exp(np.stack(logs, axis=1)), np.exp(np.stack(means, axis=1))


@solution("hmc.dual_average", "einsum")
def dual_einsum(acceptance, step_size, target_acceptance=0.8):
    # The mean error is a weighted sum of all errors so far: (t + 10) times it grows by each... less
    # what was forgotten; the weights are products.
    C, T = acceptance.shape
    t = np.arange(1, T + 1)

    def weights(share):
        kept = np.array(
            [[np.prod(1 - share[s + 1 : n + 1]) for s in t - 1] for n in t - 1]
        )
        return np.tril(kept) * share

    wrong = target_acceptance - acceptance
    error = np.einsum("ts,cs->ct", weights(1 / (t + 10)), wrong)
    first = np.log(10 * np.broadcast_to(step_size, (C,)))
    logs = first[:, None] - np.sqrt(t) / 0.05 * error
    return np.exp(logs), np.exp(np.einsum("ts,cs->ct", weights(t**-0.75), logs))


# --- metric ---------------------------------------------------------------------------------------


@solution("hmc.metric", "loops")
def metric_loops(draws, before):
    flat = draws.reshape(-1, draws.shape[2])
    n, D = flat.shape
    mean = [math.fsum(flat[:, i]) / n for i in range(D)]
    S = np.empty((D, D))
    for i in range(D):
        for j in range(D):
            S[i, j] = sum((x[i] - mean[i]) * (x[j] - mean[j]) for x in flat) / (n - 1)
    S = S if np.ndim(before) == 2 else np.diag(S)
    return n / (n + 5) * S + 5 / (n + 5) * np.asarray(before)


@solution("hmc.metric", "broadcasting")
def metric_broadcasting(draws, before):
    flat = draws.reshape(-1, draws.shape[2])
    n = len(flat)
    S = np.cov(flat, rowvar=False).reshape(flat.shape[1], -1)
    S = S if np.ndim(before) == 2 else np.diagonal(S)
    return (n * S + 5 * np.asarray(before)) / (n + 5)


@solution("hmc.metric", "einsum")
def metric_einsum(draws, before):
    around = draws - draws.mean(axis=(0, 1))
    n = draws.shape[0] * draws.shape[1]
    where = "cti,cti->i" if np.ndim(before) == 1 else "cti,ctj->ij"
    return (n * np.einsum(where, around, around) / (n - 1) + 5 * np.asarray(before)) / (
        n + 5
    )


# --- no_u_turn ------------------------------------------------------------------------------------


class Tree:
    """A reader's tree: what it sums up, and the state it holds as its draw."""

    def __init__(self, state, rise, energy):
        self.ends = [state.momentum, state.momentum]
        self.last, self.draw, self.energy = state, state, energy
        self.sum, self.weight = state.momentum, -rise if rise <= 1000 else -np.inf
        self.steps, self.accept = 1, np.exp(-max(0.0, rise))
        self.lost, self.fine = rise > 1000, rise <= 1000


def _tree(leap, energy, target, state, before, level, v, step, mass, dot):
    """By recursion, as in the paper; `dot` multiplies two momenta with the inverse mass between."""
    if level == 0:
        pair = hmc.State(*(np.asarray(part)[None] for part in state))
        with np.errstate(all="ignore"):
            end = leap(target, pair, step, 1, mass)
            after = energy(end, mass)[0]
            rise = after - before
        end = hmc.State(*(part[0] for part in end))
        return Tree(end, np.inf if np.isnan(rise) else rise, after)
    given = before, level - 1, v, step, mass, dot
    one = _tree(leap, energy, target, state, *given)
    if not one.fine:
        return one
    two = _tree(leap, energy, target, one.last, *given)
    one.steps, one.accept = one.steps + two.steps, one.accept + two.accept
    one.lost, one.fine = two.lost, two.fine
    if two.fine:
        both = np.logaddexp(one.weight, two.weight)
        if v[level - 1] < np.exp(two.weight - both):
            one.draw, one.energy = two.draw, two.energy
        one.fine = not _back(one.ends, one.sum, two, dot)
        one.ends = [one.ends[0], two.ends[1]]
        one.sum, one.weight, one.last = one.sum + two.sum, both, two.last
    return one


def _back(ends, total, tree, dot):
    def turns(a, b, s):
        way = s - a / 2 - b / 2
        return dot(a, way) <= 0 or dot(b, way) <= 0

    (a, b), (c, d) = ends, tree.ends
    return (
        turns(a, d, total + tree.sum)
        or turns(a, c, total + c)
        or turns(b, d, b + tree.sum)
    )


def _no_u_turn(leap, energy, dot_of, target, start, momenta, u, step_size, mass):
    T, C, _ = momenta.shape
    sizes, dot = np.broadcast_to(step_size, (T, C)), dot_of(mass)
    rows = []
    for c in range(C):
        q = start[c : c + 1].astype(float)
        here = hmc.State(q[0], q[0], target.log_density(q)[0], target.gradient(q)[0])
        for t in range(T):
            here = here._replace(momentum=momenta[t, c])
            pair = hmc.State(*(np.asarray(part)[None] for part in here))
            before = cost = energy(pair, mass)[0]
            ends, total, weight, draw = [here, here], here.momentum, 0.0, here
            steps, accept, depth, moved, lost = 0, 0.0, 0, False, False
            for j in range(u.shape[3]):
                side = 1 if u[t, c, 0, j] < 0.5 else 0
                step = sizes[t, c] if side else -sizes[t, c]
                at = ends[side], before, j, u[t, c, 2], step, mass, dot
                tree = _tree(leap, energy, target, *at)
                steps, accept, lost = (
                    steps + tree.steps,
                    accept + tree.accept,
                    tree.lost,
                )
                if not tree.fine:
                    break
                if u[t, c, 1, j] < np.exp(min(0.0, tree.weight - weight)):
                    draw, cost, moved = tree.draw, tree.energy, True
                near = [ends[1 - side].momentum, ends[side].momentum]
                back = _back(near, total, tree, dot)
                weight, total = np.logaddexp(weight, tree.weight), total + tree.sum
                ends[side], depth = tree.last, j + 1
                if back:
                    break
            here = draw
            rows.append(
                (draw[0], draw[2], moved, cost, accept / steps, lost, steps, depth)
            )
    parts = (np.array(part) for part in zip(*rows, strict=True))
    return hmc.Chains(*(part.reshape(C, T, *part.shape[1:]) for part in parts))


def dot_loops(mass):
    M = _dense(mass)
    places = range(len(M))
    return lambda a, b: sum(a[i] * M[i, j] * b[j] for i in places for j in places)


def dot_broadcasting(mass):
    if np.ndim(mass) == 1:
        return lambda a, b: (a * mass * b).sum()
    return lambda a, b: (a @ mass * b).sum()


def dot_einsum(mass):
    return lambda a, b: np.einsum("i,ij,j->", a, _dense(mass), b)


@solution("hmc.no_u_turn", "loops")
def no_u_turn_loops(*given):
    return _no_u_turn(leapfrog_loops, energy_loops, dot_loops, *given)


@solution("hmc.no_u_turn", "broadcasting")
def no_u_turn_broadcasting(*given):
    return _no_u_turn(
        leapfrog_broadcasting, energy_broadcasting, dot_broadcasting, *given
    )


@solution("hmc.no_u_turn", "einsum")
def no_u_turn_einsum(*given):
    return _no_u_turn(leapfrog_einsum, energy_einsum, dot_einsum, *given)
