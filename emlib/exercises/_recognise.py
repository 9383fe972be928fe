"""Why a reader's numbers are what they are: a known mistake, a wrong argument, an exact relation.

Whatever is named gives the reader's numbers on every easy input. What a person wrote down for the
exercise comes first; then mistakes of its parts; then the right function of a wrong argument; then
a relation between the numbers; and at last two of these at once.
"""

from functools import cache, cached_property, partial
from itertools import islice
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

# What scalar arithmetic raises where arrays give inf or NaN: 0 / 0, exp 1000, and log 0, of which
# Python says "math domain error", or from 3.14 on "expected a positive input".
ARITHMETIC = (ZeroDivisionError, OverflowError, FloatingPointError)
LOG_OF_ZERO = ("math domain error", "expected a positive input")
# Spoilt arguments, the likeliest, that are tried together with a known mistake.
TRIED_TOGETHER = 40
# Inputs on which an explanation has to predict something wrong.
MATCHED = 3


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
    """Why the results of a subject are wrong, where it goes wrong first, in `part`.

    Returns
    -------
    Cause
        With nothing in it if nothing explains the results.
    """
    if "rng" in contract.required:
        return _of_draws(contract, subject)
    seen = _Observed(contract, subject)
    found = seen.known_mistake(part)
    if found:
        return Cause(found, seen.rest(found.part, found))
    if seen.values is None:
        return Cause()  # the wrong kind of thing: that has been said
    for one in [part] if part is not None else contract.returns:
        if one in seen.wrong:
            words = (
                seen.wrong_argument(one)
                or seen.relation(one)
                or seen.slip(one)
                or seen.on_the_way(one)
                or seen.dependence(one)
                or seen.two_at_once(one)
            )
        else:  # what is right on easy inputs
            words = seen.slip(one)
        words = words and f"{one}: {words}"
        rest = seen.rest(one) if one in seen.wrong else None
        if words or rest:
            return Cause(None, ". ".join(filter(None, (words, rest))))
    return Cause()


def _of_draws(contract, subject):
    """Why the draws of a random function are distributed wrongly.

    The draws of two right functions differ, and so do those of two functions with one mistake:
    what they have in common is their distribution.
    """
    mistakes, spoilt = _random_functions(contract.name)
    found = likeliest(contract, subject, list(mistakes.values()))
    if found is not None:
        return Cause(list(mistakes)[found])
    found = likeliest(contract, subject, list(spoilt.values()))
    if found is not None:
        way = list(spoilt)[found]
        return Cause(None, f"the draws are distributed as is right for {way.words}")
    return Cause()


