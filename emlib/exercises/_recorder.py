"""`check` as a submission calls it while it is graded: the same, and what it said is written down.

It takes the place of `check` in `emlib.exercises`, so that every way to call it is seen: by
keyword, by another name, in a loop, in a function, in a module of the reader's own.
"""

import functools
import inspect
import os
import time
from pathlib import Path

import emlib
import emlib.exercises
from emlib.exercises import Report, _check, names

PACKAGE = str(Path(emlib.__file__).parent) + os.sep
OF_ITS_OWN = 100  # calls in a cell with a time limit of their own: a loop may never end


class OutOfMemory(BaseException):
    """A `MemoryError` of the submission's function, out of reach of any ``except Exception``."""


class Recorder:
    """Calls the real check, within its own time limit.

    Parameters
    ----------
    write : callable
        Takes one event, a dict.
    restart_clock : callable
        Gives what comes next the whole time limit.
    memory_limit : int
        In MiB, for the message.
    """

    def __init__(self, write, restart_clock, memory_limit):
        self._write, self._restart_clock = write, restart_clock
        self._memory_limit = memory_limit
        self._lost, self._calls, self._process = {}, 0, os.getpid()
        self._real = _check.check

        @functools.wraps(self._real)
        def recorded(*arguments, **keywords):
            return self._call(arguments, keywords)

        emlib.exercises.check = _check.check = recorded

    def begin(self, lost):
        """A cell begins; `lost` are the outcomes of calls in it that ended an earlier run."""
        self._lost, self._calls = lost, 0

    def _call(self, arguments, keywords):
        given = _given(self._real, arguments, keywords)
        exercise = given.get("exercise")
        if not isinstance(exercise, str):
            return self._real(*arguments, **keywords)  # which says what is wrong
        started, number = time.perf_counter(), self._calls
        self._calls += 1
        if (
            os.getpid() == self._process
        ):  # a process that was forked cannot end this one
            self._write({"begin": exercise, "call": number})
        if number < OF_ITS_OWN:
            self._restart_clock()
        outcome, result = self._lost.get(str(number)), None
        try:
            if outcome is None:
                outcome, result = self._outcome(exercise, given, arguments, keywords)
        except (
            BaseException
        ) as error:  # the notebook's affair, as it would be without us
            outcome = {"status": "error", "message": f"{type(error).__name__}: {error}"}
            if isinstance(error, ValueError) and exercise not in names():
                outcome = {"status": "unknown exercise", "message": str(error)}
            elif "function" not in given:
                outcome["message"] = (
                    f"nothing to check was given: write "
                    f'check("{exercise}", my_function)'
                )
            raise
        finally:
            seconds = round(time.perf_counter() - started, 3)
            self._write({"checked": exercise, "outcome": outcome, "seconds": seconds})
            if number < OF_ITS_OWN:
                self._restart_clock()
        if result is None:
            result = Report(exercise, (), "runs", outcome["message"])
        return result

    def _outcome(self, exercise, given, arguments, keywords):
        """What became of a call, and the report that the submission gets; or the call raises."""
        function = given.get("function")
        if callable(function):
            given = given | {"function": _watched(function)}
            arguments, keywords = (), given
        try:
            report = self._real(*arguments, **keywords)
        except (MemoryError, OutOfMemory):
            return out_of_memory(self._memory_limit), None
        if _is_ours(function):
            words = f"this is the package's own {exercise}: hand in yours"
            outcome = {"status": "failed", "stage": "whose it is", "message": words}
            return outcome, report
        return _in_words(report), report


def _is_ours(function):
    """Whether a function is the package's own; one that was given its name is not."""
    code = getattr(function, "__code__", None)
    if code is not None:
        return code.co_filename.startswith(PACKAGE)
    return str(getattr(function, "__module__", "")).startswith("emlib.")


def _given(real, arguments, keywords):
    """What a call was given, by parameter."""
    try:
        return dict(
            inspect.signature(real).bind_partial(*arguments, **keywords).arguments
        )
    except TypeError:  # more than there is room for
        return {}


def _in_words(report):
    mistake = report.mistake and {
        key: getattr(report.mistake, key) for key in ("name", "title", "equation")
    }
    return {
        "status": "passed" if report else "failed",
        "stage": report.stage,
        "message": report.problem,
        "mistake": mistake,
        "report": str(report),
    }


def out_of_memory(limit):
    """The outcome where something asked for more than there is."""
    message = (
        f"it asked for more than {limit} MiB of memory: is an array larger than it has to be, "
        f"or a list without end?"
    )
    return {"status": "memory", "message": message}


def _watched(function):
    """The function, running out of memory in a way that `check` does not take for a result."""

    @functools.wraps(function, updated=())
    def call(*arguments, **keywords):
        try:
            return function(*arguments, **keywords)
        except MemoryError:
            raise OutOfMemory from None

    return call
