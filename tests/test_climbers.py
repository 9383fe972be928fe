"""The gradient is one, EM's step is the gradient rescaled, and the race is run by its rules."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib import climbers, datasets, em, gaussian, gmm, problems, race
from emlib.problems import Setting

KNOWN = Path(__file__).parent / "reference/faithful_best_known.json"
both = pytest.mark.parametrize("side", [climbers.naive, climbers.vectorized])
settings = st.builds(
    Setting,
    N=st.integers(1, 12),
    D=st.integers(1, 3),
    K=st.integers(1, 3),
    scale=st.sampled_from([1e-3, 1.0, 1e3]),
    offset=st.sampled_from([0.0, 1.0]),
    distinct=st.none(),
    extreme=st.just(False),
    condition=st.sampled_from([1.0, 10.0]),
    separation=st.sampled_from([0.0, 1.0, 3.0]),
)
seeds = st.integers(0, 2**32 - 1)


def mixture(setting, seed):
    """Observations, a mixture, and its unconstrained parameters."""
    rng = np.random.default_rng(seed)
    params = problems._gmm_params(rng, setting)
    X = problems._observations(rng, setting, params)
    return X, params, climbers.vectorized.unconstrain(*params)


def height(X, free):
    """The log-likelihood, and how far rounding can move it."""
    params = gmm.Params(*climbers.vectorized.constrain(free))
    moved = problems._mixture_rounding(X, params)[1]
    value = gmm.vectorized.log_likelihood(X, params)
    return value, moved.sum() + len(X) * problems.EPS * abs(value)


def central(X, free, part, index, h):
    """A central difference, and how far rounding can move it."""
    ends = []
    for sign in (1, -1):
        moved = np.array(getattr(free, part))
        moved[index] += sign * h
        ends.append((moved[index], *height(X, free._replace(**{part: moved}))))
    (right, top, above), (left, bottom, below) = ends
    return (top - bottom) / (right - left), (above + below) / (right - left)


@both
@given(setting=settings, seed=seeds)
def test_the_gradient_is_that_of_the_log_likelihood(side, setting, seed):
    """Against central differences: truncation falls with h^2, rounding grows with 1 / h.

    Twice the step has four times the truncation, so that the difference of the two is three times
    that of the smaller step; once is allowed.
    """
    X, params, free = mixture(setting, seed)
    gamma, _ = gmm.vectorized.e_step(X, params)
    slope = side.gradient(X, gamma, free)
    for part, value in zip(free._fields, slope, strict=True):
        for index in np.ndindex(value.shape):
            if part == "factors" and index[2] > index[1]:
                assert value[index] == 0
                continue
            in_units = part == "means" or (part == "factors" and index[1] != index[2])
            h = 1e-4 * (setting.scale if in_units else 1.0)
            near, rounding = central(X, free, part, index, h)
            far, _ = central(X, free, part, index, 2 * h)
            allowed = abs(far - near) + 2 * rounding
            assert abs(value[index] - near) <= allowed, (part, index)


@both
@given(setting=settings, seed=seeds)
def test_there_and_back(side, setting, seed):
    """Constraining what was unconstrained changes nothing, to rounding."""
    _, params, _ = mixture(setting, seed)
    free = side.unconstrain(*params)
    back = side.constrain(free)
    for old, new in zip(params, back, strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-12, atol=1e-12 * np.abs(old).max())
    again = side.unconstrain(*back)
    for old, new in zip(free, again, strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-9, atol=1e-9)


@both
def test_a_number_added_to_all_logits_changes_nothing(side):
    X, params, free = mixture(Setting(), 0)
    gamma, _ = gmm.vectorized.e_step(X, params)
    shifted = free._replace(logits=free.logits + 700)
    np.testing.assert_allclose(side.constrain(shifted)[0], params.weights, rtol=1e-12)
    slope = side.gradient(X, gamma, shifted).logits
    assert abs(slope.sum()) < 1e-12 * len(X)  # along that direction it is flat


@both
@given(setting=settings, seed=seeds)
def test_em_s_step_is_the_gradient_rescaled(side, setting, seed):
    X, params, free = mixture(setting, seed)
    gamma, _ = gmm.vectorized.e_step(X, params)
    slope = side.gradient(X, gamma, free)
    weights, means, covariances = params
    N_k = gamma.sum(axis=0)
    if N_k.min() < 1e-3:
        return  # nearly nobody's: the quotients below have lost their digits
    new_means = gamma.T @ X / N_k[:, None]
    rescaled = np.einsum("kde,ke->kd", covariances, slope.means) / N_k[:, None]
    size = 1e-10 * (np.abs(X).max() + np.abs(means).max())
    np.testing.assert_allclose(new_means - means, rescaled, rtol=0, atol=size)
    gained = N_k / len(X) - weights
    np.testing.assert_allclose(gained, slope.logits / len(X), rtol=0, atol=1e-12)
    # The covariance with the mean held, from the slope G by the covariance: 2 G L by the factor.
    for k in range(setting.K):
        apart = X - means[k]
        scatter = (gamma[:, k, None] * apart).T @ apart
        P = np.linalg.solve(covariances[k], np.eye(setting.D))
        G = 0.5 * P @ (scatter - N_k[k] * covariances[k]) @ P
        step = 2 / N_k[k] * covariances[k] @ G @ covariances[k]
        new = scatter / N_k[k]
        size = 1e-10 * (np.abs(new).max() + np.abs(covariances[k]).max())
        np.testing.assert_allclose(new - covariances[k], step, rtol=0, atol=size)
        L = np.linalg.cholesky(covariances[k])
        by_factor = np.tril(2 * G @ L)
        by_factor[np.diag_indices(setting.D)] *= np.diagonal(L)
        size = 1e-9 * max(1.0, np.abs(by_factor).max()) * (1 + N_k[k])
        np.testing.assert_allclose(slope.factors[k], by_factor, rtol=0, atol=size)


@both
def test_acceptance_is_what_metropolis_says(side):
    chances = side.acceptance([-10.0] * 4, [-9, -10, -12, -np.inf], 2.0)
    np.testing.assert_allclose(chances, [1, 1, np.exp(-1), 0], rtol=1e-15)


@both
def test_recombination_around_the_new_mean_would_be_the_m_step_of_one_gaussian(side):
    """A rank's weight in the place of a responsibility."""
    rng = np.random.default_rng(0)
    offspring, mean, path = rng.standard_normal((12, 3)), np.zeros(3), np.zeros(3)
    rate = climbers.rates(12, 3)
    weights = np.concatenate([rate.weights, np.zeros(6)])
    fit = gaussian.vectorized.fit(offspring, weights)
    new_mean, new, new_path, step_size = side.recombine(
        offspring, mean, np.eye(3), path, 1.0
    )
    np.testing.assert_allclose(new_mean, fit.mean, rtol=1e-12)
    around_the_old = fit.covariance + np.outer(fit.mean, fit.mean)
    rest = new - rate.rank_one * np.outer(new_path, new_path)
    rest -= (1 - rate.rank_one - rate.rank_mu) * np.eye(3)
    np.testing.assert_allclose(rest, rate.rank_mu * around_the_old, atol=1e-14)
    longer = np.linalg.norm(new_path) > rate.expected_length
    assert (step_size > 1) == longer


