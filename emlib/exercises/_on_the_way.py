"""A wrong intermediate result, with everything after it right.

The package's function is run with one of its variables changed as soon as it is assigned: the last
mean in place of all, a count minus one, a matrix without its off-diagonal entries.
"""

from functools import partial

import numpy as np

from emlib.exercises._variants import changing, variables


def ways(exercise):
    """Each variable of a function with each change that may be made to it: words and a function."""
    for name in variables(exercise):
        for words, change in CHANGES.items():
            yield (
                words.format(x=f"`{name}`"),
                partial(changing, exercise, name, partial(_changed, change)),
            )


def _changed(change, value):
    """A variable changed, if it holds numbers."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu" or array.size == 0:
        return value
    changed = change(array)
    return type(value)(changed) if isinstance(value, (int, float)) else changed


def _diagonal(x):
    return x * np.eye(x.shape[-1]) if x.ndim > 1 and x.shape[-1] == x.shape[-2] else x


def _columns_normalised(x):
    return x / x.sum(axis=0) if x.ndim > 1 else x


CHANGES = {
    "half of {x}": lambda x: x / 2,
    "twice {x}": lambda x: 2 * x,
    "{x} with the opposite sign": np.negative,
    "0 in place of {x}": np.zeros_like,
    "1 in place of {x}": np.ones_like,
    "{x} minus 1": lambda x: x - 1,
    "{x} plus 1": lambda x: x + 1,
    "the square of {x}": np.square,
    "the square root of {x}": np.sqrt,
    "the absolute value of {x}": np.abs,
    "the logarithm of {x}": np.log,
    "the exponential of {x}": np.exp,
    "1 divided by {x}": lambda x: 1 / x,
    "the first entry of {x} in place of all": lambda x: x[:1] + np.zeros_like(x),
    "the last entry of {x} in place of all": lambda x: x[-1:] + np.zeros_like(x),
    "the mean of {x} in place of each entry": lambda x: np.full(x.shape, x.mean()),
    "the mean of {x} over its first axis in place of each": lambda x: (
        x.mean(axis=0) + np.zeros_like(x)
    ),
    "{x} shifted forward by one place": lambda x: np.roll(x, 1, axis=0),
    "{x} shifted back by one place": lambda x: np.roll(x, -1, axis=0),
    "{x} in reverse order": lambda x: x[::-1],
    "the cumulative sums of {x}": lambda x: np.cumsum(x, axis=0),
    "{x} divided by its sum": lambda x: x / x.sum(),
    "{x} with each column divided by its sum": _columns_normalised,
    "the transpose of {x}": lambda x: np.swapaxes(x, -1, -2),
    "{x} without its off-diagonal entries": _diagonal,
    "{x} rounded to whole numbers": np.round,
    "{x} truncated to whole numbers": np.trunc,
}
