"""What readers get wrong: each mistake as a function that makes it.

The mistakes of a topic are in its folder, in `mistakes.py` or, where there are many, in the modules
of `mistakes/`; nothing is registered elsewhere. A mistake is a working wrong implementation; its
docstring is what a reader who made it is told, first line first. A reader's function is recognised
by its results, never by its text, so any spelling of the mistake will do.
"""

import inspect
from collections.abc import Callable
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
        What the reader is told: a sentence, and a paragraph.
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


def mistake(exercise, equation, part="result"):
    """Register the decorated function as a mistake."""

    def register(function):
        title, _, explanation = inspect.getdoc(function).partition("\n")
        _MISTAKES.setdefault(exercise, []).append(
            Mistake(
                exercise,
                function.__name__,
                title.rstrip("."),
                " ".join(explanation.split()),
                equation,
                part,
                function,
            )
        )
        return function

    return register


def trap(exercise, words, **arguments):
    """Register an input on which a mistake shows that nothing else brings to light."""
    _TRAPS.setdefault(exercise, []).append((words, arguments))


def always(where, part=None):
    """Register the decorated function as what must hold of a result, whatever the numbers are.

    `where` is a function, such as ``"kmeans.seed"``; or a topic, for a `part` of any result in it.
    The decorated function takes a value, its name and the arguments that led to it, and returns a
    sentence, or None if all is well. `emlib.exercises._meaning` has what holds in every topic.
    """

    def register(rule):
        _RULES[where, part] = rule
        return rule

    return register


def stands_in(exercise):
    """Register the decorated function as what makes a wrong exercise fit where it is a part.

    It is needed where the private function that stands for the exercise takes other arguments than
    the public one. It takes a wrong function of the public one's arguments, and returns one of the
    private one's.
    """

    def register(adapt):
        _ADAPTERS[exercise] = adapt
        return adapt

    return register


def adapter(exercise):
    """What `stands_in` has registered for an exercise; None if it fits as it is."""
    _load(exercise)
    return _ADAPTERS.get(exercise)


def known(exercise):
    """The known mistakes of an exercise."""
    _load(exercise)
    return tuple(_MISTAKES.get(exercise, ()))


def traps(exercise):
    """The inputs made by hand for an exercise: pairs of words and arguments."""
    _load(exercise)
    return tuple(_TRAPS.get(exercise, ()))


def rule(exercise, part):
    """What must hold of a part of a function's result in this topic alone; None if nothing."""
    _load(exercise)
    topic = exercise.partition(".")[0]
    return _RULES.get((exercise, None)) or _RULES.get((topic, part))


def _load(exercise):
    topic = exercise.partition(".")[0]
    if topic in topics() and "mistakes" in files(topic):
        import_module(f"emlib.{topic}.mistakes")


# --- what several mistakes are made with ---------------------------------------------------------


def shares(log_terms):
    """Rows of logarithms (N, K) as distributions."""
    return np.exp(log_terms - np.logaddexp.reduce(log_terms, axis=1)[:, None])


def hard(gamma):
    """Each row's whole weight given to its largest entry."""
    return np.eye(gamma.shape[1])[gamma.argmax(axis=1)]