@both
def test_the_step_size_stays_where_steps_are_random(side):
    """With ranks that mean nothing the logarithm of the step size has no drift."""
    rng = np.random.default_rng(1)
    P, M = 5, 10
    changes, path = [], np.zeros(P)
    for _ in range(2000):
        offspring = rng.standard_normal((M, P))
        *_, path, step_size = side.recombine(
            offspring, np.zeros(P), np.eye(P), path, 1.0
        )
        changes.append(np.log(step_size))
    rate = climbers.rates(M, P)
    assert abs(np.mean(changes[50:])) < 0.02 * rate.path / rate.damping


def test_rates_are_those_of_the_table():
    """For P = 10 and M = 10: Hansen's purecma prints the same."""
    rate = climbers.rates(10, 10)
    assert rate.weights.sum() == pytest.approx(1)
    assert np.all(np.diff(rate.weights) < 0)
    assert rate.effective == pytest.approx(1 / np.square(rate.weights).sum())
    assert rate.path == pytest.approx((rate.effective + 2) / (15 + rate.effective))
    assert 0 < rate.rank_one + rate.rank_mu < 1
    draws = np.random.default_rng(0).standard_normal((100_000, 10))
    mean = np.linalg.norm(draws, axis=1).mean()
    assert rate.expected_length == pytest.approx(mean, abs=0.01)


