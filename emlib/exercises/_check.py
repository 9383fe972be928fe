"""The check: climb the rungs from coarse to fine, and explain the first that fails."""

import difflib
import os
import time
import traceback
from contextlib import suppress
from functools import cache
from itertools import takewhile
from pathlib import Path

import numpy as np

import emlib
from emlib.exercises import _cases, _experiments, _manners, _rungs
from emlib.exercises._contract import argument_leaves, contract_of, names
from emlib.exercises._recognise import Cause, cause
from emlib.exercises._report import Report
from emlib.exercises._rungs import Wrong
from emlib.exercises._subject import Subject, quiet
from emlib.exercises._words import SHOWN, typed


def check(exercise, function):
    """Try a function that is meant to do what one of the package's does.

    From coarse to fine, up to the first fault: whether it can be called; what it returns, with
    which shapes and kinds of numbers, and whether all are finite; whether it leaves its arguments
    unchanged; whether what must always hold does (rows sum to one, covariances are positive
    definite, the order of components does not matter, the likelihood does not fall in `em.fit`);
    its values on easy inputs, then on hard ones (far from the origin, tiny variances, a single
    observation, many). Entries may differ from the naive twin's by half of the 16 digits, or by
    what rounding can do. Bad input is not tried.

    Parameters
    ----------
    exercise : str
        Topic and function, such as ``"gmm.e_step"``.
    function : callable
        Takes the same arguments in the same order, and returns the same. The keyword
        ``observation_weights`` is tried if the function has it.

    Returns
    -------
    Report
        True if no fault was found. It prints as text; a notebook shows it as a table. If the
        results are those of a known mistake, it names the mistake. If the function raised an
        exception, it contains the traceback and the smallest input found that raises it.

    Raises
    ------
    ValueError
        If there is no such exercise.
    """
    if not isinstance(exercise, str) or exercise not in names():
        raise ValueError(_no_such(exercise))
    contract = contract_of(exercise)
    subject = Subject(contract, function)
    steps = []
    # The reader may have told NumPy to raise; hard inputs underflow and overflow.
    with np.errstate(all="ignore"):
        try:
            climb(contract, subject, steps)
        except Wrong as wrong:
            return _explained(contract, subject, steps, wrong)
        remarks = (
            () if "rng" in contract.required else _manners.remarks(contract, subject)
        )
        speed = _speed(contract, subject)
        return Report(exercise, tuple(steps), speed=speed, remarks=remarks)


def _no_such(exercise):
    if callable(exercise):
        return (
            'exercise is a function: the name comes first, check("gmm.e_step", e_step)'
        )
    close = difflib.get_close_matches(str(exercise), names(), n=3, cutoff=0.6)
    meant = (
        f"did you mean {' or '.join(close)}?"
        if close
        else f"pass one of {', '.join(names())}"
    )
    return f"there is no exercise {exercise!r}: {meant}"


def climb(contract, subject, steps):
    """Climb every rung in turn; append what is right to `steps`."""
    _rungs.takes(contract, subject.function)
    steps.append(f"takes ({', '.join(contract.required)})")
    cases = _cases.easy(contract.name, subject.takes_weights)
    outcomes = [subject.outcome(case.arguments) for case in cases]

    def all_pass(*rungs):
        for rung in rungs:
            for case, outcome in zip(cases, outcomes, strict=True):
                rung(contract, case, outcome)

    all_pass(_rungs.runs, _rungs.structure, _rungs.shapes)
    steps.append(f"returns {contract.returned}")
    all_pass(_rungs.numbers, _rungs.finite)
    steps.append("finite numbers, in double precision")
    all_pass(_rungs.untouched)
    # Draws on a single input may be equal by chance.
    for case in cases if "rng" in contract.required else cases[:1]:
        _experiments.again(contract, subject, case)
    steps.append("leaves its arguments as they were, and gives the same result again")
    all_pass(_rungs.meaning)
    for experiment in (_experiments.renaming, _experiments.climbs):
        words = experiment(contract, subject, cases)
        if words:
            steps.append(words)
    all_pass(_rungs.values)
    # Draws from equal generators need not be equal: their distribution is tested below.
    verb = "runs" if "rng" in contract.required else "right"
    steps.append(f"{verb} on {len(cases)} easy inputs")
    hard = _cases.hard(contract.name, subject.takes_weights)
    for case in hard:
        _rungs.examine(contract, subject, case)
    steps.append(f"{verb} on hard inputs: {'; '.join(case.words for case in hard)}")
    # Last, because it needs many draws, and a wrong function may fail on few.
    different = [case for case in hard if case.words in _cases.ANOTHER_KIND]
    different = _cases.traps(contract.name) or different
    words = _experiments.distribution(contract, subject, [cases[0], *different])
    if words:
        steps.append(words)
    _manners.forbidden(contract, subject)


# --- what to say about a fault -------------------------------------------------------------------

SHRINKING_SECONDS = 0.5


