"""What `check` says was found right."""

import inspect
import re

import numpy as np

from emlib.exercises import _cases
from emlib.exercises._contract import argument_leaves, reordered
from tests.exercises.readings.draws import SIGMAS, calls
from tests.exercises.readings.experiments import LETTERS, climbed, in_another_order
from tests.exercises.readings.scene import called, entering, results

READINGS = []
reads = entering(READINGS)


def each_easy(scene):
    """The scene on each easy input."""
    weighted = "observation_weights" in inspect.signature(scene.function).parameters
    weighted = weighted and "observation_weights" in scene.contract.optional
    return [
        scene._replace(case=case) for case in _cases.easy(scene.contract.name, weighted)
    ]


@reads("step: takes", r"takes \((?P<names>.*)\)")
def takes_them(scene, names):
    try:
        inspect.signature(scene.function).bind(*names.split(", "))
    except ValueError:
        return True  # a built-in function without a signature
    return tuple(names.split(", ")) == scene.contract.required


@reads("step: returns", r"returns (?P<what>.*)")
def returns_that(scene, what):
    contract = scene.contract
    return what == contract.returned and all(
        {
            part: v.shape
            for part, v in results(contract, scene.function, one.case.arguments).items()
        }
        == {part: np.shape(v) for part, v in contract.named(one.case.expected).items()}
        for one in each_easy(scene)
    )


@reads("step: finite", r"finite numbers, in double precision")
def is_finite(scene):
    for one in each_easy(scene):
        right = scene.contract.named(one.case.expected)
        for part, value in results(
            scene.contract, scene.function, one.case.arguments
        ).items():
            if (
                value.dtype == np.float32
                or not np.isfinite(value[np.isfinite(right[part])]).all()
            ):
                return False
    return True


@reads(
    "step: untouched",
    r"leaves its arguments as they were, and gives the same result again",
)
def leaves_them_and_repeats(scene):
    contract, function = scene.contract, scene.function
    for one in each_easy(scene):
        before = argument_leaves(one.case.arguments)
        _, after = called(contract, function, one.case.arguments)
        for name, value in argument_leaves(after).items():
            skipped = name == "rng" or callable(value)
            if not skipped and not np.array_equal(value, before[name]):
                return False
        once, again = (
            results(contract, function, one.case.arguments) for _ in range(2)
        )
        for part, value in once.items():
            same_nan = value.dtype.kind == "f"
            if not np.array_equal(value, again[part], equal_nan=same_nan):
                return False
    return True


@reads(
    "step: order",
    r"reordering (?P<what>the [a-z]+(?: or the [a-z]+)*) changes nothing else, on "
    r"(?P<n>\d+) easy inputs",
)
def order_means_nothing(scene, what, n):
    contract = scene.contract
    if int(n) != len(each_easy(scene)):
        return False
    for one in each_easy(scene):
        for name in re.findall(r"the ([a-z]+)", what):
            letter = LETTERS[name]
            usual, moved, order = in_another_order(one, letter)
            expected = reordered(usual, contract.returns, letter, order)
            for part, value in expected.items():
                slack = 1e-8 * np.abs(value).max() + np.max(one.case.allowed[part])
                if not (np.abs(1.0 * moved[part] - value) <= 2 * slack).all():
                    return False
    return True


@reads("step: climbs", r"climbs inside em\.fit, from one start")
def climbs_in_fit(scene):
    step = scene.contract.name.partition(".")[2]
    other = "m_step" if step == "e_step" else "e_step"
    heights = np.array(climbed(scene, other, 8))
    return (np.diff(heights) >= -1e-9 * np.abs(heights[1:])).all()


@reads("step: easy", r"(?:right|runs) on (?P<n>\d+) easy inputs")
def is_right_on_easy_inputs(scene, n):
    return int(n) == len(each_easy(scene)) and all(map(is_right, each_easy(scene)))


@reads("step: hard", r"(?:right|runs) on hard inputs: (?P<words>.*)")
def is_right_on_hard_inputs(scene, words):
    weighted = "observation weights" in words
    hard = _cases.hard(scene.contract.name, weighted)
    return words == "; ".join(case.words for case in hard) and all(
        is_right(scene._replace(case=case)) for case in hard
    )


@reads("step: same draws", r"(?P<n>\d+) calls draw exactly what the package draws .*")
def draws_the_very_same(scene, n):
    case = each_easy(scene)[0].case
    ours, theirs = (
        calls(scene.contract, one, case, int(n))
        for one in (scene.function, scene.contract.vectorized)
    )
    return all(np.array_equal(value, theirs[part]) for part, value in ours.items())


@reads(
    "step: draws",
    r"(?P<n>[\d,]+) draws are distributed as they should be, and independent",
    r"(?P<n>[\d,]+) calls give results that are distributed as they should be",
)
def draws_alike(scene, n):
    """Each entry has the mean that it has in draws of the package's loop."""
    case, n = each_easy(scene)[0].case, 1_000
    ours, theirs = (
        calls(scene.contract, one, case, n)
        for one in (scene.function, scene.contract.naive)
    )
    return all(
        (
            np.abs(value.mean(axis=0) - theirs[part].mean(axis=0))
            <= SIGMAS * np.sqrt(2 / n) * theirs[part].std(axis=0) + 2 / n
        ).all()
        for part, value in ours.items()
    )


def is_right(scene):
    """Whether the naive twin agrees, within the tolerance; for draws, whether it runs."""
    arguments, contract = scene.case.arguments, scene.contract
    found = results(contract, scene.function, arguments)
    right = contract.named(contract.naive(**_cases.fresh(arguments)))
    return "rng" in arguments or all(
        (
            (value == right[part])
            | (np.abs(value - right[part]) <= scene.case.allowed[part])
        ).all()
        for part, value in found.items()
    )
