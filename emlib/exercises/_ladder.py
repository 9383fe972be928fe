"""The check, from coarse to fine: each rung raises `Wrong` with the first thing worth saying.

A sum over the wrong axis is told as a wrong shape and not as twenty wrong numbers, and a row
that does not sum to one before the entries that are to blame.
"""

import inspect
import warnings
from functools import cached_property
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from emlib import em
from emlib._checks import HALF_DIGITS
from emlib.exercises import _cases, _meaning
from emlib.exercises._contract import (
    argument_leaves,
    contract_of,
    leaves,
    names,
    reordered,
    with_leaves,
)
from emlib.exercises._meaning import number, place
from emlib.problems import Setting


class Wrong(Exception):
    """What is wrong: the rung, a sentence, and where it was seen."""

    def __init__(self, stage, sentence, part=None, case=None, error=None):
        super().__init__(sentence)
        self.stage, self.sentence, self.part = stage, sentence, part
        self.case, self.error = case, error


class Outcome(NamedTuple):
    """What a function made of a case: its result or its error, and the arguments it left."""

    result: object
    error: Exception | None
    arguments: dict


class Subject:
    """A reader's function, held against a contract."""

    def __init__(self, contract, function):
        self.contract, self.function = contract, function

    @cached_property
    def takes_weights(self):
        """Whether observation weights can be given to it, by name."""
        try:
            parameters = inspect.signature(self.function).parameters
        except (TypeError, ValueError):
            return False
        return "observation_weights" in self.contract.optional and (
            "observation_weights" in parameters
        )

    def __call__(self, arguments):
        """Call it with its own copy of the arguments."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter(
                "ignore"
            )  # a hard input says so itself, in the report
            return self.function(
                *(arguments[name] for name in self.contract.required),
                **{
                    name: arguments[name]
                    for name in self.contract.optional
                    if self.takes_weights and arguments.get(name) is not None
                },
            )

    def outcome(self, arguments):
        """Its result or its error, and its arguments afterwards."""
        own = _cases.fresh(arguments)
        try:
            return Outcome(self(own), None, own)
        except Exception as error:  # whatever it is, the reader gets to see it
            return Outcome(None, error, own)


# --- rungs that look at one result -----------------------------------------------------------


def callable_(contract, function):
    """It is a function of these arguments."""
    if not callable(function):
        raise Wrong(
            "can be called",
            f"it is {_kind(function)}: pass the function itself, without calling it",
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return  # some built-in functions have none; the first call will tell
    try:
        signature.bind(*contract.required)
    except TypeError:
        raise Wrong(
            "takes its arguments",
            f"it takes {signature}; it should take ({', '.join(contract.required)})",
        ) from None


def runs(contract, case, outcome):
    """It does not raise."""
    if outcome.error is not None:
        raise Wrong(
            "runs",
            f"it raised {type(outcome.error).__name__}: {outcome.error}",
            case=case,
            error=outcome.error,
        )


def structure(contract, case, outcome):
    """It returns as many things, and of the type, that it should."""

    def refuse(sentence):
        raise Wrong("what it returns", sentence, case=case)

    result, expected = outcome.result, case.expected
    if result is None:
        refuse(
            f"it returned None, not {contract.returned}: is there a return statement?"
        )
    if contract.result_type is not None:
        if not isinstance(result, contract.result_type):
            refuse(
                f"it returned {_kind(result)}, not a parameter object: "
                f"end with return {contract.returned}"
            )
    elif contract.parts:
        if not isinstance(result, (tuple, list)):
            refuse(
                f"it returned {_kind(result)} alone: return {len(contract.parts)} things, "
                f"{contract.returned}"
            )
        if len(result) != len(contract.parts):
            refuse(
                f"it returned {len(result)} things: return {len(contract.parts)}, "
                f"{contract.returned}"
            )
    elif isinstance(result, tuple):
        refuse(f"it returned {_kind(result)}: return one thing, not several")
    for part, value in leaves(result, contract.parts).items():
        wanted = leaves(expected, contract.parts)[part]
        if isinstance(wanted, np.ndarray) and not isinstance(value, np.ndarray):
            refuse(
                f"{part} is {_kind(value)}, not an array of shape "
                f"{_shape(contract.returns[part])}"
            )
        if not isinstance(wanted, np.ndarray) and np.asarray(value).dtype == object:
            refuse(f"{part} is {_kind(value)}, not a number")


def shapes(contract, case, outcome):
    """Every part has its shape."""
    for part, value, wanted in _parts(contract, case, outcome):
        got, want = np.shape(value), np.shape(wanted)
        if got == want:
            continue
        axes = contract.returns[part]
        expected = f"{_shape(axes)} = {_shape(want)}" if want else "a number"
        raise Wrong(
            "shapes",
            f"{part}: expected {expected}, got {_shape(got)}{_shape_hint(got, want, axes)}",
            part,
            case,
        )


def numbers(contract, case, outcome):
    """Real numbers in double precision."""
    for part, value, wanted in _parts(contract, case, outcome):
        got, want = np.asarray(value).dtype, np.asarray(wanted).dtype
        if got.kind == want.kind and got.itemsize >= want.itemsize:
            continue
        if not isinstance(wanted, np.ndarray) and got.kind in "iu":
            continue  # a plain whole number is a number
        hint = ""
        if got.kind in "iu":
            hint = ": was it made with zeros_like or empty_like of whole numbers?"
        elif got == np.float32:
            hint = ": seven digits; do not convert to float32"
        raise Wrong(
            "kind of numbers", f"{part} holds {got}, not {want}{hint}", part, case
        )


def finite(contract, case, outcome):
    """No NaN, and nothing infinite that should not be."""
    for part, value, wanted in _parts(contract, case, outcome):
        bad = ~np.isfinite(value) & np.isfinite(wanted)
        if np.any(bad):
            entry, found = place(value, part, bad)
            right = (
                np.asarray(wanted)[np.nonzero(bad)][0] if np.ndim(wanted) else wanted
            )
            raise Wrong(
                "finite numbers",
                f"{entry} is {number(found)}, expected {number(right)}",
                part,
                case,
            )


def untouched(contract, case, outcome):
    """The arguments are as they were."""
    before, after = (argument_leaves(a) for a in (case.arguments, outcome.arguments))
    for name, value in before.items():
        if name == "rng" or value is None:
            continue
        if np.shape(value) != np.shape(after[name]):
            raise Wrong(
                "arguments untouched", f"it changed the shape of {name}", case=case
            )
        bad = ~np.equal(value, after[name])
        if np.any(bad):
            entry, was = place(value, name, bad)
            _, now = place(after[name], name, bad)
            raise Wrong(
                "arguments untouched",
                f"it changed its argument: {entry} was {number(was)} and is {number(now)} "
                f"after the call. Make a new array (Y = X - mean) instead of changing the one "
                f"that belongs to the caller (X -= mean)",
                case=case,
            )


def meaning(contract, case, outcome):
    """What must hold whatever the numbers are."""
    values = leaves(outcome.result, contract.parts)
    found = _meaning.wrong(contract.name, values, case.arguments)
    if found:
        part, sentence = found
        raise Wrong("what must always hold", sentence, part, case)


def values(contract, case, outcome):
    """The numbers."""
    if "rng" in case.arguments:
        return  # draws differ; `distribution` looks at many of them
    for part, value, wanted in _parts(contract, case, outcome):
        value, wanted = np.asarray(value), np.asarray(wanted)
        with np.errstate(invalid="ignore"):
            apart = np.abs(value - wanted)
        bad = ~((value == wanted) | (apart <= case.allowed[part]))
        if bad.any():
            entry, got = place(value, part, bad)
            _, want = place(wanted, part, bad)
            raise Wrong(
                "values",
                f"{entry} is {number(got)}, expected {number(want)}"
                f"{_how_many(bad)}{_pattern(value, wanted)}",
                part,
                case,
            )


OF_A_RESULT = (runs, structure, shapes, numbers, finite, untouched, meaning, values)
VALUES_ALONE = (runs, values)


def examine(contract, subject, case, rungs=OF_A_RESULT):
    """Rungs that look at a result, on one case."""
    outcome = subject.outcome(case.arguments)
    for rung in rungs:
        rung(contract, case, outcome)


# Stages that show a fault without showing the entry that is to blame.
EXPERIMENTS = (
    "what must always hold",
    "order of components and observations",
    "climbs inside em.fit",
)

# --- rungs that make experiments ----------------------------------------------------------------


def renaming(contract, subject, case):
    """Another order of the components, or of the observations, changes nothing else."""
    if "rng" in case.arguments:
        return None
    tried = []
    for letter, words in (
        ("K", "the components"),
        ("N", "the observations"),
        ("S", "the sets"),
    ):
        if letter not in contract.letters:
            continue
        tried.append(words)
        arguments = argument_leaves(case.arguments)
        size = next(
            np.shape(arguments[name])[axes.index(letter)]
            for name, axes in contract.takes.items()
            if letter in axes
        )
        order = np.roll(np.arange(size), 1)
        changed = reordered(arguments, contract.takes, letter, order)
        moved = subject.outcome(with_leaves(case.arguments, changed))
        usual = subject.outcome(case.arguments)
        renamed = case._replace(arguments=with_leaves(case.arguments, changed))
        runs(contract, renamed, moved)
        expected = reordered(
            leaves(usual.result, contract.parts), contract.returns, letter, order
        )
        for part, value in leaves(moved.result, contract.parts).items():
            slack = np.max(case.allowed[part]) + HALF_DIGITS * np.max(
                np.abs(expected[part])
            )
            bad = ~(np.abs(value - expected[part]) <= slack)
            if np.any(bad):
                entry, got = place(value, part, bad)
                _, want = place(expected[part], part, bad)
                raise Wrong(
                    "order of components and observations",
                    f"with {words} in another order, {entry} should be {number(want)}, what it "
                    f"was before under its old number, and it is {number(got)}: the order of "
                    f"{words} means nothing",
                    part,
                    case,
                )
    return f"the order of {' and of '.join(tried)} means nothing" if tried else None


def climbs(contract, subject, case):
    """Inside `em.fit`, beside the package's other step, the likelihood does not fall."""
    topic, step = contract.name.split(".")
    if step not in ("e_step", "m_step") or f"{topic}.m_step" not in names():
        return None
    other = "m_step" if step == "e_step" else "e_step"
    twin = contract_of(f"{topic}.{other}").vectorized
    data, params = _climbing_start(topic)
    errors = []

    def reader(*arguments):
        outcome = subject.outcome(dict(zip(contract.required, arguments, strict=True)))
        if outcome.error is not None:
            errors.append(outcome.error)
            raise outcome.error
        return outcome.result

    model = SimpleNamespace(**{step: reader, other: twin})
    try:
        _few_iterations(model, data, params)
    except em.LikelihoodDecreased as fall:
        raise Wrong(
            "climbs inside em.fit",
            f"in em.fit, beside the package's {other}, the log-likelihood"
            f"{' that it returns' if step == 'e_step' else ''} fell by "
            f"{number(fall.drop)} nats in iteration {fall.iteration}, from {fall.before:.10g} to "
            f"{fall.after:.10g}; an exact step cannot lower it",
        ) from None
    except Exception as error:
        raise Wrong(
            "climbs inside em.fit",
            f"in em.fit, beside the package's {other}: {error}",
            error=errors[0] if errors else None,
        ) from None
    return "climbs inside em.fit"


