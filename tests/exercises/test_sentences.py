"""What `check` says about a function is true, and stays true with other inputs than its own.

The functions are a sample of the known mistakes and of the mutants; `make test-all` takes them all.
"""

import os
import re
from collections import Counter

import numpy as np
import pytest

import emlib
from emlib._topics import topics
from emlib.exercises import _cases, check, mistakes, names
from emlib.exercises._check import _wrong_value, climb
from emlib.exercises._contract import SIZES, argument_leaves, contract_of
from emlib.exercises._experiments import CLIMBS, REORDERED, likeliest
from emlib.exercises._mutants import mutants
from emlib.exercises._recognise import _random_functions
from emlib.exercises._rungs import Wrong
from emlib.exercises._subject import Subject, quiet
from tests import seals
from tests.exercises.known import MISTAKES, made_into_a_solution
from tests.exercises.other_inputs import other_inputs
from tests.exercises.readings import RELATIONS, SENTENCES, STEPS, Scene, read, results

RNG = np.random.default_rng(0 if os.environ.get("CI") else None)
ELSEWHERE = 5_000  # the first seed of the other inputs


def some(things, n):
    """A random few of many things, or all of them if the suite is thorough."""
    things = list(things)
    if seals.THOROUGH or n >= len(things):
        return things
    return [things[i] for i in sorted(RNG.choice(len(things), n, replace=False))]


def mistaken():
    """Wrong functions: words for the origin, the exercise, the function."""
    for exercise in some(names(), 8):
        for mistake in some(mistakes.known(exercise), 2):
            yield mistake.name, exercise, made_into_a_solution(mistake)
    for mistake in some([m for m in MISTAKES if random(m.exercise)], 2):
        yield mistake.name, mistake.exercise, made_into_a_solution(mistake)
    for topic in topics():
        # Two mutants that differ in late digits may be taken for each other.
        every = mutants(topic, "vectorized", wanted=())
        wanted = some([mutant.number for mutant in every if not mutant.slight], 2)
        for mutant in mutants(topic, "vectorized", wanted):
            if mutant.code:
                for exercise, function in list(mutant.functions().items())[:1]:
                    yield str(mutant), exercise, function


def random(exercise):
    return "rng" in contract_of(exercise).required


@pytest.fixture(scope="module")
def reports():
    """The reports on each, with the usual inputs and with others."""
    wrong = list(mistaken())
    usual = [check(exercise, function) for _, exercise, function in wrong]
    with other_inputs(ELSEWHERE):
        others = [check(exercise, function) for _, exercise, function in wrong]
    return list(zip(wrong, usual, others, strict=True))


# --- with other inputs ----------------------------------------------------------------------------


def test_what_explains_a_function_explains_it_with_any_inputs(reports):
    """The mistake, the relation, the change in the package. The first stage may differ."""
    for (words, exercise, _), usual, others in reports:
        if usual or others or usual.part != others.part:
            continue  # right on one set of inputs, or another part is wrong first
        if random(exercise):
            continue  # see below: of two that draw alike on some inputs either may be named
        if "observation weights" in usual.problem + others.problem:
            continue  # no cause is given with observation weights
        assert named(usual.mistake) == named(others.mistake), words
        if usual.relation and usual.relation != others.relation:
            assert is_a_change_of_the_package(usual) == is_a_change_of_the_package(
                others
            ), (words, usual.relation, others.relation)


def named(mistake):
    return mistake and (mistake.exercise, mistake.name, mistake.made_in)


def is_a_change_of_the_package(report):
    """Several changes may do the same, and the first that was tried is named."""
    return "with one change" in (report.relation or "")


# --- sentence by sentence -------------------------------------------------------------------------


def first_fault(exercise, function):
    """The `Wrong` that ends the climb; None if no fault is found."""
    contract = contract_of(exercise)
    with np.errstate(all="ignore"):
        try:
            climb(contract, Subject(contract, function), [])
        except Wrong as wrong:
            return wrong
    return None


