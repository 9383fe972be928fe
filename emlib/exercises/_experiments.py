"""The rungs that make experiments: call again, reorder the input, run in `em.fit`, draw often.

Each raises `Wrong`, or returns in words what it has shown; None where there was nothing to try.
"""

import warnings
from functools import cache
from types import SimpleNamespace

import numpy as np

from emlib import em
from emlib._checks import HALF_DIGITS
from emlib.exercises import _cases
from emlib.exercises._contract import (
    NUMBERS,
    argument_leaves,
    called,
    contract_of,
    names,
    reordered,
    with_leaves,
)
from emlib.exercises._rungs import BEFORE_VALUES, Wrong, examine
from emlib.exercises._subject import FILTERS, Subject
from emlib.exercises._words import entry, first, number, told
from emlib.problems import Setting

REORDERED = "order of components and observations"
CLIMBS = "climbs inside em.fit"
# Stages that show a fault without showing which entry is wrong.
WITHOUT_ENTRY = ("what must always hold", REORDERED, CLIMBS)


def again(contract, subject, case):
    """The same input gives the same result."""
    once, twice = (examine(contract, subject, case, BEFORE_VALUES) for _ in range(2))
    for part, value in once.items():
        if not np.array_equal(value, twice[part], equal_nan=value.dtype.kind == "f"):
            source = (
                "draw every random number from the rng that is passed in"
                if "rng" in case.arguments
                else "does it keep something between calls, or draw at random?"
            )
            raise Wrong(
                "the same result again",
                f"two calls with the same input gave different {part}: {source}",
                part,
                case,
            )


MEANINGLESS = ("K", "N", "S", "P")  # of these the order does not matter


def renaming(contract, subject, cases):
    """Reordering the components, the observations, ... changes nothing but the order of results."""
    if "rng" in contract.required:
        return None
    tried = [
        letter
        for letter in MEANINGLESS
        if letter in contract.letters and not _order_matters(contract.name, letter)
    ]
    if not tried:
        return None
    for case in cases:
        usual = examine(contract, subject, case, BEFORE_VALUES)
        for letter in tried:
            _same_in_another_order(contract, subject, case, usual, letter)
    words = " or ".join(_all_of(contract, letter) for letter in tried)
    return f"reordering {words} changes nothing else, on {len(cases)} easy inputs"


def _all_of(contract, letter):
    """Such as "the components"."""
    one = called(contract.name, letter)
    return f"the {one[:-1]}ies" if one.endswith("y") else f"the {one}s"


def _in_another_order(contract, case, letter):
    """A case with its components, or its observations, in another order, and that order."""
    arguments = argument_leaves(case.arguments)
    size = next(
        np.shape(arguments[name])[axes.index(letter)]
        for name, axes in contract.takes.items()
        if letter in axes
    )
    order = np.roll(np.arange(size), 1)
    words = f"with {_all_of(contract, letter)} in another order"
    changed = reordered(arguments, contract.takes, letter, order)
    return _cases.case_of(
        contract.name, words, with_leaves(case.arguments, changed)
    ), order


@cache
def _order_matters(name, letter):
    """Whether the package's own function depends on an order, as a sweep from the left does."""
    contract = contract_of(name)
    for case in _cases.easy(name, False):
        renamed, order = _in_another_order(contract, case, letter)
        usual, moved = map(contract.named, (case.expected, renamed.expected))
        expected = reordered(usual, contract.returns, letter, order)
        if not all(
            _unmoved(case, part, moved[part], expected[part]).all() for part in moved
        ):
            return True
    return False


def _unmoved(case, part, value, expected):
    """Which entries are what they were, but for rounding."""
    slack = np.max(case.allowed[part]) + HALF_DIGITS * np.abs(expected).max()
    return np.abs(np.subtract(value, expected, dtype=float)) <= slack


