"""Why a reader's numbers are what they are: a known mistake, a wrong argument, an exact relation.

Every cause that is named gives the reader's numbers on every easy input. The known mistakes of the
exercise come first; then those of its parts; then the right function of a wrong argument; then a
relation between the numbers; then a change in the package's code; then what the result depends on;
and last, two causes at once.
"""

from functools import cache, cached_property
from typing import NamedTuple

import numpy as np

from emlib._checks import HALF_DIGITS
from emlib.exercises import _arguments, _cases, _on_the_way
from emlib.exercises._contract import contract_of
from emlib.exercises._dependence import dependence
from emlib.exercises._experiments import likeliest
from emlib.exercises._inherited import inherited
from emlib.exercises._relations import input_of, relation
from emlib.exercises._slips import matching
from emlib.exercises._variants import computes, variant
from emlib.exercises.mistakes import Mistake, known

# What scalar arithmetic raises where arrays give inf or NaN: 0 / 0, exp 1000, and log 0, for which
# Python says "math domain error", or from 3.14 on "expected a positive input".
ARITHMETIC = (ZeroDivisionError, OverflowError, FloatingPointError)
LOG_OF_ZERO = ("math domain error", "expected a positive input")
# How many ways to spoil arguments, the first, are tried together with another cause.
TRIED_TOGETHER = 40
# On how many inputs, at least, an explanation must predict something wrong; on how many, at most,
# it may predict nothing.
MATCHED, REFUSED = 3, 3


class Cause(NamedTuple):
    """Why a function's results are what they are.

    Attributes
    ----------
    mistake : Mistake or None
        The known mistake that gives the same results.
    words : str or None
        What else can be said exactly: a relation, a wrong argument, or what is wrong besides.
    """

    mistake: Mistake | None = None
    words: str | None = None


class Seen(NamedTuple):
    """A known mistake on one case: what it returns there, and whether that is wrong."""

    value: object
    is_wrong: bool


def cause(contract, subject, part=None):
    """Why the results of a subject are wrong; `part` is where they go wrong first.

    Returns
    -------
    Cause
        Empty if nothing explains the results.
    """
    if "rng" in contract.required:
        return _of_draws(contract, subject)
    seen = _Observed(contract, subject)
    found = seen.known_mistake(part)
    if found:
        return Cause(found, seen.rest(found.part, found))
    if seen.values is None:
        return Cause()  # the wrong kind of thing, which is already reported
    for one in [part] if part is not None else contract.returns:
        if one in seen.wrong and seen.is_constant(one):
            words = seen.relation(one)
        elif one in seen.wrong:
            words = (
                seen.wrong_argument(one)
                or seen.relation(one)
                or seen.slip(one)
                or seen.on_the_way(one)
                or seen.dependence(one)
                or seen.two_at_once(one)
            )
        else:  # it is right on easy inputs
            words = seen.slip(one)
        words = words and f"{one}: {words}"
        rest = seen.rest(one) if one in seen.wrong else None
        if words or rest:
            return Cause(None, ". ".join(filter(None, (words, rest))))
    return Cause()


def _of_draws(contract, subject):
    """Why the draws of a random function are distributed wrongly.

    The draws of two right functions differ, and so do those of two functions with the same mistake.
    What they have in common is their distribution.
    """
    mistakes, spoilt = _random_functions(contract.name)
    found = likeliest(contract, subject, list(mistakes.values()))
    if found is not None:
        return Cause(list(mistakes)[found])
    found = likeliest(contract, subject, list(spoilt.values()))
    if found is not None:
        way = list(spoilt)[found]
        return Cause(
            None, f"the draws are distributed as they should be for {way.words}"
        )
    return Cause()


@cache
def _random_functions(exercise):
    """A random function with each known mistake, and with each way to spoil an argument.

    They are made once, so that each draws once.
    """
    contract = contract_of(exercise)
    arguments = _cases.easy(exercise, False)[0].arguments

    def by_name(function):
        return lambda **given: function(*map(given.get, contract.required))

    return (
        {mistake: by_name(mistake.function) for mistake in known(exercise)},
        {
            way: _arguments.spoiling(contract, way)
            for way in _arguments.ways(contract, arguments)
        },
    )


