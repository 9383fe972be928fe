"""What `check` says of a function is true, and stays true with other inputs than its own.

It walks the known mistakes and the mutants, a sample of each; `make test-all` takes them all.
"""

import os
import re
from ast import literal_eval
from collections import Counter

import numpy as np
import pytest

import emlib
from emlib._topics import topics
from emlib.exercises import check
from emlib.exercises._check import climb
from emlib.exercises._contract import (
    argument_leaves,
    contract_of,
    leaves,
    reordered,
    with_leaves,
)
from emlib.exercises._mutants import mutants
from emlib.exercises._rungs import Wrong
from emlib.exercises._subject import Subject, quiet
from tests import seals
from tests.exercises.known import MISTAKES, made_into_a_solution
from tests.exercises.other_inputs import other_inputs

RNG = np.random.default_rng(0 if os.environ.get("CI") else None)
ELSEWHERE = 5_000  # the first seed there


def some(things, n):
    """A few of many, or all where the suite is to be thorough."""
    if seals.THOROUGH or n >= len(things):
        return list(things)
    return [things[i] for i in sorted(RNG.choice(len(things), n, replace=False))]


def mistaken():
    """Exercises with wrong functions, and where these are from."""
    for mistake in some(MISTAKES, 30):
        words = f"{mistake.exercise}-{mistake.name}"
        yield words, mistake.exercise, made_into_a_solution(mistake)
    for topic in topics():
        # Of two that differ in late digits each may pass for the other.
        every = mutants(topic, "vectorized", wanted=())
        wanted = some([mutant.number for mutant in every if not mutant.slight], 2)
        for mutant in mutants(topic, "vectorized", wanted):
            if mutant.code:
                for exercise, function in list(mutant.functions().items())[:1]:
                    yield str(mutant), exercise, function


@pytest.fixture(scope="module")
def reports():
    """What is said of each, with the usual inputs and with others."""
    wrong = list(mistaken())
    usual = [check(exercise, function) for _, exercise, function in wrong]
    with other_inputs(ELSEWHERE):
        others = [check(exercise, function) for _, exercise, function in wrong]
    return list(zip(wrong, usual, others, strict=True))


def test_what_explains_a_function_explains_it_with_any_inputs(reports):
    """The mistake, the relation, the change in the package: the first stage may be another."""
    for (words, _, _), usual, others in reports:
        if usual or others or usual.part != others.part:
            continue  # right, by one set of inputs; or another part is wrong first
        assert named(usual.mistake) == named(others.mistake), words
        if usual.relation and usual.relation != others.relation:
            assert is_a_change_of_the_package(usual) == is_a_change_of_the_package(
                others
            ), (words, usual.relation, others.relation)


def named(mistake):
    return mistake and (mistake.exercise, mistake.name, mistake.made_in)


def is_a_change_of_the_package(report):
    """Several changes of a line may do the same: which is named is the first that was tried."""
    return "with one change" in (report.relation or "")


def test_the_example_is_one(reports):
    """Typed in, it gives what it says, and not what it should."""
    shown = 0
    for (words, exercise, function), usual, _ in reports:
        if usual.example is None or "too large" in usual.example:
            continue
        contract = contract_of(exercise)
        given, told = typed_in(usual.example, contract)
        if "rng" in given or "returned" not in usual.example:
            continue
        shown += 1
        with quiet():
            own = parts(contract, function, given)
            right = parts(contract, contract.naive, given)
        for name, value in told["returned"].items():
            close(own[name], value, words)
            assert not np.array_equal(own[name], right[name]), words
        for name, value in told["expected"].items():
            close(right[name], value, words)
    assert shown > 10


# What a sentence says of an entry or of all, read by other means than those it was written with.
ENTRY = r"(?P<part>[a-z_]+)(?:\[(?P<index>[\d, ]+)\])?"
NUMBER = r"[-+]?(?:inf|nan|[\d.]+(?:e[-+]?\d+)?)"
READINGS = {
    rf"^{ENTRY} is (?P<got>{NUMBER}), expected (?P<want>{NUMBER})": "entry",
    rf"^{ENTRY} is (?P<got>{NUMBER}): ": "entry",
    rf"^the entries of {ENTRY} sum to (?P<got>{NUMBER}), not to 1": "sum",
    r"\((?P<some>\d+) of (?P<all>\d+) entries differ\)": "count",
    rf"every entry is (?P<factor>{NUMBER}) times what it should be": "factor",
    rf"every entry is too (?P<way>large|small) by (?P<size>{NUMBER})": "shift",
    r"it is the transpose of what it should be": "transpose",
    r"differ by less than 1 part in 1e(?P<digits>\d+)": "digits",
    r"expected .*?(?P<want>\([\d, ]+\)|a number), got (?P<got>\([\d, ]+\)|a number)": "shape",
}
REORDERED = (
    rf"with the (?P<what>\w+) in another order, {ENTRY} is (?P<got>{NUMBER}), "
    rf"and (?P<before>before|under its old number) it was (?P<want>{NUMBER}): "
)
FALLEN = (
    rf"the log-likelihood.* fell by (?P<drop>{NUMBER}) nats in iteration (?P<n>\d+), "
    rf"from (?P<before>{NUMBER}) to (?P<after>{NUMBER}); "
)
LETTERS = {"components": "K", "observations": "N", "sets": "S", "parameters": "P"}


