"""Leaps reach EM's summit with fewer E steps, and never go down on the way."""

import warnings
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib import acceleration, coins, datasets, em, gmm, linkage, problems
from emlib._checks import EPS

WAYS = pytest.mark.parametrize("way", ["aitken", "squarem"])
Y = datasets.linkage()
LIMIT = (15 + np.sqrt(53809)) / 394


def assert_never_falls(result):
    """A sum of log-densities is resolved to a few eps of its size; below that nothing is lost."""
    heights = result.log_likelihoods
    assert np.diff(heights).min() >= -8 * EPS * np.abs(heights).max()


def badly_separated(half, weight, seed, N=300):
    """Draws from two humps that run into each other, and the mixture they come from."""
    mixture = gmm.Params(
        weights=np.array([weight, 1 - weight]),
        means=np.array([[-half], [half]]),
        covariances=np.ones((2, 1, 1)),
    )
    X, _ = gmm.vectorized.sample(mixture, N, np.random.default_rng(seed))
    return X, mixture


# From 167 steps of EM to 2,393.
@pytest.mark.parametrize("seed", [2, 18, 26, 30, 55])
def test_squarem_on_badly_separated_mixtures(seed):
    rng = np.random.default_rng(seed)
    X, start = badly_separated(rng.uniform(0.9, 1.2), rng.uniform(0.3, 0.7), seed)
    plain = em.fit(gmm.vectorized, X, start, tol=1e-10, max_iter=5000)
    fast = em.fit(
        gmm.vectorized, X, start, tol=1e-10, max_iter=5000, acceleration="squarem"
    )
    assert plain.n_e_steps > 100  # else it was not badly separated
    assert plain.converged
    assert fast.converged
    assert abs(plain.log_likelihoods[-1] - fast.log_likelihoods[-1]) <= 1e-8
    assert fast.n_e_steps <= plain.n_e_steps / 3
    assert_never_falls(fast)


@WAYS
@given(
    counts=st.tuples(*[st.integers(1, 500)] * 4),
    theta=st.floats(0.01, 0.99),
)
def test_one_parameter_ends_where_em_does(way, counts, theta):
    counts, start = np.array(counts, dtype=float), linkage.Params(theta)
    plain = em.fit(linkage.vectorized, counts, start, tol=1e-10)
    fast = em.fit(linkage.vectorized, counts, start, tol=1e-10, acceleration=way)
    assert abs(plain.log_likelihoods[-1] - fast.log_likelihoods[-1]) <= 1e-8
    assert_never_falls(fast)


@WAYS
@given(seed=st.integers(0, 2**32 - 1), K=st.integers(1, 3), D=st.integers(1, 3))
def test_it_never_falls_wherever_it_ends(way, seed, K, D):
    rng = np.random.default_rng(seed)
    setting = problems.Setting(N=15 * K * D, D=D, K=K, separation=1.0)
    problem = problems.draw("gmm.e_step", rng, setting).arguments
    assert_climbs(gmm.vectorized, problem["X"], problem["params"], way)
    problem = problems.draw("coins.e_step", rng).arguments
    assert_climbs(coins.vectorized, problem["counts"], problem["params"], way)


def assert_climbs(model, data, start, way):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", em.ConvergenceWarning)
            result = em.fit(model, data, start, max_iter=15, acceleration=way)
    except em.DegenerateComponent:
        return
    assert_never_falls(result)


@WAYS
def test_a_single_parameter_is_leapt_to_its_limit(way):
    result = em.fit(
        linkage.vectorized, Y, linkage.Params(0.5), tol=1e-12, acceleration=way
    )
    assert abs(result.params.theta - LIMIT) < 1e-15
    assert isinstance(result.params.theta, float)