def _same_in_another_order(contract, subject, case, usual, letter):
    """Each entry is what it was, under the number that it has now."""
    words = _all_of(contract, letter)
    renamed, order = _in_another_order(contract, case, letter)
    moved = examine(contract, subject, renamed, BEFORE_VALUES)
    for part, expected in reordered(usual, contract.returns, letter, order).items():
        value = moved[part]
        bad = ~_unmoved(case, part, value, expected)
        if bad.any():
            entry, index = first(part, bad)
            got, want = told(value[index], expected[index])
            if NUMBERS.get(part) == letter:
                had = number(usual[part][index])
                before = f"what was number {had} is now number {want}"
            elif letter in contract.returns[part]:
                before = f"under its old number it was {want}"
            else:
                before = f"before it was {want}"
            raise Wrong(
                REORDERED,
                f"with {words} in another order, {entry} is {got}, but {before}: the order of "
                f"{words} must not matter",
                part,
                case,
            )


def climbs(contract, subject, cases):
    """Inside `em.fit`, together with the package's other step, the likelihood does not fall.

    The package computes the log-likelihood, so that an E step that returns a wrong one, or always
    the same, cannot hide a fall.
    """
    topic, step = contract.name.split(".")
    if step not in ("e_step", "m_step") or f"{topic}.m_step" not in names():
        return None
    twins = {
        name: contract_of(f"{topic}.{name}").vectorized for name in ("e_step", "m_step")
    }
    data, params = _climbing_start(topic, twins)

    def reader(*arguments):
        given = dict(zip(contract.required, arguments, strict=True))
        case = _cases.case_of(contract.name, "inside em.fit", given)
        if case is None:  # after what came before, the package raises here, too
            return twins[step](*arguments)
        found = examine(contract, subject, case, BEFORE_VALUES)
        if step == "m_step":
            return contract.result_type(*found.values())
        return next(iter(found.values())), case.expected[1]

    other = "m_step" if step == "e_step" else "e_step"
    try:
        _few_iterations(twins | {step: reader}, data, params)
    except em.LikelihoodDecreased as fall:
        before, after = told(fall.before, fall.after)
        # The E step's own log-likelihood was not used: it may be right or wrong.
        whose = (
            " (computed by the package, in place of yours)" if step == "e_step" else ""
        )
        raise Wrong(
            CLIMBS,
            f"in em.fit, together with the package's {other}, the log-likelihood{whose} fell by "
            f"{number(fall.drop)} nats in iteration {fall.iteration}, from {before} to {after}; "
            f"an exact step cannot lower it",
        ) from None
    except (ArithmeticError, ValueError) as error:
        sentence = f"in em.fit, together with the package's {other}: {error}"
        raise Wrong(CLIMBS, sentence) from None
    return f"{CLIMBS}, from one start"


def _few_iterations(steps, data, params):
    with FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore", em.ConvergenceWarning)
        em.fit(SimpleNamespace(**steps), data, params, tol=0, max_iter=8)


def _climbing_start(topic, twins):
    """Data and a start from which the package's own steps climb."""
    setting = Setting(N=30, D=2, K=2)
    for seed in range(0, 200, _cases.SEEDS):
        case = _cases.drawn(f"{topic}.e_step", "", setting, False, seed)
        data, params = (case.arguments[name] for name in list(case.arguments)[:2])
        try:
            _few_iterations(twins, data, params)
            return data, params
        except ArithmeticError:
            continue
    raise AssertionError(f"no start from which {topic} climbs")


# --- functions that draw at random ----------------------------------------------------------------

# Many draws at once show small errors; many calls for two rows show errors in the first or last.
N_DRAWS, N_CALLS = 10_000, 300
N_OUTCOMES = 2_000  # calls, where each makes a single draw or a few rows
# Numbers of calls after each of which the functions that draw differently are left out.
STAGES = 50, 150, 450, 1_000
ALIKE = 150  # calls: another function will hardly draw exactly the same in that many
N_ROWS = 8
SIGMAS = 6  # a false alarm in 5e8 comparisons where the means are normal
MANY = 100  # draws of a kind: the mean of fewer says little


def distribution(contract, subject, cases):
    """Many draws are distributed as the package's are, and depend on `rng`."""
    if "rng" not in contract.required:
        return None
    in_rows = "n_samples" in contract.required
    if in_rows:
        for case in cases:
            _rows_drawn(contract, subject, case)
        return f"{N_DRAWS:,} draws are distributed as they should be, and independent"
    if all([_outcomes_drawn(contract, subject, case) for case in cases]):
        return (
            f"{ALIKE} calls draw exactly what the package draws from equal generators"
        )
    return f"{N_OUTCOMES:,} calls give results that are distributed as they should be"


