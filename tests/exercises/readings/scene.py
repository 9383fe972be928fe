"""What all readings need: what a sentence is about, and its numbers."""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from emlib.exercises import _cases
from emlib.exercises._contract import leaves
from emlib.exercises._subject import quiet

ENTRY = r"(?P<part>[a-z_]+)(?:\[(?P<index>[\d, ]+)\])?"
NUMBER = r"[-+]?(?:inf|nan|\d[\d.,]*(?:e[-+]?\d+)?)"
SIX_DIGITS = 5e-6


class Scene(NamedTuple):
    """What a sentence is about: a function, an input and a part of the result."""

    contract: object
    function: Callable
    case: object = None
    part: str | None = None

    @property
    def got(self):
        """The reader's part of the result."""
        return results(self.contract, self.function, self.case.arguments)[self.part]

    @property
    def want(self):
        """The right one."""
        return np.asarray(self.contract.named(self.case.expected)[self.part])


class Reading(NamedTuple):
    """How a sentence is read."""

    pattern: str
    is_so: Callable
    told: str  # the kind of sentence


def entering(readings):
    """A decorator that adds a function to some readings, with the patterns that it reads."""

    def reads(kind, *patterns):
        def enter(function):
            readings.extend(Reading(pattern, function, kind) for pattern in patterns)
            return function

        return enter

    return reads


def read(sentence, scene, among):
    """The kind of a sentence, and whether it is true; (None, True) if no pattern matches."""
    for pattern, is_so, kind in among:
        said = re.fullmatch(pattern, sentence, re.DOTALL)
        if said:
            with quiet():
                return kind, bool(is_so(scene, **said.groupdict()))
    return None, True


def called(contract, function, arguments):
    """What a function returns, and the arguments afterwards."""
    given = _cases.fresh(arguments)
    weights = given.get("observation_weights")
    options = {} if weights is None else {"observation_weights": weights}
    with quiet():
        result = function(*(given[name] for name in contract.required), **options)
    return result, given


def results(contract, function, arguments):
    """What a function returns, by part."""
    result, _ = called(contract, function, arguments)
    named = leaves(result, contract.parts) if contract.parts else contract.named(result)
    return {name: np.asarray(value) for name, value in named.items()}


def agrees(text, value, digits=SIX_DIGITS):
    """Whether a number in a sentence is that number."""
    typed = float(text.replace(",", ""))
    return np.isclose(typed, float(value), rtol=digits, atol=0, equal_nan=True)


def at(array, index):
    """The entry, or the row, that an index in a sentence names."""
    return array[tuple(map(int, index.split(",")))] if index else array
