"""In the race each climber keeps to its budget, and ends no lower than it began."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib import climbers, datasets, em, gmm, race
from tests.climbers.mixtures import mixture, seeds, settings
from tests.published import reference


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
    known = reference("faithful_best_known")["faithful|full|2"]
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
            "start has a weight or a covariance at the limits",
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