def likeliest(contract, subject, functions):
    """Which of some random functions draws as a subject does, by its index; None if none of them.

    The means of what a call returns and of products of two entries are compared, so that dependent
    rows show. A few calls rule out most functions. A function that draws exactly the same in
    `ALIKE` calls needs no more.
    """
    cases = [_cases.easy(contract.name, False)[0], *_cases.traps(contract.name)]
    if "n_samples" in contract.required:
        few = {"n_samples": N_ROWS}
        cases = [case._replace(arguments=case.arguments | few) for case in cases]
    left = dict.fromkeys(range(len(functions)), 0.0)
    for n in STAGES:
        for i in list(left):
            left[i] = _discrepancy(contract, subject, functions[i], cases, n)
            if not left[i] <= SIGMAS:
                del left[i]
            elif n == ALIKE and _alike(contract, subject, functions[i], cases):
                return i
    return min(left, key=left.get, default=None)


def _discrepancy(contract, subject, function, cases, n):
    """The largest difference in standard errors; once above `SIGMAS`, a lower bound of it."""
    worst = 0.0
    for case in cases:
        expected = contract.vectorized(**_cases.fresh(case.arguments))
        try:
            ours = _calls(contract, subject, case._replace(expected=expected), n)
            theirs = _drawn(contract, function, case, n)
        except Exception:  # a function may fail where the package's does not
            return np.inf
        ours, theirs = _features(ours, theirs)
        if ours.shape[1] != theirs.shape[1]:
            return np.inf
        apart = np.abs(ours.mean(axis=0) - theirs.mean(axis=0))
        noise = np.sqrt((ours.var(axis=0) + theirs.var(axis=0)) / n)
        # What is the same in every call has no noise except rounding.
        worst = max(worst, float((apart / np.maximum(noise, HALF_DIGITS)).max()))
        if not worst <= SIGMAS:
            break
    return worst


def _alike(contract, subject, function, cases):
    """Whether the two draw exactly the same from equal generators."""
    return all(
        _same(ours, theirs)
        for case in cases
        for ours, theirs in zip(
            _calls(contract, subject, case, ALIKE),
            _drawn(contract, function, case, ALIKE),
            strict=True,
        )
    )


def _same(one, other):
    return all(np.array_equal(value, other[part]) for part, value in one.items())


_DRAWN = {}


def _drawn(contract, function, case, n):
    """What a function returns in many calls, by part; kept, because it is compared repeatedly."""
    key = function, case.words, repr(case.arguments)
    calls = _DRAWN.setdefault(key, [])
    for seed in range(len(calls) + 1, n + 1):
        arguments = _cases.fresh(case.arguments | {"rng": seed})
        calls.append(contract.named(function(**arguments)))
    return calls[:n]


def _features(ours, theirs):
    """What each call returned, as numbers and products of two, standardised by `theirs`."""
    one, other = _columns(ours, theirs), _columns(theirs, theirs)
    centre, scale = other.mean(axis=0), other.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    return tuple(
        np.concatenate([z, *(z[:, i:] * z[:, [i]] for i in range(z.shape[1]))], axis=1)
        for z in ((x - centre) / scale for x in (one, other))
    )


def _columns(calls, levelled):
    """The entries of each call, and their sums over its rows.

    Whole numbers become indicators, one for each value that they take.
    """
    columns = []
    for part, value in calls[0].items():
        values = np.array([one[part] for one in calls])
        if np.asarray(value).dtype.kind in "iu":
            levels = np.unique([one[part] for one in levelled])
            values = values[..., None] == levels
        rows = np.shape(value)[:1] or (1,)  # a number is a single row
        values = values.astype(float).reshape(len(calls), *rows, -1)
        columns += [values.reshape(len(calls), -1), values.sum(axis=1)]
    return np.concatenate(columns, axis=1)


