"""What `check` says about all results at once: how they are related to the right ones."""

import ast
import re
from contextlib import closing
from importlib import import_module
from pathlib import Path
from types import FunctionType

import numpy as np

from emlib.exercises import _cases
from emlib.exercises._contract import argument_leaves, with_leaves
from tests.exercises.readings.scene import NUMBER, SIX_DIGITS, agrees, entering, results

READINGS = []
reads = entering(READINGS)


def each_tried(scene):
    """The scene on every easy input on which an explanation must hold."""
    return [scene._replace(case=case) for case in _cases.tried(scene.contract.name)]


def related(scene, change):
    """Whether the reader's part is a function of the right part and of the input."""
    for one in each_tried(scene):
        value = change(one.want.astype(float), one)
        slack = 1e-7 * np.abs(value).max(initial=0.0)
        if not np.allclose(one.got, value, rtol=SIX_DIGITS, atol=slack):
            return False
    return True


@reads("constant", rf"it is (?P<value>{NUMBER}), whatever the input")
def is_constant(scene, value):
    return all(
        agrees(value, entry) for one in each_tried(scene) for entry in one.got.flat
    )


FACTORS = {
    "half of": 0.5,
    "twice": 2.0,
    "four times": 4.0,
    "a quarter of": 0.25,
    "the negative of": -1.0,
}


@reads(
    "multiple",
    rf"it is (?P<words>{'|'.join(FACTORS)}) what it should be",
    rf"it is (?P<factor>{NUMBER}) times what it should be",
)
def is_a_multiple(scene, words=None, factor=None):
    factor = FACTORS[words] if words else float(factor)
    return related(scene, lambda right, one: factor * right)


FUNCTIONS = {
    "the logarithm of": np.log,
    "the exponential of": np.exp,
    "the square of": np.square,
    "the square root of": np.sqrt,
    "1 divided by": lambda x: 1 / x,
    "1 minus": lambda x: 1 - x,
    "the absolute value of": np.abs,
}


@reads(
    "function",
    rf"it is (?P<words>{'|'.join(FUNCTIONS)}) what it should be",
)
def is_a_function(scene, words):
    return related(scene, lambda right, one: FUNCTIONS[words](right))


def quantities(scene):
    """The values of the letters and names in a relation on an input."""
    found = {}
    arguments = argument_leaves(scene.case.arguments)
    for name, axes in scene.contract.takes.items():
        value = arguments.get(name)
        if value is not None and np.asarray(value).dtype.kind in "fiu":
            found[name.replace(".", "_")] = np.asarray(value, dtype=float)
            found |= dict(zip(axes, np.shape(value), strict=True))
    return found


def evaluated(words, scene):
    """The value of an expression such as ``-2 K step_length^2`` or ``1 / (K times N)``."""
    text = words.replace(" times ", " * ").replace("^", "**")
    text = re.sub(r"([a-z])\.([a-z])", r"\1_\2", text)
    # Adjacent terms are multiplied.
    text = re.sub(r"(?<=[\w)]) (?=[\w(])", " * ", text)
    return eval(text, {}, quantities(scene))


@reads(
    "expression",
    r"it is (?P<way>larger|smaller) than it should be by (?P<words>[\w .+*/^()-]+)",
    r"it is (?P<words>[\w .*/^()-]+) times what it should be",
)
def is_off_by(scene, words, way=None):
    try:
        if way is None:
            return related(scene, lambda right, one: evaluated(words, one) * right)
        sign = 1 if way == "larger" else -1
        return related(scene, lambda right, one: right + sign * evaluated(words, one))
    except (NameError, SyntaxError):
        return True  # sums or intermediate results: only tried with other inputs


@reads("ignored", r"it does not depend on (?P<names>[\w., ]+)")
def ignores(scene, names):
    return not any(exchanged(scene, name)[0] for name in listed(names))