def test_what_is_said_of_numbers_is_so(reports):
    """On the case that it is said of: entries, sums, counts, factors, shifts, transposes."""
    read = Counter()
    for (words, exercise, function), usual, _ in reports:
        contract = contract_of(exercise)
        try:
            with np.errstate(all="ignore"):
                climb(contract, Subject(contract, function), [])
            continue
        except Wrong as fault:
            wrong = fault
        assert wrong.stage == usual.stage, words
        found = re.search(FALLEN, wrong.sentence)
        if found:
            read["fall"] += 1
            drop, before, after = (
                float(found[name]) for name in ("drop", "before", "after")
            )
            assert drop > 0
            assert abs(before - after - drop) < 2e-5 * max(1, abs(before)), words
            continue
        if wrong.case is None or wrong.part is None or "rng" in wrong.case.arguments:
            continue
        found = re.search(REORDERED, wrong.sentence)
        if found:
            read["order"] += 1
            assert was_reordered(contract, function, wrong.case, found), wrong.sentence
            continue
        with quiet():
            got = parts(contract, function, wrong.case.arguments)[wrong.part]
        want = np.asarray(contract.named(wrong.case.expected)[wrong.part])
        allowed = wrong.case.allowed[wrong.part]
        for pattern, kind in READINGS.items():
            found = re.search(pattern, wrong.sentence)
            if found:
                read[kind] += 1
                message = f"{words}: {wrong.sentence}"
                assert is_so(kind, found.groupdict(), got, want, allowed), message
    assert read["entry"] > 20
    assert read["count"] > 5


def was_reordered(contract, function, case, said):
    """Whether another order of components or observations gives what is said."""
    letter, part = LETTERS[said["what"]], said["part"]
    arguments = argument_leaves(case.arguments)
    size = next(
        np.shape(arguments[name])[axes.index(letter)]
        for name, axes in contract.takes.items()
        if letter in axes
    )
    order = np.roll(np.arange(size), 1)
    moved = with_leaves(
        case.arguments, reordered(arguments, contract.takes, letter, order)
    )
    with quiet():
        before = parts(contract, function, case.arguments)
        after = parts(contract, function, moved)[part]
    has_numbers = letter in contract.returns[part]
    assert has_numbers == (said["before"] == "under its old number")
    want = (
        np.take(before[part], order, contract.returns[part].index(letter))
        if (has_numbers)
        else before[part]
    )
    read = said.groupdict() | {"want": said["want"]}
    return is_so("entry", read, after, want, 0)


def is_so(kind, said, got, want, allowed):
    """Whether a reading is true of a result, of what it should be and of what may differ."""
    if kind in ("entry", "sum"):
        index = tuple(map(int, said["index"].split(","))) if said["index"] else ()
        value = got[index].sum() if kind == "sum" else got[index]
        pairs = [(said["got"], value)]
        if said.get("want"):
            pairs.append((said["want"], want[index]))
        return all(
            np.isclose(float(text), float(value), rtol=5e-6, atol=0, equal_nan=True)
            for text, value in pairs
        )
    if kind == "shape":
        shapes = {
            "got": got.shape,
            "want": want.shape,
        }
        return all(
            shape == (() if said[name] == "a number" else literal_eval(said[name]))
            for name, shape in shapes.items()
        )
    if kind == "count":
        with np.errstate(invalid="ignore"):
            differ = ~((got == want) | (abs(got - want) <= allowed))
        return (int(said["some"]), int(said["all"])) == (differ.sum(), got.size)
    if kind == "factor":
        return np.allclose(got, float(said["factor"]) * want, rtol=2e-5, atol=0)
    if kind == "shift":
        size = float(said["size"]) * (1 if said["way"] == "large" else -1)
        return np.allclose(got - want, size, rtol=2e-5, atol=1e-9 * abs(want).max())
    if kind == "transpose":
        return np.array_equal(got.T, want)
    differ = abs(got - want) > allowed
    return (abs(got / want - 1)[differ] < 10.0 ** -float(said["digits"])).all()


def typed_in(example, contract):
    """The arguments of an example, and what it says was returned and expected, by part."""
    space = {"np": np, "problems": emlib.problems}
    space |= {topic: getattr(emlib, topic) for topic in topics()}
    told = {"returned": {}, "expected": {}}
    statement, given = "", {}
    for line in example.splitlines():
        statement += line + "\n"
        try:
            compile(statement, "", "exec")
        except SyntaxError:
            continue  # it goes on in the next line
        left, _, value = statement.partition(" = ")
        kind, _, part = left.partition(" ")
        if kind in told:
            name = part or next(iter(contract.returns))
            told[kind][name] = eval(value, space)
        else:
            exec(statement, space)
            given[left] = space.get(left)
        statement = ""
    return space.get("arguments", given), told


def parts(contract, function, given):
    arguments = {
        name: np.copy(v) if isinstance(v, np.ndarray) else v
        for name, v in given.items()
    }
    required = [arguments[name] for name in contract.required]
    weights = arguments.get("observation_weights")
    options = {} if weights is None else {"observation_weights": weights}
    result = function(*required, **options)
    return {
        name: np.asarray(value)
        for name, value in (
            leaves(result, contract.parts) if contract.parts else contract.named(result)
        ).items()
    }


def close(value, typed, words):
    """Equal to the eight digits in which an example is typed."""
    typed = np.asarray(typed, float)
    assert value.shape == typed.shape, words
    np.testing.assert_allclose(value, typed, rtol=2e-7, atol=1e-300, err_msg=words)