class _Observed:
    """What a subject did on easy inputs and on the traps, and what explains it."""

    def __init__(self, contract, subject):
        self.contract, self.subject = contract, subject
        self.cases = _cases.telling(contract.name)
        self.outcomes = [subject.outcome(case.arguments) for case in self.cases]
        self.tried = _cases.tried(contract.name)
        self.values = self._values()
        self.rights = [contract.named(case.expected) for case in self.tried]
        self.wrong = [
            part
            for part in contract.returns
            if self.values and not all(self._where_right(part))
        ]

    @cached_property
    def inputs(self):
        """What a relation may refer to on easy inputs."""
        return [input_of(self.contract, case.arguments) for case in self.tried]

    def _values(self):
        """The parts of the results on easy inputs; None if one is not what it should be."""
        found = []
        for outcome in self.outcomes[: len(self.tried)]:
            try:
                named = self.contract.named(outcome.result)
                arrays = {part: np.asarray(value) for part, value in named.items()}
            except Exception:  # an error, or not even the right number of things
                return None
            if not all(array.dtype.kind in "fiu" for array in arrays.values()):
                return None
            found.append(arrays)
        return found

    def _where_right(self, part):
        return [
            same(value[part], right[part], case.allowed[part])
            for value, right, case in zip(
                self.values, self.rights, self.tried, strict=True
            )
        ]

    def _is_right(self, j, part):
        """Whether a part of the result is right on an easy input or a trap, by number."""
        case, outcome = self.cases[j], self.outcomes[j]
        try:
            value = self.contract.named(outcome.result)[part]
        except Exception:  # an error, or not even the right number of things
            return False
        right = self.contract.named(case.expected)[part]
        return outcome.error is None and same(value, right, case.allowed[part])

    # --- one cause --------------------------------------------------------------------------------

    def known_mistake(self, part):
        """The known mistake whose results these are, of the exercise or of one of its parts.

        It must match on every easy input and every trap, whether it is wrong there or not, because
        two mistakes may agree on easy inputs. A trap on which the reader's function breaks down
        says nothing about the mistake.
        """
        for mistake in (*known(self.contract.name), *inherited(self.contract.name)):
            if part is not None and mistake.part != part:
                continue
            every = range(len(self.cases))
            if not all(
                self._did(mistake, j) or self._breaks_down(j, mistake.part)
                for j in every
            ):
                continue
            wrong = [j for j in every if behaviour(mistake, j).is_wrong]
            shows_early = any(j < len(self.tried) for j in wrong)
            if wrong and (shows_early or all(self._did(mistake, j) for j in every)):
                return mistake
        return None

    def _breaks_down(self, j, part):
        """Whether it raises on a trap, or returns something that is not finite."""
        if j < len(self.tried):
            return False
        outcome = self.outcomes[j]
        return outcome.error is not None or self._is_broken(outcome, part)

    def _did(self, mistake, j):
        """Whether the subject did on a case what a mistake does."""
        own = self.outcomes[j]
        if own.error is not None and not _by_arithmetic(own.error):
            return False  # no mistake raises that
        seen = behaviour(mistake, j)
        return _alike(self.contract, mistake.part, self.cases[j], seen, own)

    def slip(self, part):
        """The single change that makes the package's function do the same, in words."""
        easy = self.outcomes[: len(self.tried)]
        if all(one.error is not None or self._is_broken(one, part) for one in easy):
            return None  # that two functions break down is no evidence
        is_right = [self._is_right(j, part) for j in range(len(self.cases))]
        if all(is_right):
            return None  # a change that does the same would be right, too

        def alike(j, outcome):
            case, own = self.cases[j], self.outcomes[j]
            seen = Seen(None, True)
            if outcome.error is None:
                value = outcome.result[part]
                right = self.contract.named(case.expected)[part]
                seen = Seen(value, not same(value, right, case.allowed[part]))
            elif own.error is not None:
                both = _by_arithmetic(own.error) and _by_arithmetic(outcome.error)
                return both, True  # two errors are no evidence
            else:
                return self._is_broken(own, part) and _by_arithmetic(
                    outcome.error
                ), False
            return _alike(self.contract, part, case, seen, own), not seen.is_wrong

        # Most changes are ruled out by the first input on which the reader is wrong.
        wrong_first = np.argsort(is_right, kind="stable")
        found = matching(self.contract.name, alike, wrong_first)
        return found and str(found)

    def _is_broken(self, outcome, part):
        """Whether a result holds an infinite value or NaN."""
        try:
            return not np.isfinite(self.contract.named(outcome.result)[part]).all()
        except Exception:
            return False

    def is_constant(self, part):
        """Whether it is the same number on every input, which many mistakes would explain."""
        entries = np.concatenate([np.ravel(value[part]) for value in self.values])
        return bool((entries == entries[0]).all())

    def wrong_argument(self, part):
        """The wrong argument for which this would be right, in words."""
        for way in _ways(self.contract.name):
            if self._explained(part, _arguments.of_spoilt, way):
                return f"it would be right for {way.words}"
        return None

    def on_the_way(self, part):
        """The change to a variable of the package's function that explains it, in words."""
        for words, function in _changed(self.contract.name):
            if self._explained(part, _of_changed, function):
                return f"the package gives the same if it continues with {words}"
        return None

    def relation(self, part):
        """The relation to what it should be, in words."""
        return self._related(part, [right[part] for right in self.rights])

    def _related(self, part, wants, simple=False):
        """The relation to some other numbers, on the inputs where the two differ."""
        got = [np.asarray(value[part]) for value in self.values]
        apart = [
            i
            for i, (value, want) in enumerate(zip(got, wants, strict=True))
            if not _near(value, want, self.tried[i], part)
        ]
        if not apart:
            return None
        some = ([each[i] for i in apart] for each in (self.inputs, got, wants))
        found = relation(self.contract, part, *some, simple)
        if found is None or len(apart) == len(got):
            return found
        return (
            f"where it is wrong{self._particular(apart)}, {found}"
            if len(apart) > 1
            else None
        )

    def _particular(self, some):
        """The option that some inputs have in common, and no others, in words."""
        for name, value in self.tried[some[0]].arguments.items():
            if isinstance(value, str):
                alike = [
                    i
                    for i, case in enumerate(self.tried)
                    if case.arguments[name] == value
                ]
                if set(some) <= set(alike) and len(alike) == len(some):
                    return f" ({name} = {value!r})"
        return ""

    def dependence(self, part):
        """What it depends on that it should not, or the reverse, in words."""
        return dependence(self.contract, self.subject, part)

    # --- two causes -------------------------------------------------------------------------------

    def rest(self, part, mistake=None):
        """What is wrong with the other parts of the result, given this one as it is, in words.

        A `mistake` that has already been reported is not explained again.
        """
        others = [other for other in self.wrong if other != part]
        if not others:
            return None
        follow = self._following(part)
        told = []
        for other in others:
            if follow and self._agree(other, [one[other] for one in follow]):
                told.append(f"no further mistake in {other}, given {part}")
                continue
            found = self._related(other, [one[other] for one in follow or self.rights])
            own = self.known_mistake(other)
            if own and mistake and own.title == mistake.title:
                told.append(f"the same mistake in {other}")
            elif own:
                told.append(f"another mistake in {other}: {_lower(own.title)}")
            elif found:
                given = f", given {part}" if follow else ""
                told.append(f"another mistake in {other}{given}: {found}")
        return "; ".join(told) or None

    def _following(self, part):
        """The package's results if this part is taken from the reader; None if nothing follows."""
        if not computes(self.contract.name, part):
            return None
        found = []
        for case, value in zip(self.tried, self.values, strict=True):
            function = variant(self.contract.name, given={part: value[part]})
            arguments = _cases.fresh(case.arguments)
            try:
                with np.errstate(all="ignore"):
                    result = function(*map(arguments.get, self.contract.required))
                found.append(self.contract.named(result))
            except Exception:  # what is given may be anything
                return None
        return found

    def two_at_once(self, part):
        """Two causes that explain it together, in words."""
        contract = self.contract
        mistakes = [
            mistake
            for mistake in (*known(contract.name), *inherited(contract.name))
            if mistake.part == part
        ]
        ways = _ways(contract.name)[:TRIED_TOGETHER]
        for mistake in mistakes:
            wants = self._predicted(part, _of_mistake, mistake)
            found = wants and self._related(part, wants, simple=True)
            if found:
                return _both(mistake.title, f"compared with that, {found}")
        for way in ways:
            wants = self._predicted(part, _arguments.of_spoilt, way)
            found = wants and self._related(part, wants, simple=True)
            if found:
                return _both(
                    f"it is computed for {way.words}", f"compared with that, {found}"
                )
        for mistake in mistakes:
            for way in ways:
                if self._explained(part, _of_both, mistake, way):
                    return _both(mistake.title, f"it is computed for {way.words}")
        return None

    def _predicted(self, part, function, *changes):
        """What a function predicts on easy inputs; None if it cannot."""
        wants = []
        for j in range(len(self.tried)):
            want, error = _predicted(self.contract.name, function, changes, j)
            if error is not None or np.asarray(want[part]).dtype.kind not in "fiu":
                return None  # not every way to spoil arguments makes sense
            wants.append(np.asarray(want[part]))
        return wants

    # --- comparing --------------------------------------------------------------------------------

    def _explained(self, part, function, *changes):
        """Whether a function predicts a part of the result on every easy input.

        Where the package raises, nothing is predicted. That may happen on `REFUSED` inputs at most;
        on `MATCHED` at least, the reader must be wrong as predicted.
        """
        matched = refused = 0
        for j, case in enumerate(self.tried):
            expected, error = _predicted(self.contract.name, function, changes, j)
            if isinstance(error, (ValueError, ArithmeticError)):
                refused += 1
                if refused > REFUSED:
                    return False
                continue
            if error is not None:
                return False  # not every way to spoil arguments makes sense
            value, right = self.values[j][part], self.rights[j][part]
            if not _near(value, expected[part], case, part):
                return False
            matched += not same(value, right, case.allowed[part])
        return matched >= MATCHED

    def _agree(self, part, wants):
        return all(
            _near(value[part], want, case, part)
            for value, want, case in zip(self.values, wants, self.tried, strict=True)
        )


