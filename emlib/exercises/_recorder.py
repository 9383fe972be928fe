"""`check` as a submission calls it while it is graded: it also records what it reported.

It replaces `check` in `emlib.exercises`, so that every call is seen: by keyword, by another name,
in a loop, in a function, in a module of the reader's own.
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
OF_ITS_OWN = 100  # calls in a cell with a time limit each: a loop may never end


class OutOfMemory(BaseException):
    """A `MemoryError` of the submission's function, which no ``except Exception`` catches."""


class Recorder:
    """Calls the real check, within its own time limit.

    Parameters
    ----------
    write : callable
        Takes one event, a dict.
    restart_clock : callable
        Starts the time limit again.
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
        """Begin a cell; `lost` has the outcomes of its calls that ended an earlier run."""
        self._lost, self._calls = lost, 0

    def _call(self, arguments, keywords):
        given = _given(self._real, arguments, keywords)
        exercise = given.get("exercise")
        if not isinstance(exercise, str):
            return self._real(*arguments, **keywords)  # which raises an error
        started, number = time.perf_counter(), self._calls
        self._calls += 1
        if os.getpid() == self._process:  # a forked process cannot end this one
            self._write({"begin": exercise, "call": number})
        if number < OF_ITS_OWN:
            self._restart_clock()
        outcome, result = self._lost.get(str(number)), None
        try:
            if outcome is None:
                outcome, result = self._outcome(exercise, given, arguments, keywords)
        except BaseException as error:  # raised again below: the notebook may catch it
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
        """The outcome of a call, and the report that the submission gets; the call may raise."""
        function = given.get("function")
        if callable(function):
            given = given | {"function": _watched(function)}
            arguments, keywords = (), given
        try:
            report = self._real(*arguments, **keywords)
        except (MemoryError, OutOfMemory):
            return out_of_memory(self._memory_limit), None
        if _is_ours(function):
            words = f"this is the package's own {exercise}: submit your own function"
            outcome = {"status": "failed", "stage": "whose it is", "message": words}
            return outcome, report
        return _in_words(report), report


def _is_ours(function):
    """Whether a function is the package's own, judged by its code and not by its name."""
    code = getattr(function, "__code__", None)
    if code is not None:
        return code.co_filename.startswith(PACKAGE)
    return str(getattr(function, "__module__", "")).startswith("emlib.")


def _given(real, arguments, keywords):
    """The arguments of a call, by parameter; empty if there are too many."""
    try:
        return dict(
            inspect.signature(real).bind_partial(*arguments, **keywords).arguments
        )
    except TypeError:  # more arguments than parameters
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
    """The outcome of a call or a cell that asked for more memory than the limit."""
    message = (
        f"it asked for more than {limit} MiB of memory: is an array larger than it has to be, "
        f"or does a list grow without end?"
    )
    return {"status": "memory", "message": message}


def _watched(function):
    """The function, with a `MemoryError` that `check` does not catch."""

    @functools.wraps(function, updated=())
    def call(*arguments, **keywords):
        try:
            return function(*arguments, **keywords)
        except MemoryError:
            raise OutOfMemory from None

    return call
