"""Known mistakes are recognised, explained, and shown on an example."""

import math
from functools import cache
from importlib import import_module

import numpy as np
import pytest
from equation_labels import labels_in_code

from emlib import coins, gaussian, gmm
from emlib.exercises import check, mistakes, names
from emlib.exercises._contract import contract_of
from emlib.exercises._recognise import shows
from emlib.exercises._report import addresses
from tests import seals
from tests.exercises.known import (
    ASKED,
    MISTAKES,
    PACKAGE,
    made_into_a_solution,
)
from tests.rooms import rows
from tests.twins import TOPICS


@pytest.fixture(scope="module")
def labels():
    return labels_in_code(PACKAGE)


each_exercise = pytest.mark.parametrize("exercise", names())


@cache
def sampled(exercise):
    """Some of an exercise's mistakes with their reports; all if its topic has changed.

    The record says that `check` names every one of them (see `tests.seals`).
    """
    topic = exercise.partition(".")[0]
    some = seals.some(mistakes.known(exercise), topic, share=1 / 10)
    return [(one, check(exercise, made_into_a_solution(one))) for one in some]


@each_exercise
def test_a_mistake_is_recognised_as_itself(exercise):
    for mistake, report in sampled(exercise):
        assert not report
        assert report.mistake is mistake, (mistake.name, str(report))
        assert mistake.title in str(report)


@each_exercise
def test_a_mistake_is_explained_and_has_an_equation_with_an_address(exercise, labels):
    for mistake in mistakes.known(exercise):
        assert len(mistake.explanation) > 80, mistake.name
        assert mistake.explanation.endswith("."), mistake.name
        assert mistake.equation in labels, mistake.name
        assert mistake.part in contract_of(mistake.exercise).returns, mistake.name
        assert len(addresses(mistake)) >= 2, mistake.name
        assert shows(mistake), mistake.name


def test_mistakes_have_names_of_their_own():
    told = [(mistake.exercise, mistake.name) for mistake in MISTAKES]
    assert len(told) == len(set(told))


@pytest.mark.parametrize("name", ASKED)
def test_what_a_chapter_asks_for_has_at_least_five_known_mistakes(name):
    assert len(mistakes.known(name)) >= 5


@pytest.mark.parametrize(("name", "part"), rows("wrong", "TAUGHT"))
def test_each_result_that_the_book_teaches_has_at_least_five(name, part):
    of_the_part = [m for m in mistakes.known(name) if m.part == part]
    assert len(of_the_part) >= 5


def typed_in(example):
    """The names that an example defines, and its returned and expected values."""
    said = {}
    lines = example.splitlines()
    starts = [line.startswith(("returned ", "expected ")) for line in lines]
    namespace = {topic: import_module(f"emlib.{topic}") for topic in TOPICS}
    namespace["np"] = np
    exec("\n".join(lines[: starts.index(True)]), namespace)
    for line, begins in zip(lines, starts, strict=True):
        words, _, value = line.partition(" = ")
        if begins:
            name = words.replace(" ", "_")
            said[name] = value
        elif said:
            said[name] += line
    return namespace, {name: eval(value, namespace) for name, value in said.items()}


@each_exercise
def test_the_example_can_be_typed_in_and_shows_the_mistake(exercise):
    contract = contract_of(exercise)
    for mistake, report in sampled(exercise):
        if report.example is None:
            without = ("what it returns", "shapes", "what must always hold")
            assert report.stage in (*without, "distribution of the draws"), mistake.name
            continue
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
                np.testing.assert_allclose(
                    said[words + part], value, rtol=1e-6, atol=1e-12
                )


# --- which it is ----------------------------------------------------------------------------------


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