@reads("needless", r"it depends on (?P<names>[\w., ]+), but should not")
def depends_on_what_it_should_not(scene, names):
    return all(exchanged(scene, name) == (True, False) for name in listed(names))


def listed(names):
    return re.split(r", | and ", names)


def exchanged(scene, name):
    """Whether another value of an argument changes the reader's part, and the right one."""
    own = right = False
    for one in each_tried(scene):
        other = _cases.drawn(scene.contract.name, "", one.case.setting, False, 300)
        if other is None:
            continue
        value = argument_leaves(other.arguments)[name]
        if np.shape(value) != np.shape(argument_leaves(one.case.arguments)[name]):
            continue
        arguments = with_leaves(one.case.arguments, {name: value})
        case = _cases.case_of(scene.contract.name, "", arguments)
        if case is not None:
            there = one._replace(case=case)
            own |= not near(there.got, one.got)
            right |= not near(there.want, one.want)
    return own, right


def near(one, other):
    return np.allclose(one, other, rtol=1e-6, atol=0, equal_nan=True)


@reads(
    "one change",
    r"the package's (?P<topic>\w+)\.(?P<side>\w+) gives the same with one change: in line "
    r"(?P<line>\d+) of [\w/.]+ `(?P<new>.*)` in place of `(?P<old>.*)`",
)
def is_the_package_with_one_change(scene, topic, side, line, new, old):
    module = import_module(f"emlib.{topic}.{side}")
    scenes = each_tried(scene)  # before the change, to compute the right results
    with closing(changed(module, int(line), old, new)) as places:
        return any(
            all(alike(one, getattr(scene.contract, side)) for one in scenes)
            for _ in places
        )


def alike(scene, function):
    """Whether a function gives the reader's part on a case, or both raise or are not finite."""
    found = []
    for each in (scene.function, function):
        try:
            part = results(scene.contract, each, scene.case.arguments)[scene.part]
            found.append(part if np.isfinite(part).all() else None)
        except Exception:
            found.append(None)
    own, other = found
    if own is None or other is None:
        return own is other
    slack = np.max(scene.case.allowed[scene.part]) + 1e-7 * np.abs(other).max(initial=0)
    return own.shape == other.shape and np.allclose(own, other, rtol=1e-7, atol=slack)


def changed(module, line, old, new):
    """For each place of `old` in a line, change the module to `new` while the caller uses it.

    `old` is compared with the text of a syntax tree, which may differ from the source text.
    """
    text = Path(module.__file__).read_text("utf-8")
    own = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__
    }
    before = {name: function.__code__ for name, function in own.items()}
    constants = dict(vars(module))
    for number, place in enumerate(ast.walk(ast.parse(text))):
        is_there = getattr(place, "lineno", None) == line
        if not is_there or ast.unparse(place).splitlines()[:1] != [old]:
            continue
        space = {"__name__": module.__name__}
        tree = ast.fix_missing_locations(Exchange(text, number, new).tree)
        exec(compile(tree, module.__file__, "exec"), space)
        try:
            for name, function in own.items():
                function.__code__ = space[name].__code__
            for name, value in space.items():
                if name.isupper():
                    setattr(module, name, value)
            yield
        finally:
            for name, function in own.items():
                function.__code__ = before[name]
            vars(module).update(constants)


class Exchange(ast.NodeTransformer):
    """Replaces the node with a given number in a program's syntax tree."""

    def __init__(self, text, number, new):
        tree = ast.parse(text)
        self.place = list(ast.walk(tree))[number]
        self.new = ast.parse(new).body[0]
        if not isinstance(self.place, ast.stmt):
            self.new = self.new.value
        if hasattr(self.place, "ctx"):  # it is an assignment's target
            for node in ast.walk(self.new):
                if isinstance(getattr(node, "ctx", None), ast.Load):
                    node.ctx = self.place.ctx
        self.tree = self.visit(tree)

    def visit(self, node):
        if node is self.place:
            return ast.copy_location(self.new, node)
        return self.generic_visit(node)