def _rows_drawn(contract, subject, case):
    """Many rows have the package's moments, and are independent."""
    one, other = _calls(contract, subject, case, 2)
    if _same(one, other):
        raise _the_same(case)
    large = {"n_samples": 5 * N_DRAWS, "rng": 0}
    reference = contract.vectorized(**_cases.fresh(case.arguments | large))
    reference = contract.named(reference)
    for n_samples, n_calls in ((2, N_CALLS), (N_DRAWS, 1)):
        arguments = case.arguments | {"n_samples": n_samples}
        expected = contract.vectorized(**_cases.fresh(arguments))
        sized = case._replace(arguments=arguments, expected=expected, origin=None)
        calls = _calls(contract, subject, sized, n_calls)
        drawn = {part: np.concatenate([one[part] for one in calls]) for part in one}
        in_calls = f" in calls for {n_samples} rows" if n_calls > 1 else ""
        counted = f"{n_samples * n_calls:,} draws{in_calls}"
        for words, ours, others in _statistics(drawn, reference, n_calls == 1):
            # The spread is the reference's, so that heavier tails do not widen the limits.
            _same_mean(f"over {counted}", words, ours, others, others.std(), case)


def _outcomes_drawn(contract, subject, case):
    """Each result, and each beginning of one, comes as often as from the package.

    Returns whether the draws are exactly the same; a few calls are enough for that.
    """
    both = subject, _package(contract.name)
    if all(map(_same, *(_calls(contract, one, case, ALIKE) for one in both))):
        return True
    results = [_calls(contract, one, case, N_OUTCOMES) for one in both]
    for part in results[0][0]:
        ours, theirs = (np.array([one[part] for one in calls]) for calls in results)
        if (ours == ours[0]).all() and (theirs != theirs[0]).any():
            raise _the_same(case)
        if len(np.unique(theirs.reshape(N_OUTCOMES, -1), axis=0)) > N_OUTCOMES / 2:
            _ranked_alike(part, ours, theirs, case)
            continue
        for rows in range(1, ours.shape[1] + 1):
            begins = np.concatenate([ours[:, :rows], theirs[:, :rows]])
            kinds, which = np.unique(begins, axis=0, return_inverse=True)
            for kind, begin in enumerate(kinds):
                counts = (which.reshape(2, -1) == kind).astype(float)
                entries = (
                    f"({', '.join(map(number, np.ravel(row)))})" for row in begin
                )
                words = f"[{part}[:{rows}] == {', '.join(entries)}]"
                # A rare result may come from only one of the two, hence the spread of both.
                calls = f"over {N_OUTCOMES:,} calls"
                _same_mean(calls, words, *counts, counts.std(), case)
    return False


def _ranked_alike(part, ours, theirs, case):
    """Real numbers, of which none comes twice: each entry lies and spreads as the package's does.

    Ranks among the draws of both have all moments, whatever tails the draws have. Two entries
    depend on each other as the package's do, as far as a rank correlation tells.
    """
    names = [entry(part, index) for index in np.ndindex(ours.shape[1:])]
    n = len(ours)
    both = np.concatenate([ours.reshape(n, -1), theirs.reshape(n, -1)])
    ranks = (both.argsort(axis=0).argsort(axis=0) + 0.5) / (2 * n) - 0.5
    for i, name in enumerate(names):
        one, other = np.split(both[:, i], 2)
        _same_ranks(ranks[:, i], f"the median of {name}", np.median, one, other, case)
        size, words = np.abs(ranks[:, i]), f"the width of the middle half of {name}"
        _same_ranks(size, words, _middle_half, one, other, case)
        for j in range(i):
            words = f"the rank correlation of {names[j]} and {name}"
            product = ranks[:, i] * ranks[:, j]
            own = np.split(ranks[:, [i, j]], 2)
            _same_ranks(product, words, _correlation, *own, case)


def _middle_half(values):
    return float(np.subtract(*np.quantile(values, (0.75, 0.25))))


def _correlation(pairs):
    return float(np.corrcoef(pairs.T)[0, 1])


