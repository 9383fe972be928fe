"""A mistake of a part is a mistake of the whole.

A wrong Gaussian log-density makes a wrong E step. The package's E step is run with the part
replaced by each of its known mistakes. So a mistake that is written down for a part is also known
in everything that is built on the part.
"""

import inspect
from functools import cache, partial
from importlib import import_module

from emlib.exercises._contract import contract_of, names
from emlib.exercises._variants import globals_read, variant
from emlib.exercises.mistakes import adapter, known


@cache
def inherited(exercise):
    """The mistakes of an exercise's parts as its own mistakes, one for each part of its result.

    They keep their names, and `made_in` says where they were made.
    """
    contract, found = contract_of(exercise), {}

    def enter(mistake, result, function):
        made_in = mistake.made_in or mistake.exercise
        own = mistake._replace(
            exercise=exercise, part=result, function=function, made_in=made_in
        )
        found.setdefault((made_in, mistake.name, result), own)

    for name, part in parts(exercise).items():
        for mistake in of_all_kinds(part):
            whole = _in_place(part, name, exercise, partial(_completed, mistake))
            if whole:
                for result in contract.returns:
                    enter(mistake, result, partial(_result, contract, whole, result))
    # A part of the result may itself be an exercise, such as the log-likelihood.
    topic = exercise.partition(".")[0]
    for result in contract.parts or ():
        own, at_hand = f"{topic}.{result}", {*contract.required, *contract.parts}
        if own in names() and set(contract_of(own).required) <= at_hand:
            for mistake in of_all_kinds(own):
                enter(mistake, result, partial(_of_arguments, contract, own, mistake))
    return tuple(found.values())


def of_all_kinds(exercise):
    """The known mistakes of an exercise, and those of its parts."""
    return (*known(exercise), *inherited(exercise))


def parts(exercise):
    """The exercises that an exercise's vectorised function is built on.

    The keys are the names that its module uses: ``{"_cholesky": "gaussian.cholesky", ...}``. A
    private function stands for the public one of its name.
    """
    topic, function = exercise.split(".")
    module = import_module(f"emlib.{topic}.vectorized")
    found, seen, waiting = {}, set(), [getattr(module, function)]
    while waiting:
        own = waiting.pop()
        for name in globals_read(own):
            used = vars(module).get(name)
            if not inspect.isfunction(used) or used in seen:
                continue
            seen.add(used)
            owner, _, side = used.__module__.removeprefix("emlib.").partition(".")
            part = f"{owner}.{used.__name__.removeprefix('_')}"
            if side == "vectorized" and part in names() and part != exercise:
                found[name] = part
            elif used.__module__ == module.__name__:
                waiting.append(used)
    return found


def _in_place(part, name, exercise, wrong):
    """The exercise's function with a part replaced by a wrong one; None if it does not fit."""
    topic = exercise.partition(".")[0]
    used = vars(import_module(f"emlib.{topic}.vectorized"))[name]
    takes = tuple(inspect.signature(used).parameters)
    required, adapt = contract_of(part).required, adapter(part)
    if adapt is not None and name.startswith("_"):
        stands_in = adapt(wrong)
    elif takes[: len(required)] == required:

        def stands_in(*arguments, **_):
            return wrong(*arguments[: len(required)])

    else:
        return None
    return variant(exercise, {name: stands_in})


def _completed(mistake, *arguments):
    """The whole result of the function that a mistake is made in, with one part wrong."""
    contract = contract_of(mistake.exercise)
    wrong = mistake.function(*arguments)
    if not contract.parts:
        return wrong
    rest = contract.named(contract.vectorized(*arguments))
    values = tuple((rest | {mistake.part: wrong}).values())
    return contract.result_type(*values) if contract.result_type else values


def _result(contract, wrong, result, *arguments):
    return contract.named(wrong(*arguments))[result]


def _of_arguments(contract, own, mistake, *arguments):
    given = dict(zip(contract.required, arguments, strict=True))
    required = contract_of(own).required
    if not set(required) <= set(given):  # it needs other parts of the result
        given |= contract.named(contract.vectorized(*arguments))
    return mistake.function(*(given[name] for name in required))