def _explained(contract, subject, steps, wrong):
    seen = wrong
    if wrong.stage in _experiments.WITHOUT_ENTRY:
        # The experiment shows that something is wrong; the wrong entry explains what.
        seen = _wrong_value(contract, subject, wrong.case) or wrong
    problem = wrong.sentence
    if seen is not wrong:
        problem += f". In numbers: {seen.sentence}"
    words = seen.case.words if seen.case is not None else ""
    weighted = seen.case is not None and _is_weighted(seen.case)
    if weighted and "observation weights" not in words:
        words = f"{words}, observation weights".removeprefix(", ")
    if words:
        problem += f" (on this input: {words})"
    example = None
    # A shape is read best where sizes differ; numbers are read best where there are few.
    if seen.case is not None and seen.stage in ("runs", "finite numbers", "values"):
        rungs = _rungs.EVERY_RUNG if seen is wrong else _rungs.VALUES_ALONE
        smallest = _shrunk(contract, subject, seen, rungs)
        example = _example(contract, subject, smallest, seen.part)
    # The known mistakes take no weights, so they cannot explain a fault that weights show.
    may_be_known = callable(subject.function) and not weighted
    with quiet():
        found = cause(contract, subject, seen.part) if may_be_known else Cause()
    return Report(
        contract.name,
        tuple(steps),
        wrong.stage,
        problem,
        seen.part,
        found.mistake,
        found.words,
        example,
        _own_frames(wrong.error) if wrong.error is not None else None,
    )


def _is_weighted(case):
    return case.arguments.get("observation_weights") is not None


def _wrong_value(contract, subject, case):
    """The first wrong entry on a case, or else on an easy one; None if there is none."""
    cases = [case] if case is not None else []
    for case in cases + _cases.easy(contract.name, subject.takes_weights):
        try:
            _rungs.examine(contract, subject, case, _rungs.VALUES_ALONE)
        except Wrong as wrong:
            return wrong
    return None


def _shrunk(contract, subject, wrong, rungs):
    """The smallest case found that shows the same fault."""

    def same_fault(case):
        if case is None:
            return False
        try:
            _rungs.examine(contract, subject, case, rungs)
        except Wrong as other:
            return (other.stage, other.part, type(other.error)) == (
                wrong.stage,
                wrong.part,
                type(wrong.error),
            )
        return False

    def first(candidates, otherwise):
        deadline = time.perf_counter() + SHRINKING_SECONDS
        in_time = takewhile(lambda _: time.perf_counter() < deadline, candidates)
        return next(filter(same_fault, in_time), otherwise)

    name = contract.name
    best = first(_cases.smaller(name, wrong.case, _is_weighted(wrong.case)), wrong.case)
    while (shorter := first(_cases.without_rows(name, best), best)) is not best:
        best = shorter
    best = first(_cases.rounded(name, best), best)
    # If it is still too large to show, the original may have a line of code that draws it.
    return best if _can_be_shown(best) else wrong.case


def _example(contract, subject, case, part):
    """The arguments, what was returned and what was expected, as code that can be typed in."""
    lines = []
    for name, value in case.arguments.items():
        if name == "rng":
            lines.append(f"rng = np.random.default_rng({value})")
        elif value is not None:
            lines += typed(name, value)
    if not _can_be_shown(case) and case.origin:
        lines = ["from emlib import problems", case.origin]
    results = {"expected": contract.named(case.expected)}
    with suppress(Wrong):  # it raised, or gives different results at each call
        outcome = subject.outcome(case.arguments)
        for rung in (_rungs.runs, _rungs.structure):
            rung(contract, case, outcome)
        results = {"returned": contract.named(outcome.result)} | results
    for name in contract.returns if part is None else [part]:
        of = f" {name}".removesuffix(" result")
        for digits in (8, 17):  # 17 only where eight do not distinguish the two
            values = [typed("", r[name], digits=digits) for r in results.values()]
            if len(values) < 2 or values[0] != values[1]:
                break
        for words, result in results.items():
            lines += typed(f"{words}{of}", result[name], digits=digits)
    return "\n".join(lines)


def _can_be_shown(case):
    sizes = map(np.size, argument_leaves(case.arguments).values())
    return max(sizes) <= SHOWN


THEIRS = tuple(
    f"{Path(module.__file__).parent}{os.sep}" for module in (emlib, np)
)  # folders


def _own_frames(error):
    """The traceback without the frames of the package and of NumPy."""
    whole = traceback.TracebackException.from_exception(error, compact=True)
    chain = [whole]
    while chain:
        one = chain.pop()
        own = [frame for frame in one.stack if not frame.filename.startswith(THEIRS)]
        one.stack = traceback.StackSummary.from_list(own)
        chain += filter(None, (one.__cause__, one.__context__))
    return "".join(whole.format()).rstrip()


# --- speed ---------------------------------------------------------------------------------------


def _speed(contract, subject):
    """How long the subject takes compared with the twins, in words; None if no input is long."""
    # The subject has just been right on this input.
    many = _cases.many(contract.name)
    if many is None:
        return None
    try:
        own = _seconds(subject, many.arguments)
    except Exception:  # it was right there before, so it varies from call to call
        return None
    arrays = _seconds(Subject(contract, contract.vectorized), many.arguments)
    return (
        f"takes {own / arrays:.2g} times as long as the package's arrays, on "
        f"{_cases.PRIME:,} rows; the package's loop takes "
        f"{_loop_beside_arrays(contract.name):.2g} times as long"
    )


@cache
def _loop_beside_arrays(exercise):
    """How many times as long the loop takes as the arrays, measured once for all checks."""
    contract, many = contract_of(exercise), _cases.many(exercise)
    loop, arrays = (
        _seconds(Subject(contract, twin), many.arguments)
        for twin in (contract.naive, contract.vectorized)
    )
    return loop / arrays


def _seconds(subject, arguments):
    """The shortest of a few runs: other programs can only slow a run down."""
    best, spent = np.inf, 0.0
    for _ in range(5):
        own = _cases.fresh(arguments)
        begin = time.perf_counter()
        subject(own)
        took = time.perf_counter() - begin
        best, spent = min(best, took), spent + took
        if spent > 0.05:
            break
    return best
