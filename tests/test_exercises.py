"""`check` passes what is right, in any style, and says of what is wrong what is wrong with it."""

import json
import math
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from equation_labels import labels_in_code
from solutions import SOLUTIONS

import emlib
from emlib import (
    acceleration,
    climbers,
    coins,
    evidence,
    gaussian,
    gmm,
    kmeans,
    linkage,
)
from emlib.exercises import Report, check, mistakes, names
from emlib.exercises._contract import contract_of, reordered
from emlib.exercises._recognise import behaviour
from emlib.exercises._report import addresses

PACKAGE = Path(emlib.__file__).parent
CATALOGUE = json.loads((PACKAGE / "exercises/catalogue.json").read_text("utf-8"))
ASKED = sorted(
    {
        exercise["function"]
        for chapter in CATALOGUE
        for exercise in chapter["exercises"]
        if exercise["function"]
    }
)
MISTAKES = [mistake for name in names() for mistake in mistakes.known(name)]


def made_into_a_solution(mistake):
    """A function that is right but for the mistake."""
    contract = contract_of(mistake.exercise)

    def function(*arguments):
        wrong = mistake.function(*arguments)
        if contract.parts is None:
            return wrong
        right = contract.vectorized(*arguments)
        values = [
            wrong if part == mistake.part else value
            for part, value in zip(contract.parts, right, strict=True)
        ]
        return contract.result_type(*values) if contract.result_type else tuple(values)

    return function


# --- what is right passes ------------------------------------------------------------------------


def test_every_twin_function_is_an_exercise():
    assert {"gmm.e_step", "gmm.sample", "evidence.kl_divergence"} <= set(names())
    assert len(names()) == len(set(names())) > 15


@pytest.mark.parametrize("side", ["naive", "vectorized"])
@pytest.mark.parametrize("name", names())
def test_the_package_passes_its_own_check(name, side):
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
    assert with_mistakes | set(ASKED) <= set(SOLUTIONS)
    assert all(len(styles) == 3 for styles in SOLUTIONS.values())


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


# --- known mistakes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mistake", MISTAKES, ids=[f"{m.exercise}-{m.name}" for m in MISTAKES]
)
def test_each_mistake_is_recognised_as_itself(mistake):
    report = check(mistake.exercise, made_into_a_solution(mistake))
    assert not report
    assert report.mistake is mistake, str(report)
    assert mistake.title in str(report)


@pytest.mark.parametrize(
    "mistake", MISTAKES, ids=[f"{m.exercise}-{m.name}" for m in MISTAKES]
)
def test_each_mistake_is_explained_and_has_an_equation_with_an_address(mistake):
    assert len(mistake.explanation) > 80
    assert mistake.explanation.endswith(".")
    assert mistake.equation in labels_in_code(PACKAGE)
    assert mistake.part in contract_of(mistake.exercise).returns
    assert len(addresses(mistake)) >= 2
    assert any(seen.is_wrong for seen in behaviour(mistake))


def test_mistakes_have_names_of_their_own():
    told = [(mistake.exercise, mistake.name) for mistake in MISTAKES]
    assert len(told) == len(set(told))


@pytest.mark.parametrize("name", ASKED)
def test_what_a_chapter_asks_for_has_at_least_five_known_mistakes(name):
    assert len(mistakes.known(name)) >= 5


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("gaussian.log_density", "result"),
        ("gmm.log_likelihood", "result"),
        ("gmm.e_step", "responsibilities"),
        ("gmm.m_step", "weights"),
        ("gmm.m_step", "means"),
        ("gmm.m_step", "covariances"),
        ("coins.e_step", "responsibilities"),
        ("coins.m_step", "biases"),
        ("linkage.e_step", "expected_counts"),
        ("linkage.m_step", "theta"),
        ("evidence.lower_bound", "result"),
        ("evidence.log_sum_exp", "result"),
        ("kmeans.assign", "labels"),
        ("kmeans.update", "centers"),
        ("kmeans.distortion", "result"),
        ("kmeans.seeding_probabilities", "result"),
        ("climbers.constrain", "weights"),
        ("climbers.constrain", "covariances"),
        ("climbers.gradient", "logits"),
        ("climbers.gradient", "means"),
        ("climbers.gradient", "factors"),
        ("climbers.acceptance", "result"),
        ("acceleration.step_length", "result"),
        ("acceleration.aitken", "result"),
        ("acceleration.squarem", "result"),
    ],
)
def test_each_result_that_the_book_teaches_has_at_least_five(name, part):
    of_the_part = [m for m in mistakes.known(name) if m.part == part]
    assert len(of_the_part) >= 5