def _both(one, other):
    return f"two mistakes at once. First: {_lower(one)}. Second: {other}"


def _lower(title):
    return title[:1].lower() + title[1:]


# --- what does not depend on the reader, and is kept between checks ------------------------------


@cache
def _ways(exercise):
    """The ways to spoil the arguments."""
    return tuple(
        _arguments.ways(contract_of(exercise), _cases.tried(exercise)[0].arguments)
    )


@cache
def _changed(exercise):
    """The package's function with an intermediate variable changed: words and function."""
    return tuple((words, made()) for words, made in _on_the_way.ways(exercise))


@cache
def _predicted(exercise, function, changes, j):
    """What a function below returns on an easy input, by part, and the error if it fails."""
    with np.errstate(all="ignore"):
        try:
            case = _cases.tried(exercise)[j]
            return function(contract_of(exercise), *changes, case.arguments), None
        except Exception as error:
            return None, error.with_traceback(None)


def _of_changed(contract, function, arguments):
    arguments = _cases.fresh(arguments)
    return contract.named(function(*map(arguments.get, contract.required)))


def _of_mistake(contract, mistake, arguments):
    return {mistake.part: _of(mistake, contract, arguments)}


def _of_both(contract, mistake, way, arguments):
    return _of_mistake(contract, mistake, _arguments.spoilt(way, arguments))


