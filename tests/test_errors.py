"""Bad input gets the same ValueError from both twins, naming argument, place and remedy.

The calls are in the rooms of the topics, tests/<topic>/calls.py.
"""

import numpy as np
import pytest

from emlib import em, problems
from tests.rooms import part, rows
from tests.twins import TOPICS, TWINS, arguments_of, outcome, pair, twins


def spoilt(value, how):
    """`value` with one fault."""
    array = np.array(value, dtype=float)
    first = (0,) * array.ndim
    if how == "nan":
        array[first] = np.nan
    elif how == "inf":
        array[first] = np.inf
    elif how == "one axis too many":
        array = array[None]
    elif how == "text":
        array = array.astype(str)
    elif how == "complex":
        array = array.astype(complex)
    elif how == "empty":
        array = array[:0]
    elif how == "ragged":
        array = [[1.0, 2.0], [3.0]]
    return array


WAYS = ["nan", "inf", "one axis too many", "text", "complex", "empty", "ragged"]


def array_arguments(arguments):
    """Every array argument as a path: ("X",) or ("params", "means")."""
    for name, value in arguments.items():
        if isinstance(value, np.ndarray):
            yield (name,)
        elif hasattr(value, "_fields"):
            fields = value._asdict().items()
            functions = [
                field for field, part in fields if part is None or callable(part)
            ]
            yield from (
                (name, field) for field in value._fields if field not in functions
            )


def replaced(arguments, path, value):
    name, *fields = path
    if fields:
        value = arguments[name]._replace(**{fields[0]: value})
    return {**arguments, name: value}


@pytest.mark.parametrize("how", WAYS)
@twins
def test_a_spoilt_array_is_refused_by_name(topic, name, how):
    loop, arrays = pair(topic, name)
    problem = problems.draw(f"{topic}.{name}", np.random.default_rng(3))
    if "observation_weights" in problem.arguments:
        ones = np.ones(len(problem.arguments["X"]))
        problem = problem._replace(
            arguments={**problem.arguments, "observation_weights": ones}
        )
    for path in array_arguments(problem.arguments):
        original = arguments_of(problem)[path[0]]
        original = getattr(original, path[1]) if len(path) == 2 else original
        if how == "empty" and np.ndim(original) == 0:
            continue  # a scalar cannot be empty
        messages = [
            outcome(twin, replaced(arguments_of(problem), path, spoilt(original, how)))
            for twin in (loop, arrays)
        ]
        for message in messages:
            assert isinstance(message, ValueError), (path, how, message)
            assert ".".join(path) in str(message), (path, message)
            assert ":" in str(message) or ";" in str(message), message  # fault: remedy
        assert str(messages[0]) == str(messages[1])


@pytest.mark.parametrize("topic", TOPICS)
def test_the_table_covers_every_function(topic):
    calls, file = part(topic, "calls"), f"tests/{topic}/calls.py"
    assert calls, f"write {file}, with SOUND and BAD calls of the functions of {topic}"
    functions = {name for of, name in TWINS if of == topic}
    sound, bad = set(calls.SOUND), {name for name, *_ in calls.BAD}
    assert sound == functions, f"write the others into SOUND of {file}"
    assert bad == functions, f"write the others into BAD of {file}"


def sound(name, change=None):
    """The arguments of a valid call, with `change` applied."""
    topic, function = name.split(".")
    calls, file = part(topic, "calls"), f"tests/{topic}/calls.py"
    assert function in getattr(calls, "SOUND", ()), f"{file}: no sound call of {name}"
    return {**calls.SOUND[function], **(change or {})}


@pytest.mark.parametrize("name", [".".join(twin) for twin in TWINS])
def test_the_sound_arguments_are_accepted(name):
    for twin in pair(*name.split(".")):
        twin(**sound(name))


@pytest.mark.parametrize(("name", "change"), rows("calls", "ODD"))
def test_odd_arguments_are_accepted_alike(name, change):
    results = [
        np.concatenate([np.ravel(each) for each in flat(twin(**sound(name, change)))])
        for twin in pair(*name.split("."))
    ]
    assert np.isfinite(results[0]).all()
    np.testing.assert_allclose(*results, rtol=1e-6, atol=1e-12)


def flat(result):
    return result if isinstance(result, tuple) else (result,)


def assert_explained_alike(name, change, error, message):
    said = []
    for twin in pair(*name.split(".")):
        with pytest.raises(error, match=message) as caught:
            twin(**sound(name, change))
        said.append(str(caught.value))
    assert said[0] == said[1]


@pytest.mark.parametrize(("name", "change", "message"), rows("calls", "BAD"))
def test_bad_input_is_explained_alike(name, change, message):
    assert_explained_alike(name, change, ValueError, message)


@pytest.mark.parametrize(("name", "change", "message"), rows("calls", "DEGENERATE"))
def test_a_degenerate_estimate_is_explained_alike(name, change, message):
    assert_explained_alike(name, change, em.DegenerateComponent, message)