def test_a_mistake_is_recognised_in_another_spelling():
    def e_step(X, params):
        densities = [
            [
                math.exp(gaussian.naive.log_density([x], gaussian.Params(m, C))[0])
                for m, C in zip(params.means, params.covariances, strict=True)
            ]
            for x in X
        ]
        gamma = np.array(
            [
                [w * d / sum(row) for w, d in zip(params.weights, row, strict=True)]
                for row in densities
            ]
        )
        return gamma, gmm.naive.log_likelihood(X, params)

    report = check("gmm.e_step", e_step)
    assert report.mistake.name == "weights_missing_below"
    assert report.stage == "what must always hold"
    assert "the entries of responsibilities[" in report.problem


def test_an_error_of_scalar_arithmetic_is_the_mistake_that_makes_nan_in_arrays():
    def e_step(counts, params):
        gamma = []
        for heads, tails in counts.tolist():
            stories = [
                bias**heads * (1 - bias) ** tails for bias in params.biases.tolist()
            ]
            gamma.append([story / sum(stories) for story in stories])
        return np.array(gamma), coins.naive.log_likelihood(counts, params)

    report = check("coins.e_step", e_step)
    assert report.mistake.name == "probabilities_of_long_sets"
    assert "ZeroDivisionError" in report.traceback


def test_of_two_mistakes_the_first_in_the_result_is_told():
    def m_step(X, responsibilities):
        N_k = responsibilities.sum(axis=0)
        means = responsibilities.T @ X / len(X)
        return gmm.vectorized.m_step(X, responsibilities)._replace(
            weights=N_k, means=means
        )

    report = check("gmm.m_step", m_step)
    assert report.part == "weights"
    assert report.mistake.name == "counts_as_weights"


# --- from coarse to fine -------------------------------------------------------------------------


def wrong_e_step(change):
    """The package's E step of the mixture with something done to it."""

    def e_step(X, params):
        return change(X, params, *gmm.vectorized.e_step(X, params))

    return e_step


def changes_its_argument(X, params, gamma, log_likelihood):
    X -= params.means[0]
    return gamma, log_likelihood


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
        "the axis K is gone",
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


def test_a_covariance_that_is_flat_in_some_direction():
    def m_step(X, gamma):
        right = gmm.vectorized.m_step(X, gamma)
        deviations = np.sqrt(np.einsum("kii->ki", right.covariances))
        return right._replace(
            covariances=2 * deviations[:, :, None] * deviations[:, None, :]
            - deviations[:, :, None] ** 2 * np.eye(X.shape[1])
        )

    assert "positive definite" in check("gmm.m_step", m_step).problem


