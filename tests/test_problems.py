"""The problems are as hard as their settings say, and their tolerances are tight.

Twins that agree only on easy problems, or within a loose tolerance, would prove nothing.
"""

import inspect

import numpy as np
import pytest

from emlib.problems import Setting, draw
from tests.twins import (
    TOPICS,
    arguments_of,
    assert_agree,
    drawn,
    pair,
    public_functions,
    twins,
)


def of_those_that_take(parameter):
    """Parametrize a test with the functions that have a parameter of this name."""
    names = [
        f"{topic}.{name}"
        for topic in TOPICS
        for name, function in public_functions(topic, "naive").items()
        if parameter in inspect.signature(function).parameters
    ]
    return pytest.mark.parametrize("name", names)


@of_those_that_take("X")
def test_data_are_where_they_were_put(name):
    for arguments in drawn(name, Setting(offset=1e8)):
        assert np.abs(arguments["X"]).min() > 0.9e8
    for arguments in drawn(name, Setting(scale=1e-6)):
        assert np.abs(arguments["X"]).max() < 1e-4


@of_those_that_take("X")
def test_observations_repeat_on_request(name):
    for arguments in drawn(name, Setting(N=20, distinct=3)):
        assert len(np.unique(arguments["X"], axis=0)) <= 3
    for arguments in drawn(name, Setting(N=20)):
        assert len(np.unique(arguments["X"], axis=0)) == 20


@of_those_that_take("observation_weights")
def test_weights_come_and_go(name):
    weights = [arguments["observation_weights"] for arguments in drawn(name, Setting())]
    given = [values for values in weights if values is not None]
    assert 0 < len(given) < len(weights)
    assert all(np.any(values != 1) for values in given)
    assert any(np.any(values == 0) for values in given)


def nudged(value, factor):
    """A number or an array changed by a small factor; integers changed by one."""
    array = np.asarray(value)
    if array.dtype.kind == "i":
        return array + 1
    return type(value)(array * factor) if isinstance(value, float) else array * factor


def variants(result, factor):
    """The result with one of its parts nudged, once for each part."""
    if not isinstance(result, tuple):
        yield nudged(result, factor)
        return
    for i, part in enumerate(result):
        for variant in variants(part, factor):
            parts = [*result[:i], variant, *result[i + 1 :]]
            yield type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)


@twins
def test_tolerances_bite(topic, name):
    """On a problem of default difficulty, a result that is wrong in its seventh digit fails."""
    loop, _ = pair(topic, name)
    for seed in range(5):
        problem = draw(f"{topic}.{name}", np.random.default_rng(seed))
        result = loop(**arguments_of(problem))
        for variant in variants(result, 1 + 1e-7):
            with pytest.raises(AssertionError):
                assert_agree(result, variant, problem.tolerance(result))


@pytest.mark.parametrize(
    "name",
    [
        "draw",
        "gmm",
        "gmm.",
        "gmm.nonsense",
        "gmm._prior",
        "gmm.Problem",
        "gmm.np",
        "nonsense.fit",
    ],
)
def test_an_unknown_problem_is_refused_by_name(name):
    with pytest.raises(ValueError, match="no problem for"):
        draw(name, np.random.default_rng(0))
