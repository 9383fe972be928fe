"""What `check` says is wrong: the fault with which the climb ends."""

import inspect
import re
from ast import literal_eval

import numpy as np

from emlib.exercises._contract import argument_leaves, leaves
from tests.exercises.readings.scene import ENTRY, NUMBER, agrees, at, called, entering

READINGS = []
reads = entering(READINGS)


# --- what it is, takes and returns ----------------------------------------------------------------


@reads("no function", r"it is (?P<kind>.+): pass the function itself, .*")
def is_no_function(scene, kind):
    return not callable(scene.function)


@reads(
    "arguments", r"it takes (?P<own>.+); it should take \((?P<wanted>.*?)\)(?:, .*)?"
)
def takes_others(scene, own, wanted):
    signature = inspect.signature(scene.function)
    if str(signature) != own or tuple(wanted.split(", ")) != scene.contract.required:
        return False
    try:
        signature.bind(*scene.contract.required)
    except TypeError:
        return True
    required = scene.contract.required
    return tuple(signature.parameters)[: len(required)] != required


@reads("error", r"it raised (?P<name>\w+)(?:: (?P<message>.*))?")
def raises(scene, name, message):
    try:
        called(scene.contract, scene.function, scene.case.arguments)
    except Exception as error:
        return (type(error).__name__, str(error)) == (name, message or "")
    return False


def returned(scene):
    result, _ = called(scene.contract, scene.function, scene.case.arguments)
    return result


@reads("nothing", r"it returned None, not .*: is there a return statement\?")
def returns_nothing(scene):
    return returned(scene) is None


@reads(
    "something else",
    r"it returned (?P<what>.+): end with return .*",
    r"it returned (?P<what>.+): return \d+, .*",
    r"it returned (?P<what>.+): return one thing, not several",
)
def returns_something_else(scene, what):
    contract, result = scene.contract, returned(scene)
    if contract.result_type is not None:
        return not isinstance(result, contract.result_type)
    if contract.parts is None:
        return isinstance(result, tuple)
    several = isinstance(result, (tuple, list))
    if not several:
        return what.endswith(" alone")
    return len(result) != len(contract.parts) and what == f"{len(result)} things"


@reads(
    "kind of thing",
    r"(?P<part>\w+) is an? (?P<kind>[\w.]+(?: array)?)(?: of .*)?, not (?P<wanted>.*)",
)
def is_of_another_kind(scene, part, kind, wanted):
    contract, result = scene.contract, returned(scene)
    value = (
        leaves(result, contract.parts)[part]
        if contract.parts
        else contract.named(result)[part]
    )
    is_an_array = isinstance(value, np.ndarray) and value.dtype.kind in "fiub"
    named = type(value).__name__ == kind.rpartition(".")[2]
    return (named or isinstance(value, np.ndarray)) and not (
        is_an_array if wanted.startswith("an array") else np.ndim(value) == 0 and named
    )


SHAPE = r"\([\d, ]+\)|a number"


@reads(
    "shape",
    rf"(?P<part>\w+): expected (?:\(.*\) = )?(?P<want>{SHAPE}), got (?P<got>{SHAPE})"
    r"(?:: (?P<hint>.*))?",
)
def has_another_shape(scene, part, want, got, hint):
    shapes = [() if text == "a number" else literal_eval(text) for text in (got, want)]
    if shapes != [scene.got.shape, scene.want.shape]:
        return False
    if hint is None:
        return True
    if hint == "transposed?":
        return scene.got.shape[::-1] == scene.want.shape
    if hint.startswith("an axis of length 1"):
        return np.squeeze(scene.got).shape == np.squeeze(scene.want).shape
    letter = re.fullmatch(r"the axis (\w) is missing. Was it summed over\?", hint)[1]
    axes = scene.contract.returns[part]
    return any(
        np.delete(scene.want.shape, axis).tolist() == list(scene.got.shape)
        for axis in range(len(axes))
        if axes[axis] == letter
    )


@reads(
    "kind of numbers", r"(?P<part>\w+) holds (?P<got>\w+), not (?P<want>\w+)(?:: .*)?"
)
def holds_other_numbers(scene, part, got, want):
    return (scene.got.dtype, scene.want.dtype) == (got, want) and got != want


@reads(
    "argument changed",
    r"it changed its argument: (?P<name>[\w.]+)(?:\[(?P<index>[\d, ]+)\])? was "
    rf"(?P<was>{NUMBER}) and is (?P<now>{NUMBER}) after the call\. .*",
)
def changes_its_argument(scene, name, index, was, now):
    _, given = called(scene.contract, scene.function, scene.case.arguments)
    before, after = (
        np.asarray(argument_leaves(each)[name])
        for each in (scene.case.arguments, given)
    )
    return agrees(was, at(before, index)) and agrees(now, at(after, index))


# --- what must always hold ------------------------------------------------------------------------


@reads(
    "probability",
    rf"{ENTRY} is (?P<got>{NUMBER}): a probability lies between 0 and 1 "
    r"\(and is not a logarithm\)",
)
def is_no_probability(scene, part, index, got):
    value = at(scene.got, index)
    return agrees(got, value) and not 0 <= value <= 1


@reads(
    "sum",
    rf"the entries of {ENTRY} sum to (?P<got>{NUMBER}), not to 1: .*",
)
def sums_to_something_else(scene, part, index, got):
    total = at(scene.got, index).sum()
    return agrees(got, total) and abs(total - 1) > 1e-9


COVARIANCE = r"(?P<part>[a-z_]+)(?:\[(?P<index>\d+)\])?"