@WAYS
def test_e_steps_are_counted_and_points_reported(way):
    X, start = badly_separated(1.0, 0.5, 3)
    n_e_steps, seen = [], []

    def e_step(X, params):
        n_e_steps.append(None)
        return gmm.vectorized.e_step(X, params)

    model = SimpleNamespace(e_step=e_step, m_step=gmm.vectorized.m_step)
    result = em.fit(model, X, start, acceleration=way, callback=seen.append)
    assert result.n_e_steps == len(n_e_steps)
    assert result.n_e_steps > result.n_iter + 1
    assert [point.n_iter for point in seen] == list(range(result.n_iter + 1))
    assert [point.log_likelihood for point in seen] == list(result.log_likelihoods)
    assert seen[-1].params is result.params
    # The weights come out of M steps: they sum to one by rounding and no more.
    for point in seen:
        assert abs(point.params.weights.sum() - 1) < 1e-14
    height = gmm.vectorized.log_likelihood(X, result.params)
    assert height == pytest.approx(result.log_likelihoods[-1], rel=1e-14)


def test_plain_em_counts_its_e_steps():
    result = em.fit(linkage.vectorized, Y, linkage.Params(0.5))
    assert result.n_e_steps == result.n_iter + 1


def test_a_leap_that_lands_lower_is_not_taken(monkeypatch):
    """Whatever the leap is, the climb is EM's at worst."""
    X, start = badly_separated(1.0, 0.5, 3)
    plain = em.fit(gmm.vectorized, X, start)
    rng = np.random.default_rng(0)

    def astray(before, between, after, alpha):
        means = [
            0,
            0,
            *rng.standard_normal(2),
            0,
            0,
        ]  # weights and variances stay legal
        return after + means

    monkeypatch.setitem(em.LEAPS, "squarem", astray)
    lost = em.fit(gmm.vectorized, X, start, max_iter=5000, acceleration="squarem")
    assert_never_falls(lost)
    assert abs(lost.log_likelihoods[-1] - plain.log_likelihoods[-1]) < 1e-6


@pytest.mark.parametrize("alpha", [-1.0, -3.0, -40.0])
def test_the_leaps_do_to_a_direction_what_the_book_derives(alpha):
    rates = np.array([0.0, 0.3, 0.9, 0.99])
    limit, error = np.array([1.0, -2.0, 3.0, 0.0]), np.array([0.5, 1.0, -1.0, 2.0])
    path = [limit + rates**t * error for t in range(3)]
    factor = 1 + alpha * (1 - rates)
    for way, left in (("aitken", rates * factor), ("squarem", factor**2)):
        leap = getattr(acceleration.vectorized, way)(*path, alpha)
        np.testing.assert_allclose(leap - limit, left * error, rtol=1e-9, atol=1e-9)


@given(seed=st.integers(0, 2**32 - 1), P=st.integers(1, 6))
def test_the_step_length_is_a_compromise(seed, P):
    """Theorem thm-step-length: between the slowest and the fastest direction's."""
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.standard_normal((P, P)))
    rates, error = rng.uniform(0, 0.99, P), rng.standard_normal(P)
    path = [axes @ (rates**t * error) for t in range(3)]
    length = -acceleration.vectorized.step_length(*path)
    own = 1 / (1 - rates)
    assert own.min() * (1 - 1e-9) <= length <= own.max() * (1 + 1e-9)


class Loose(NamedTuple):
    words: str


@pytest.mark.parametrize(
    ("params", "options", "message"),
    [
        (linkage.Params(0.5), {"acceleration": "warp"}, "acceleration is 'warp': pass"),
        (linkage.Params(0.5), {"acceleration": True}, "acceleration is True: pass"),
    ],
)
def test_bad_options_are_refused(params, options, message):
    with pytest.raises(ValueError, match=message):
        em.fit(linkage.vectorized, Y, params, **options)


@pytest.mark.parametrize("params", [0.5, Loose("no numbers"), {"theta": 0.5}])
def test_parameters_that_are_no_vector_are_refused(params):
    model = SimpleNamespace(
        e_step=lambda data, params: (None, 0.0), m_step=lambda data, posterior: params
    )
    assert em.fit(model, None, params).converged  # plain EM asks for nothing
    with pytest.raises(ValueError, match=r"NamedTuple of arrays.*leave accel"):
        em.fit(model, None, params, acceleration="squarem")