# --- the race ------------------------------------------------------------------------------------


def standardised():
    """Old Faithful in standard deviations, and what that adds to a log-likelihood."""
    X = datasets.old_faithful()
    deviations = X.std(axis=0)
    return (X - X.mean(axis=0)) / deviations, len(X) * np.log(deviations).sum()


Z, JACOBIAN = standardised()


def start(K, seed):
    rng = np.random.default_rng(seed)
    means = Z[rng.choice(len(Z), K, replace=False)]
    return gmm.Params(np.full(K, 1 / K), means, np.array([np.cov(Z.T)] * K))


def climb(name, X, begin, n_evaluations, seed=0):
    driver = getattr(race, name)
    if name in CERTAIN:
        return driver(X, begin, n_evaluations)
    return driver(X, begin, n_evaluations, np.random.default_rng(seed))


CERTAIN = ["em", "gradient_ascent", "conjugate_gradients"]
CLIMBERS = [*CERTAIN, "simulated_annealing", "evolution_strategy"]
climbers_of_the_race = pytest.mark.parametrize("name", CLIMBERS)


@climbers_of_the_race
@pytest.mark.parametrize("budget", [1, 2, 3, 60, 300])
def test_each_keeps_to_its_budget_and_never_ends_below_its_start(name, budget):
    begin = start(2, 1)
    way = climb(name, Z, begin, budget)
    assert 1 <= len(way.log_likelihoods) == len(way.seconds) <= budget
    assert np.all(np.diff(way.seconds) >= 0)
    first = gmm.vectorized.log_likelihood(Z, begin)
    assert way.log_likelihoods[0] == pytest.approx(first, rel=1e-13)
    assert not np.isnan(way.log_likelihoods).any()
    last = gmm.vectorized.log_likelihood(Z, way.params)
    assert last == pytest.approx(way.log_likelihoods.max(), rel=1e-12)
    assert last >= first - 1e-9


@climbers_of_the_race
def test_the_same_seed_leads_the_same_way(name):
    one, other = (climb(name, Z, start(3, 2), 100) for _ in range(2))
    np.testing.assert_array_equal(one.log_likelihoods, other.log_likelihoods)


