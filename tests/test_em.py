"""The loop climbs, notices when it does not, and estimates how much is left to gain."""

import pickle
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib import coins, datasets, em, gmm, linkage, problems

X = datasets.old_faithful()
START = gmm.Params(
    np.array([0.5, 0.5]),
    np.array([[2.0, 80.0], [4.5, 55.0]]),
    np.array([np.cov(X.T), np.cov(X.T)]),
)
TWINS = pytest.mark.parametrize(
    "twin", [gmm.naive, gmm.vectorized], ids=["naive", "vectorized"]
)


def with_m_step(m_step):
    return SimpleNamespace(e_step=gmm.vectorized.e_step, m_step=m_step)


def test_the_history_starts_at_the_start_and_ends_at_the_result():
    result = em.fit(gmm.vectorized, X, START)
    assert result.converged
    assert len(result.log_likelihoods) == result.n_iter + 1
    assert result.log_likelihoods[0] == gmm.vectorized.e_step(X, START)[1]
    assert result.log_likelihoods[-1] == gmm.vectorized.e_step(X, result.params)[1]


def test_both_twins_fit_alike():
    loop, arrays = (
        em.fit(twin, datasets.linkage(), linkage.Params(0.5), tol=1e-12)
        for twin in (linkage.naive, linkage.vectorized)
    )
    assert loop.n_iter == arrays.n_iter
    assert abs(loop.params.theta - arrays.params.theta) < 1e-14


def test_the_bound_on_the_gain_to_come_holds():
    best = em.fit(gmm.vectorized, X, START, tol=0).log_likelihoods[-1]
    for tol in (1e-1, 1e-3, 1e-6):
        result = em.fit(gmm.vectorized, X, START, tol=tol)
        assert 0 <= best - result.log_likelihoods[-1] <= 2 * tol


def test_a_small_last_step_alone_does_not_stop_the_climb():
    """Near the saddle of two equal components the gain is tiny; later it grows a millionfold."""
    mean, covariance = X.mean(axis=0), np.cov(X.T)
    nudge = np.array([[1e-4, 0.0], [-1e-4, 0.0]])
    start = gmm.Params(
        np.array([0.5, 0.5]), mean + nudge, np.array([covariance, covariance])
    )
    result = em.fit(gmm.vectorized, X, start, tol=1e-6)
    gains = np.diff(result.log_likelihoods)
    assert gains[1:10].min() < 1e-3 < 1 < gains.max()
    assert result.log_likelihoods[-1] == pytest.approx(-1130.26396018, abs=1e-6)


def test_a_wrong_m_step_is_caught_with_its_iteration_and_drop():
    def divides_by_all(data, responsibilities):
        right = gmm.vectorized.m_step(data, responsibilities)
        return right._replace(means=responsibilities.T @ data / len(data))

    with pytest.raises(
        em.LikelihoodDecreased, match=r"fell by .* in iteration 1, from"
    ) as caught:
        em.fit(with_m_step(divides_by_all), X, em.fit(gmm.vectorized, X, START).params)
    assert caught.value.iteration == 1
    assert caught.value.drop > 100


def test_a_slightly_wrong_m_step_is_caught_too():
    def shrunk(data, responsibilities):
        right = gmm.vectorized.m_step(data, responsibilities)
        return right._replace(covariances=0.99 * right.covariances)

    with pytest.raises(em.LikelihoodDecreased):
        em.fit(with_m_step(shrunk), X, em.fit(gmm.vectorized, X, START).params)


@TWINS
def test_the_loop_names_the_iteration_of_a_collapse(twin):
    data = np.array([[0.0], [1.0], [2.0], [50.0]])
    start = gmm.Params([0.5, 0.5], [[1.0], [50.0]], [[[1.0]], [[1.0]]])
    with pytest.raises(
        em.DegenerateComponent, match="component 1 has collapsed"
    ) as caught:
        em.fit(twin, data, start)
    assert "iteration 1 of em.fit" in caught.value.__notes__[0]


@TWINS
def test_an_empty_component_is_explained(twin):
    start = gmm.Params([0.5, 0.5], [[3.0, 70.0], [1e9, 1e9]], [np.cov(X.T)] * 2)
    with pytest.raises(em.DegenerateComponent, match="component 1 is empty"):
        em.fit(twin, X[:40], start)


