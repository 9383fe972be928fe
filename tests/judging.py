"""The fate of a mutant: whether it changes a result and, if so, whether `check` rejects it.

The problems on which a mutant may change a result are not those that `check` tries. A mutant that
changes a result beyond rounding must be rejected; one that changes nothing is not counted.

A topic may provide more in `tests/<topic>/mutants.py`: `BY_HAND`, problems that are never drawn;
`DRAWS_DIFFER`, which says for a random function whether another has a different distribution; and
`EXPLAINED`, why a mutant may survive. Each is a dict by exercise, the last one by mutant.

A known mistake must be recognised by its name.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np

from emlib import problems
from emlib._checks import HALF_DIGITS
from emlib.exercises import _cases, check
from emlib.exercises._cases import fresh
from emlib.exercises._check import climb
from emlib.exercises._contract import contract_of
from emlib.exercises._mutants import Mutant, mutants, quiet
from emlib.exercises._rungs import Wrong, examine
from emlib.exercises._subject import Subject
from emlib.problems import Setting
from tests.exercises.known import MISTAKES, made_into_a_solution

KILLED, SURVIVED, EQUIVALENT, NO_PROGRAM = "killed", "survived", "equivalent", "none"


class Verdict(NamedTuple):
    """The fate of a mutant of an exercise."""

    exercise: str
    mutant: Mutant
    fate: str

    def __str__(self):
        return f"{self.exercise}: {self.mutant}"


def verdicts(topic, side, wanted=None):
    """The fates of the wanted mutants of a twin module, or of all."""
    return [
        Verdict(exercise, mutant, fate(exercise, mutant, function))
        for mutant in mutants(topic, side, wanted)
        if mutant.code
        for exercise, function in mutant.functions().items()
    ]


def fate(exercise, mutant, function):
    """Whether a mutant changes a result, and if so, whether `check` rejects it."""
    if mutant.renamed and not runs(exercise, function):
        return NO_PROGRAM
    if not changed(exercise, function):
        return EQUIVALENT
    return SURVIVED if passes(exercise, function) else KILLED


def mistakes_of(topic):
    """The known mistakes of a topic, in the order of its exercises."""
    return [m for m in MISTAKES if m.exercise.partition(".")[0] == topic]


def is_told(mistake):
    """Whether `check` rejects a function with a mistake, its only fault, and names the mistake."""
    report = check(mistake.exercise, made_into_a_solution(mistake))
    return not report and report.mistake is mistake


def passes(exercise, function):
    """Whether a function passes its check. The cause of a failure is not searched: that takes long.

    Easy values come first, because a function that gets them wrong needs no experiments.
    """
    contract = contract_of(exercise)
    subject = Subject(contract, function)
    with np.errstate(all="ignore"):
        try:
            for case in _cases.easy(exercise, subject.takes_weights):
                examine(contract, subject, case)
            climb(contract, subject, [])
        except Wrong:
            return False
    return True


@cache
def of_topic(topic, name):
    """What a topic provides for its mutants under a name: a dict, empty if there is nothing."""
    if not find_spec(f"tests.{topic}.mutants"):
        return {}
    return getattr(import_module(f"tests.{topic}.mutants"), name, {})


def of_exercise(exercise, name):
    """The same for one exercise; None if there is nothing."""
    return of_topic(exercise.partition(".")[0], name).get(exercise)


# --- whether it changes a result ----------------------------------------------------------------

N_PROBLEMS = 80


def exactly(result):
    """A tolerance of zero: only half of the digits are allowed to differ."""
    return tuple(map(exactly, result)) if isinstance(result, tuple) else 0.0


@cache
def posed(exercise):
    """Problems that the naive twin solves: arguments, its result, the difference allowed."""
    rng, drawn = np.random.default_rng(1977), []
    for i in range(N_PROBLEMS):
        setting = Setting(
            N=int(rng.integers(1, 13)),
            D=int(rng.integers(1, 5)),
            K=int(rng.integers(1, 5)),
        )
        if i % 2:
            setting = setting._replace(
                scale=10 ** rng.uniform(-6, 6),
                offset=rng.choice([0.0, 1.0, 1e4, 1e8]),
                condition=rng.choice([1.0, 1e3, 1e6, 1e10]),
                distinct=rng.choice([None, None, 1, 3]),
                extreme=bool(rng.random() < 0.5),
            )
        drawn.append(problems.draw(exercise, rng, setting))
    by_hand = of_exercise(exercise, "BY_HAND") or ()
    drawn += [(arguments, exactly) for arguments in by_hand]
    found = []
    for arguments, tolerance in drawn:
        try:
            expected = original(exercise)(**fresh(arguments))
        except (ValueError, ArithmeticError):
            continue
        found.append((arguments, expected, tolerance(expected)))
    return found


def original(exercise):
    """The naive twin."""
    topic, name = exercise.split(".")
    return getattr(import_module(f"emlib.{topic}.naive"), name)


def differs(result, expected, allowed):
    """Whether a result differs from the expected one by more than rounding."""
    if isinstance(expected, tuple):
        return (
            not isinstance(result, tuple)
            or len(result) != len(expected)
            or any(map(differs, result, expected, allowed))
        )
    result, expected = np.asarray(result), np.asarray(expected)
    if result.shape != expected.shape or result.dtype != expected.dtype:
        return True
    size = np.where(np.isfinite(expected), np.abs(expected), 0.0)
    rounding = np.maximum(allowed, HALF_DIGITS * size)
    apart = np.abs(np.subtract(result, expected, dtype=float))  # truth values, too
    return not np.all((result == expected) | (apart <= rounding))


def changed(exercise, function):
    """Whether a function differs from the naive twin, or raises, on any problem."""
    with quiet():
        try:
            same = not any(
                differs(function(**fresh(arguments)), expected, allowed)
                for arguments, expected, allowed in posed(exercise)
            )
        except Exception:
            return True
        # A random function may draw differently from the same seed and still be right.
        return not same and (of_exercise(exercise, "DRAWS_DIFFER") or bool)(function)


def runs(exercise, function):
    """Whether a function runs on an ordinary problem, as a mutant with another variable may not."""
    arguments, *_ = posed(exercise)[0]
    with quiet():
        try:
            function(**fresh(arguments))
        except Exception:
            return False
    return True