@climbers_of_the_race
def test_neither_data_nor_start_are_changed(name):
    X, begin = Z.copy(), start(2, 3)
    before = [part.copy() for part in begin]
    climb(name, X, begin, 50)
    np.testing.assert_array_equal(X, Z)
    for old, new in zip(before, begin, strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("name", CERTAIN)
@pytest.mark.parametrize("seed", range(4))
def test_those_that_climb_reach_the_best_known_summit(name, seed):
    known = json.loads(KNOWN.read_text())["faithful|full|2"]
    best = known["best_loglik_nondegenerate"] + JACOBIAN
    way = climb(name, Z, start(2, seed), 1000)
    assert way.log_likelihoods.max() == pytest.approx(best, abs=1e-6)
    assert not race.has_collapsed(Z, way.params)


def test_em_climbs_as_em_fit_does():
    begin = start(2, 0)
    usual = em.fit(gmm.vectorized, Z, begin, tol=1e-10).log_likelihoods
    way = race.em(Z, begin, 1000).log_likelihoods
    n = min(len(usual), len(way))
    np.testing.assert_allclose(way[:n], usual[:n], rtol=1e-12)
    assert np.all(np.diff(way) >= -1e-12 * abs(way[0]))


def test_gradient_ascent_climbs_with_every_step_it_takes():
    """A longer budget is the same way, walked further."""
    begin = start(3, 4)
    heights = [
        gmm.vectorized.log_likelihood(Z, race.gradient_ascent(Z, begin, budget).params)
        for budget in range(1, 60)
    ]
    assert np.all(np.diff(heights) >= 0)
    assert heights[-1] > heights[0] + 50


def test_a_strategy_finishes_its_generations():
    way = race.evolution_strategy(Z, start(2, 0), 100, np.random.default_rng(0))
    M = 4 + int(3 * np.log(2 + 4 + 6))
    assert len(way.log_likelihoods) == 1 + M * (99 // M)


@given(setting=settings, seed=seeds)
def test_the_height_is_that_of_the_mixture(setting, seed):
    """The evaluation without checks is the package's."""
    X, params, free = mixture(setting, seed)
    gamma, log_likelihood = gmm.vectorized.e_step(X, params)
    meter = race._Height(X, params, 10)
    for seen, value in (meter.at(free), meter.of_mixture(params)):
        assert value == pytest.approx(log_likelihood, rel=1e-9, abs=1e-9)
        np.testing.assert_allclose(seen, gamma, rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    "change",
    [
        {"logits": np.array([0.0, -800.0])},
        {"factors": np.array([[[0.0, 0], [1, -30]], [[0, 0], [0, 0]]])},
        {"factors": np.array([[[0.0, 0], [1, 0]], [[-200, 0], [0, 0]]])},
        {"factors": np.array([[[900.0, 0], [1, 0]], [[0, 0], [0, 0]]])},
    ],
)
def test_what_gmm_would_refuse_counts_and_is_minus_infinity(change):
    meter = race._Height(Z, start(2, 0), 10)
    free = climbers.vectorized.unconstrain(*start(2, 0))._replace(**change)
    assert meter.at(free) == (None, -np.inf)
    assert meter.left == 9


@given(exponent=st.floats(-16, 0), angle=st.floats(-1e3, 1e3), scale=st.floats(-40, 40))
def test_whatever_has_a_height_is_accepted_by_gmm(exponent, angle, scale):
    """So that the best point can be handed out."""
    factor = [[scale, 0.0], [np.exp(scale) * angle, scale + 2.3 * exponent]]
    free = climbers.Params(np.zeros(1), np.zeros((1, 2)), np.array([factor]))
    meter = race._Height(Z, start(1, 0), 10)
    if meter.at(free)[1] > -np.inf:
        gmm.check_params(gmm.Params(*climbers.vectorized.constrain(free)))


def test_a_spike_is_seen():
    usual = start(2, 0)
    assert not race.has_collapsed(Z, usual)
    narrow = usual.covariances.copy()
    narrow[1] *= 1e-5
    assert race.has_collapsed(Z, usual._replace(covariances=narrow))
    few = usual._replace(weights=np.array([0.999, 0.001]))
    assert race.has_collapsed(Z, few)


def test_em_ends_where_a_component_collapses():
    two = np.array([[0.0], [1.0], [1.1], [1.2]])
    begin = gmm.Params([0.5, 0.5], [[0.0], [1.1]], [[[1e-6]], [[1.0]]])
    way = race.em(two, begin, 100)
    assert len(way.log_likelihoods) < 100
    assert race.has_collapsed(two, way.params)


@climbers_of_the_race
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": Z[:, 0]}, "X has shape"),
        ({"begin": tuple(start(2, 0))}, r"pass a gmm\.Params"),
        (
            {"begin": start(2, 0)._replace(weights=np.array([1.0, 1e-305]))},
            "start has a weight or a covariance at the end",
        ),
        ({"n_evaluations": 0}, "n_evaluations is 0"),
        ({"n_evaluations": 1.5}, r"n_evaluations is 1\.5"),
    ],
)
def test_bad_input_is_refused(name, change, message):
    arguments = {"X": Z, "begin": start(2, 0), "n_evaluations": 5} | change
    with pytest.raises(ValueError, match=message):
        climb(name, **arguments)


@pytest.mark.parametrize("name", ["simulated_annealing", "evolution_strategy"])
def test_chance_is_passed_in(name):
    with pytest.raises(ValueError, match="rng is a int"):
        getattr(race, name)(Z, start(2, 0), 5, 7)


def test_a_temperature_is_positive():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="hottest is 0: it must be positive"):
        race.simulated_annealing(Z, start(2, 0), 5, rng, hottest=0.0)