def _few_iterations(model, data, params):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", em.ConvergenceWarning)
        em.fit(model, data, params, tol=0, max_iter=8)


def _climbing_start(topic):
    """Data and a start from which the package's own steps climb."""
    setting = Setting(N=30, D=2, K=2)
    twin = SimpleNamespace(
        e_step=contract_of(f"{topic}.e_step").vectorized,
        m_step=contract_of(f"{topic}.m_step").vectorized,
    )
    for seed in range(0, 200, _cases.SEEDS):
        case = _cases.drawn(f"{topic}.e_step", "", setting, False, seed)
        data, params = (case.arguments[name] for name in list(case.arguments)[:2])
        try:
            _few_iterations(twin, data, params)
            return data, params
        except ArithmeticError:
            continue
    raise AssertionError(f"no start from which {topic} climbs")


# Many draws at once show small errors; many calls for two rows, what goes wrong at either end.
N_DRAWS, N_CALLS = 20_000, 500
SIGMAS = 6  # one false alarm in 5e8 comparisons
MANY = 100  # draws of a kind, below which their mean says little


def distribution(contract, subject, case):
    """Many draws have the package's means and products, and depend on `rng` alone."""
    if "rng" not in case.arguments:
        return None
    once, again = (subject.outcome(case.arguments).result for _ in range(2))
    if not all(
        np.array_equal(one, other) for one, other in zip(once, again, strict=True)
    ):
        raise Wrong(
            "draws from rng alone",
            "two calls with equal generators gave different results: draw every random number "
            "from the rng that is passed in",
            case=case,
        )
    reference = contract.vectorized(
        **_cases.fresh(case.arguments | {"rng": 0, "n_samples": 10 * N_DRAWS})
    )
    reference = leaves(reference, contract.parts)
    for n_samples, n_calls in ((2, N_CALLS), (N_DRAWS, 1)):
        drawn = _draws(contract, subject, case, n_samples, n_calls)
        calls = f" in calls for {n_samples} rows" if n_calls > 1 else ""
        for words, ours, others in _statistics(drawn, reference):
            # By the reference's spread: heavier tails of ours are no excuse.
            noise = others.std() * np.sqrt(1 / len(ours) + 1 / len(others))
            if not abs(ours.mean() - others.mean()) <= SIGMAS * noise + 2 / len(ours):
                raise Wrong(
                    "distribution of the draws",
                    f"over {n_samples * n_calls:,} draws{calls} the mean of {words} is "
                    f"{number(ours.mean())}, expected {number(others.mean())} within "
                    f"{number(SIGMAS * noise)}",
                    case=case,
                )
    return f"{N_DRAWS:,} draws are distributed as they should be"


