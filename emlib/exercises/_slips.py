"""A slip: the reader's numbers are those of the package's own function with a single change."""

import inspect
from functools import cache
from typing import NamedTuple

import numpy as np

from emlib.exercises import _cases
from emlib.exercises._contract import contract_of
from emlib.exercises._mutants import (
    Mutant,
    definitions_of,
    mutants,
    prepared,
    quiet,
    reached,
)
from emlib.exercises._subject import Outcome
from emlib.exercises._variants import globals_read, rebound

SIDE = "naive"


class Slip(NamedTuple):
    """A mutant of an exercise, or of a part of it.

    Attributes
    ----------
    mutant : Mutant
        The change.
    function : callable
        The exercise's function with the change in it.
    """

    mutant: Mutant
    function: object

    def __str__(self):
        m = self.mutant
        return (
            f"the package's {m.topic}.{m.side} gives the same with one change: in line {m.line} of "
            f"emlib/{m.topic}/{m.side}.py `{m.new}` in place of `{m.old}`"
        )


@cache
def slips(exercise):
    """Every mutant of an exercise's loop and of its parts, where one line holds one equation."""
    topic, name = exercise.split(".")
    return tuple(
        Slip(mutant, _whole(chain, SIDE, mutant, name))
        for chain, used in _chains(topic, SIDE, frozenset([name]))
        for definition in definitions_of(chain[-1], SIDE)
        if definition in used
        for mutant in _mutants_of(chain[-1], definition)
    )


@cache
def _mutants_of(topic, definition):
    return tuple(mutants(topic, SIDE, only=definition))


def _chains(topic, side, entries):
    """The modules that a topic's functions use: the imports that lead there, and the names used."""
    module, definitions = prepared(topic, side), definitions_of(topic, side)
    used = frozenset().union(*(reached(name, definitions) for name in entries))
    yield (topic,), used
    own = filter(inspect.isfunction, map(vars(module).get, sorted(used)))
    imported = {}
    for name in dict.fromkeys(name for one in own for name in globals_read(one)):
        value = vars(module).get(name)
        if inspect.isfunction(value) and value.__module__ != module.__name__:
            owner, _, of = value.__module__.removeprefix("emlib.").partition(".")
            if of == side:
                imported.setdefault(owner, set()).add(value.__name__)
    for owner, names in imported.items():
        for chain, inside in _chains(owner, side, frozenset(names)):
            yield (topic, *chain), inside


def _whole(chain, side, mutant, name):
    """The exercise's function, built on the changed module when it is first called."""
    made = None

    def function(*arguments):
        nonlocal made
        if made is None:
            namespace = mutant.namespace()
            for topic in reversed(chain[:-1]):
                namespace = rebound(prepared(topic, side), namespace)
            made = namespace[name]
        return made(*arguments)

    return function


@cache
def outcome(exercise, i, j):
    """What slip number i does on the easy input, or the trap, number j."""
    contract = contract_of(exercise)
    case = _cases.telling(exercise)[j]
    arguments = _cases.fresh(case.arguments)
    with quiet():
        try:
            result = slips(exercise)[i].function(*map(arguments.get, contract.required))
            named = contract.named(result)
            arrays = {part: np.asarray(value) for part, value in named.items()}
            if any(array.dtype.kind not in "fiu" for array in arrays.values()):
                raise TypeError("not numbers")
            return Outcome(arrays, None, None)
        except Exception as error:
            return Outcome(None, error, None)


def matching(exercise, alike, order):
    """The first slip that does what a reader's function does; None if there is none.

    Parameters
    ----------
    exercise : str
        The function.
    alike : callable
        Takes a case's number and a slip's outcome there. Returns whether the reader's outcome is
        alike, and whether the slip's is right.
    order : sequence of int
        The numbers of the cases, in the order in which to compare them.
    """
    for i, slip in enumerate(slips(exercise)):
        right = True
        for j in order:
            is_alike, is_right = alike(j, outcome(exercise, i, j))
            right = right and is_right
            if not is_alike:
                break
        else:
            if not right:
                return slip
    return None