def _of(mistake, contract, arguments):
    arguments = _cases.fresh(arguments)
    result = mistake.function(*(arguments[name] for name in contract.required))
    # In a random function a mistake returns the whole result: its distribution is wrong.
    return contract.named(result)[mistake.part] if "rng" in arguments else result


def _near(value, expected, case, part):
    """Whether two values agree, up to the rounding by which two ways to write one thing differ."""
    expected = np.asarray(expected)
    if expected.dtype.kind not in "fiub" or not np.isfinite(expected).all():
        return False
    allowed = np.max(case.allowed[part]) + HALF_DIGITS * np.abs(expected)
    return same(value, expected, allowed)


def shows(mistake):
    """Whether a mistake is wrong on any case."""
    cases = range(len(_cases.telling(mistake.exercise)))
    return any(behaviour(mistake, j).is_wrong for j in cases)


@cache
def behaviour(mistake, j):
    """What a mistake does on an easy input or a trap, by number in that order."""
    contract = contract_of(mistake.exercise)
    case = _cases.telling(mistake.exercise)[j]
    try:
        with np.errstate(all="ignore"):
            value = _of(mistake, contract, case.arguments)
    except Exception:
        if not mistake.made_in:
            raise
        # The exercise cannot continue with what the wrong part returns.
        return Seen(None, False)
    right = contract.named(case.expected)[mistake.part]
    return Seen(value, not same(value, right, case.allowed[mistake.part]))


def same(value, other, allowed):
    """Equal shapes, and entries within what is allowed; NaN is NaN."""
    value, other = np.asarray(value), np.asarray(other)
    if value.shape != other.shape or value.dtype.kind not in "fiub":
        return False
    with np.errstate(invalid="ignore"):
        close = np.abs(np.subtract(value, other, dtype=float)) <= allowed
    return bool(np.all(close | (value == other) | (np.isnan(value) & np.isnan(other))))


def _alike(contract, part, case, seen, outcome):
    """Whether a subject did on a case what a mistake does."""
    if seen.value is None:
        return False
    if outcome.error is not None:
        broken = seen.is_wrong and not np.all(np.isfinite(seen.value))
        return broken and _by_arithmetic(outcome.error)
    try:
        value = contract.named(outcome.result)[part]
        finite = np.where(np.isfinite(seen.value), np.abs(seen.value), 0.0)
        # Two ways to write a mistake differ by rounding, as two right answers do.
        allowed = np.max(case.allowed[part]) + HALF_DIGITS * finite
        return same(value, seen.value, allowed)
    except Exception:
        return False  # not even the right number of things, or not even numbers


def _by_arithmetic(error):
    return isinstance(error, ARITHMETIC) or (
        isinstance(error, ValueError) and str(error).startswith(LOG_OF_ZERO)
    )
