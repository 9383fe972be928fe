"""What readers get wrong: each mistake as a function that makes it.

A topic has a module here. A mistake is a working wrong implementation; its docstring is what a
reader who made it is told, first line first. A reader's function is recognised by its results,
never by its text, so any spelling of the mistake will do.
"""

import inspect
import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

import numpy as np


class Mistake(NamedTuple):
    """A known mistake.

    Attributes
    ----------
    exercise : str
        The function it is made in, such as ``"gmm.e_step"``.
    name : str
        The name of the function that makes it, here.
    title, explanation : str
        What the reader is told: a sentence, and a paragraph.
    equation : str
        The label of the equation that it violates.
    part : str
        The part of the result that shows it.
    function : callable
        Takes the exercise's required arguments and returns that part, wrong.
    """

    exercise: str
    name: str
    title: str
    explanation: str
    equation: str
    part: str
    function: Callable


_MISTAKES: dict[str, list[Mistake]] = {}
_TRAPS: dict[str, list[tuple]] = {}


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


def known(exercise):
    """The known mistakes of an exercise."""
    _load(exercise)
    return tuple(_MISTAKES.get(exercise, ()))


def traps(exercise):
    """The inputs made by hand for an exercise: pairs of words and arguments."""
    _load(exercise)
    return tuple(_TRAPS.get(exercise, ()))


def _load(exercise):
    topic = exercise.partition(".")[0]
    if topic in {module.name for module in pkgutil.iter_modules(__path__)}:
        import_module(f"{__name__}.{topic}")


# --- what several mistakes are made with ---------------------------------------------------------


def shares(log_terms):
    """Rows of logarithms (N, K) as distributions."""
    return np.exp(log_terms - np.logaddexp.reduce(log_terms, axis=1)[:, None])


def hard(gamma):
    """Each row's whole weight given to its largest entry."""
    return np.eye(gamma.shape[1])[gamma.argmax(axis=1)]
