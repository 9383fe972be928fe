"""`check` passes right functions in any style."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from emlib import coins, gmm, kmeans
from emlib._topics import topics
from emlib.exercises import check, names
from emlib.exercises._contract import contract_of
from tests import seals
from tests.exercises.known import ASKED, MISTAKES
from tests.solving import solutions
from tests.twins import TWINS

SOLUTIONS = solutions()
# Their checks run thousands of trees, with which a recursion takes a minute. No exercise asks for
# them; tests/test_twins.py holds the twins to each other, and tests/hmc to their targets.
TAKES_MINUTES = {"hmc.nuts", "hmc.warm_up"}
BUFFER = np.zeros((2000, 9))


def test_every_twin_function_is_an_exercise():
    assert sorted(names()) == sorted(".".join(twin) for twin in TWINS)
    assert {"gmm.e_step", "gmm.sample", "evidence.kl_divergence"} <= set(names())


@pytest.mark.parametrize("topic", topics())
def test_the_package_passes_its_own_check(topic):
    """Some of the twins, or all if the topic has changed; `make mutants` tries all of them."""
    for name, side in seals.some(seals.twins_of(topic), topic, share=1 / 5):
        report = check(name, getattr(contract_of(name), side))
        assert report, str(report)
        assert report.passed
        assert report.problem is None


@pytest.mark.parametrize(
    ("name", "style"),
    [(name, style) for name, styles in SOLUTIONS.items() for style in styles],
)
def test_solutions_in_three_styles_pass(name, style):
    report = check(name, SOLUTIONS[name][style])
    assert report, str(report)


def test_every_exercise_with_mistakes_is_solved_in_three_styles():
    with_mistakes = {mistake.exercise for mistake in MISTAKES}
    assert not TAKES_MINUTES & set(ASKED)
    for name in (with_mistakes | set(ASKED) | set(SOLUTIONS)) - TAKES_MINUTES:
        file = f"tests/{name.partition('.')[0]}/solutions.py"
        assert len(SOLUTIONS.get(name, ())) == 3, f"{file}: write three of {name}"


def test_plain_floats_and_a_list_for_a_pair_will_do():
    def e_step(counts, params):
        gamma, log_likelihood = coins.vectorized.e_step(counts, params)
        return [gamma, np.float64(log_likelihood)]

    assert check("coins.e_step", e_step)


def test_observation_weights_are_tried_where_they_are_taken():
    def ignores_them(X, responsibilities, observation_weights=None):
        return gmm.vectorized.m_step(X, responsibilities)

    report = check("gmm.m_step", ignores_them)
    assert not report
    assert "observation_weights" in report.example
    assert check(
        "gmm.m_step", lambda X, gamma, reg=1e-6: gmm.vectorized.m_step(X, gamma)
    )


def test_what_has_a_default_is_not_given():
    """Except observation weights, which are tried by name."""

    def fit(X, centers, max_iter="not given"):
        assert max_iter == "not given"
        return kmeans.vectorized.fit(X, centers)

    assert check("kmeans.fit", fit)
    assert check("kmeans.fit", lambda X, centers: kmeans.vectorized.fit(X, centers))


# --- in an unusual way ----------------------------------------------------------------------------


def in_long_double(X, responsibilities):
    right = gmm.vectorized.m_step(X, responsibilities)
    return gmm.Params(*(part.astype(np.longdouble) for part in right))


def small_integers(params, n_samples, rng):
    X, components = gmm.vectorized.sample(params, n_samples, rng)
    return X, components.astype(np.int32)


def with_a_buffer(X, params):
    gamma, log_likelihood = gmm.vectorized.e_step(X, params)
    out = BUFFER[: len(X), : gamma.shape[1]]
    out[...] = gamma
    return out, log_likelihood


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("gmm.m_step", in_long_double),
        ("gmm.sample", small_integers),
        ("gmm.e_step", with_a_buffer),
    ],
)
def test_what_is_right_in_an_unusual_way_passes(name, function):
    report = check(name, function)
    assert report, str(report)


def test_another_way_to_draw_passes():
    def sample(params, n_samples, rng):
        components = rng.choice(len(params.weights), size=n_samples, p=params.weights)
        X = [
            rng.multivariate_normal(params.means[k], params.covariances[k])
            for k in components
        ]
        return np.array(X), components

    report = check("gmm.sample", sample)
    assert report, str(report)


def test_what_the_reader_has_told_numpy_to_raise_is_no_matter():
    with np.errstate(all="raise"):
        assert check("gmm.e_step", gmm.vectorized.e_step)


def test_two_checks_at_once_leave_the_warnings_as_they_were():
    before = list(warnings.filters)
    with ThreadPoolExecutor(4) as pool:
        assert all(
            pool.map(lambda _: check("coins.m_step", coins.naive.m_step), range(8))
        )
    assert warnings.filters == before