def _same_ranks(values, words, told_as, ours, theirs, case):
    """The means of two halves differ by no more than chance; else `told_as` says how they do."""
    one, other = np.split(values, 2)
    noise = np.sqrt((one.var() + other.var()) / len(one))
    if not abs(one.mean() - other.mean()) <= SIGMAS * noise:
        raise Wrong(
            "distribution of the draws",
            f"over {N_OUTCOMES:,} calls {words} is {number(told_as(ours))}, expected "
            f"{number(told_as(theirs))}",
            case=case,
        )


@cache
def _package(exercise):
    """The package's function, whose draws are kept from one check to the next."""
    contract = contract_of(exercise)
    return Subject(contract, contract.vectorized)


def _the_same(case):
    """What is wrong with draws that do not depend on the generator."""
    return Wrong(
        "draws from rng alone",
        "two different generators gave the same draws: use the rng that is passed in",
        case=case,
    )


def _same_mean(counted, words, ours, others, spread, case):
    """Two means differ by no more than chance."""
    noise = spread * np.sqrt(1 / len(ours) + 1 / len(others))
    if not abs(ours.mean() - others.mean()) <= SIGMAS * noise + 2 / len(ours):
        raise Wrong(
            "distribution of the draws",
            f"{counted} the mean of {words} is {number(ours.mean())}, expected "
            f"{number(others.mean())} within {number(SIGMAS * noise)}",
            case=case,
        )


def _calls(contract, subject, case, n_calls):
    """What several calls return, each with a generator of its own, by part."""
    key = case.words, repr(case.arguments)
    calls = subject.drawn.setdefault(key, [])
    for seed in range(len(calls) + 1, n_calls + 1):
        one = case._replace(arguments=case.arguments | {"rng": seed})
        calls.append(examine(contract, subject, one, BEFORE_VALUES))
    return calls[:n_calls]


def _statistics(drawn, reference, many):
    """What to compare: words, and its values for the draws and for the reference.

    How often each whole number occurs, and how often twice in a row; given each, the real parts,
    their products and, if there are `many` draws, their fourth powers (the mean of few is far from
    normal), standardised by the reference so that nothing cancels; and the products of neighbouring
    rows, whose mean is zero if rows are independent.
    """
    both = drawn, reference
    whole = [part for part, value in reference.items() if value.dtype.kind in "iu"]
    for part in whole:
        words = f"[{part}[n] == {part}[n + 1]]"
        yield words, *((d[part][1:] == d[part][:-1]).astype(float) for d in both)
    events = [
        (part, level) for part in whole for level in np.unique(reference[part]).tolist()
    ]
    for part, level in events:
        words = f"[{part} == {level}]"
        yield words, *((draws[part] == level).astype(float) for draws in both)
    for part in reference.keys() - set(whole):
        standard = [np.zeros(draws[part].shape) for draws in both]
        for given, level in events or [(None, None)]:
            rows = [
                slice(None) if given is None else draws[given] == level
                for draws in both
            ]
            theirs = reference[part][rows[1]]
            if len(theirs) < MANY:
                continue
            mean, deviation = theirs.mean(axis=0), theirs.std(axis=0)
            for z, draws, own in zip(standard, both, rows, strict=True):
                z[own] = (draws[part][own] - mean) / deviation
            where = "" if given is None else f" where {given} == {level}"
            ours, others = (z[own] for z, own in zip(standard, rows, strict=True))
            for words, power in _powers(part, ours.shape[1], many):
                yield words + where, power(ours), power(others)
        for i in range(standard[0].shape[1]):
            words = f"{part}[n, {i}] * {part}[n + 1, {i}] (standardised)"
            yield words, *(z[1:, i] * z[:-1, i] for z in standard)


def _powers(part, D, many):
    """First, second and, of `many`, fourth powers of standardised columns: words and a function."""
    for i in range(D):
        column = f"{part}[:, {i}] (standardised)"
        yield column, lambda z, i=i: z[:, i]
        if many:
            yield f"{column} ** 4", lambda z, i=i: z[:, i] ** 4
        for j in range(i + 1):
            words = f"{column} * {part}[:, {j}] (standardised)"
            yield words, lambda z, i=i, j=j: z[:, i] * z[:, j]