def scripted(*log_likelihoods):
    """A model whose likelihoods are known beforehand; its parameters count the M steps."""
    values = iter(log_likelihoods)
    return SimpleNamespace(
        e_step=lambda data, params: (params, next(values)),
        m_step=lambda data, posterior: posterior + 1,
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_likelihood_that_is_no_number_is_explained(value):
    with pytest.raises(
        ArithmeticError, match=r"log-likelihood (nan|inf|-inf)"
    ) as caught:
        em.fit(scripted(value), X, 0)
    assert "iteration 0" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    "returned", [None, 3.0, (1, 2, 3), (1, None), (-1.0, np.eye(2))]
)
def test_an_e_step_that_returns_something_else_is_explained(returned):
    model = SimpleNamespace(e_step=lambda data, params: returned, m_step=None)
    with pytest.raises(
        ValueError, match=r"e_step must return a pair: the posterior, and then"
    ):
        em.fit(model, X, START)


def test_the_iteration_is_named_for_refused_input_too():
    def negative(data, responsibilities):
        right = gmm.vectorized.m_step(data, responsibilities)
        return right._replace(covariances=-right.covariances)

    with pytest.raises(ValueError, match="must be positive") as caught:
        em.fit(with_m_step(negative), X, START)
    assert "iteration 1 of em.fit" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("history", "to_come"),
    [
        ([0.0, 0.5], np.inf),  # one gain has no trend
        ([0.0, 0.5, 0.75], 0.25),  # halving gains: as much again is left
        ([0.0, 1.0, 1.1], 0.1 / 9),
        ([0.0, 1.0, 2.0, 3.0], np.inf),  # equal gains go on forever
        ([0.0, 1.0, 3.0], np.inf),  # growing gains
        ([-3e6, -1e6, -1e6 + 2e-10], 0.0),  # below the precision of the likelihood
        ([-1.0, -0.5, -0.5 - 1e-17], 0.0),
        ([-585.0, -585.0 - 1e-12, -585.0], 0.0),  # a fall by rounding, undone
        ([-585.0, -585.0 - 1e-12, -584.0], np.inf),  # a larger rise
    ],
)
def test_the_estimate_of_the_gain_to_come(history, to_come):
    assert em._gain_to_come(history) == pytest.approx(to_come)


@pytest.mark.parametrize("acceleration", [None, "aitken", "squarem"])
def test_a_saddle_is_left_where_the_estimate_grows(acceleration):
    """Equal durations, and waits within 0.2 minutes of their mean: nearly one component.

    In such a climb the third gain is slightly smaller than the second, at a rate of 0.92, and the
    second is much smaller than the first: the estimates are 1e-5 and 0.01 nats, but the top is 160
    nats higher.
    """
    rng = np.random.default_rng(0)
    both = np.array([np.cov(X.T)] * 2)
    for _ in range(20):
        means = np.array([X.mean(axis=0)] * 2)
        means[:, 1] += rng.uniform(-0.2, 0.2, 2)
        start = gmm.Params(np.array([0.5, 0.5]), means, both)
        result = em.fit(gmm.vectorized, X, start, tol=0.1, acceleration=acceleration)
        assert result.converged
        assert result.log_likelihoods[-1] > -1130.264 - 0.1


def test_an_estimate_that_grows_is_none():
    """Gains 0.1 ** n + 0.001 * 0.99 ** n: the second series dominates only later."""
    n, tol = np.arange(600), 0.00125
    to_come = 0.1**n / 9 + 0.001 * 0.99**n * 99
    early = [em._gain_to_come(-to_come[:i]) for i in (4, 5)]
    assert max(early) < tol < to_come[4] / 50
    result = em.fit(scripted(*-to_come), X, 0, tol=tol)
    assert result.converged
    assert tol / 2 < to_come[result.n_iter] < 2 * tol


@pytest.mark.parametrize("history", [(-1e9, -1e9 - 1, -1e9 - 2), (-1e-9, -2e-9, -3e-9)])
def test_a_fall_within_rounding_is_no_fall(history):
    assert em.fit(scripted(*history, *history[-1:] * 5), X, 0).converged


