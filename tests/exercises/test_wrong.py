"""`check` reports the first fault, from coarse to fine."""

import re
from itertools import permutations

import numpy as np
import pytest

from emlib import gmm
from emlib.exercises import _check, check, mistakes
from emlib.exercises._contract import reordered
from emlib.exercises._recognise import Cause
from tests.exercises.known import made_into_a_solution
from tests.exercises.steps import changes_its_argument, wrong_e_step
from tests.rooms import rows


def prefers_the_first(X, params, gamma, log_likelihood):
    shifted = gamma + 0.1 * (np.arange(gamma.shape[1]) == 0)
    return shifted / shifted.sum(axis=1, keepdims=True), log_likelihood


def depends_on_the_last(X, params, gamma, log_likelihood):
    return gamma, log_likelihood + X[-1, 0]


def falls(X, params, gamma, log_likelihood):
    return np.full_like(gamma, 1 / gamma.shape[1]), log_likelihood


def one_observation(X, params, gamma, log_likelihood):
    return (gamma[0] if len(X) == 1 else gamma), log_likelihood


TABLE = [
    (lambda X, params: None, "what it returns", "is there a return statement"),
    (lambda X: None, "takes its arguments", "(X, params)"),
    (lambda X, params, K: None, "takes its arguments", "it takes (X, params, K)"),
    (3, "can be called", "without calling it"),
    (
        wrong_e_step(lambda X, p, gamma, ll: gamma),
        "what it returns",
        "return 2, (responsibilities, log_likelihood)",
    ),
    (
        wrong_e_step(lambda X, p, gamma, ll: (gamma, ll, 0)),
        "what it returns",
        "it returned 3 things",
    ),
    (
        wrong_e_step(lambda X, p, gamma, ll: (gamma.tolist(), ll)),
        "what it returns",
        "responsibilities is a list, not an array of numbers of shape (N, K)",
    ),
    (
        wrong_e_step(lambda X, p, gamma, ll: (gamma.T, ll)),
        "shapes",
        "expected (N, K) = (7, 3), got (3, 7): transposed?",
    ),
    (
        wrong_e_step(lambda X, p, gamma, ll: (gamma.sum(axis=1), ll)),
        "shapes",
        "the axis K is missing",
    ),
    (
        wrong_e_step(lambda X, p, gamma, ll: (gamma[:, :, None], ll)),
        "shapes",
        "an axis of length 1",
    ),
    (
        wrong_e_step(lambda X, p, gamma, ll: (gamma, np.full(len(X), ll))),
        "shapes",
        "log_likelihood: expected a number, got (7,)",
    ),
    (
        wrong_e_step(lambda X, p, gamma, ll: (gamma.astype(np.float32), ll)),
        "kind of numbers",
        "seven digits",
    ),
    (
        wrong_e_step(lambda X, p, gamma, ll: (gamma.astype(int), ll)),
        "kind of numbers",
        "zeros_like or empty_like",
    ),
    (
        wrong_e_step(lambda X, p, gamma, ll: (gamma, float("nan"))),
        "finite numbers",
        "log_likelihood is nan, expected -",
    ),
    (wrong_e_step(changes_its_argument), "arguments untouched", "X[0, 0] was"),
    (
        wrong_e_step(lambda X, p, gamma, ll: (2 * gamma - 0.5, ll)),
        "what must always hold",
        "a probability lies between 0 and 1",
    ),
    (
        wrong_e_step(lambda X, p, gamma, ll: (gamma / 2, ll)),
        "what must always hold",
        "every entry is 0.5 times what it should be",
    ),
    (
        wrong_e_step(prefers_the_first),
        "order of components and observations",
        "with the components in another order",
    ),
    (
        wrong_e_step(depends_on_the_last),
        "order of components and observations",
        "with the observations in another order",
    ),
    (wrong_e_step(falls), "climbs inside em.fit", "an exact step cannot lower it"),
    (
        wrong_e_step(lambda X, p, gamma, ll: (gamma, ll + 1)),
        "values",
        "log_likelihood is -",
    ),
    (wrong_e_step(one_observation), "shapes", "a single observation"),
]


@pytest.mark.parametrize(("function", "stage", "words"), TABLE)
def test_the_first_thing_worth_saying_is_said(function, stage, words):
    report = check("gmm.e_step", function)
    assert not report
    assert report.stage == stage
    assert words in report.problem


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: p._replace(covariances=-p.covariances), "a variance is positive"),
        (
            lambda p: p._replace(covariances=np.triu(p.covariances)),
            "is not symmetric",
        ),
        (lambda p: p._replace(weights=p.weights * 0.9), "not to 1"),
        (lambda p: p._replace(means=p.means + 1), "every entry is too large by 1"),
        (lambda p: tuple(p), "end with return gmm.Params(weights, means, covariances)"),
    ],
)
def test_what_an_m_step_gets_wrong(change, words):
    report = check(
        "gmm.m_step", lambda X, gamma: change(gmm.vectorized.m_step(X, gamma))
    )
    assert words in report.problem


@pytest.mark.parametrize(
    ("exercise", "name", "words"),
    [
        # On the first of the easy inputs the order changes nothing.
        (
            "kmeans.update",
            "farthest_of_the_largest_cluster",
            "under its old number it was",
        ),
        ("kmeans.assign", "compared_with_the_one_before", "is now number 0"),
        ("kmeans.assign", "smallest_cosine_distance", "is now number 1"),
    ],
)
def test_another_order_is_tried_on_every_easy_input(exercise, name, words):
    (mistake,) = [one for one in mistakes.known(exercise) if one.name == name]
    report = check(exercise, made_into_a_solution(mistake))
    assert report.stage == "order of components and observations"
    assert words in report.problem