def test_every_sentence_is_so(reports):
    """The fault, the numbers that explain it, and what was found right before."""
    seen, untrue = Counter(), []
    for (words, exercise, function), usual, _ in reports:
        contract = contract_of(exercise)

        def look(sentence, scene, among=SENTENCES, words=words):
            kind, is_so = read(sentence, scene, among)
            seen[kind] += 1
            if kind is None or not is_so:
                untrue.append(
                    f"{words}: {'nobody reads' if not kind else 'untrue'}: {sentence}"
                )

        scene = Scene(contract, function)
        for step in usual.steps:
            look(step, scene, STEPS)
        wrong = first_fault(exercise, function)
        if wrong is None:
            continue
        assert wrong.stage == usual.stage, words
        assert usual.problem.startswith(wrong.sentence), words
        look(wrong.sentence, scene._replace(case=wrong.case, part=wrong.part))
        rest = usual.problem.removeprefix(wrong.sentence)
        in_numbers = re.match(r"\. In numbers: (.*?)(?= \(on this input: |$)", rest)
        if in_numbers:
            entry = _wrong_value(contract, Subject(contract, function), wrong.case)
            assert entry.sentence == in_numbers[1], words
            look(entry.sentence, scene._replace(case=entry.case, part=entry.part))
    assert not untrue, "\n".join(untrue)
    assert seen["values"] > 10
    assert seen["step: returns"] > 10


def test_another_number_would_not_be_so(reports):
    """The readings can fail: replacing a number in a sentence makes the sentence untrue."""
    tried = 0
    for (words, exercise, function), usual, _ in reports:
        wrong = None if usual else first_fault(exercise, function)
        if wrong is None or wrong.stage not in ("values", CLIMBS, REORDERED):
            continue
        scene = Scene(contract_of(exercise), function, wrong.case, wrong.part)
        for told in re.finditer(
            r"(?:(?<= is )|(?<= to )|(?<=ted ))-?\d[\d.]*(?![\d.]*e)", wrong.sentence
        ):
            begin, end = told.span()
            other = (
                f"{wrong.sentence[:begin]}{float(told[0]) + 1:g}{wrong.sentence[end:]}"
            )
            kind, is_so = read(other, scene, SENTENCES)
            tried += kind is not None
            assert kind is None or not is_so, (words, other)
    assert tried > 10


def test_every_explanation_is_so(reports):
    """A known mistake does the same on other inputs; a relation is computed again."""
    seen, untrue = Counter(), []
    for (words, exercise, function), usual, _ in reports:
        contract = contract_of(exercise)
        if usual.mistake and not random(exercise):
            seen["mistake"] += 1
            if not does_the_same(contract, function, usual.mistake):
                untrue.append(f"{words}: {usual.mistake.title}")
        if usual.relation and usual.part and not random(exercise):
            text = re.split(
                r"(?:^|\. )(?=another mistake in|no further mistake in|the same mistake in)",
                usual.relation,
            )[0]
            told = text.removeprefix(f"{usual.part}: ")
            # A relation that no pattern matches is only tried with other inputs, as above.
            scene = Scene(contract, function, part=usual.part)
            kind, is_so = read(told, scene, RELATIONS)
            seen[kind] += 1
            if not is_so:
                untrue.append(f"{words}: {usual.relation}")
    assert not untrue, "\n".join(untrue)
    assert seen["mistake"] > 10


def test_draws_that_are_explained_are_so_on_other_inputs(reports):
    """The draws of the mistake, or those of the package with the spoilt argument."""
    explained = 0
    with other_inputs(ELSEWHERE):
        for (words, exercise, function), usual, _ in reports:
            if not random(exercise) or not (usual.mistake or usual.relation):
                continue
            explained += 1
            contract = contract_of(exercise)
            of_mistakes, spoilt = _random_functions(exercise)
            if usual.mistake:
                same = of_mistakes[usual.mistake]
            else:
                told = usual.relation.removeprefix(
                    "the draws are distributed as they should be for "
                )
                (same,) = [made for way, made in spoilt.items() if way.words == told]
            assert likeliest(contract, Subject(contract, function), [same]) == 0, words
    assert explained > 0


def does_the_same(contract, function, mistake):
    """Whether a function gives a mistake's part on problems from other seeds, if both run."""
    compared = 0
    for seed in range(30):
        setting = _cases.NEAR._replace(N=4 + seed % 5, D=1 + seed % 3, K=2 + seed % 2)
        case = _cases.drawn(contract.name, "", setting, False, 7_000 + 50 * seed)
        if case is None:
            continue
        given = _cases.fresh(case.arguments)
        try:
            own = results(contract, function, case.arguments)[mistake.part]
            with quiet():
                other = np.asarray(
                    mistake.function(*(given[name] for name in contract.required))
                )
        except Exception:
            continue  # one of the two raised
        compared += 1
        slack = np.max(case.allowed[mistake.part])
        if own.shape != other.shape or not np.allclose(
            own, other, rtol=1e-7, atol=slack, equal_nan=True
        ):
            return False
    return compared > 0


