"""Mistakes in Markov chains: in the step, in its matrix, and in what Gibbs sampling draws."""

import numpy as np

from emlib import gmm
from emlib.exercises.mistakes import mistake, trap
from emlib.mcmc import Normal

MATRIX, METROPOLIS = "mcmc.transition_matrix", "mcmc.metropolis"
LINKAGE, POSTERIOR, WISHART = (
    "mcmc.gibbs_linkage",
    "mcmc.posterior",
    "mcmc.inverse_wishart",
)

trap(
    MATRIX,
    "a state without probability, and moves that are never proposed",
    log_p=np.array([0.0, -np.inf, 1.0]),
    proposal=np.array([[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [1.0, 0.0, 0.0]]),
)
trap(
    METROPOLIS,
    "a target that is zero where u is zero, too",
    log_density=Normal([0.0], [[1.0]], 0.0),
    start=np.array([[0.5], [1.0]]),
    noise=np.array([[[-2.0], [0.5]], [[0.1], [-3.0]]]),
    u=np.zeros((2, 2)),
    step=1.0,
)
for words, step in (
    ("step sizes that differ", np.array([0.5, 2.0])),
    ("a step that is a Cholesky factor", np.array([[1.0, 0.0], [0.5, 2.0]])),
):
    trap(
        METROPOLIS,
        words,
        log_density=Normal([0.0, 0.0], [[1.0, 0.0], [0.5, 2.0]]),
        start=np.zeros((1, 2)),
        noise=np.array([[[1.0, 0.5]], [[-0.5, 1.0]], [[0.3, -2.0]]]),
        u=np.array([[0.1], [0.2], [0.9]]),
        step=step,
    )
for words, counts in (
    ("no animals of the second and third class", [9.0, 0.0, 0.0, 3.0]),
    ("so many animals that small errors show", [9000.0, 1000.0, 1000.0, 0.0]),
):
    start = np.array([0.45])
    trap(LINKAGE, words, counts=np.array(counts), start=start, rng=0, n_draws=2)
trap(
    POSTERIOR,
    "a single observation",
    X=np.array([[2.0, 1.0]]),
    prior=gmm.Prior(np.zeros(2), 1.0, np.eye(2), 3.0),
)


# --- transition_matrix ----------------------------------------------------------------------------


def _filled(moves):
    """A matrix of moves (S, S) with what is left of each row on the diagonal."""
    P = moves.copy()
    np.fill_diagonal(P, 0.0)
    np.fill_diagonal(P, 1 - P.sum(axis=1))
    return P


def _ratios(log_p, q):
    """The ratio of Metropolis-Hastings for each move; 1 where a move is never proposed."""
    with np.errstate(all="ignore"):
        ratios = np.exp(log_p - log_p[:, None]) * q.T / q
    return np.where(np.isnan(ratios) | (q == 0), 1.0, ratios)


@mistake(MATRIX, "eq-mcmc-ratio")
def hastings_forgotten(log_p, proposal):
    """The proposal's own ratio is missing.

    The ratio of the probabilities alone is right if moves there and back are equally likely to be
    proposed. Otherwise multiply by q(j, i) / q(i, j): a state that is proposed too often must be
    accepted less often.
    """
    with np.errstate(all="ignore"):
        ratios = np.exp(log_p - log_p[:, None])
    ratios = np.where(np.isnan(ratios), 1.0, ratios)
    return _filled(proposal * np.minimum(1, ratios))


@mistake(MATRIX, "eq-mcmc-ratio")
def hastings_upside_down(log_p, proposal):
    """The proposal's own ratio is upside down.

    Divide the probability of proposing the way back by that of proposing the way there, q(j, i) /
    q(i, j).
    """
    with np.errstate(all="ignore"):
        ratios = np.exp(log_p - log_p[:, None]) * proposal / proposal.T
    ratios = np.where(np.isnan(ratios), 1.0, ratios)
    return _filled(proposal * np.minimum(1, ratios))


@mistake(MATRIX, "eq-mcmc-ratio")
def probabilities_upside_down(log_p, proposal):
    """The ratio of the target's probabilities is upside down.

    A move to a more probable state is always accepted. Here a move to a less probable one is, so
    that the chain visits the improbable states.
    """
    return _filled(proposal * np.minimum(1, _ratios(-log_p, proposal)))


@mistake(MATRIX, "eq-mcmc-stay")
def nobody_stays(log_p, proposal):
    """The refused moves are lost.

    A chain whose move is refused stays where it is. So what each row lacks belongs on the diagonal,
    and each row sums to one.
    """
    return proposal * np.minimum(1, _ratios(log_p, proposal))


@mistake(MATRIX, "eq-mcmc-transition")
def columns_for_rows(log_p, proposal):
    """The matrix is transposed.

    Row i holds the probabilities of the next state after state i, and sums to one. Here the columns
    do.
    """
    return _filled(proposal * np.minimum(1, _ratios(log_p, proposal))).T


@mistake(MATRIX, "eq-mcmc-acceptance")
def all_accepted(log_p, proposal):
    """Every move is accepted.

    Then the chain follows the proposal, whatever the target is. A move is accepted with probability
    min(1, ratio).
    """
    return proposal.copy()


@mistake(MATRIX, "eq-mcmc-acceptance")
def barker(log_p, proposal):
    """A move is accepted with probability r / (1 + r), not min(1, r).

    This is Barker's rule (1965). It leaves the target invariant, too, but refuses more moves than
    that of Metropolis and Hastings.
    """
    ratios = _ratios(log_p, proposal)
    with np.errstate(all="ignore"):
        accepted = np.where(np.isinf(ratios), 1.0, ratios / (1 + ratios))
    return _filled(proposal * accepted)


# --- metropolis -----------------------------------------------------------------------------------


def _run(log_density, start, noise, u, step, *, accept=None, propose=None, keep=None):
    """The algorithm, with one of its parts exchanged; returns the draws."""
    T, C, D = noise.shape
    L = step if np.ndim(step) == 2 else np.eye(D) * step
    moves = noise @ L.T
    x, height = start.astype(float), log_density(start)
    draws = np.empty((C, T, D))
    for t in range(T):
        y = propose(x, moves[t], noise[t]) if propose else x + moves[t]
        proposed = log_density(y)
        with np.errstate(all="ignore"):
            gain = proposed - height
            moved = accept(u[t], gain) if accept else np.log(u[t]) < gain
        if keep:
            draws[:, t], x, height = keep(x, y, moved, height, proposed)
        else:
            x = np.where(moved[:, None], y, x)
            height = np.where(moved, proposed, height)
            draws[:, t] = x
    return draws


@mistake(METROPOLIS, "eq-mcmc-metropolis", "draws")
def proposals_recorded(log_density, start, noise, u, step):
    """The draws are the proposals, even where they were rejected.

    A chain whose proposal is rejected stays, and its state counts once more. Record the state after
    the decision.
    """

    def keep(x, y, moved, height, proposed):
        return y, np.where(moved[:, None], y, x), np.where(moved, proposed, height)

    return _run(log_density, start, noise, u, step, keep=keep)


@mistake(METROPOLIS, "eq-mcmc-metropolis", "draws")
def u_beside_a_logarithm(log_density, start, noise, u, step):
    """u is compared with the difference of log-densities.

    The difference is the logarithm of the ratio. Compare it with log u, or its exponential with u.
    Here only moves uphill are accepted, and not all of them.
    """
    return _run(log_density, start, noise, u, step, accept=lambda u, gain: u < gain)


@mistake(METROPOLIS, "eq-mcmc-metropolis", "draws")
def downhill(log_density, start, noise, u, step):
    """The ratio is upside down.

    Divide the density at the proposal by that at the state. Here the chain prefers to go down.
    """
    return _run(
        log_density, start, noise, u, step, accept=lambda u, gain: np.log(u) < -gain
    )


@mistake(METROPOLIS, "eq-mcmc-metropolis", "draws")
def ratio_not_exponentiated(log_density, start, noise, u, step):
    """The logarithms of the densities are divided.

    The ratio of the densities is the exponential of the difference of their logarithms.
    """

    def keep(x, y, moved, height, proposed):
        with np.errstate(all="ignore"):
            moved = chances.pop(0) < proposed / height
        x = np.where(moved[:, None], y, x)
        return x, x, np.where(moved, proposed, height)

    chances = list(u)
    return _run(log_density, start, noise, u, step, keep=keep)


@mistake(METROPOLIS, "eq-mcmc-metropolis", "draws")
def always_moved(log_density, start, noise, u, step):
    """Every proposal is accepted.

    That is a random walk, which goes anywhere. Accept with probability min(1, ratio).
    """
    return _run(log_density, start, noise, u, step, accept=lambda u, gain: gain == gain)


@mistake(METROPOLIS, "eq-mcmc-metropolis", "draws")
def uphill_alone(log_density, start, noise, u, step):
    """Only moves uphill are accepted.

    That climbs to a top and stays there. A move downhill is accepted with probability equal to the
    ratio of the densities.
    """
    return _run(log_density, start, noise, u, step, accept=lambda u, gain: gain >= 0)


@mistake(METROPOLIS, "eq-mcmc-metropolis", "draws")
def all_draws_are_the_last(log_density, start, noise, u, step):
    """All draws are the last state.

    One array was changed in place and stored again and again. Store a copy, or make a new array in
    each step.
    """
    draws = _run(log_density, start, noise, u, step)
    return np.repeat(draws[:, -1:], draws.shape[1], axis=1)


@mistake(METROPOLIS, "eq-mcmc-proposal", "draws")
def proposed_from_the_start(log_density, start, noise, u, step):
    """The proposals are centred at the start.

    The next proposal is the present state plus the step times the noise. Around a fixed point it is
    no longer a symmetric proposal, and the rule is wrong.
    """
    return _run(
        log_density,
        start,
        noise,
        u,
        step,
        propose=lambda x, move, noise: start + move,
    )


@mistake(METROPOLIS, "eq-mcmc-proposal", "draws")
def step_ignored(log_density, start, noise, u, step):
    """The noise is added without the step.

    Multiply the noise by the step. How many proposals are accepted, and how far the chain gets,
    depends on it.
    """
    return _run(
        log_density, start, noise, u, step, propose=lambda x, move, noise: x + noise
    )


@mistake(METROPOLIS, "eq-mcmc-metropolis", "draws")
def height_of_the_start(log_density, start, noise, u, step):
    """The log-density of the state is never updated.

    It stays that of the start here. After an accepted move the chain has the log-density of the
    proposal.
    """

    def keep(x, y, moved, height, proposed):
        x = np.where(moved[:, None], y, x)
        return x, x, height

    return _run(log_density, start, noise, u, step, keep=keep)


@mistake(METROPOLIS, "eq-mcmc-metropolis", "draws")
def one_u_for_all_chains(log_density, start, noise, u, step):
    """All chains are decided by the same u.

    u has one number for each step and each chain. With the first chain's numbers for all, the
    chains are not independent.
    """
    return _run(log_density, start, noise, np.repeat(u[:, :1], u.shape[1], 1), step)


@mistake(METROPOLIS, "eq-mcmc-metropolis", "draws")
def zero_density_accepted(log_density, start, noise, u, step):
    """A proposal of density zero is accepted when u is 0.

    u = 0 does occur, and its logarithm is -inf, as is that of the density. Compare with <, not with
    <=: a u below 1 is below a ratio of 1 anyway.
    """
    return _run(
        log_density, start, noise, u, step, accept=lambda u, gain: np.log(u) <= gain
    )


# --- gibbs_linkage --------------------------------------------------------------------------------


def _augmented(
    counts, start, rng, n_draws, *, share=None, hidden=None, theta=None, again=True
):
    """Data augmentation, with one of its parts exchanged."""
    y, state = np.asarray(counts, dtype=float), np.asarray(start, dtype=float).copy()
    draws, x = np.empty((n_draws, len(state))), None
    for t in range(n_draws):
        p = share(state) if share else (state / 4) / (1 / 2 + state / 4)
        if x is None or again:
            x = hidden(y[0], p) if hidden else rng.binomial(int(y[0]), p)
        state = theta(x, y) if theta else rng.beta(x + y[3] + 1, y[1] + y[2] + 1)
        draws[t] = state
    return draws.T.copy()


@mistake(LINKAGE, "eq-gibbs-hidden-count")
def averaged_instead_of_drawn(counts, start, rng, n_draws):
    """The hidden count is replaced by its expectation.

    That is the E step of EM. The draws of theta then vary too little, for they know nothing of the
    uncertainty of the hidden count. Draw it from its binomial distribution.
    """
    return _augmented(counts, start, rng, n_draws, hidden=lambda n, p: n * p)


@mistake(LINKAGE, "eq-gibbs-hidden-count")
def hidden_count_kept(counts, start, rng, n_draws):
    """The hidden count is drawn once and kept.

    Each round draws it anew, given the theta of the round before. Here theta is drawn from its
    distribution given the first hidden count, for ever.
    """
    return _augmented(counts, start, rng, n_draws, again=False)


@mistake(LINKAGE, "eq-gibbs-hidden-count")
def other_part_of_the_count(counts, start, rng, n_draws):
    """The other part of the first count is taken.

    The part that tells about theta is that of probability theta / 4, not that of 1/2.
    """
    return _augmented(
        counts, start, rng, n_draws, share=lambda theta: 0.5 / (0.5 + theta / 4)
    )


@mistake(LINKAGE, "eq-gibbs-hidden-count")
def quarter_forgotten(counts, start, rng, n_draws):
    """The share is theta / (1/2 + theta).

    The two parts of the first class have probabilities 1/2 and theta / 4. So the share of the
    second is theta / (2 + theta).
    """
    return _augmented(
        counts, start, rng, n_draws, share=lambda theta: theta / (0.5 + theta)
    )


@mistake(LINKAGE, "eq-gibbs-theta")
def maximised_instead_of_drawn(counts, start, rng, n_draws):
    """theta is set to its most likely value.

    That is the M step of EM. Gibbs sampling draws theta from its Beta distribution, so that it
    varies even if the hidden count does not.
    """
    return _augmented(
        counts,
        start,
        rng,
        n_draws,
        theta=lambda x, y: (x + y[3]) / (x + y[1] + y[2] + y[3]),
    )


@mistake(LINKAGE, "eq-gibbs-theta")
def beta_exchanged(counts, start, rng, n_draws):
    """The parameters of the Beta distribution are exchanged.

    Its first parameter counts the animals whose class has probability in proportion to theta. The
    second counts those with 1 - theta.
    """
    return _augmented(
        counts,
        start,
        rng,
        n_draws,
        theta=lambda x, y: rng.beta(y[1] + y[2] + 1, x + y[3] + 1),
    )


@mistake(LINKAGE, "eq-gibbs-theta")
def hidden_count_left_out(counts, start, rng, n_draws):
    """The hidden count is left out of theta's distribution.

    The animals of the first class with probability theta / 4 count like those of the fourth class.
    """
    return _augmented(
        counts,
        start,
        rng,
        n_draws,
        theta=lambda x, y: rng.beta(np.full(np.shape(x), y[3] + 1), y[1] + y[2] + 1),
    )


# --- posterior ------------------------------------------------------------------------------------


def _spread(X):
    """The sum of squares (D, D) around the average."""
    around = X - X.mean(axis=0)
    return around.T @ around


def _pull(X, prior):
    """The outer product (D, D) of the distance of the average from the prior's mean."""
    ahead = X.mean(axis=0) - prior.mean
    return np.outer(ahead, ahead)


def _factor(X, prior):
    return prior.mean_strength * len(X) / (prior.mean_strength + len(X))


@mistake(POSTERIOR, "eq-gibbs-centre", "mean")
def average_alone(X, prior):
    """The prior's mean is left out.

    It counts for `mean_strength` observations: the new mean is the weighted average of the two.
    """
    return X.mean(axis=0)


@mistake(POSTERIOR, "eq-gibbs-centre", "mean")
def halfway(X, prior):
    """The new mean lies halfway between the prior's mean and the average.

    Weight them by how many observations each counts for: the prior's mean for `mean_strength`, and
    the average for N.
    """
    return (X.mean(axis=0) + prior.mean) / 2


@mistake(POSTERIOR, "eq-gibbs-centre", "mean")
def strengths_exchanged(X, prior):
    """The weights of the prior's mean and of the average are exchanged.

    The average stands for N observations and has the weight N. The prior's mean has the weight
    `mean_strength`.
    """
    kappa, N = prior.mean_strength, len(X)
    return (kappa * X.mean(axis=0) + N * prior.mean) / (kappa + N)


@mistake(POSTERIOR, "eq-gibbs-centre", "mean")
def average_counts_once(X, prior):
    """The average counts as one observation.

    It stands for N observations. So it has the weight N, and the prior's mean the weight
    `mean_strength`.
    """
    kappa = prior.mean_strength
    return (kappa * prior.mean + X.mean(axis=0)) / (kappa + 1)


@mistake(POSTERIOR, "eq-gibbs-centre", "mean")
def prior_counts_once(X, prior):
    """The prior's mean counts as one observation.

    It counts for `mean_strength` observations, and the average for N. Weight the two by these
    numbers.
    """
    return (prior.mean + X.sum(axis=0)) / (1 + len(X))


@mistake(POSTERIOR, "eq-gibbs-scatter", "scatter")
def prior_scatter_forgotten(X, prior):
    """The prior's scatter is left out.

    The sums of squares add up: the prior's, that of the data around their average, and the term for
    the distance of the average from the prior's mean.
    """
    return _spread(X) + _factor(X, prior) * _pull(X, prior)


@mistake(POSTERIOR, "eq-gibbs-scatter", "scatter")
def pull_forgotten(X, prior):
    """The distance of the average from the prior's mean is left out.

    If the data lie elsewhere than the prior expected, the spread is larger than either says. The
    term has the factor mean_strength N / (mean_strength + N).
    """
    return prior.scatter + _spread(X)


@mistake(POSTERIOR, "eq-gibbs-scatter", "scatter")
def covariance_for_scatter(X, prior):
    """The sum of squares is divided by N.

    The scatter adds up squares and grows with the data. It is divided by the degrees of freedom
    only where a covariance is wanted.
    """
    return prior.scatter + _spread(X) / len(X) + _factor(X, prior) * _pull(X, prior)


@mistake(POSTERIOR, "eq-gibbs-scatter", "scatter")
def around_the_prior_mean(X, prior):
    """The squares are taken around the prior's mean.

    That counts the distance of the average N times. It counts mean_strength N / (mean_strength + N)
    times.
    """
    around = X - prior.mean
    return prior.scatter + around.T @ around


@mistake(POSTERIOR, "eq-gibbs-scatter", "scatter")
def strengths_added(X, prior):
    """The distance of the average from the prior's mean counts mean_strength + N times.

    The factor is mean_strength N / (mean_strength + N): the product of the two numbers divided by
    their sum.
    """
    return prior.scatter + _spread(X) + (prior.mean_strength + len(X)) * _pull(X, prior)


@mistake(POSTERIOR, "eq-gibbs-scatter", "scatter")
def pull_of_the_prior_alone(X, prior):
    """The distance of the average from the prior's mean counts mean_strength times.

    The factor is mean_strength N / (mean_strength + N). It is smaller, because the average is
    uncertain, too.
    """
    return prior.scatter + _spread(X) + prior.mean_strength * _pull(X, prior)


# --- inverse_wishart ------------------------------------------------------------------------------


def _bartlett(chi_squares, normals):
    return np.tril(normals, -1) + np.diag(np.sqrt(chi_squares))


def _square(M):
    return M @ M.T


@mistake(WISHART, "eq-gibbs-root")
def wishart_not_inverted(scatter, chi_squares, normals):
    """This is a draw of the precision's kind: a Wishart matrix, not an inverse one.

    The scale enters here as L A A^T L^T. A draw from the inverse Wishart distribution is
    L A^-T A^-1 L^T.
    """
    return _square(np.linalg.cholesky(scatter) @ _bartlett(chi_squares, normals))


@mistake(WISHART, "eq-gibbs-root")
def scale_and_precision_exchanged(scatter, chi_squares, normals):
    """The scatter is inverted.

    The scale of an inverse Wishart distribution is the scatter itself. It is inverted only for the
    Wishart distribution of the precision.
    """
    L = np.linalg.cholesky(np.linalg.solve(scatter, np.eye(len(scatter))))
    return _square(np.linalg.solve(_bartlett(chi_squares, normals), L.T).T)


@mistake(WISHART, "eq-gibbs-root")
def factor_not_transposed(scatter, chi_squares, normals):
    """The root is L A^-1, not L A^-T.

    A A^T is the Wishart draw. Its inverse is A^-T A^-1, so the transpose stands next to L.
    """
    L = np.linalg.cholesky(scatter)
    return _square(np.linalg.solve(_bartlett(chi_squares, normals).T, L.T).T)


@mistake(WISHART, "eq-gibbs-bartlett")
def chi_squares_without_root(scatter, chi_squares, normals):
    """The diagonal of A holds the chi-squares, not their roots.

    The first entry of A A^T is the square of A's first entry, and must be the chi-square.
    """
    A = np.tril(normals, -1) + np.diag(chi_squares)
    return _square(np.linalg.solve(A, np.linalg.cholesky(scatter).T).T)


@mistake(WISHART, "eq-gibbs-bartlett")
def normals_above(scatter, chi_squares, normals):
    """A is upper triangular.

    The normal numbers stand below the diagonal. Above it the chi-squares would need the degrees of
    freedom in the opposite order.
    """
    A = np.triu(normals, 1) + np.diag(np.sqrt(chi_squares))
    return _square(np.linalg.solve(A, np.linalg.cholesky(scatter).T).T)


@mistake(WISHART, "eq-gibbs-bartlett")
def diagonal_alone(scatter, chi_squares, normals):
    """A has nothing off its diagonal.

    The correlations then vary too little. Standard normal numbers stand below the diagonal.
    """
    return _square(np.linalg.cholesky(scatter) / np.sqrt(chi_squares))