@pytest.mark.parametrize(
    ("name", "function", "words"),
    [
        (
            "evidence.lower_bound",
            lambda log_joint, q: evidence.vectorized.log_sum_exp(log_joint).sum() + 1,
            "a lower bound cannot be, for any q",
        ),
        (
            "evidence.kl_divergence",
            lambda q, p: -evidence.vectorized.kl_divergence(q, p),
            "by Gibbs' inequality",
        ),
        (
            "evidence.log_sum_exp",
            lambda terms: evidence.vectorized.log_sum_exp(terms) + 5,
            "lies between the largest of them and",
        ),
        (
            "linkage.e_step",
            lambda counts, params: (
                np.append(0, linkage.vectorized.e_step(counts, params)[0][1:]),
                0.0,
            ),
            "that they divide",
        ),
        (
            "linkage.m_step",
            lambda counts, x: linkage.Params(float(x.sum())),
            "a probability lies between 0 and 1",
        ),
        (
            "coins.m_step",
            lambda counts, gamma: coins.vectorized.m_step(counts, gamma).biases,
            "end with return coins.Params(biases)",
        ),
        (
            "kmeans.assign",
            lambda X, centers: kmeans.vectorized.assign(X, centers) + 1,
            "is 3: the 3 centers have the numbers 0 to 2",
        ),
        (
            "kmeans.assign",
            lambda X, centers: kmeans.vectorized.assign(X, centers) - 1,
            "is -1: the 3 centers have the numbers 0 to 2",
        ),
        (
            "kmeans.assign",
            lambda X, centers: kmeans.vectorized.assign(X, centers).astype(float),
            "labels holds float64, not int64",
        ),
        (
            "kmeans.assign",
            lambda X, centers: np.eye(len(centers))[
                kmeans.vectorized.assign(X, centers)
            ],
            "labels: expected (N,) = (7,), got (7, 3)",
        ),
        ("kmeans.assign", lambda X, centers: None, "returned None, not labels: is"),
        (
            "kmeans.fit",
            lambda X, centers: kmeans.vectorized.fit(X, centers)[:3],
            "it returned 3 things: return 4, (centers, labels, distortion, n_iter)",
        ),
        (
            "kmeans.distortion",
            lambda X, labels, centers: (
                -kmeans.vectorized.distortion(X, labels, centers)
            ),
            "a sum of squares is not negative",
        ),
        (
            "kmeans.seeding_probabilities",
            lambda X, centers: 2 * kmeans.vectorized.seeding_probabilities(X, centers),
            "the entries of result sum to 2, not to 1",
        ),
        (
            "acceleration.step_length",
            lambda *points: -acceleration.vectorized.step_length(*points),
            "it is at most -1, which leads to `after`",
        ),
    ],
)
def test_what_must_hold_in_other_topics(name, function, words):
    assert words in check(name, function).problem


def prefers_center_0(X, centers):
    """The labels, but center 1 gives away what it has won."""
    labels = kmeans.vectorized.assign(X, centers)
    return np.where(labels == 1, 0, labels)


def first_parameter_twice(before, between, after, step_length):
    leap = acceleration.vectorized.squarem(before, between, after, step_length)
    leap[0] = before[0]
    return leap


@pytest.mark.parametrize(
    ("name", "function", "words"),
    [
        (
            "kmeans.assign",
            prefers_center_0,
            "with the components in another order, labels",
        ),
        (
            "kmeans.distortion",
            lambda X, labels, centers: kmeans.vectorized.distortion(
                X, 0 * labels, centers
            ),
            "with the components in another order, result",
        ),
        (
            "kmeans.update",
            lambda X, labels, centers: kmeans.vectorized.update(
                X, prefers_center_0(X, centers), centers
            ),
            "with the components in another order, centers",
        ),
        (
            "acceleration.squarem",
            first_parameter_twice,
            "with the parameters in another order, result",
        ),
    ],
)
def test_names_and_order_mean_nothing_in_other_topics(name, function, words):
    assert words in check(name, function).problem


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_labels_follow_the_centers_that_they_number(order):
    """Renamed, each observation still has its own center."""
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


def test_what_has_a_default_is_not_given():
    """Except observation weights, which are tried by name."""

    def fit(X, centers, max_iter="not given"):
        assert max_iter == "not given"
        return kmeans.vectorized.fit(X, centers)

    assert check("kmeans.fit", fit)
    assert check("kmeans.fit", lambda X, centers: kmeans.vectorized.fit(X, centers))


# --- what once passed, or crashed, or was told wrongly --------------------------------------------


