"""What a twin function takes and returns, read from its signature and its docstring.

A docstring says ``responsibilities : numpy.ndarray, shape (N, K)``. That line is enough to name a
wrong shape in the book's letters, to reorder components along every axis K, and to know which sizes
a function depends on. So a twin function is an exercise as it stands.
"""

import inspect
import re
from functools import cache
from importlib import import_module
from typing import NamedTuple

import numpy as np

from emlib._topics import functions, topics

ENTRY = re.compile(r"^(?:(?P<names>\w+(?:, \w+)*) : )?(?P<type>\S.*)$")
SHAPE = re.compile(r"shape \(([^)]*)\)")
# Arguments that are sizes; results and arguments whose entries are places along an axis.
SIZES = {"n_samples": "N", "n_clusters": "K"}
NUMBERS = {"labels": "K"}
# What there are of each letter; a topic may have words of its own, in `CALLED`.
CALLED = {
    "N": "observation",
    "S": "set",
    "K": "component",
    "D": "feature",
    "P": "parameter",
    "M": "move",
    "C": "chain",
    "T": "draw",
}


class Contract(NamedTuple):
    """What an exercise asks of a function.

    Attributes
    ----------
    name : str
        Topic and function, such as ``"gmm.e_step"``.
    naive, vectorized : callable
        The twins.
    required, optional : tuple of str
        Names of its parameters.
    takes, returns : dict
        The axes of each array or number among the arguments and the results, in the book's
        letters, by name: ``{"params.means": ("K", "D"), ...}``.
    parts : tuple of str or None
        Names of the parts of a result that has several; None if it has one.
    result_type : type or None
        The parameter type that is returned, or None.
    """

    name: str
    naive: object
    vectorized: object
    required: tuple
    optional: tuple
    takes: dict
    returns: dict
    parts: tuple | None
    result_type: type | None

    @property
    def letters(self):
        """The letters of its arguments' sizes."""
        found = {letter for axes in self.takes.values() for letter in axes}
        return found | {SIZES[name] for name in self.required if name in SIZES}

    @property
    def returned(self):
        """What it returns, in words."""
        if self.result_type is not None:
            topic = self.name.partition(".")[0]
            return f"{topic}.{self.result_type.__name__}({', '.join(self.parts)})"
        if self.parts:
            return f"({', '.join(self.parts)})"
        (name,) = self.returns
        return "one value" if name == "result" else name

    def named(self, result):
        """The parts of a result, by name."""
        if self.parts:
            return leaves(result, self.parts)
        return dict.fromkeys(self.returns, result)


@cache
def names():
    """Topic and name of every function that can be an exercise, in the order of the source."""
    return tuple(
        f"{topic}.{name}"
        for topic in topics()
        for name in functions(import_module(f"emlib.{topic}.naive"))
    )


@cache
def contract_of(name):
    """The contract of a twin function, by topic and name."""
    topic_name, function_name = name.split(".")
    topic = import_module(f"emlib.{topic_name}")
    naive = getattr(topic.naive, function_name)
    sections = _sections(inspect.getdoc(naive))
    parameters = inspect.signature(naive).parameters.values()
    takes = {}
    for entry in sections["Parameters"]:
        takes |= _leaves(topic, *entry)
    result_type, parts, returns = None, None, {}
    entries = sections["Returns"]
    alone = getattr(topic, entries[0][1], None) if len(entries) == 1 else None
    if hasattr(alone, "_fields"):
        result_type, parts, returns = alone, alone._fields, _fields(alone)
    else:
        for entry_name, kind in entries:
            returns[entry_name or "result"] = _axes(kind)
        parts = tuple(returns) if len(entries) > 1 else None
    return Contract(
        name,
        naive,
        getattr(topic.vectorized, function_name),
        tuple(p.name for p in parameters if p.default is p.empty),
        tuple(p.name for p in parameters if p.default is not p.empty),
        takes,
        returns,
        parts,
        result_type,
    )


def called(exercise, letter):
    """What there are of a letter in an exercise, in the singular."""
    topic = import_module(f"emlib.{exercise.partition('.')[0]}")
    return getattr(topic, "CALLED", {}).get(letter, CALLED[letter])


def _sections(docstring):
    """The entries (name, type) of a docstring's Parameters, Returns and Attributes."""
    sections, current = {}, None
    lines = docstring.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if following and set(following) == {"-"}:
            current = sections.setdefault(line, [])
        elif current is not None and line and not line[0].isspace() and line[0] != "-":
            entry = ENTRY.match(line)
            for name in (entry["names"] or "").split(", "):
                current.append((name, entry["type"]))
    return sections


def _axes(kind):
    shape = SHAPE.search(kind)
    return tuple(re.findall(r"\w+", shape[1])) if shape else ()


def _fields(parameter_type):
    entries = _sections(inspect.getdoc(parameter_type))["Attributes"]
    return {name: _axes(kind) for name, kind in entries}


def _leaves(topic, name, kind):
    parameter_type = getattr(topic, kind.partition(",")[0], None)
    if hasattr(parameter_type, "_fields"):
        fields = _fields(parameter_type)
        return {f"{name}.{field}": axes for field, axes in fields.items()}
    return {name: _axes(kind)}


def leaves(value, names, prefix=""):
    """The arrays and numbers in a value, by name: a dict in the order of `names`."""
    return dict(zip((prefix + name for name in names), value, strict=True))


def argument_leaves(arguments):
    """The arrays and numbers among the arguments, with parameter objects split into fields."""
    found = {}
    for name, value in arguments.items():
        if hasattr(value, "_fields"):
            found |= leaves(value, value._fields, f"{name}.")
        else:
            found[name] = value
    return found


def with_leaves(arguments, changed):
    """The arguments with some of their arrays replaced."""
    result = {}
    for name, value in arguments.items():
        if hasattr(value, "_fields"):
            fields = [
                changed.get(f"{name}.{f}", getattr(value, f)) for f in value._fields
            ]
            result[name] = type(value)(*fields)
        else:
            result[name] = changed.get(name, value)
    return result


def reordered(values, axes_of, letter, order):
    """A copy of named arrays, reordered along every axis with a given letter.

    What was at place order[0] is then at place 0. Entries that are places change accordingly.
    """
    changed = {}
    for name, value in values.items():
        array = value
        for axis, axis_letter in enumerate(axes_of.get(name, ())):
            if axis_letter == letter and array is not None:
                array = np.take(array, order, axis=axis)
        if NUMBERS.get(name) == letter:
            array = np.argsort(order).take(array, mode="clip")
        changed[name] = array
    return changed