def test_a_covariance_that_is_flat_in_some_direction():
    def m_step(X, gamma):
        right = gmm.vectorized.m_step(X, gamma)
        deviations = np.sqrt(np.einsum("kii->ki", right.covariances))
        return right._replace(
            covariances=2 * deviations[:, :, None] * deviations[:, None, :]
            - deviations[:, :, None] ** 2 * np.eye(X.shape[1])
        )

    assert "positive definite" in check("gmm.m_step", m_step).problem


# --- what once passed, crashed or was explained wrongly -------------------------------------------


CACHE, CALLS = {}, []


def remembers(X, params):
    """Returns the first result again for every input of the same shape."""
    return CACHE.setdefault(X.shape, gmm.vectorized.e_step(X, params))


def counts_its_calls(X, params):
    """Returns None at every third call."""
    CALLS.append(1)
    return None if len(CALLS) % 3 == 0 else gmm.vectorized.e_step(X, params)


def sample_of(change):
    return lambda params, n_samples, rng: change(params, n_samples, rng)


def few_components(X, responsibilities):
    right = gmm.vectorized.m_step(X, responsibilities)
    return right._replace(means=right.means[[0, 1, 2, 2][: len(right.means)]])


WRONG = [
    ("gmm.m_step", few_components, "means"),
    (
        "gmm.sample",
        sample_of(
            lambda p, n, rng: [
                part[0] if n == 1 else part for part in gmm.vectorized.sample(p, n, rng)
            ]
        ),
        "a single observation",
    ),
    (
        "gmm.sample",
        sample_of(
            lambda p, n, rng: gmm.vectorized.sample(p, n, np.random.default_rng(42))
        ),
        "two different generators gave the same draws",
    ),
    (
        "gmm.sample",
        sample_of(
            lambda p, n, rng: [
                np.repeat(part, 2, axis=0)[:n]
                for part in gmm.vectorized.sample(p, n, rng)
            ]
        ),
        "the mean of",
    ),
    ("gmm.e_step", remembers, "another order"),
    ("gmm.e_step", counts_its_calls, "None"),
    (
        "gmm.e_step",
        lambda X, params: (gmm.vectorized.e_step(X, params)[0], params),
        "log_likelihood is a gmm.Params, not a number",
    ),
    (
        "gmm.e_step",
        lambda X, params: (gmm.vectorized.e_step(X, params)[0], np.ma.masked),
        "log_likelihood is a masked array",
    ),
    (
        "gmm.e_step",
        lambda params, X: gmm.vectorized.e_step(X, params),
        "it should take (X, params), in this order",
    ),
]


@pytest.mark.parametrize(("name", "function", "words"), WRONG + rows("wrong", "WRONG"))
def test_what_is_wrong_is_found_and_told(name, function, words, monkeypatch):
    """Without the search for a cause, which takes long and has tests of its own."""
    monkeypatch.setattr(_check, "cause", lambda *_: Cause())
    report = check(name, function)
    assert not report
    assert words in report.problem
    assert " 1 times" not in str(report)


@pytest.mark.parametrize(
    ("change", "stage"),
    [
        (
            lambda p, n, rng: (p._replace(weights=p.weights[::-1]), n, rng),
            "distribution",
        ),
        (lambda p, n, rng: (p._replace(means=p.means + 0.1), n, rng), "distribution"),
        (
            lambda p, n, rng: (p._replace(covariances=1.2 * p.covariances), n, rng),
            "distribution",
        ),
        (lambda p, n, rng: (p, n, np.random.default_rng()), "the same result again"),
        (lambda p, n, rng: (p, n, np.random.default_rng(7)), "draws from rng alone"),
    ],
)
def test_wrong_draws_are_found(change, stage):
    report = check(
        "gmm.sample",
        lambda params, n_samples, rng: gmm.vectorized.sample(
            *change(params, n_samples, rng)
        ),
    )
    assert stage in report.stage


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_labels_follow_the_centers_that_they_number(order):
    """After reordering, each observation still has its own center."""
    arguments = {
        "labels": np.array([3, 0, 0, 2, 1]),
        "centers": np.arange(4.0)[:, None],
    }
    axes = {"labels": ("N",), "centers": ("K", "D")}
    renamed = reordered(arguments, axes, "K", order)
    for one, other in ((arguments, renamed), (renamed, arguments)):
        np.testing.assert_array_equal(
            one["centers"][one["labels"]], other["centers"][other["labels"]]
        )
    np.testing.assert_array_equal(renamed["centers"][:, 0], order)


def test_sums_that_are_off_in_the_seventh_digit_are_told_as_such():
    def e_step(X, params):
        gamma, log_likelihood = gmm.vectorized.e_step(X, params)
        return gamma.astype(np.float32).astype(float), log_likelihood

    problem = check("gmm.e_step", e_step).problem
    assert re.search(r"sum to (1\.0000|0\.99999)", problem)


def test_a_function_that_fails_only_later_is_no_matter_for_the_report():
    calls = []

    def e_step(X, params):
        calls.append(1)
        gamma, log_likelihood = gmm.vectorized.e_step(X, params)
        return (
            (gamma,) if len(calls) > 18 else (gamma, log_likelihood + (len(calls) > 17))
        )

    assert not check("gmm.e_step", e_step)


def test_an_array_of_another_library_is_no_number():
    class Tensor:
        def __array__(self, *arguments, **keywords):
            raise RuntimeError("needs detach")

    def e_step(X, params):
        return gmm.vectorized.e_step(X, params)[0], Tensor()

    assert "log_likelihood is a Tensor" in check("gmm.e_step", e_step).problem


def test_the_inputs_of_later_checks_are_not_spoilt():
    check("gmm.e_step", wrong_e_step(changes_its_argument))
    assert check("gmm.e_step", gmm.naive.e_step)