@reads(
    "variance",
    COVARIANCE
    + rf"\[(?P<i>\d+), (?P=i)\] is (?P<got>{NUMBER}): a variance is positive",
)
def is_no_variance(scene, part, index, i, got):
    value = at(scene.got, index)[int(i), int(i)]
    return agrees(got, value) and value <= 0


@reads(
    "symmetry",
    COVARIANCE
    + rf" is not symmetric: entry \[(?P<i>\d+), (?P<j>\d+)\] is (?P<one>{NUMBER}), "
    rf"entry \[(?P=j), (?P=i)\] is (?P<two>{NUMBER})",
)
def is_not_symmetric(scene, part, index, i, j, one, two):
    matrix, i, j = at(scene.got, index), int(i), int(j)
    return agrees(one, matrix[i, j]) and agrees(two, matrix[j, i]) and one != two


@reads("definiteness", COVARIANCE + r" is not positive definite: .*")
def is_not_definite(scene, part, index):
    found = np.linalg.eigvalsh(at(scene.got, index))
    return found[0] <= 1e-12 * found[-1]


@reads(
    "sum of exponentials",
    rf"result\[(?P<n>\d+)\] is (?P<got>{NUMBER}), but .* and (?P<K>\d+) times that: its logarithm "
    rf"lies between (?P<low>{NUMBER}) and (?P<high>{NUMBER})",
)
def lies_elsewhere(scene, n, got, K, low, high):
    terms = np.asarray(scene.case.arguments["log_terms"])[int(n)]
    value = scene.got[int(n)]
    ends = terms.max(), terms.max() + np.log(len(terms))
    return (
        int(K) == len(terms)
        and agrees(got, value)
        and agrees(low, ends[0])
        and agrees(high, ends[1])
        and not ends[0] <= value <= ends[1]
    )


@reads(
    "bound",
    rf"the bound is (?P<got>{NUMBER}), above the log-evidence (?P<above>{NUMBER}): .*",
)
def is_above(scene, got, above):
    evidence = np.logaddexp.reduce(scene.case.arguments["log_joint"], axis=1).sum()
    return agrees(got, scene.got) and agrees(above, evidence) and scene.got > evidence


@reads(
    "below zero",
    rf"the (?:divergence|distortion) is (?P<got>{NUMBER}): .* is not negative",
    rf"{ENTRY} is (?P<got>{NUMBER}): an expected count is not negative",
)
def is_below_zero(scene, got, part=None, index=None):
    return agrees(got, at(scene.got, index)) and float(got) < 0


@reads("step length", rf"the step length is (?P<got>{NUMBER}): it is at most -1, .*")
def is_short(scene, got):
    return agrees(got, scene.got) and scene.got > -1


@reads(
    "labels",
    rf"{ENTRY} is (?P<got>-?\d+): the (?P<K>\d+) centers have the numbers 0 to (?P<last>\d+)",
)
def is_no_center(scene, part, index, got, K, last):
    centers = len(scene.case.arguments["centers"])
    value = at(scene.got, index)
    return (
        int(got) == value
        and int(K) == int(last) + 1 == centers
        and value not in range(centers)
    )


@reads("no observation", rf"{ENTRY} is no row of X: .*")
def is_no_observation(scene, part, index):
    return not (scene.case.arguments["X"] == at(scene.got, index)).all(axis=1).any()


@reads("twice", r"(?P<part>\w+) holds an observation twice: .*")
def holds_one_twice(scene, part):
    return len({tuple(row) for row in scene.got.tolist()}) < len(scene.got)


@reads(
    "parts of a class",
    rf"entries 0 and 1 add up to (?P<got>{NUMBER}), not to the (?P<want>{NUMBER}) animals of class "
    r"1 that they divide",
)
def add_up_to_something_else(scene, got, want):
    counts = scene.case.arguments["counts"]
    return agrees(got, scene.got[:2].sum()) and agrees(want, counts[0]) and got != want


# --- values ---------------------------------------------------------------------------------------


@reads(
    "values",
    rf"{ENTRY} is (?P<got>{NUMBER}|True|False), expected (?P<want>{NUMBER}|True|False)"
    r"(?: \((?P<some>\d+) of (?P<of>\d+) entries differ\))?"
    r"(?:; they differ by less than 1 part in 1e(?P<digits>\d+): .*)?"
    r"(?P<transposed>; it is the transpose of what it should be)?"
    rf"(?:; every entry is (?P<factor>{NUMBER}) times what it should be)?"
    rf"(?:; every entry is too (?P<way>large|small) by (?P<size>{NUMBER}))?",
)
def differs(
    scene, part, index, got, want, some, of, digits, transposed, factor, way, size
):
    own, right, allowed = scene.got, scene.want, scene.case.allowed[scene.part]
    if right.dtype == bool:
        got, want = (str(int(text == "True")) for text in (got, want))
        own, right = own.astype(int), right.astype(int)
    if not agrees(got, at(own, index)) or not agrees(want, at(right, index)):
        return False
    bad = ~((own == right) | (abs(own - right) <= allowed))
    true = [bad.any()]
    if some:
        true.append((int(some), int(of)) == (bad.sum(), bad.size))
    if digits:
        true.append((abs(own / right - 1)[bad] < 10.0 ** -float(digits)).all())
    if transposed:
        true.append(np.array_equal(own.T, right))
    if factor:
        true.append(np.allclose(own, float(factor) * right, rtol=2e-5, atol=0))
    if size:
        shift = float(size) * (1 if way == "large" else -1)
        slack = 1e-9 * abs(right).max()
        true.append(np.allclose(own - right, shift, rtol=2e-5, atol=slack))
    return all(true)


all_of = all  # a group of the pattern bears its name