def _draws(contract, subject, case, n_samples, n_calls):
    """The subject's draws of several calls with one generator, by part."""
    arguments = case.arguments | {"n_samples": n_samples}
    expected = contract.vectorized(**_cases.fresh(arguments))
    case = case._replace(arguments=arguments, expected=expected)
    rng, found = np.random.default_rng(1), []
    for _ in range(n_calls):
        outcome = subject.outcome(arguments | {"rng": rng})
        for rung in (runs, structure, shapes, numbers, finite):
            rung(contract, case, outcome)
        found.append(leaves(outcome.result, contract.parts))
    return {part: np.concatenate([one[part] for one in found]) for part in found[0]}


def _statistics(drawn, reference):
    """What to compare, in words, of the draws and of the reference's.

    How often each whole number occurs; and where it does, the real parts and their products,
    standardised as the reference's are, so that nothing cancels.
    """
    whole = [part for part, value in reference.items() if value.dtype.kind in "iu"]
    events = [
        (part, level) for part in whole for level in np.unique(reference[part]).tolist()
    ]
    for part, level in events:
        yield (
            f"[{part} == {level}]",
            *((draws[part] == level).astype(float) for draws in (drawn, reference)),
        )
    for part in reference.keys() - set(whole):
        for given, level in events or [(part, None)]:
            both = [
                draws[part] if level is None else draws[part][draws[given] == level]
                for draws in (drawn, reference)
            ]
            if len(both[1]) < MANY:
                continue
            ours, others = (
                (values - both[1].mean(axis=0)) / both[1].std(axis=0) for values in both
            )
            where = "" if level is None else f" where {given} == {level}"
            for i in range(ours.shape[1]):
                words = f"{part}[:, {i}] (standardised)"
                yield words + where, ours[:, i], others[:, i]
                for j in range(i + 1):
                    product = f"{words} * {part}[:, {j}] (standardised){where}"
                    yield product, ours[:, i] * ours[:, j], others[:, i] * others[:, j]


