"""Every public function of a topic exists as a loop and as arrays, and the two agree.

The pairs are found by walking the package. A function without a twin, without a problem in its
topic's `problems.py`, or without a docstring fails here; nothing is registered.
"""

import copy
import inspect
import re
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import emlib
from emlib import em, problems
from tests import seals
from tests.twins import (
    TOPICS,
    arguments_of,
    assert_agree,
    outcome,
    pair,
    public_functions,
    settings,
    twins,
)


def test_topics_are_found():
    assert {"coins", "gmm"} <= set(TOPICS)


def test_no_twin_is_alone():
    """A folder with only one of the two files is not even recognised as a topic."""
    package = Path(emlib.__file__).parent
    for side in ("naive", "vectorized"):
        found = {path.parent.name for path in package.rglob(f"{side}.py")}
        assert found == set(TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_both_twins_have_the_same_functions(topic):
    assert set(public_functions(topic, "naive")) == set(
        public_functions(topic, "vectorized")
    )


@twins
def test_same_signature(topic, name):
    loop, arrays = pair(topic, name)
    assert inspect.signature(loop) == inspect.signature(arrays)


@twins
def test_docstring_has_the_parts_that_a_reader_needs(topic, name):
    loop, arrays = pair(topic, name)
    docstring = inspect.getdoc(loop)
    assert docstring == inspect.getdoc(arrays)
    for part in ("Parameters\n---", "Returns\n---", "Raises\n---", "shape ("):
        assert part in docstring, part
    for parameter in inspect.signature(loop).parameters:
        assert re.search(rf"^.*\b{parameter}\b.* : ", docstring, re.MULTILINE), (
            parameter
        )


@twins
def test_there_is_a_problem_for_every_function(topic, name):
    problem = problems.draw(f"{topic}.{name}", np.random.default_rng(0))
    loop, _ = pair(topic, name)
    assert set(problem.arguments) <= set(inspect.signature(loop).parameters)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_problem_has_a_function(topic):
    defined = public_functions(topic, "problems")
    assert set(defined) == set(public_functions(topic, "naive"))


def test_an_unknown_problem_is_refused_by_name():
    with pytest.raises(
        ValueError, match=r"write nonsense\(rng, setting\) in emlib/gmm/problems\.py"
    ):
        problems.draw("gmm.nonsense", np.random.default_rng(0))


@twins
def test_twins_agree(topic, name):
    """On a thousand problems, or two hundred if the topic is unchanged since it was sealed."""
    loop, arrays = pair(topic, name)

    @hypothesis.settings(max_examples=seals.examples(topic))
    @given(setting=settings, seed=st.integers(0, 2**32 - 1))
    def agree(setting, seed):
        problem = problems.draw(f"{topic}.{name}", np.random.default_rng(seed), setting)
        left = outcome(loop, arguments_of(problem))
        right = outcome(arrays, arguments_of(problem))
        if isinstance(left, Exception) or isinstance(right, Exception):
            assert type(left) is type(right), (left, right)
            assert type(left) in (ValueError, em.DegenerateComponent), left
            assert str(left) == str(right)
            return
        assert_agree(left, right, problem.tolerance(left))

    agree()


@twins
@pytest.mark.parametrize("side", ["naive", "vectorized"])
def test_inputs_are_not_modified(topic, name, side):
    function = public_functions(topic, side)[name]
    for seed in range(20):
        problem = problems.draw(f"{topic}.{name}", np.random.default_rng(seed))
        arguments = arguments_of(problem)
        for value in flatten(arguments):
            value.flags.writeable = False
        before = copy.deepcopy(list(flatten(arguments)))
        outcome(function, arguments)
        for old, new in zip(before, flatten(arguments), strict=True):
            np.testing.assert_array_equal(old, new)


def flatten(value):
    """Every array in a nest of dicts and tuples."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict):
        yield from flatten(tuple(value.values()))
    elif isinstance(value, tuple):
        for item in value:
            yield from flatten(item)


@twins
def test_problems_are_hard_but_mostly_solvable(topic, name):
    """A generator whose problems all end in an error would compare nothing."""
    loop, _ = pair(topic, name)
    rng = np.random.default_rng(1)
    solved = sum(
        not isinstance(
            outcome(loop, arguments_of(problems.draw(f"{topic}.{name}", rng))),
            Exception,
        )
        for _ in range(50)
    )
    assert solved >= 45