CACHE, CALLS, BUFFER = {}, [], np.zeros((2000, 9))


def remembers(X, params):
    """Answers again what it answered first."""
    return CACHE.setdefault(X.shape, gmm.vectorized.e_step(X, params))


def counts_its_calls(X, params):
    """None at every third call."""
    CALLS.append(1)
    return None if len(CALLS) % 3 == 0 else gmm.vectorized.e_step(X, params)


def sample_of(change):
    return lambda params, n_samples, rng: change(params, n_samples, rng)


def few_components(X, responsibilities):
    right = gmm.vectorized.m_step(X, responsibilities)
    return right._replace(means=right.means[[0, 1, 2, 2][: len(right.means)]])


@pytest.mark.parametrize(
    ("name", "function", "words"),
    [
        (
            "gmm.log_density",
            lambda X, p: np.log(np.exp(gmm.vectorized._log_joint(X, p)).sum(axis=1)),
            "every density underflows",
        ),
        (
            "gmm.log_density",
            lambda X, p: np.log(
                np.exp(gmm.vectorized._log_joint(X, p)).sum(axis=1) + 1e-300
            ),
            "every density underflows",
        ),
        (
            "coins.log_likelihood",
            lambda counts, params: np.log(
                np.mean(
                    params.biases ** counts[:, :1]
                    * (1 - params.biases) ** counts[:, 1:],
                    axis=1,
                )
            ).sum(),
            "every probability underflows",
        ),
        (
            "linkage.log_likelihood",
            lambda y, params: np.log(
                np.prod(
                    np.array(
                        [
                            1 / 2 + params.theta / 4,
                            (1 - params.theta) / 4,
                            (1 - params.theta) / 4,
                            params.theta / 4,
                        ]
                    )
                    ** y
                )
            ),
            "thousands of animals",
        ),
        (
            "linkage.m_step",
            lambda y, x: linkage.Params(
                float(np.clip(linkage.vectorized.m_step(y, x).theta, 0.01, 0.99))
            ),
            "no animal that speaks for theta",
        ),
        (
            "gmm.m_step",
            lambda X, gamma: gmm.vectorized.m_step(X, gamma)._replace(
                means=gamma.T @ X / np.maximum(gamma.sum(axis=0), 0.5)[:, None]
            ),
            "far less than one observation",
        ),
        ("gmm.m_step", few_components, "means"),
        (
            "coins.m_step",
            lambda counts, gamma: coins.Params(
                np.clip(coins.vectorized.m_step(counts, gamma).biases, 0.01, 0.99)
            ),
            "all heads",
        ),
        (
            "gmm.sample",
            sample_of(
                lambda p, n, rng: [
                    part[0] if n == 1 else part
                    for part in gmm.vectorized.sample(p, n, rng)
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
        (
            "gmm.m_step",
            lambda X, gamma: gmm.vectorized.m_step(X, gamma)._replace(
                covariances=gmm.vectorized.m_step(X, gamma).covariances
                + 1e-6 * np.eye(X.shape[1])
            ),
            "was something small added or clipped",
        ),
        (
            "gaussian.cholesky",
            lambda covariance: gaussian.vectorized.cholesky(covariance).T,
            "it is the transpose of what it should be",
        ),
        (
            "evidence.log_sum_exp",
            lambda terms: np.where(
                np.isneginf(terms).all(axis=1), 0, np.logaddexp.reduce(terms, axis=1)
            ),
            "expected -inf",
        ),
    ],
)
def test_what_is_wrong_is_found_and_told(name, function, words):
    report = check(name, function)
    assert not report
    assert words in str(report)
    assert " 1 times" not in str(report)


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


def refuses(X, params):
    if np.abs(X - params.mean).max() > 50 * np.sqrt(params.covariance.max()):
        raise ValueError("outlier")
    return gaussian.vectorized.log_density(X, params)


def test_an_error_raised_on_purpose_is_not_taken_for_the_nan_of_a_known_mistake():
    report = check("gaussian.log_density", refuses)
    assert "ValueError: outlier" in report.problem
    assert report.mistake is None


def test_a_mistake_with_weights_is_not_taken_for_one_without():
    def log_likelihood(X, params, observation_weights=None):
        return np.log(np.exp(gmm.vectorized._log_joint(X, params)).sum(axis=1)).sum()

    report = check("gmm.log_likelihood", log_likelihood)
    assert "observation weights" in report.problem
    assert report.mistake is None


def test_sums_that_are_off_in_the_seventh_digit_are_told_as_such():
    def e_step(X, params):
        gamma, log_likelihood = gmm.vectorized.e_step(X, params)
        return gamma.astype(np.float32).astype(float), log_likelihood

    problem = check("gmm.e_step", e_step).problem
    assert re.search(r"sum to (1\.0000|0\.99999)", problem)


def test_an_error_without_a_message():
    class Silent(Exception):
        def __str__(self):
            raise RuntimeError

    def e_step(X, params):
        raise Silent

    report = check("gmm.e_step", e_step)
    assert "its message cannot be shown" in report.problem
    assert "raise Silent" in report.traceback


def test_leaving_the_program_is_an_error_like_others():
    assert "SystemExit" in check("gmm.e_step", lambda X, params: exit()).problem


def test_the_report_does_not_depend_on_the_print_options():
    def m_step(X, gamma):
        params = gmm.vectorized.m_step(X, gamma)
        return params._replace(means=params.means + 0.125)

    usual = check("gmm.m_step", m_step).example
    with np.printoptions(precision=1, suppress=True):
        assert check("gmm.m_step", m_step).example == usual


def test_what_the_reader_has_told_numpy_to_raise_is_no_matter():
    with np.errstate(all="raise"):
        assert check("gmm.e_step", gmm.vectorized.e_step)


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


def test_two_checks_at_once_leave_the_warnings_as_they_were():
    before = list(warnings.filters)
    with ThreadPoolExecutor(4) as pool:
        assert all(
            pool.map(lambda _: check("coins.m_step", coins.naive.m_step), range(8))
        )
    assert warnings.filters == before


# --- errors in the reader's code -----------------------------------------------------------------


def test_an_exception_is_shown_with_the_reader_s_lines_and_the_smallest_input():
    def helper(X):
        raise KeyError("mine")

    def e_step(X, params):
        return helper(X)

    report = check("gmm.e_step", e_step)
    assert report.stage == "runs"
    assert "KeyError: 'mine'" in report.traceback
    assert "raise KeyError" in report.traceback
    assert "return helper(X)" in report.traceback
    assert "emlib" not in report.traceback.replace(str(PACKAGE.parent / "tests"), "")
    assert re.search(r"X = np.array\(\[\[-?[\d.]{3,4}\]\]\)", report.example)


def typed_in(example):
    """What the lines of an example say, and what they say came out and should have."""
    said = {}
    lines = example.splitlines()
    starts = [line.startswith(("returned ", "expected ")) for line in lines]
    namespace = {"np": np, "gmm": gmm, "gaussian": gaussian, "coins": coins}
    namespace |= {"climbers": climbers, "linkage": linkage}
    exec("\n".join(lines[: starts.index(True)]), namespace)
    for line, begins in zip(lines, starts, strict=True):
        words, _, value = line.partition(" = ")
        if begins:
            name = words.replace(" ", "_")
            said[name] = value
        elif said:
            said[name] += line
    return namespace, {name: eval(value, namespace) for name, value in said.items()}


@pytest.mark.parametrize(
    "mistake", MISTAKES, ids=[f"{m.exercise}-{m.name}" for m in MISTAKES]
)
def test_the_example_can_be_typed_in_and_shows_the_mistake(mistake):
    report = check(mistake.exercise, made_into_a_solution(mistake))
    if report.example is None:
        assert report.stage in ("shapes", "what must always hold")
        return
    contract = contract_of(mistake.exercise)
    namespace, said = typed_in(report.example)
    arguments = namespace.get("arguments") or {
        name: namespace[name] for name in contract.required
    }
    right = contract.named(contract.naive(**arguments))
    with np.errstate(all="ignore"):
        wrong = mistake.function(*(arguments[name] for name in contract.required))
    part = "" if mistake.part == "result" else f"_{mistake.part}"
    for words, value in (("expected", right[mistake.part]), ("returned", wrong)):
        if words + part in said:
            np.testing.assert_allclose(said[words + part], value, rtol=1e-6, atol=1e-12)


def test_the_example_shrinks_to_what_is_needed():
    def e_step(X, params):
        if len(X) > 1 and len(params.weights) > 1:
            raise RuntimeError
        return gmm.vectorized.e_step(X, params)

    report = check("gmm.e_step", e_step)
    namespace = {"np": np, "gmm": gmm}
    arguments, _, _ = report.example.partition("expected")
    exec(arguments, namespace)  # it can be typed as it stands
    assert namespace["X"].shape == (2, 1)
    assert len(namespace["params"].weights) == 2


def test_an_error_inside_em_fit_is_shown():
    def m_step(X, responsibilities):
        if len(X) == 30:
            raise RuntimeError("only here")
        return gmm.vectorized.m_step(X, responsibilities)

    report = check("gmm.m_step", m_step)
    assert "(on this input: inside em.fit)" in report.problem
    assert "RuntimeError: only here" in report.traceback


def test_an_interrupt_is_not_swallowed():
    def e_step(X, params):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("gmm.e_step", e_step)


def test_a_recursion_without_end_is_an_error_like_others():
    def e_step(X, params):
        return e_step(X, params)

    assert "RecursionError" in check("gmm.e_step", e_step).problem


def test_the_inputs_of_later_checks_are_not_spoilt():
    check("gmm.e_step", wrong_e_step(changes_its_argument))
    assert check("gmm.e_step", gmm.naive.e_step)


# --- random functions ----------------------------------------------------------------------------


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


def seeded(probabilities, first=None):
    """A seeding that draws each next center with other probabilities."""

    def seed(X, n_clusters, rng):
        chosen = [rng.choice(len(X)) if first is None else first(X, rng)]
        for _ in range(1, n_clusters):
            p = probabilities(X, X[chosen])
            chosen.append(rng.choice(len(X), p=p / p.sum()))
        return X[chosen]

    return seed


def squares(X, centers):
    return np.square(X[:, None] - centers).sum(axis=2).min(axis=1)


def farthest(X, centers):
    return np.eye(len(X))[squares(X, centers).argmax()]


@pytest.mark.parametrize(
    "seed",
    [
        seeded(squares),
        lambda X, n_clusters, rng: seeded(squares)(X[::-1], n_clusters, rng),
        lambda X, n_clusters, rng: seeded(squares)(
            rng.permutation(X), n_clusters, rng.spawn(1)[0]
        ),
    ],
)
def test_another_way_to_draw_centers_passes(seed):
    report = check("kmeans.seed", seed)
    assert report, str(report)
    assert "2,000 calls give each result as often as they should" in report.steps


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        (seeded(lambda X, c: np.sqrt(squares(X, c))), "the mean of [centers[:"),
        (seeded(lambda X, c: squares(X, c) ** 2), "the mean of [centers[:"),
        (seeded(farthest), "the mean of [centers[:"),
        (seeded(lambda X, c: 1.0 * (squares(X, c) > 0)), "the mean of [centers[:"),
        (seeded(squares, lambda X, rng: 0), "the mean of [centers[:1] == ("),
        (
            seeded(squares, lambda X, rng: np.square(X).sum(axis=1).argmax()),
            "the mean of [centers[:1] == (",
        ),
        (
            seeded(lambda X, c: np.square(X - c[-1]).sum(axis=1)),
            "centers holds an observation twice",
        ),
        (seeded(lambda X, c: np.ones(len(X))), "centers holds an observation twice"),
        (
            lambda X, n_clusters, rng: X[rng.choice(len(X), n_clusters, replace=False)],
            "twice",
        ),
        (
            lambda X, n_clusters, rng: X.mean(axis=0) + rng.random((n_clusters, 1)),
            "centers[0] is no row of X",
        ),
        (
            lambda X, n_clusters, rng: seeded(squares)(
                X, n_clusters, np.random.default_rng()
            ),
            "two calls with the same input gave different centers: draw every random",
        ),
        (
            lambda X, n_clusters, rng: seeded(squares)(
                X, n_clusters, np.random.default_rng(7)
            ),
            "two different generators gave the same draws",
        ),
        (
            lambda X, n_clusters, rng: seeded(squares)(X, n_clusters - 1, rng),
            "centers: expected (K, D) = (3, 2), got (2, 2)",
        ),
    ],
)
def test_wrong_draws_of_centers_are_found(seed, words):
    report = check("kmeans.seed", seed)
    assert not report
    assert words in report.problem


# --- the report ----------------------------------------------------------------------------------


def test_the_report_is_text_and_a_table():
    passed = check("gmm.e_step", gmm.vectorized.e_step)
    assert str(passed).startswith("gmm.e_step: passed\n  ok     takes (X, params)")
    assert "times as long as the package's arrays" in passed.speed
    assert passed.speed in passed._repr_html_()
    failed = check("gmm.e_step", wrong_e_step(lambda X, p, gamma, ll: (gamma.T, ll)))
    assert isinstance(failed, Report)
    assert failed.speed is None
    table = failed._repr_html_()
    assert table.startswith("<table")
    assert '<code class="equation-label">eq-gmm-responsibility</code>' in table
    assert "emlib/gmm/naive.py, line" in table


def test_the_table_escapes_what_is_not_ours():
    def e_step(X, params):
        raise ValueError("<b>bold</b>")

    table = check("gmm.e_step", e_step)._repr_html_()
    assert "<b>bold" not in table
    assert "&lt;b&gt;bold" in table


def test_there_is_no_speed_where_there_are_no_rows():
    assert check("linkage.m_step", linkage.naive.m_step).speed is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gmm.estep", "did you mean gmm.e_step"),
        ("xyz", "pass one of"),
        (3, "there is no exercise 3"),
        (gmm.naive.e_step, "the name comes first"),
    ],
)
def test_an_unknown_exercise_is_refused(name, words):
    with pytest.raises(ValueError, match=words):
        check(name, gmm.naive.e_step)


def test_hard_inputs_are_named():
    report = check("gmm.e_step", gmm.vectorized.e_step)
    for words in ("far from the origin", "tiny variances", "a single observation"):
        assert words in str(report)
    assert "many observations" in str(report)


def test_the_report_on_the_first_page_of_the_book_is_what_check_prints():
    page = (PACKAGE.parent / "book/index.md").read_text(encoding="utf-8")
    code = next(
        b for b in re.findall(r"```python\n(.*?)```", page, re.S) if "check(" in b
    )
    printed = re.search(r"```text\n(.*?)```", page, re.S)[1].splitlines()
    namespace = {}
    exec(code.replace('check("', 'report = check("'), namespace)
    reported = str(namespace["report"]).splitlines()
    for line in printed:
        assert any(real.startswith(line.removesuffix(" ...")) for real in reported), (
            line
        )


def test_the_example_of_the_readme_is_told_what_it_says(capsys):
    text = (PACKAGE.parent / "README.md").read_text(encoding="utf-8")
    code = next(
        b for b in re.findall(r"```python\n(.*?)```", text, re.S) if "check(" in b
    )
    exec(code, {})
    promised = re.search(r"check\(.*\)  # (.*) \.\.\.", code)[1]
    assert promised in capsys.readouterr().out