# --- words -------------------------------------------------------------------------------------


def _parts(contract, case, outcome):
    """(name, value, expected value) of each part of a result."""
    ours = leaves(outcome.result, contract.parts)
    theirs = leaves(case.expected, contract.parts)
    return [(part, ours[part], theirs[part]) for part in theirs]


def _kind(value):
    if isinstance(value, np.ndarray):
        return f"an array of shape {_shape(value.shape)}"
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return f"a tuple of {len(value)} things"
    article = "an" if type(value).__name__[0] in "aeiou" else "a"
    return f"{article} {type(value).__name__}"


def _shape(axes):
    if not axes:
        return "a number"
    return f"({', '.join(map(str, axes))}{',' if len(axes) == 1 else ''})"


def _shape_hint(got, want, axes):
    if got != want and got[::-1] == want:
        return ": transposed?"
    without_ones = [tuple(n for n in shape if n != 1) for shape in (got, want)]
    if without_ones[0] == without_ones[1]:
        return (
            ": an axis of length 1 too many or too few (keepdims, [:, None], squeeze)?"
        )
    for axis, letter in enumerate(axes):
        if got == want[:axis] + want[axis + 1 :]:
            return f": the axis {letter} is gone. Was it summed over?"
    return ""


def _how_many(bad):
    return f" ({int(bad.sum())} of {bad.size} entries differ)" if bad.size > 1 else ""


def _pattern(got, want):
    """What is common to all entries, if anything is: a factor or a difference."""
    if got.size < 2 or not (np.isfinite(got).all() and np.isfinite(want).all()):
        return ""
    largest = np.argmax(np.abs(want))
    if want.flat[largest] != 0:
        factor = got.flat[largest] / want.flat[largest]
        if np.abs(got - factor * want).max() <= 1e-6 * np.abs(got).max():
            return f"; every entry is {number(factor)} times what it should be"
    apart = got - want
    if np.ptp(apart) <= 1e-6 * np.abs(apart).max():
        size = "large" if apart.flat[0] > 0 else "small"
        return f"; every entry is too {size} by {number(abs(apart.flat[0]))}"
    return ""
