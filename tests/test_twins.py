"""Every public function of a topic exists as a loop and as arrays, and the two agree.

The pairs are found by walking the package. A function without a twin, without a problem in
`emlib.problems`, or without a docstring fails here; nobody registers it.
"""

import copy
import importlib
import inspect
import pkgutil
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import emlib
from emlib import em, problems

TOPICS = [
    module.name
    for module in pkgutil.iter_modules(emlib.__path__)
    if module.ispkg
    and {"naive", "vectorized"}
    & {m.name for m in pkgutil.iter_modules([f"{emlib.__path__[0]}/{module.name}"])}
]


def public_functions(topic, side):
    """The functions that a twin module defines and does not hide."""
    module = importlib.import_module(f"emlib.{topic}.{side}")
    return {
        name: function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == module.__name__
    }


TWINS = [
    (topic, name)
    for topic in TOPICS
    for name in sorted(
        set(public_functions(topic, "naive"))
        | set(public_functions(topic, "vectorized"))
    )
]
twins = pytest.mark.parametrize(
    ("topic", "name"), TWINS, ids=[".".join(pair) for pair in TWINS]
)


def pair(topic, name):
    return public_functions(topic, "naive")[name], public_functions(
        topic, "vectorized"
    )[name]


settings = st.builds(
    problems.Setting,
    N=st.integers(1, 12),
    D=st.integers(1, 4),
    K=st.integers(1, 4),
    scale=st.floats(-6, 6).map(lambda power: 10.0**power),
    offset=st.sampled_from([0.0, 1.0, 1e4, 1e8]),
    condition=st.sampled_from([1.0, 1e3, 1e6, 1e10]),
    distinct=st.sampled_from([None, None, 1, 3]),
    separation=st.sampled_from([0.0, 1.0, 3.0]),
    extreme=st.booleans(),
    options=st.booleans(),
)


def arguments_of(problem):
    """A private copy, with a generator of its own where the function draws."""
    arguments = copy.deepcopy(problem.arguments)
    if "rng" in arguments:
        arguments["rng"] = np.random.default_rng(arguments["rng"])
    return arguments


def outcome(function, arguments):
    """The result, or the error that was raised on purpose."""
    try:
        return function(**arguments)
    except (ValueError, ArithmeticError) as error:
        return error


def assert_agree(loop, arrays, tolerance, where="result"):
    """Same structure, types, shapes and dtypes; every entry within its tolerance."""
    assert type(loop) is type(arrays), where
    if isinstance(loop, tuple):
        assert len(loop) == len(arrays) == len(tolerance), where
        names = getattr(loop, "_fields", range(len(loop)))
        for name, one, other, allowed in zip(
            names, loop, arrays, tolerance, strict=True
        ):
            assert_agree(one, other, allowed, f"{where}.{name}")
        return
    one, other = np.asarray(loop), np.asarray(arrays)
    assert one.shape == other.shape, where
    assert one.dtype == other.dtype, where
    assert not np.isnan(one).any(), where
    same = one == other  # infinities, too
    with np.errstate(invalid="ignore"):
        apart = np.abs(one - other)
    assert (same | (apart <= tolerance)).all(), (
        f"{where}: loop {one}, arrays {other}, apart {apart}, allowed {tolerance}"
    )


def test_topics_are_found():
    known = {"coins", "evidence", "gaussian", "gmm", "linkage"}
    assert known | {"acceleration", "climbers", "kmeans", "selection"} <= set(TOPICS)


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


def test_every_problem_has_a_function():
    expected = {f"{topic}_{name}" for topic, name in TWINS}
    defined = {
        name
        for name, function in inspect.getmembers(problems, inspect.isfunction)
        if not name.startswith("_")
        and name != "draw"
        and function.__module__ == problems.__name__
    }
    assert defined == expected


def test_an_unknown_problem_is_refused_by_name():
    with pytest.raises(ValueError, match=r"write emlib\.problems\.gmm_nonsense"):
        problems.draw("gmm.nonsense", np.random.default_rng(0))


@twins
@given(setting=settings, seed=st.integers(0, 2**32 - 1))
def test_twins_agree(topic, name, setting, seed):
    loop, arrays = pair(topic, name)
    problem = problems.draw(f"{topic}.{name}", np.random.default_rng(seed), setting)
    handed_over = arguments_of(problem)
    left, right = outcome(loop, arguments_of(problem)), outcome(arrays, handed_over)
    if isinstance(left, Exception) or isinstance(right, Exception):
        assert type(left) is type(right), (left, right)
        assert type(left) in (ValueError, em.DegenerateComponent), left
        assert str(left) == str(right)
        return
    assert_agree(left, right, problem.tolerance(left))


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
