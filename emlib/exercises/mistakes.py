"""What readers get wrong: each mistake as a function that makes it.

The mistakes of a topic are in its folder, in `mistakes.py` or, where there are many, in the modules
of `mistakes/`; nothing is registered elsewhere. A mistake is a working wrong implementation. Its
docstring is shown to a reader who made it: the first line is the title, the rest explains. A
reader's function is recognised by its results, never by its text, so any way of writing the mistake
is recognised.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import NamedTuple

import numpy as np

from emlib._topics import files, topics


class Mistake(NamedTuple):
    """A known mistake.

    Attributes
    ----------
    exercise : str
        The function it is made in, such as ``"gmm.e_step"``.
    name : str
        The name of the function that makes it.
    title, explanation : str
        What the reader sees: a sentence, and a paragraph.
    equation : str
        The label of the equation that it violates.
    part : str
        The part of the result that shows it.
    function : callable
        Takes the exercise's required arguments and returns that part, wrong. In a random function
        it returns the whole result, which is recognised by its distribution.
    made_in : str
        The part of the exercise that it is made in, itself an exercise; empty if it is made in the
        exercise itself.
    """

    exercise: str
    name: str
    title: str
    explanation: str
    equation: str
    part: str
    function: Callable
    made_in: str = ""


_MISTAKES: dict[str, list[Mistake]] = {}
_TRAPS: dict[str, list[tuple]] = {}
_RULES: dict[tuple, Callable] = {}
_ADAPTERS: dict[str, Callable] = {}


def mistake(exercise, equation, *parts):
    """Register the decorated function as a mistake.

    It returns the part that shows the mistake, by default the result. If several parts show it, it
    returns the whole, and is registered once for each of them.
    """

    def register(function):
        title, _, explanation = inspect.getdoc(function).partition("\n")
        for part in parts or ("result",):
            alone = len(parts) < 2
            _MISTAKES.setdefault(exercise, []).append(
                Mistake(
                    exercise,
                    function.__name__ if alone else f"{function.__name__}.{part}",
                    title.rstrip("."),
                    " ".join(explanation.split()),
                    equation,
                    part,
                    function if alone else _part_of(function, part),
                )
            )
        return function

    return register


def _part_of(function, part):
    """A function that returns one part of what another returns."""

    @wraps(function)
    def of_it(*arguments):
        return getattr(function(*arguments), part)

    return of_it


def trap(exercise, words, **arguments):
    """Register an input that shows a mistake that no other input shows."""
    _TRAPS.setdefault(exercise, []).append((words, arguments))


def always(where, part=None):
    """Register the decorated function as a rule for a result, whatever the numbers are.

    `where` is a function, such as ``"kmeans.seed"``; or a topic, for a `part` of any result in it.
    The decorated function takes a value, its name and the arguments that led to it, and returns a
    sentence, or None if all is well. `emlib.exercises._meaning` has the rules for every topic.
    """

    def register(rule):
        _RULES[where, part] = rule
        return rule

    return register


def stands_in(exercise):
    """Register the decorated function as the adapter of an exercise that is a part of others.

    It is needed where the private function that stands for the exercise takes other arguments than
    the public one. It takes a wrong function of the public function's arguments, and returns a
    wrong function of the private function's arguments.
    """

    def register(adapt):
        _ADAPTERS[exercise] = adapt
        return adapt

    return register


def adapter(exercise):
    """The adapter that `stands_in` registered for an exercise; None if it needs none."""
    _load(exercise)
    return _ADAPTERS.get(exercise)


def known(exercise):
    """The known mistakes of an exercise."""
    _load(exercise)
    return tuple(_MISTAKES.get(exercise, ()))


def traps(exercise):
    """The inputs made by hand for an exercise: pairs (words, arguments)."""
    _load(exercise)
    return tuple(_TRAPS.get(exercise, ()))


def rule(exercise, part):
    """The rule for a part of a function's result in this topic alone; None if there is none."""
    _load(exercise)
    topic = exercise.partition(".")[0]
    return _RULES.get((exercise, None)) or _RULES.get((topic, part))


def _load(exercise):
    topic = exercise.partition(".")[0]
    if topic in topics() and "mistakes" in files(topic):
        import_module(f"emlib.{topic}.mistakes")


# --- what several mistakes are made with ---------------------------------------------------------


def shares(log_terms):
    """Rows of logarithms (N, K), exponentiated and normalised to sum to one."""
    return np.exp(log_terms - np.logaddexp.reduce(log_terms, axis=1)[:, None])


def hard(gamma):
    """Each row's whole weight given to its largest entry."""
    return np.eye(gamma.shape[1])[gamma.argmax(axis=1)]