@cache
def _random_functions(exercise):
    """What each known mistake, and each way to spoil an argument, makes of a random function.

    Made once, so that what they draw is drawn once.
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
        self.easy = _cases.easy(contract.name, False)
        self.cases = (*self.easy, *_cases.traps(contract.name))
        self.outcomes = [subject.outcome(case.arguments) for case in self.cases]
        self.tried = [*self.easy, *_cases.more(contract.name)]
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
        for i, case in enumerate(self.tried):
            outcome = (
                self.outcomes[i]
                if i < len(self.easy)
                else self.subject.outcome(case.arguments)
            )
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

    # --- one cause --------------------------------------------------------------------------------

    def known_mistake(self, part):
        """The known mistake whose results these are, of the exercise or of one of its parts.

        A mistake that is wrong on easy inputs has to be matched on all of those, right or wrong.
        A numerical one is right there, and has to be matched on every trap besides.
        """
        for mistake in (*known(self.contract.name), *inherited(self.contract.name)):
            if part is not None and mistake.part != part:
                continue
            seen = behaviour(mistake)
            if not any(one.is_wrong for one in seen):
                continue
            shown_early = any(one.is_wrong for one in seen[: len(self.easy)])
            compared = zip(self.cases, seen, self.outcomes, strict=True)
            if all(
                _alike(self.contract, mistake.part, *triple)
                for triple in islice(compared, len(self.easy) if shown_early else None)
            ):
                return mistake
        return None

    def slip(self, part):
        """The single change that makes the package's function do the same, in words."""
        if all(outcome.error is not None for outcome in self.outcomes):
            return None

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

        n, m = len(self.easy), len(self.cases)
        found = matching(self.contract.name, part, range(n), range(n, m), alike)
        return found and str(found)

    def _is_broken(self, outcome, part):
        """Whether a result holds numbers that are none."""
        try:
            return not np.isfinite(self.contract.named(outcome.result)[part]).all()
        except Exception:
            return False

    def wrong_argument(self, part):
        """The wrong argument of which this is right, in words."""
        for way in self._ways():
            if self._explained(
                part,
                lambda case, way=way: _arguments.of_spoilt(
                    self.contract, way, case.arguments
                )[part],
            ):
                return f"it is right for {way.words}"
        return None

    def on_the_way(self, part):
        """The variable of the package's function that explains it if it is changed, in words."""
        for words, made in _on_the_way.ways(self.contract.name):
            if self._explained(part, partial(self._changed, made(), part)):
                return f"it is right if the package goes on with {words}"
        return None

    def _changed(self, function, part, case):
        arguments = _cases.fresh(case.arguments)
        return self.contract.named(
            function(*map(arguments.get, self.contract.required))
        )[part]

    def relation(self, part):
        """The relation to what it should be, in words."""
        return self._related(part, [right[part] for right in self.rights])

    def _related(self, part, wants, simple=False):
        """The relation to some other numbers, where these are not the same."""
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
        """What the options have in common on some inputs, and on no others, in words."""
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
        """What the other wrong parts of the result are if this one is taken as it is, in words.

        A `mistake` that has been told already is not told again.
        """
        others = [other for other in self.wrong if other != part]
        if not others:
            return None
        follow = self._following(part)
        told = []
        for other in others:
            if follow and self._agree(other, [one[other] for one in follow]):
                told.append(f"{other} is right for this {part}")
                continue
            found = self._related(other, [one[other] for one in follow or self.rights])
            own = self.known_mistake(other)
            if own and mistake and own.title == mistake.title:
                told.append(f"{other} shows the same mistake")
            elif own:
                told.append(f"{other} has a mistake of its own: {_lower(own.title)}")
            elif found:
                given = f", for this {part}" if follow else ""
                told.append(f"{other} has a mistake of its own{given}: {found}")
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
        ways = list(islice(self._ways(), TRIED_TOGETHER))
        for mistake in mistakes:
            wants = self._predicted(
                lambda case, m=mistake: _of(m, contract, case.arguments)
            )
            found = wants and self._related(part, wants, simple=True)
            if found:
                return _both(mistake.title, f"compared with that, {found}")
        for way in ways:
            wants = self._predicted(
                lambda case, way=way: _arguments.of_spoilt(
                    contract, way, case.arguments
                )[part]
            )
            found = wants and self._related(part, wants, simple=True)
            if found:
                return _both(
                    f"it is meant for {way.words}", f"compared with that, {found}"
                )
        for mistake in mistakes:
            for way in ways:
                if self._explained(
                    part,
                    lambda case, mistake=mistake, way=way: _of(
                        mistake, contract, _arguments.spoilt(way, case.arguments)
                    ),
                ):
                    return _both(mistake.title, f"it is meant for {way.words}")
        return None

    def _predicted(self, predicted):
        """What a function of the case predicts on easy inputs; None if it cannot."""
        try:
            with np.errstate(all="ignore"):
                wants = [np.asarray(predicted(case)) for case in self.tried]
        except Exception:  # not every way to spoil arguments makes sense
            return None
        return wants if all(want.dtype.kind in "fiu" for want in wants) else None

    # --- comparing --------------------------------------------------------------------------------

    def _ways(self):
        return _arguments.ways(self.contract, self.easy[0].arguments)

    def _explained(self, part, predicted):
        """Whether a function of the case predicts a part of the result on every easy input.

        Where the package refuses what it is given, nothing is predicted: most inputs have to be
        left, and some on which the reader is wrong.
        """
        matched = 0
        for case, value, right in zip(
            self.tried, self.values, self.rights, strict=True
        ):
            try:
                with np.errstate(all="ignore"):
                    expected = predicted(case)
            except (ValueError, ArithmeticError):
                continue
            except Exception:  # not every way to spoil arguments makes sense
                return False
            if not _near(value[part], expected, case, part):
                return False
            matched += not same(value[part], right[part], case.allowed[part])
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


def _of(mistake, contract, arguments):
    arguments = _cases.fresh(arguments)
    result = mistake.function(*(arguments[name] for name in contract.required))
    # Of a random function a mistake is the whole, for it is the distribution that is wrong.
    return contract.named(result)[mistake.part] if "rng" in arguments else result


def _near(value, expected, case, part):
    """Two spellings of one thing differ by rounding, as two right answers do."""
    expected = np.asarray(expected)
    if expected.dtype.kind not in "fiu" or not np.isfinite(expected).all():
        return False
    allowed = np.max(case.allowed[part]) + HALF_DIGITS * np.abs(expected)
    return same(value, expected, allowed)


@cache
def behaviour(mistake):
    """What a mistake does on each easy case and each trap, in that order."""
    contract = contract_of(mistake.exercise)
    cases = (
        *_cases.easy(mistake.exercise, False),
        *_cases.traps(mistake.exercise),
    )
    seen = []
    for case in cases:
        try:
            with np.errstate(all="ignore"):
                value = _of(mistake, contract, case.arguments)
        except Exception:
            if not mistake.made_in:
                raise
            # The whole cannot go on with what the wrong part returns.
            seen.append(Seen(None, False))
            continue
        right = contract.named(case.expected)[mistake.part]
        is_wrong = not same(value, right, case.allowed[mistake.part])
        seen.append(Seen(value, is_wrong))
    return tuple(seen)


def same(value, other, allowed):
    """Equal shapes, and entries within what is allowed; NaN is NaN."""
    value, other = np.asarray(value), np.asarray(other)
    if value.shape != other.shape or value.dtype.kind not in "fiu":
        return False
    with np.errstate(invalid="ignore"):
        close = np.abs(value - other) <= allowed
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
        # Two spellings of a mistake differ by rounding, as two right answers do.
        allowed = np.max(case.allowed[part]) + HALF_DIGITS * finite
        return same(value, seen.value, allowed)
    except Exception:
        return False  # not even the right number of things, or not even numbers


def _by_arithmetic(error):
    return isinstance(error, ARITHMETIC) or (
        isinstance(error, ValueError) and str(error).startswith(LOG_OF_ZERO)
    )