# --- the example ----------------------------------------------------------------------------------


def test_the_example_is_one(reports):
    """Typed in, it gives the result that it shows, and not the right one."""
    shown = 0
    for (words, exercise, function), usual, _ in reports:
        if usual.example is None or "too large" in usual.example:
            continue
        contract = contract_of(exercise)
        given, told = typed_in(usual.example, contract)
        if "rng" in given or "returned" not in usual.example:
            continue
        shown += 1
        own = results(contract, function, given)
        right = results(contract, contract.naive, given)
        for name, value in told["returned"].items():
            close(own[name], value, words)
            assert not np.array_equal(own[name], right[name]), words
        for name, value in told["expected"].items():
            close(right[name], value, words)
    assert shown > 10


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


def close(value, typed, words):
    """Equal to the eight digits in which an example is typed."""
    typed = np.asarray(typed, float)
    assert value.shape == typed.shape, words
    np.testing.assert_allclose(value, typed, rtol=2e-7, atol=1e-300, err_msg=words)


# --- the words for an input -----------------------------------------------------------------------


def sizes(contract, arguments):
    """The sizes of a case, by letter."""
    found = {}
    given = argument_leaves(arguments)
    for name, axes in contract.takes.items():
        # Of alternatives, such as variances (D,) or a covariance (D, D), the first is stated.
        if given.get(name) is not None and np.ndim(given[name]) == len(axes):
            found |= dict(zip(axes, np.shape(given[name]), strict=True))
    counts = {SIZES[name]: value for name, value in given.items() if name in SIZES}
    return counts | found


def entries(arguments):
    """The absolute values of all numbers among the arguments."""
    arrays = [
        np.asarray(value)
        for value in argument_leaves(arguments).values()
        if value is not None
    ]
    return np.concatenate([np.abs(a).ravel() for a in arrays if a.dtype.kind in "fi"])


INPUTS = {
    "a single observation": lambda n, x, a: 1 in (n.get("N"), n.get("S")),
    "a single parameter": lambda n, x, a: n["P"] == 1,
    "a single component": lambda n, x, a: n["K"] == 1,
    "a single feature": lambda n, x, a: n["D"] == 1,
    "one feature": lambda n, x, a: n.get("D", 1) == 1,
    "far from the origin": lambda n, x, a: x.max() > 1e7,
    "far on the negative side": lambda n, x, a: x.max() > 1e3,
    "a tiny unit, so tiny variances": lambda n, x, a: 0 < x[x > 0].min() < 1e-4,
    "a tiny unit": lambda n, x, a: 0 < x[x > 0].min() < 1e-4,
    "a huge unit": lambda n, x, a: x.max() > 1e5,
    "many features in a tiny unit": lambda n, x, a: n["D"] == 40,
    "many observations": lambda n, x, a: 1_039 in (n.get("N"), n.get("S")),
    "many parameters": lambda n, x, a: n["P"] == 1_039,
    "few draws": lambda n, x, a: n["T"] < 20,
    "a single chain": lambda n, x, a: n["C"] == 1,
    "many draws": lambda n, x, a: n["T"] == 1_039,
    "observation weights": lambda n, x, a: a["observation_weights"] is not None,
    "data of an integer type": lambda n, x, a: (
        np.asarray(a["X"] if "X" in a else a["counts"]).dtype.kind == "i"
    ),
}


@pytest.mark.parametrize("exercise", names())
def test_what_is_said_of_an_input_is_so(exercise):
    contract = contract_of(exercise)
    weighted = "observation_weights" in contract.optional
    made_by_hand = [words for words, _ in mistakes.traps(exercise)]
    cases = (*_cases.easy(exercise, False), *_cases.hard(exercise, weighted))
    for case in cases:
        if case.words in INPUTS:
            n = sizes(contract, case.arguments)
            is_so = INPUTS[case.words](n, entries(case.arguments), case.arguments)
            assert is_so, case.words
        else:
            assert case.words in ("", *made_by_hand, *DRAWN), case.words


DRAWN = ("nearly singular covariances", "extremes, such as zeros")
