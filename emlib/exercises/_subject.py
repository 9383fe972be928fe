"""A reader's function, called with copies and without side effects of its own."""

import inspect
import threading
import warnings
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import NamedTuple

import numpy as np

from emlib.exercises import _cases

# Warning filters are global: without a lock, two checks at once would mix them up.
FILTERS = threading.RLock()


@contextmanager
def quiet():
    """Silence warnings: those of deliberately wrong input would confuse the reader."""
    with FILTERS, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


class Outcome(NamedTuple):
    """A function's result or error on a case, and its arguments after the call."""

    result: object
    error: BaseException | None
    arguments: dict


class Subject:
    """A reader's function, together with the contract that it should fulfil."""

    def __init__(self, contract, function):
        self.contract, self.function = contract, function
        self.drawn = {}  # what many calls of a random function returned; compared repeatedly

    @cached_property
    def takes_weights(self):
        """Whether observation weights can be given to it, by name."""
        try:
            parameters = inspect.signature(self.function).parameters
        except (TypeError, ValueError):
            return False
        optional = self.contract.optional
        return "observation_weights" in optional and "observation_weights" in parameters

    def __call__(self, arguments):
        """Its result. Warnings are not shown, because the report says what is wrong."""
        optional = {
            name: arguments[name]
            for name in self.contract.optional
            if self.takes_weights and arguments.get(name) is not None
        }
        required = (arguments[name] for name in self.contract.required)
        with quiet():
            return self.function(*required, **optional)

    def outcome(self, arguments):
        """Its result or its error, and its arguments after the call."""
        own = _cases.fresh(arguments)
        try:
            result = self(own)
        except (Exception, SystemExit) as error:  # the report shows it
            return Outcome(None, error, own)
        # The function may reuse its buffer. What cannot be copied is no valid result anyway.
        with suppress(Exception):
            result = _cases.copied(result)
        return Outcome(result, None, own)