@pytest.mark.parametrize("history", [(-1e9, -1e9 - 100), (-1e-9, -1e-9 - 1e-7)])
def test_a_fall_beyond_rounding_is_one(history):
    with pytest.raises(em.LikelihoodDecreased) as caught:
        em.fit(scripted(*history), X, 0)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert (again.iteration, again.drop) == (1, history[0] - history[1])


def test_not_converging_is_said_where_fit_was_called():
    with pytest.warns(
        em.ConvergenceWarning, match="did not converge in 3 iterations"
    ) as caught:
        result = em.fit(gmm.vectorized, X, START, max_iter=3)
    assert caught[0].filename == __file__
    assert not result.converged
    assert result.n_iter == 3
    assert len(result.log_likelihoods) == 4
    assert gmm.vectorized.e_step(X, result.params)[1] == result.log_likelihoods[-1]


@pytest.mark.parametrize(
    ("gains", "message"),
    [
        ((1.0,), "not seen to shrink"),
        ((1.0, 2.0), "last gain was 2 nats"),
        ((2.0, 1.0), "about 1 n"),
    ],
)
def test_the_warning_says_what_is_known(gains, message):
    with pytest.warns(em.ConvergenceWarning, match=message):
        em.fit(scripted(0.0, *np.cumsum(gains)), X, 0, max_iter=len(gains))


def test_a_start_at_the_fixed_point_stops_at_once():
    K1 = gmm.vectorized.m_step(X, np.ones((len(X), 1)))
    assert em.fit(gmm.vectorized, X, K1).n_iter <= 3


def test_the_callback_sees_every_step():
    seen = []
    result = em.fit(gmm.vectorized, X, START, callback=seen.append)
    assert [step.n_iter for step in seen] == list(range(result.n_iter + 1))
    assert [step.log_likelihood for step in seen] == list(result.log_likelihoods)
    assert seen[-1].params is result.params
    assert seen[0].posterior.shape == (272, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tol": -1.0}, "tol is -1.0"),
        ({"tol": np.nan}, "tol is nan"),
        ({"tol": np.inf}, "tol is inf"),
        ({"tol": "small"}, "tol is 'small'"),
        ({"max_iter": 0}, "max_iter is 0"),
        ({"max_iter": 1.5}, "max_iter is 1.5"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        em.fit(gmm.vectorized, X, START, **options)


@given(seed=st.integers(0, 2**32 - 1), K=st.integers(1, 3), D=st.integers(1, 3))
def test_the_likelihood_never_falls_on_random_problems(seed, K, D):
    rng = np.random.default_rng(seed)
    setting = problems.Setting(N=15 * K * D, D=D, K=K)
    arguments, _ = problems.draw("gmm.e_step", rng, setting)
    data, start = arguments["X"], arguments["params"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", em.ConvergenceWarning)
        try:
            result = em.fit(gmm.vectorized, data, start, max_iter=15)
        except em.DegenerateComponent:
            return
    gains = np.diff(result.log_likelihoods)
    assert (gains >= -1e-9 * np.abs(result.log_likelihoods[1:])).all()


@given(seed=st.integers(0, 2**32 - 1))
def test_coins_and_linkage_never_fall_either(seed):
    rng = np.random.default_rng(seed)
    for topic, name in ((coins, "coins.e_step"), (linkage, "linkage.e_step")):
        arguments, _ = problems.draw(name, rng)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", em.ConvergenceWarning)
            result = em.fit(
                topic.vectorized, arguments["counts"], arguments["params"], max_iter=30
            )
        assert (np.diff(result.log_likelihoods) >= -1e-9).all()


def test_weighted_fit_is_the_fit_of_the_repeated_rows():
    rng = np.random.default_rng(5)
    weights = rng.integers(0, 4, len(X))
    repeated = em.fit(gmm.vectorized, np.repeat(X, weights, axis=0), START)
    counted = em.fit(
        em.with_options(gmm.vectorized, observation_weights=weights), X, START
    )
    np.testing.assert_allclose(
        counted.log_likelihoods, repeated.log_likelihoods, rtol=1e-10
    )
